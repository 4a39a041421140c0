"""Whether the design is balanced: every list of every cell is planned, and its trials are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from study.models import StudyPair
from study.protocol import StudyProtocol
from study.readiness.check import Check, some, verdict
from study.readiness.planned import Planned, cell_names, planned_lists

Use = tuple[str, float | None, bool]


def design_balance(protocol: StudyProtocol, pairs: Sequence[StudyPair]) -> Check:
    """Over all lists every pair is equally often in every place of the design, and no list repeats a face."""
    firsts = {pair.pair: pair.first for pair in pairs}
    faults: list[str] = []
    n_planned = 0
    for cell in cell_names(protocol):
        try:
            plans = list(planned_lists(protocol, pairs, cell=cell))
        except ValueError as error:
            faults.append(f"{_of(cell)}the plan cannot be made: {error}")
            continue
        n_planned += len(plans)
        faults += [f"{_of(cell)}{fault}" for fault in unbalanced(plans, firsts)]
    return verdict(
        "balance",
        faults,
        found=f"{n_planned} lists planned and counted: every pair equally often in every place",
        remedy="make the pairs of each block a multiple of twice the number of its exposures, or add "
        "pairs to the set",
    )


def unbalanced(plans: Sequence[Sequence[Planned]], firsts: dict[str, str]) -> Iterator[str]:
    """What is uneven over all ``plans``, one for each list; ``firsts`` names the first face of each pair."""
    if shown_twice := sum(_shows_a_face_twice(plan) for plan in plans):
        yield f"{shown_twice} lists show a face twice where no repeat is asked for"
    uses = [(trial.pair, _use(trial, firsts)) for plan in plans for trial in _targets(plan, firsts)]
    by_pair = Counter(uses)
    by_use = Counter(use for _, use in uses)
    yield from _uneven_pairs(by_pair, by_use, {pair for pair, _ in uses})
    yield from _uneven_uses(by_use)


def _targets(plan: Iterable[Planned], firsts: dict[str, str]) -> list[Planned]:
    """Main trials of a pair; fillers, repeats and checks have a balance of their own."""
    return [t for t in plan if not t.practice and t.trial_kind == "target" and t.pair in firsts]


def _use(trial: Planned, firsts: dict[str, str]) -> Use:
    """Block, exposure, and whether the first face is on the left; alone, whether it is the one shown."""
    return (trial.block, trial.exposure_ms, trial.left == firsts[str(trial.pair)])


def _shows_a_face_twice(plan: Sequence[Planned]) -> bool:
    faces = [
        face
        for trial in plan
        if trial.trial_kind != "repeat"
        for face in (trial.left, trial.right)
        if face is not None
    ]
    return len(set(faces)) < len(faces)


def _uneven_pairs(
    by_pair: Counter[tuple[str | None, Use]], by_use: Counter[Use], pairs: set[str | None]
) -> Iterator[str]:
    for use in by_use:
        counts = {str(pair): by_pair[(pair, use)] for pair in pairs}
        fewest, most = min(counts.values()), max(counts.values())
        if fewest != most:
            rare = sorted(pair for pair, count in counts.items() if count == fewest)
            yield f"{_place(use)}: pairs come {fewest} to {most} times, fewest {some(rare)}"


def _uneven_uses(by_use: Counter[Use]) -> Iterator[str]:
    """Within a block, each exposure and side must come equally often over all lists."""
    for block in dict.fromkeys(use[0] for use in by_use):
        counts = {use: count for use, count in by_use.items() if use[0] == block}
        if len(set(counts.values())) > 1:
            rare, often = min(counts, key=counts.__getitem__), max(counts, key=counts.__getitem__)
            yield (
                f"block {block}: {_place(rare)} comes {counts[rare]} times over all lists, "
                f"{_place(often)} {counts[often]} times"
            )
        elif len({use[2] for use in counts}) == 1:
            yield f"block {block}: the first face of a pair is always on the same side"


def _place(use: Use) -> str:
    _, exposure_ms, first_left = use
    shown = "unlimited" if exposure_ms is None else f"{exposure_ms:g} ms"
    return f"{shown} with the first face {'left' if first_left else 'right'}"


def _of(cell: str) -> str:
    return f"cell {cell}: " if cell else ""

"""Whether the same person is shown only where that is meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stimuli.manifest import Stimulus, StimulusSet
from stimuli.problem import Problem

_PAIR_OR_KEEP = "pair each with themselves, or keep one side"


def identity_problems(listed: StimulusSet) -> Iterator[Problem]:
    """Warnings for people shown as real and as AI without being paired, and for people shown twice.

    Edited pictures are left out: they always show the person of their original.
    """
    of_person: dict[str, list[Stimulus]] = {}
    for stimulus in listed.stimuli:
        if stimulus.identity and stimulus.origin != "edited":
            of_person.setdefault(stimulus.identity, []).append(stimulus)
    both = [name for name, shown in of_person.items() if len({s.origin for s in shown}) > 1]
    if both and not listed.pairs:
        yield _problem(f"{len(both)} people are on both sides, real and AI ({_some(both)})", _PAIR_OR_KEEP)
    elif both:
        yield from _not_beside_themselves(both, listed)
    for origin in ("real", "ai"):
        twice = [name for name, shown in of_person.items() if sum(s.origin == origin for s in shown) > 1]
        if twice:
            yield _problem(
                f"{len(twice)} people are in several {origin} pictures ({_some(twice)}), "
                "which are not independent of each other",
                "keep one picture of each, or model the person",
            )


def _not_beside_themselves(both: Sequence[str], listed: StimulusSet) -> Iterator[Problem]:
    by_id = {s.stimulus: s for s in listed.stimuli}
    pairs = [(by_id[pair.first], by_id[pair.second]) for pair in listed.pairs]
    of_both = [(a, b) for a, b in pairs if {a.origin, b.origin} == {"real", "ai"}]
    matched = {a.identity for a, b in of_both if a.identity and a.identity == b.identity}
    if apart := [name for name in both if name not in matched]:
        yield _problem(
            f"{len(apart)} people are on both sides, real and AI, but not beside themselves "
            f"({_some(apart)}): who sees both may notice",
            _PAIR_OR_KEEP,
        )
    if matched and len(matched) < len(of_both):
        yield _problem(
            f"{len(matched)} of {len(of_both)} real-AI pairs show one person twice, the others two people: "
            "two kinds of pairs",
            "match all pairs by identity or none",
        )


def _problem(sentence: str, remedy: str) -> Problem:
    return Problem("warning", "", sentence, remedy, "identity")


def _some(names: Sequence[str], at_most: int = 3) -> str:
    return ", ".join(names[:at_most]) + (", …" if len(names) > at_most else "")

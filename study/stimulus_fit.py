"""Does the stimulus set fit the study: whole, of one size, of the right kind, with enough pairs?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from stimuli.check import check_set
from stimuli.manifest import StimulusError, StimulusSet, read_set
from stimuli.progress import Progress, no_progress
from study.plan import n_lists
from study.protocol import CheckedStudy, Finding, Problem, StudyProtocol, problem_at
from study.protocol.rules import as_far_as_possible


@dataclass(frozen=True)
class SetFit:
    """``problems``: what is wrong with the set by itself, and where it does not fit the study.

    ``n_lists`` counts the counterbalancing lists of each cell by its name; it is empty where the blocks
    cannot be planned. ``mean_bytes``: mean size of a picture's file.
    """

    problems: tuple[Problem, ...]
    mean_bytes: float = 0
    n_lists: Mapping[str, int] | None = None


def fit_of_set(checked: CheckedStudy, study_toml: Path, *, progress: Progress = no_progress) -> SetFit:
    """Check the set that a study file names, whether or not the rest of that file is right."""
    named = getattr(checked.protocol, "stimulus_set", None)
    if named is None:
        return SetFit(())
    folder = study_toml.parent / named

    def at(finding: Finding) -> Problem:
        return problem_at(finding, study_toml.name, checked.lines)

    try:
        stimulus_set = read_set(folder)
    except StimulusError as error:
        return SetFit(tuple(_of_table(sentence, folder) for sentence in error.problems))
    problems = [*_of_pictures(folder, progress), *map(at, _sizes(stimulus_set))]
    if checked.protocol is not None:
        for rule in (_enough_pairs, _right_kind):
            problems += map(at, as_far_as_possible(rule(checked.protocol, stimulus_set)))
    lists: dict[str, int] | None = None
    if checked.study is not None:
        lists, impossible = _lists(checked.study.protocol, stimulus_set)
        problems += map(at, impossible)
    sizes = [stimulus_set.image_path(s.stimulus).stat().st_size for s in stimulus_set.stimuli]
    return SetFit(tuple(problems), sum(sizes) / max(len(sizes), 1), lists)


def _of_table(sentence: str, folder: Path) -> Problem:
    what, _, remedy = sentence.rpartition("; ")
    return Problem(
        "error", folder.name, None, "", what or sentence, remedy if what else "prepare the set again"
    )


def _of_pictures(folder: Path, progress: Progress) -> Iterator[Problem]:
    found = check_set(folder, progress=progress)
    for problem in found:
        if problem.severity == "error":
            file = f"{folder.name}/{problem.file}".rstrip("/")
            yield Problem("error", file, None, "", problem.sentence, problem.remedy)
    if warnings := sum(problem.severity == "warning" for problem in found):
        found_words = f"{warnings} warning{'s' if warnings > 1 else ''}"
        sentence = f"expected nothing doubtful in the pictures, found {found_words}"
        yield Problem("warning", folder.name, None, "", sentence, f"read facevalue stimuli check {folder}")


def _sizes(stimulus_set: StimulusSet) -> Iterator[Finding]:
    sizes: dict[tuple[int, int], str] = {}
    for stimulus in stimulus_set.stimuli:
        with Image.open(stimulus_set.image_path(stimulus.stimulus)) as image:
            sizes.setdefault(image.size, stimulus.stimulus)
    if len(sizes) > 1:
        found = ", ".join(f"{width} x {height} ({name})" for (width, height), name in sizes.items())
        yield Finding(
            ("stimulus_set",),
            f"expected pictures of one size, found {found}",
            "run facevalue stimuli prepare",
        )


def _enough_pairs(protocol: StudyProtocol, stimulus_set: StimulusSet) -> Iterator[Finding]:
    if {name for cell in protocol.cells for name in cell.blocks} - {block.name for block in protocol.blocks}:
        return  # Which blocks a cell has is not known while it names one that is not there.
    for kind, needed, practice, remedy in (
        ("pairs", protocol.pairs_needed, False, "lower pairs, fillers or checks, or add pairs to the set"),
        (
            "practice pairs",
            protocol.practice_pairs_needed,
            True,
            "lower pairs in the practice blocks, or mark more pairs as practice in pairs.csv",
        ),
    ):
        there = sum(pair.practice is practice for pair in stimulus_set.pairs)
        if there < needed:
            yield Finding(
                ("blocks",),
                f"expected {needed} {kind} in the stimulus set, as the blocks use, found {there}",
                remedy,
            )


def _right_kind(protocol: StudyProtocol, stimulus_set: StimulusSet) -> Iterator[Finding]:
    others = {stimulus_set.stimulus(pair.second).origin for pair in stimulus_set.pairs}
    if wrong := sorted(others - {protocol.stimulus_kind}):
        yield Finding(
            ("stimulus_kind",),
            f'expected the second picture of each pair to be "{protocol.stimulus_kind}", as stimulus_kind '
            f"says, found {', '.join(wrong)}",
            "correct stimulus_kind, or the set's manifest.csv and pairs.csv",
        )


def _lists(protocol: StudyProtocol, stimulus_set: StimulusSet) -> tuple[dict[str, int] | None, list[Finding]]:
    """Counterbalancing lists by cell, and whether the target covers them all."""
    n_pairs = sum(not pair.practice for pair in stimulus_set.pairs)
    weights = {cell.name: cell.weight for cell in protocol.cells} or {"": 1}
    try:
        lists = {
            cell: n_lists(
                protocol.blocks_of(cell), n_pairs, random_labels=protocol.labels_of(cell) == "random"
            )
            for cell in weights
        }
    except ValueError as error:
        what, _, remedy = str(error).rpartition("; ")
        too_few = n_pairs < protocol.pairs_needed  # which has been said
        return None, [] if too_few else [Finding(("blocks",), what or str(error), remedy or "change it")]
    round_of_all = sum(weights[cell] * n for cell, n in lists.items())
    if protocol.recruitment.target >= round_of_all:
        return lists, []
    warning = Finding(
        ("recruitment", "target"),
        f"expected at least {round_of_all} people, one for each counterbalancing list of each cell, "
        f"found {protocol.recruitment.target}",
        "raise target, or know that not every pair will have been in every place",
        "warning",
    )
    return lists, [warning]

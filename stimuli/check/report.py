"""All problems of a folder, and how well its numbers tell real from other pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stimuli.check.attributes import attribute_problems
from stimuli.check.duplicates import duplicate_problems
from stimuli.check.identities import identity_problems
from stimuli.check.look import Looked, look_at, split_remedy
from stimuli.check.pairing import pairing_problems
from stimuli.check.rights import rights_problems
from stimuli.confounds import Confounds, Separation
from stimuli.leaks import confound_problems, confounds_of, file_leaks, order_problems
from stimuli.manifest import StimulusError, StimulusSet
from stimuli.measures import Measures
from stimuli.pair import Filler
from stimuli.pair.filler_table import read_fillers
from stimuli.picture import PICTURE_ENDINGS
from stimuli.problem import Problem
from stimuli.progress import Progress, no_progress
from stimuli.sources import read_originals


@dataclass(frozen=True)
class CheckReport:
    """``problems``: errors first. ``confounds``: real against each other origin; empty where there
    are not both real and other pictures. ``measured``: by file, of the pictures that could be opened."""

    problems: tuple[Problem, ...]
    confounds: tuple[Confounds, ...] = ()
    measured: Mapping[str, Measures] = field(default_factory=dict, repr=False)

    @property
    def separations(self) -> tuple[Separation, ...]:
        """The AUC of each statistic in the first comparison, most telling first."""
        return self.confounds[0].separations if self.confounds else ()

    @property
    def n_errors(self) -> int:
        return sum(problem.severity == "error" for problem in self.problems)


def check_set(folder: Path, *, min_side_px: int = 240, progress: Progress = no_progress) -> list[Problem]:
    """Every problem of a set, a folder with sources.csv, or bare pictures; errors first.

    Numbers are looked at one by one; only ``check_report`` trains a classifier on all of them.
    """
    report = check_report(folder, min_side_px=min_side_px, classifier=False, progress=progress)
    return list(report.problems)


def check_report(
    folder: Path, *, min_side_px: int = 240, classifier: bool = True, progress: Progress = no_progress
) -> CheckReport:
    """All problems of a folder and how well each statistic alone, and all together, tell origin.

    If the table cannot be used, its problems are listed and the pictures are checked without it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        sentence = f"{folder}: expected a folder with pictures, found none"
        return CheckReport((Problem("error", "", sentence, "name another folder", "table"),))
    listed, problems = _table(folder)
    found = _pictures_in(folder)
    files = [s.file for s in listed.stimuli] if listed else found
    facts = {s.file: s.extra for s in listed.stimuli} if listed else {}
    looked, unreadable = look_at(folder, files, facts, progress)
    problems += unreadable
    problems += _size_problems(looked.values(), min_side_px)
    problems += _face_problems(looked.values())
    problems += duplicate_problems(list(looked.values()), listed)
    confounds: tuple[Confounds, ...] = ()
    if listed:
        problems += _unlisted(found, files)
        problems += rights_problems(listed.stimuli)
        problems += identity_problems(listed)
        problems += attribute_problems(listed)
        problems += pairing_problems(listed, _fillers(folder, problems))
        problems += order_problems(listed.stimuli)
        seen = [s for s in listed.stimuli if s.file in looked]
        fingerprints = [looked[s.file].fingerprint for s in seen]
        measures = [looked[s.file].measures for s in seen]
        problems += file_leaks(seen, fingerprints)
        confounds = confounds_of(seen, fingerprints, measures, listed.pairs, classifier=classifier)
        problems += confound_problems(confounds)
    # Within a file, and among those of the whole set, problems keep their order: worst first.
    problems.sort(key=lambda p: (p.severity != "error", p.file != "", p.file))
    return CheckReport(tuple(problems), confounds, {file: look.measures for file, look in looked.items()})


def _table(folder: Path) -> tuple[StimulusSet | None, list[Problem]]:
    try:
        return read_originals(folder), []
    except StimulusError as error:
        return None, [Problem("error", "", *split_remedy(sentence), "table") for sentence in error.problems]


def _fillers(folder: Path, problems: list[Problem]) -> tuple[Filler, ...]:
    try:
        return read_fillers(folder)
    except StimulusError as error:
        problems += [Problem("error", "", *split_remedy(sentence), "table") for sentence in error.problems]
        return ()


def _pictures_in(folder: Path) -> list[str]:
    paths = [path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_ENDINGS]
    return sorted(path.relative_to(folder).as_posix() for path in paths)


def _size_problems(looked: Iterable[Looked], min_side_px: int) -> Iterator[Problem]:
    for look in looked:
        width, height = look.fingerprint.dimensions
        if min(width, height) < min_side_px:
            sentence = f"needs at least {min_side_px} px on its short side, has {width}x{height}"
            yield Problem("error", look.file, sentence, "use a larger original", "size")


def _face_problems(looked: Iterable[Looked]) -> Iterator[Problem]:
    """Warnings only: a detector misses faces that people see, and sees some that people do not."""
    for look in looked:
        if look.no_eyes:
            yield Problem("warning", look.file, *split_remedy(look.no_eyes), "face")
        elif look.n_faces > 1:
            remedy = "use a picture of one person"
            yield Problem("warning", look.file, f"seems to show {look.n_faces} faces", remedy, "face")


def _unlisted(found: Sequence[str], files: Sequence[str]) -> Iterator[Problem]:
    known = set(files)
    for file in found:
        if file not in known:
            remedy = "add a row or take it out of the folder"
            yield Problem("warning", file, "is not listed in the table", remedy, "table")

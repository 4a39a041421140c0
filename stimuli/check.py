"""List every problem of a folder of pictures at once, each with what to do about it.

Errors make a set unfit for a study; warnings are for a person to weigh. A raw folder will have
leaks that preparation removes; after it they must be gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from stimuli.fingerprint import Fingerprint, file_fingerprint, hash_difference, picture_hash
from stimuli.leaks import leak_problems, picture_separations
from stimuli.manifest import Stimulus, StimulusError, StimulusSet, file_sha256
from stimuli.measures import Measures, Separation, measure_picture
from stimuli.picture import read_picture
from stimuli.problem import Problem
from stimuli.progress import Progress, no_progress
from stimuli.sources import read_originals

STEP = "check pictures"
PICTURE_ENDINGS = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp", ".gif")

# Two cuts of one picture differ in up to 0.08 of the hash, aligned faces of different people
# before the same wall in 0.20 or more (measured on 90 portraits).
_NEAR_DUPLICATE = 0.12


@dataclass(frozen=True)
class Looked:
    """What one look at a picture file found."""

    file: str
    sha256: str
    fingerprint: Fingerprint
    measures: Measures
    hash: int
    mirrored_hash: int


@dataclass(frozen=True)
class CheckReport:
    """``problems``: errors first. ``separations``: AUC of each statistic, most telling first;
    empty where there are not both real and other pictures."""

    problems: tuple[Problem, ...]
    separations: tuple[Separation, ...] = ()


def check_set(folder: Path, *, min_side_px: int = 240, progress: Progress = no_progress) -> list[Problem]:
    """Every problem of a set, a folder with sources.csv, or bare pictures; errors first."""
    return list(check_report(folder, min_side_px=min_side_px, progress=progress).problems)


def check_report(folder: Path, *, min_side_px: int = 240, progress: Progress = no_progress) -> CheckReport:
    """All problems of a folder and how well each statistic alone tells real from other pictures.

    If the table cannot be used, its problems are listed and the pictures are checked without it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        sentence = f"{folder}: expected a folder with pictures, found none"
        return CheckReport((Problem("error", "", sentence, "name another folder"),))
    problems: list[Problem] = []
    listed: StimulusSet | None = None
    try:
        listed = read_originals(folder)
    except StimulusError as error:
        problems += [Problem("error", "", *_split(sentence)) for sentence in error.problems]
    found = _pictures_in(folder)
    files = [s.file for s in listed.stimuli] if listed else found
    looked = _look_at(folder, files, problems, progress)
    problems += _small(looked.values(), min_side_px)
    problems += _duplicates(list(looked.values()), listed)
    separated: list[Separation] = []
    if listed:
        problems += _unlisted(found, files)
        problems += _rights(listed.stimuli)
        problems += _pairing(listed)
        seen = [s for s in listed.stimuli if s.file in looked]
        fingerprints = [looked[s.file].fingerprint for s in seen]
        measures = [looked[s.file].measures for s in seen]
        problems += leak_problems(seen, fingerprints, measures, listed.pairs)
        separated = picture_separations(seen, fingerprints, measures)
    # Within a file, and among those of the whole set, problems keep their order: worst first.
    problems.sort(key=lambda p: (p.severity != "error", p.file != "", p.file))
    return CheckReport(tuple(problems), tuple(separated))


def _pictures_in(folder: Path) -> list[str]:
    paths = [path for path in folder.rglob("*") if path.suffix.lower() in PICTURE_ENDINGS]
    return sorted(path.relative_to(folder).as_posix() for path in paths)


def _look_at(
    folder: Path, files: Sequence[str], problems: list[Problem], progress: Progress
) -> dict[str, Looked]:
    looked = {}
    for number, file in enumerate(files, start=1):
        path = folder / file
        try:
            pixels = read_picture(path)
            looked[file] = Looked(
                file,
                file_sha256(path),
                file_fingerprint(path),
                measure_picture(pixels),
                picture_hash(pixels),
                picture_hash(pixels[:, ::-1].copy()),
            )
        except StimulusError as error:
            what, remedy = _split(error.problems[0].removeprefix(f"{path.name}: "))
            problems.append(Problem("error", file, what, remedy))
        progress(STEP, number, len(files))
    return looked


def _split(sentence: str) -> tuple[str, str]:
    """An error's text before and after its remedy."""
    what, _, remedy = sentence.rpartition("; ")
    return (what, remedy) if what else (sentence, "correct the table")


def _small(looked: Iterable[Looked], min_side_px: int) -> Iterator[Problem]:
    for look in looked:
        width, height = look.fingerprint.dimensions
        if min(width, height) < min_side_px:
            yield Problem(
                "error",
                look.file,
                f"needs at least {min_side_px} px on its short side, has {width}x{height}",
                "use a larger original",
            )


def _duplicates(looked: Sequence[Looked], listed: StimulusSet | None) -> Iterator[Problem]:
    related = _related_files(listed)
    for first, second in combinations(looked, 2):
        if frozenset((first.file, second.file)) in related:
            continue
        remedy = "keep one of them"
        if first.sha256 == second.sha256:
            yield Problem("error", second.file, f"is the same file as {first.file}", remedy)
        elif hash_difference(first.hash, second.hash) <= _NEAR_DUPLICATE:
            yield Problem("warning", second.file, f"looks like another version of {first.file}", remedy)
        elif hash_difference(first.hash, second.mirrored_hash) <= _NEAR_DUPLICATE:
            yield Problem("warning", second.file, f"looks like {first.file} mirrored", remedy)


def _related_files(listed: StimulusSet | None) -> set[frozenset[str]]:
    """Pairs of files that are meant to be alike: edited twins and pictures of one identity."""
    if listed is None:
        return set()
    related = set()
    for a, b in combinations(listed.stimuli, 2):
        twins = a.edited_from == b.stimulus or b.edited_from == a.stimulus
        if twins or (a.identity and a.identity == b.identity):
            related.add(frozenset((a.file, b.file)))
    return related


def _unlisted(found: Sequence[str], files: Sequence[str]) -> Iterator[Problem]:
    known = set(files)
    for file in found:
        if file not in known:
            yield Problem(
                "warning", file, "is not listed in the table", "add a row or take it out of the folder"
            )


def _rights(stimuli: Sequence[Stimulus]) -> Iterator[Problem]:
    for stimulus in stimuli:
        if not stimulus.licence:
            yield Problem(
                "error",
                stimulus.file,
                "has no licence",
                "state under which terms it may be shown to participants",
            )
    unnamed = [
        s for s in stimuli if s.licence.upper().startswith("CC") and "BY" in s.licence and not s.attribution
    ]
    if unnamed:
        yield Problem(
            "warning",
            "",
            f"{len(unnamed)} pictures under a CC BY licence have no attribution ({_some(unnamed)})",
            "fill the column attribution with the words the licence asks for",
        )
    without = [s for s in stimuli if s.origin in ("real", "edited") and not s.consent]
    if without:
        yield Problem(
            "warning",
            "",
            f"{len(without)} pictures of real people state no consent ({_some(without)})",
            "fill the column consent: what the person agreed to, or on what other ground they may be shown",
        )


def _pairing(listed: StimulusSet) -> Iterator[Problem]:
    if not listed.pairs:
        return
    by_id = {s.stimulus: s for s in listed.stimuli}
    for pair in listed.pairs:
        first, second = by_id[pair.first], by_id[pair.second]
        if first.origin != "real" or second.origin == "real":
            yield Problem(
                "warning",
                "",
                f"pair {pair.pair} shows {first.origin} and {second.origin}, expected real and ai or edited",
                "swap or replace its stimuli in pairs.csv unless it is meant as a filler",
            )
        if second.edited_from and second.edited_from != first.stimulus:
            yield Problem(
                "warning",
                "",
                f"pair {pair.pair} shows {second.stimulus} beside {first.stimulus}, but it was made from "
                f"{second.edited_from}",
                "pair an edited picture with its own original",
            )
    paired = {id for pair in listed.pairs for id in (pair.first, pair.second)}
    left = [s for s in listed.stimuli if s.stimulus not in paired]
    if left:
        yield Problem(
            "warning",
            "",
            f"{len(left)} pictures are in no pair and will not be shown ({_some(left)})",
            "nothing to do if that is meant",
        )


def _some(stimuli: Sequence[Stimulus], at_most: int = 3) -> str:
    names = [s.stimulus for s in stimuli[:at_most]]
    return ", ".join(names) + (", …" if len(stimuli) > at_most else "")

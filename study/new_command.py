"""The command that begins a new study: a commented example that runs as it is."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from stimuli.manifest import StimulusSet
    from stimuli.progress import Progress

EXAMPLE = Path(__file__).parent / "new_study"
LEAST_TARGET = 48
MOST_PAIRS_OF_A_BLOCK = 24

_PHRASES: Mapping[str, Mapping[str, str]] = {
    "ai": {
        "altered": "AI-made",
        "topic": "AI",
        "which": "Which picture was made by AI?",
        "hypothesis_distrust": "AI-made faces are trusted less than real ones.",
        "hypothesis_closer_look": "AI-made faces are told apart better after 2 s than after 100 ms.",
    },
    "edited": {
        "altered": "edited",
        "topic": "editing",
        "which": "Which picture was edited?",
        "hypothesis_distrust": "Edited faces are trusted less than the photographs they were made from.",
        "hypothesis_closer_look": "Edited faces are told apart better after 2 s than after 100 ms.",
    },
}


@click.command("new")
@click.argument("name", type=click.Path(path_type=Path))
@click.option(
    "--set",
    "stimulus_set",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of a prepared stimulus set with pairs; without it two public-domain portraits serve.",
)
def new_command(name: Path, stimulus_set: Path | None) -> None:
    """Write the folder NAME with a commented example of a study that runs as it is."""
    from stimuli.manifest import StimulusError
    from stimuli.progress import progress_bar

    try:
        with progress_bar() as progress:
            file = new_study(name, stimulus_set=stimulus_set, progress=progress)
    except (StimulusError, NewStudyError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{file} runs as it is; next: facevalue study check {shlex.quote(str(file))}")


class NewStudyError(ValueError):
    """A study that cannot be begun there, or with that set; the text says why."""


def new_study(folder: Path, *, stimulus_set: Path | None = None, progress: Progress | None = None) -> Path:
    """Write study.toml, texts, the editor's schema and, unless a set is given, a set; the file written.

    A given set stays where it is and is named by its path from the new folder.
    """
    from stimuli.manifest import read_set

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NewStudyError(f"{folder}: expected a new or empty folder, found something in it; name another")
    slug = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")[:40].rstrip("-")
    if not slug:
        raise NewStudyError(f"{folder}: expected letters or digits in the name, found none; name another")
    given = read_set(stimulus_set) if stimulus_set else None
    if given and stimulus_set:
        words = _words_of(given, slug, os.path.relpath(stimulus_set.resolve(), folder.resolve()))
        _write(folder, words)
    else:
        built = _portraits(folder / "stimuli", progress)
        _write(folder, _words_of(built, slug, "stimuli"))
    return folder / "study.toml"


def _portraits(folder: Path, progress: Progress | None) -> StimulusSet:
    from stimuli.demo_set import build_portrait_set
    from stimuli.progress import no_progress

    # Built beside its place: an interrupted attempt never looks like a set.
    building = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(building, ignore_errors=True)
    try:
        built = build_portrait_set(building, progress=progress or no_progress)
        building.replace(folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return built


def _words_of(stimulus_set: StimulusSet, slug: str, path: str) -> dict[str, str]:
    """What the example says of this set: its kind, and numbers that its pairs allow."""
    main = sum(not pair.practice for pair in stimulus_set.pairs)
    practice = len(stimulus_set.pairs) - main
    if main < 2 or practice < 1:
        raise NewStudyError(
            f"{stimulus_set.folder}: expected at least 2 pairs and 1 practice pair, found {main} and "
            f"{practice}; add pairs with facevalue stimuli pair, or mark some as practice in pairs.csv"
        )
    others = {stimulus_set.stimulus(pair.second).origin for pair in stimulus_set.pairs}
    kind = "edited" if others == {"edited"} else "ai"
    return {
        "title": "First impressions of portraits",
        "slug": slug,
        "seed": str(int(sha256(slug.encode()).hexdigest()[:7], 16)),
        "kind": kind,
        "stimulus_set": Path(path).as_posix(),
        "target": str(main * -(-LEAST_TARGET // main)),
        "practice_pairs": str(min(practice, 2)),
        "block_pairs": str(min(main // 2, MOST_PAIRS_OF_A_BLOCK)),
        **_PHRASES[kind],
    }


def _write(folder: Path, words: Mapping[str, str]) -> None:
    from study.protocol_schema import json_schema

    for source in sorted(EXAMPLE.rglob("*")):
        if source.is_file():
            target = folder / source.relative_to(EXAMPLE)
            target.parent.mkdir(parents=True, exist_ok=True)
            lines = source.read_text(encoding="utf-8").splitlines()
            target.write_text("".join(_filled(line, words) + "\n" for line in lines), encoding="utf-8")
    schema = json.dumps(json_schema(), indent=2, ensure_ascii=False)
    (folder / "study.schema.json").write_text(schema + "\n", encoding="utf-8")


def _filled(line: str, words: Mapping[str, str]) -> str:
    """A line of the example with its words put in; a comment behind a setting keeps its column."""
    filled = Template(line).substitute(words)
    setting, mark, comment = filled.rpartition("  # ")
    if filled == line or not mark or line.startswith("#"):
        return filled
    return f"{setting.rstrip():<31} # {comment}"

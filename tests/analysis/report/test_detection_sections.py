"""The chapters on detection and speed: what they say of a usual study, and that odd ones do not stop them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.dataset import Dataset, read_export
from analysis.detection import pair_choices
from analysis.exclusions import apply_exclusions
from analysis.fitted import FittedModel
from analysis.intervals import resample
from analysis.protocol import ExclusionRules
from analysis.report.content import Figure, Paragraph, Section, Table
from analysis.report.inputs import Inputs
from analysis.report.rounding import cell_words
from analysis.report.sections import detection, single_faces, speed
from analysis.simulate import simulate_export
from tests.analysis.detection_tables import simulated_faces


def inputs_of(dataset: Dataset) -> Inputs:
    exclusions = apply_exclusions(dataset)
    choices = pair_choices(exclusions.kept)
    return Inputs(
        dataset=dataset,
        exclusions=exclusions,
        everything=apply_exclusions(dataset, rules=ExclusionRules()).kept,
        resampling=(
            resample(choices["participant"], choices["pair"], seed=1, n_resamples=100)
            if len(choices)
            else None
        ),
        seed=1,
        n_resamples=100,
    )


def chapters(dataset: Dataset) -> list[Section]:
    inputs = inputs_of(dataset)
    made = (each.section(inputs) for each in (detection, single_faces, speed))
    return [one for one in made if one is not None]


def every_word(section: Section) -> str:
    """All that a reader is shown, printed cells among it."""
    words = [*section.results]
    for part in section.parts:
        if isinstance(part, Paragraph):
            words.append(part.text)
        elif isinstance(part, Table):
            words += [part.caption, part.note]
            rows = part.data.to_dict("records")
            words += [cell_words({str(k): v for k, v in r.items()}, c) for r in rows for c in part.columns]
        elif isinstance(part, Figure):
            assert part.svg.startswith('<svg role="img" aria-label=')
            words.append(part.caption)
    return "\n".join(words).replace("\u00a0", " ")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("sections") / "study"
    simulate_export(folder, n_participants=24, n_pairs=20, artifact_gains={"skin": 1.0, "hair": 0.0}, seed=5)
    return read_export(folder)


@pytest.fixture(scope="module")
def usual(study: Dataset) -> list[Section]:
    return chapters(study)


def test_a_study_of_pairs_has_chapters_on_detection_and_speed(usual: list[Section]) -> None:
    assert [one.name for one in usual] == ["detection", "speed"]


def test_sensitivity_is_told_as_in_a_paper(usual: list[Section], study: Dataset) -> None:
    table = next(part for part in usual[0].parts if isinstance(part, Table) and part.name == "detection")
    whole = table.data.iloc[-1]
    first = usual[0].results[0].replace("\u00a0", " ")
    ends = f"{whole['d_prime_low']:.2f}, {whole['d_prime_high']:.2f}"
    assert first.startswith(
        f"Sensitivity was *d′* = {whole['d_prime']:.2f}, 95 % CI [{ends}], *p* < .001, with *N* = "
        "24 participants and 20 pairs as random effects in a probit mixed model; "
    )
    assert whole["n_trials"] == len(pair_choices(apply_exclusions(study).kept))
    assert np.isnan(whole["exposure_ms"])


def test_names_of_parts_are_unique_and_every_table_is_printable(usual: list[Section]) -> None:
    parts = [part for one in usual for part in one.parts]
    for kind in (Table, Figure, FittedModel):
        names = [part.name for part in parts if isinstance(part, kind)]
        assert len(names) == len(set(names))
    assert all(len(part.data) for part in parts if isinstance(part, Table | Figure))
    for one in usual:
        assert "nan" not in every_word(one).lower().split()


def test_notes_and_captions_are_plain_text(usual: list[Section]) -> None:
    for one in usual:
        for part in one.parts:
            if isinstance(part, Table | Figure):
                shown = part.caption + (part.note if isinstance(part, Table) else "")
                assert "*" not in shown
                assert "\\" not in shown


def test_tags_of_artifacts_have_a_table_of_what_they_add(usual: list[Section]) -> None:
    table = next(part for part in usual[0].parts if isinstance(part, Table) and part.name == "detection-tags")
    assert set(table.data["tag"]) == {"skin", "hair"}


def test_the_chapter_on_speed_says_what_was_left_out(usual: list[Section]) -> None:
    words = every_word(usual[1])
    assert "sooner than 200 ms after the onset were excluded (0). Nothing else was trimmed" in words


def small(folder: Path, **options: object) -> Dataset:
    simulate_export(folder / "x", **({"n_participants": 8, "n_pairs": 8, "seed": 2} | options))  # type: ignore[arg-type]
    return read_export(folder / "x")


def all_correct(dataset: Dataset) -> Dataset:
    keys = ["participant", "session", "position"]
    origin = dataset.ratings.merge(dataset.trials[[*keys, "left_origin"]], on=keys)["left_origin"]
    right = np.where(origin != "real", "left", "right")
    asked = dataset.ratings["question"] == "detect"
    return replace(
        dataset, ratings=dataset.ratings.assign(value=dataset.ratings["value"].mask(asked, pd.Series(right)))
    )


ODD: dict[str, tuple[Callable[[Path], Dataset], list[str], str]] = {
    "one exposure": (lambda f: small(f, exposures_ms=(500,), d_prime=1.0), ["detection", "speed"], ""),
    "unlimited only": (lambda f: small(f, exposures_ms=(None,), d_prime=1.0), ["detection", "speed"], ""),
    "one pair": (
        lambda f: small(f, n_participants=12, n_pairs=1),
        ["detection", "speed"],
        "and 1 pair in a probit mixed model, which says nothing about any other pair",
    ),
    "one person": (
        lambda f: small(f, n_participants=1, n_pairs=24),
        ["detection", "speed"],
        "*N* = 1 participant and 24 pairs in a probit mixed model, which says nothing about any other",
    ),
    "one person and one pair": (
        lambda f: small(f, n_participants=1, n_pairs=1),
        ["detection", "speed"],
        "the only answer is correct: no finite d′",
    ),
    "all correct": (
        lambda f: all_correct(small(f)),
        ["detection", "speed"],
        "the mixed model gave no sensitivity (all 64 answers are correct: no finite d′)",
    ),
    "edited at one dose": (lambda f: small(f, stimulus_kind="edited"), ["detection", "speed"], ""),
    "no answers": (lambda f: replace(d := small(f), ratings=d.ratings.iloc[:0]), [], ""),
    "no times": (
        lambda f: replace(d := small(f), ratings=d.ratings.assign(rt_ms=np.nan)),
        ["detection"],
        "",
    ),
    "single faces only": (lambda _: simulated_faces(n_participants=12), ["single-faces", "speed"], ""),
    "single faces, all right": (
        lambda _: simulated_faces(n_participants=6, n_faces=8, all_right=True),
        ["single-faces", "speed"],
        "all 48 answers are correct: no finite d′",
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_study_has_the_chapters_it_can_have(name: str, tmp_path: Path) -> None:
    make, expected, words = ODD[name]
    found = chapters(make(tmp_path))
    assert [one.name for one in found] == expected
    said = "\n".join(every_word(one) for one in found)
    assert words in said
    assert "nan" not in said.lower().split()

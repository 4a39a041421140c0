"""Simulated exports: complete, repeatable, balanced, and true to what was asked for."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu

from analysis.confidence import confident_choices
from analysis.dataset import Dataset, read_export
from analysis.detection import PairCounts, pair_choices, pair_sensitivity
from analysis.exclusions import apply_exclusions
from analysis.face_ratings import face_ratings
from analysis.results import analyse
from analysis.simulate import simulate_export


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def pooled_d_prime(choices: pd.DataFrame) -> float:
    """Pooled d' of pair choices: nobody and no pair differs here."""
    made, said = choices["made_left"], choices["said_left"]
    return pair_sensitivity(
        PairCounts(int((made & said).sum()), int(made.sum()), int((~made & said).sum()), int((~made).sum()))
    )


def test_the_same_arguments_write_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        simulate_export(tmp_path / name, n_participants=5, n_pairs=6, dropout_share=0.4, seed=9)
    assert contents(tmp_path / "one") == contents(tmp_path / "other")


def test_another_seed_writes_other_answers(tmp_path: Path) -> None:
    for seed in (1, 2):
        simulate_export(tmp_path / str(seed), n_participants=5, n_pairs=6, seed=seed)
    assert contents(tmp_path / "1")["SHA256SUMS"] != contents(tmp_path / "2")["SHA256SUMS"]


def test_every_file_of_an_export_is_there(export: Path) -> None:
    names = set(contents(export))
    assert {"dataset_description.json", "datapackage.json", "README.md", "CHANGES.md", "SHA256SUMS"} <= names
    assert {"protocol/protocol.json", "protocol/study.toml", "parquet/events.parquet"} <= names


def test_sides_and_exposures_are_balanced_over_lists(tmp_path: Path) -> None:
    simulate_export(tmp_path / "s", n_participants=6, n_pairs=6)
    trials = read_export(tmp_path / "s").trials
    trust = trials[trials["block"] == "trust"].fillna({"exposure_ms": -1.0})
    cells = trust.groupby(["pair", "left_origin", "exposure_ms"]).size()
    assert len(cells) == 6 * 2 * 3
    assert (cells == 1).all()


def test_a_large_study_gives_back_what_was_put_in(tmp_path: Path) -> None:
    simulate_export(
        tmp_path / "s",
        n_participants=200,
        n_pairs=36,
        d_prime=(0.2, 0.8, 1.6),
        side_bias=0.3,
        trust_difference=-0.4,
        participant_sd=0.0,
        stimulus_sd=0.0,
        seed=4,
    )
    main = analyse(read_export(tmp_path / "s"), n_resamples=100).main
    assert main.detection is not None
    assert main.trust is not None
    found = [one.d_prime.estimate for one in main.detection.by_exposure]
    assert found == pytest.approx([0.2, 0.8, 1.6], abs=0.1)
    assert main.detection.overall.side_bias.estimate == pytest.approx(0.3, abs=0.05)
    assert main.trust.overall.difference.estimate == pytest.approx(-0.4, abs=0.05)


def test_the_declared_shares_of_careless_and_late_come_out(tmp_path: Path) -> None:
    simulate_export(
        tmp_path / "s", n_participants=150, n_pairs=12, careless_share=0.2, late_frame_share=0.1, seed=6
    )
    table = apply_exclusions(read_export(tmp_path / "s")).table.set_index("rule")
    assert table.loc["constant_responder", "n_participants"] == pytest.approx(30, abs=12)
    late = table.loc["not_presented_as_planned", "n_trials"]
    assert late == pytest.approx(0.1 * 150 * 24 * 0.8, rel=0.2)


def test_robots_are_called_robots(export: Path) -> None:
    data = read_export(export)
    assert set(data.participants["namespace"]) == {"robot"}
    assert set(data.trials["evidence"].dropna()) == {"simulated"}
    assert np.isfinite(data.ratings["rt_ms"]).all()


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(FileExistsError, match="is not empty; name a new folder"):
        simulate_export(tmp_path)


def test_a_sensitivity_missing_for_an_exposure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected 3, found 2; give a single number"):
        simulate_export(tmp_path / "s", d_prime=(1.0, 2.0))


def test_nobody_cannot_be_simulated(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1 participant and 1 pair, got 0 and 24"):
        simulate_export(tmp_path / "s", n_participants=0)


@pytest.fixture(scope="module")
def richer(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("simulated") / "s"
    simulate_export(
        folder,
        n_participants=120,
        n_pairs=24,
        participant_sd=0.0,
        stimulus_sd=0.0,
        d_prime=0.5,
        hiring_difference=-0.8,
        share_cues_named=0.7,
        artifact_gains={"skin": 1.0, "body": 0.0},
        seed=8,
    )
    return read_export(folder)


def test_further_questions_change_no_other_answer(tmp_path: Path) -> None:
    simulate_export(tmp_path / "plain", n_participants=6, n_pairs=6)
    simulate_export(
        tmp_path / "more", n_participants=6, n_pairs=6, hiring_difference=0.2, share_cues_named=0.5
    )
    plain, more = (read_export(tmp_path / name).ratings for name in ("plain", "more"))
    both = more[more["question"].isin(["trust", "detect", "confidence"])]
    assert len(more) > len(both) == len(plain)
    answers = ["participant", "position", "target", "question", "value", "rt_ms"]
    assert both[answers].reset_index(drop=True).equals(plain[answers])


def test_the_hiring_difference_comes_out(richer: Dataset) -> None:
    rated = face_ratings(richer, "hireable").groupby("made")["rating"].mean()
    assert rated[True] - rated[False] == pytest.approx(-0.8, abs=0.08)


def test_the_share_of_cues_named_comes_out(richer: Dataset) -> None:
    cues = richer.ratings.loc[richer.ratings["question"] == "cues", "value"]
    assert (cues != "none_named").mean() == pytest.approx(0.7, abs=0.03)


def test_an_artifact_adds_its_gain_to_d_prime_in_the_pairs_that_carry_it(richer: Dataset) -> None:
    tags = richer.stimuli.set_index("pair")["artifacts"].dropna()
    assert tags.value_counts().to_dict() == {"skin": 8, "body": 8}
    choices = pair_choices(richer)
    tag = choices["pair"].map(tags).fillna("none")
    found = {name: pooled_d_prime(part) for name, part in choices.groupby(tag)}
    assert found["skin"] == pytest.approx(1.5, abs=0.12)
    assert found["body"] == pytest.approx(0.5, abs=0.12)
    assert found["none"] == pytest.approx(0.5, abs=0.12)


def test_noise_between_choice_and_report_makes_confidence_less_telling(tmp_path: Path) -> None:
    areas = []
    for noise in (0.0, 3.0):
        folder = tmp_path / str(noise)
        simulate_export(folder, n_participants=60, n_pairs=24, confidence_noise=noise, seed=2)
        choices = confident_choices(read_export(folder))
        right = choices.loc[choices["correct"], "confidence"]
        wrong = choices.loc[~choices["correct"], "confidence"]
        areas.append(float(mannwhitneyu(right, wrong).statistic) / (len(right) * len(wrong)))
    assert areas[0] > areas[1] + 0.05
    assert areas[1] > 0.5

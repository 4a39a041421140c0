"""Simulated exports: complete, repeatable, balanced, and true to what was asked for."""

from pathlib import Path

import numpy as np
import pytest

from analysis.dataset import read_export
from analysis.exclusions import apply_exclusions
from analysis.results import analyse
from analysis.simulate import simulate_export


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


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

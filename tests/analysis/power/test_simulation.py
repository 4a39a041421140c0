"""Power by simulation: right against known formulas, the same on any number of processes, resumable."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.power import Assumptions, Cell, power_grid, power_table, simulate_power
from analysis.power.kept import KeptOutcomes, conditions
from analysis.power.table import people_ceiling

from .conftest import planned

CELL = Cell("distrust", 20, 12, 12, 0.5)


def test_power_agrees_with_the_formula_where_there_is_one(study):
    """Balanced, complete and without rounding to speak of, the test is that of Westfall, Kenny & Judd."""
    cell = Cell("distrust", 30, 12, 12, 0.45)
    small = Assumptions(
        careless_share=0, void_share=0, noise_sd=0.8, effect_person_sd=0.4, effect_pair_sd=0.3, pair_sd=0
    )
    table = power_table(simulate_power(study, [cell], assumptions=small, n_simulations=200), study)
    # Rounding to whole points adds 1/12 to the variance of each rating.
    noise = 2 * (0.8**2 + 1 / 12)
    variance = 0.4**2 / 30 + 0.3**2 / 12 + noise / 360
    df = variance**2 / ((0.3**2 / 12) ** 2 / 11 + (0.4**2 / 30) ** 2 / 29 + (noise / 360) ** 2 / 319)
    expected = stats.nct.sf(stats.t.isf(0.025, df), df, 0.45 / np.sqrt(variance))
    assert 0.6 < expected < 0.95
    assert table["power"].iloc[0] == pytest.approx(expected, abs=0.08)
    assert table["covered"].iloc[0] == pytest.approx(0.95, abs=0.04)


def test_without_an_effect_few_studies_find_one(study):
    cell = Cell("distrust", 30, 16, 12, 0.0)
    table = power_table(simulate_power(study, [cell], n_simulations=100), study)
    assert table["power"].iloc[0] < 0.11


def test_no_number_of_people_makes_up_for_few_pictures(study):
    """FIELD: with 60 unmatched images an effect of 0.15 has at most 24 % power."""
    unmatched = Assumptions(effect_pair_sd=0.5 * np.sqrt(2))
    ceiling = people_ceiling(Cell("distrust", 10**6, 30, 12, 0.15), study, unmatched)
    assert 0.15 < ceiling < 0.24
    many = Cell("distrust", 500, 10, 10, 0.3)
    found = power_table(
        simulate_power(study, [many], n_simulations=40, assumptions=unmatched), study, assumptions=unmatched
    )
    assert found["power"].iloc[0] <= found["ceiling"].iloc[0] + 0.14


@pytest.mark.parametrize("claim", ["closer-look", "detection", "milliseconds"])
@pytest.mark.parametrize("layout", ["pair", "single"])
def test_estimates_are_in_the_unit_of_the_effect(claim, layout):
    study = planned(layout)
    outcomes = simulate_power(study, [Cell(claim, 60, 24, 24, 0.8)], n_simulations=8)
    table = power_table(outcomes, study)
    assert table["n_failed"].iloc[0] == 0
    assert outcomes["estimate"].mean() == pytest.approx(0.8, abs=4 * outcomes["se"].mean() / np.sqrt(8))


def test_the_result_is_the_same_on_any_number_of_processes(study):
    one = simulate_power(study, [CELL], n_simulations=22, n_jobs=1)
    two = simulate_power(study, [CELL], n_simulations=22, n_jobs=2)
    pd.testing.assert_frame_equal(one, two)


def test_the_same_call_runs_on_a_dask_cluster(study):
    from distributed import Client, LocalCluster
    from joblib import parallel_config

    alone = simulate_power(study, [CELL], n_simulations=25)
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
        Client(cluster),
        parallel_config(backend="dask"),
    ):
        shared = simulate_power(study, [CELL], n_simulations=25)
    pd.testing.assert_frame_equal(alone, shared)


def test_more_simulations_begin_with_those_there_were(study):
    few, more = (simulate_power(study, [CELL], n_simulations=n) for n in (5, 9))
    pd.testing.assert_frame_equal(few, more.head(5))


def test_a_stopped_run_goes_on_where_it_was(study, tmp_path, monkeypatch):
    file = tmp_path / "kept.jsonl"
    seen = []

    def stop(done, of):
        seen.append((done, of))
        if done >= 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_power(study, [CELL], n_simulations=40, keep=file, progress=stop)
    # A crash may cut the last line off.
    file.write_text(file.read_text()[:-9])
    told = []
    whole = simulate_power(
        study, [CELL], n_simulations=40, keep=file, progress=lambda *at: told.append(at[0])
    )
    assert seen[0] == (0, 40)
    assert told[0] == 19
    assert told[-1] == 40
    pd.testing.assert_frame_equal(whole, simulate_power(study, [CELL], n_simulations=40))
    read_again = KeptOutcomes(file, conditions(study, Assumptions(), 1))
    assert len(read_again.found) == 40


def test_a_file_of_other_assumptions_is_refused_and_left_alone(study, tmp_path):
    file = tmp_path / "kept.jsonl"
    simulate_power(study, [CELL], n_simulations=2, keep=file)
    before = file.read_bytes()
    with pytest.raises(ValueError, match="expected simulations of this study with these assumptions"):
        simulate_power(study, [CELL], n_simulations=2, keep=file, seed=2)
    assert file.read_bytes() == before
    assert json.loads(before.splitlines()[0])["conditions"]


def test_the_grid_has_every_combination_and_never_more_trials_than_pairs(study):
    cells = power_grid(study, claims=["distrust"], people=[20, 40], pairs=[8, 24], trials=[12])
    assert {(c.n_participants, c.n_pairs, c.n_trials, c.effect) for c in cells} == {
        (n, p, min(12, p), 0.2) for n in (20, 40) for p in (8, 24)
    }


def test_what_cannot_be_simulated_is_refused_at_once(study):
    with pytest.raises(ValueError, match=r"claim skin: .* people: expected at least 3, found 1"):
        power_grid(study, claims=["skin"], people=[1])
    with pytest.raises(ValueError, match="no claim given"):
        power_grid(study)


def test_impossible_assumptions_are_refused_by_name():
    with pytest.raises(ValueError, match=r"noise_sd = -1.0.*|careless_share = 1.0"):
        Assumptions(noise_sd=-1.0, careless_share=1.0)
    with pytest.raises(ValueError, match="speed: expected an assumption among trust_level, person_sd"):
        Assumptions().changed(speed=3)

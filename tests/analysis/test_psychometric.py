"""Psychometric functions: closed forms, known truth, glmmTMB's numbers, nothing beyond the range shown."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis.detection_model import DetectionModel, model_detection, pair_judgements
from analysis.psychometric import THRESHOLD_D_PRIME, Psychometric, psychometric, threshold
from analysis.psychometric_curves import Curve
from tests.analysis.detection_tables import simulated_choices

EXPOSURES = (50.0, 100.0, 200.0, 400.0, 800.0, 1600.0)


def over_exposure(table: pd.DataFrame) -> Psychometric:
    model = model_detection(pair_judgements(table))
    found = psychometric(model, model.judgements.table["exposure_ms"], "exposure_ms")
    assert isinstance(found, Psychometric)
    return found


@pytest.fixture(scope="module")
def rising() -> Psychometric:
    """d' grows by 0.3 per doubling, from 0.3 at 50 ms."""
    levels = [0.3 + 0.3 * step for step in range(6)]
    return over_exposure(
        simulated_choices(
            d_prime=levels,
            exposures_ms=EXPOSURES,
            n_participants=40,
            n_pairs=48,
            participant_sd=0.3,
            pair_sd=0.3,
        )
    )


@pytest.fixture(scope="module")
def saturating() -> Psychometric:
    """d' = 1.6 (1 - exp(-x / 150)): hardly any gain after 400 ms."""
    levels = [1.6 * (1 - np.exp(-x / 150)) for x in EXPOSURES]
    return over_exposure(
        simulated_choices(
            d_prime=levels,
            exposures_ms=EXPOSURES,
            n_participants=40,
            n_pairs=48,
            participant_sd=0.2,
            pair_sd=0.2,
            seed=2,
        )
    )


def test_the_threshold_is_three_quarters_of_pairs() -> None:
    assert pytest.approx(0.9539, abs=1e-4) == THRESHOLD_D_PRIME


def test_a_straight_line_is_found_with_its_slope_and_threshold(rising: Psychometric) -> None:
    assert rising.preferred == "straight"
    assert rising.curves[0].parameters["d' per doubling"] == pytest.approx(0.3, abs=0.06)
    truth = 50 * 2 ** ((THRESHOLD_D_PRIME - 0.3) / 0.3)
    assert rising.threshold.status == "reached"
    assert rising.threshold.low < truth < rising.threshold.high


def test_a_saturating_curve_is_found_and_preferred(saturating: Psychometric) -> None:
    assert saturating.preferred == "saturating"
    straight, curve = saturating.curves
    assert curve.aic < straight.aic - 2
    assert curve.parameters["top d'"] == pytest.approx(1.6, abs=0.2)
    assert curve.parameters["pace (ms)"] == pytest.approx(150, rel=0.35)
    truth = -150 * np.log(1 - THRESHOLD_D_PRIME / 1.6)
    assert saturating.threshold.low < truth < saturating.threshold.high


def test_the_interval_is_fiellers(rising: Psychometric) -> None:
    """Where |d'(x) - criterion| = z se(x): a quadratic in log x, solved from the estimates alone."""
    fixed = rising.model.fixed.set_index("term")
    slope, level = (fixed.loc[name] for name in ("log2_exposure:made_right", "made_right"))
    points = rising.curves[0].points
    x = np.log2(points["x"]) - np.mean(np.log2(EXPOSURES))
    half = (points["high"] - points["d_prime"]) / 1.959964
    covariance = np.polyfit(x, half**2, 2)
    assert covariance[0] == pytest.approx(slope["se"] ** 2 / 2, rel=1e-3)
    assert covariance[2] == pytest.approx(level["se"] ** 2 / 2, rel=1e-3)
    b0, b1 = level["estimate"] / np.sqrt(2), slope["estimate"] / np.sqrt(2)
    q, c = 1.959964**2, THRESHOLD_D_PRIME - b0
    roots = np.roots([b1**2 - q * covariance[0], -2 * b1 * c - q * covariance[1], c**2 - q * covariance[2]])
    shown = 2 ** (np.sort(roots) + np.mean(np.log2(EXPOSURES)))
    assert [rising.threshold.low, rising.threshold.high] == pytest.approx(list(shown), rel=1e-3)


def test_slope_and_height_are_glmmtmbs(shared: Path) -> None:
    """sim_2afc with the same formula; its durations are logarithms to the base 10, centred over trials."""
    r = json.loads((shared / "reference" / "glmm_lme4_glmmTMB.json").read_text())["sim2afc_probit_slope"]
    theirs = {row["term"]: row for row in r["glmmTMB"]["fixef"]}
    trials = pd.read_csv(shared / "data" / "sim_2afc" / "trials.csv")
    pair = trials["pair"].astype(str)
    made_left = trials["ai_right"] == 0
    table = pd.DataFrame(
        {
            "participant": trials["participant"].astype(str),
            "pair": pair,
            "left": np.where(made_left, pair + "-ai", pair + "-real"),
            "right": np.where(made_left, pair + "-real", pair + "-ai"),
            "exposure_ms": trials["duration_ms"].astype(float),
            "made_left": made_left,
            "said_left": trials["chose_right_ai"] == 0,
        }
    )
    found = over_exposure(table.assign(correct=table["made_left"] == table["said_left"]))
    mine = found.model.fixed.set_index("term")
    per_unit = np.polyfit(np.log2(trials["duration_ms"]), trials["logdur_c"], 1)[0]
    interaction = theirs["ai_right_c:logdur_c"]
    row = mine.loc["log2_exposure:made_right"]
    assert row["estimate"] == pytest.approx(interaction["Estimate"] * per_unit, abs=1e-3)
    assert row["se"] == pytest.approx(interaction["SE"] * per_unit, rel=5e-3)


def test_without_differences_it_is_the_probit_regression_of_statsmodels() -> None:
    table = simulated_choices(
        d_prime=[0.2, 0.6, 1.0, 1.4],
        exposures_ms=(100.0, 200.0, 400.0, 800.0),
        n_participants=60,
        n_pairs=24,
        seed=6,
    )
    found = over_exposure(table)
    x = np.log2(table["exposure_ms"]) - np.mean(np.log2([100, 200, 400, 800]))
    side = np.where(table["made_left"], -0.5, 0.5)
    design = np.column_stack([np.ones(len(x)), x, side, x * side])
    link = sm.families.Binomial(sm.families.links.Probit())
    theirs = sm.GLM((~table["said_left"]).astype(int), design, family=link).fit().params
    mine = (THRESHOLD_D_PRIME * np.sqrt(2) - theirs.iloc[2]) / theirs.iloc[3]
    expected = 2 ** (mine + np.mean(np.log2([100, 200, 400, 800])))
    assert found.threshold.at == pytest.approx(expected, rel=0.02)


def test_rates_without_lapses_have_the_threshold_of_the_pooled_line(rising: Psychometric) -> None:
    none, some, more = rising.lapses["threshold"]
    assert none == pytest.approx(rising.threshold.at, rel=0.25)
    assert more < some < none


def test_nothing_is_said_beyond_the_range_shown() -> None:
    low = over_exposure(simulated_choices(d_prime=(0.1, 0.4), exposures_ms=(100.0, 500.0), n_participants=60))
    high = over_exposure(
        simulated_choices(d_prime=(1.5, 2.2), exposures_ms=(100.0, 500.0), n_participants=60)
    )
    assert (low.threshold.status, high.threshold.status) == ("not reached", "exceeded throughout")
    assert np.isnan([low.threshold.at, high.threshold.at]).all()
    points = low.curves[0].points["x"]
    assert (points.min(), points.max()) == pytest.approx((100, 500))
    assert [curve.name for curve in low.curves] == ["straight"]


def test_a_falling_curve_has_no_threshold() -> None:
    x = np.linspace(1, 2, 5)
    points = pd.DataFrame({"x": x, "d_prime": 2 - x, "low": 1.5 - x, "high": 2.5 - x})
    found = threshold(Curve("straight", points, {}, 0.0), level=0.95)
    assert (found.status, np.isnan(found.at)) == ("does not rise", True)


def test_a_single_exposure_or_unlimited_time_has_no_curve() -> None:
    table = simulated_choices(exposures_ms=(500.0, np.inf), d_prime=(0.5, 1.0))
    model = model_detection(pair_judgements(table))
    found = psychometric(model, model.judgements.table["exposure_ms"], "exposure_ms")
    assert found == "fewer than two levels of exposure"


def test_sensitivity_over_dose_is_found(choices_over_dose: tuple[DetectionModel, pd.Series]) -> None:
    model, doses = choices_over_dose
    found = psychometric(model, doses, "dose")
    assert isinstance(found, Psychometric)
    assert found.range == (0.2, 1.0)
    assert found.curves[0].parameters["d' per unit of dose"] == pytest.approx(1.5, abs=0.5)
    assert found.threshold.low < THRESHOLD_D_PRIME / 1.5 < found.threshold.high


@pytest.fixture
def choices_over_dose() -> tuple[DetectionModel, pd.Series]:
    """d' is 1.5 times the dose."""
    doses = 0.2 + 0.2 * (np.arange(40) % 5)
    table = simulated_choices(
        d_prime=0.0, n_pairs=40, n_participants=30, gain_of_pairs=1.5 * doses, pair_sd=0.1, seed=7
    )
    of_pair = dict(zip(sorted(set(table["pair"])), doses, strict=True))
    return model_detection(pair_judgements(table)), table["pair"].map(of_pair)

"""The claims' models give what R's lme4, lmerTest and ordinal give for the same data."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.claims import DECLARED, Finding, Specification, closer_look, distrust
from analysis.dataset import Coded, Dataset, FacePair, from_table


@pytest.fixture(scope="module")
def simulated(shared: Path) -> Dataset:
    return from_table(
        pd.read_csv(shared / "data" / "sim_2afc" / "trials.csv"),
        name="trials.csv",
        participant="participant",
        shown=FacePair("pair", made_side=Coded("ai_right", {0: "left", 1: "right"})),
        detect=Coded("chose_right_ai", {0: "left", 1: "right"}),
        ratings={"trust": {"real": "trust_real", "ai": "trust_ai"}},
        exposure_ms="duration_ms",
    )


@pytest.fixture(scope="module")
def known(shared: Path) -> dict:
    return json.loads((shared / "reference" / "sim2afc.json").read_text())


def found(claim, dataset: Dataset, specification: Specification = DECLARED) -> Finding:
    finding = claim(dataset, specification)
    assert isinstance(finding, Finding)
    return finding


def test_distrust_is_lmertests_effect_of_origin(simulated: Dataset, known: dict) -> None:
    """Differences within pairs and single ratings with slopes by person and pair are one model here."""
    slope = known["trust_lmm_REML"]["fixef"][1]
    finding = found(distrust, simulated)
    assert finding.estimate.estimate == pytest.approx(slope["Estimate"], abs=1e-6)
    assert finding.estimate.se == pytest.approx(slope["Std. Error"], rel=2e-3)
    assert finding.estimate.df == pytest.approx(slope["df"], rel=0.01)


def test_the_ordinal_check_is_clmms_effect_of_origin(simulated: Dataset, known: dict) -> None:
    """clmm's fit has no slope by pair, so that its standard error is smaller."""
    coefficient = known["trust_clmm_probit"]["coef"][-1]
    model = found(distrust, simulated).beside[0].model
    assert model is not None
    row = model.fixed.iloc[-1]
    assert row["estimate"] == pytest.approx(coefficient["Estimate"], abs=0.3 * coefficient["Std. Error"])
    assert row["se"] > coefficient["Std. Error"]


def test_the_t_test_of_means_is_rs_paired_t_test(simulated: Dataset, known: dict) -> None:
    paired = known["F1_paired"]
    estimate = found(distrust, simulated, Specification(model="means")).estimate
    assert estimate.estimate / estimate.se == pytest.approx(paired["statistic"], abs=1e-8)
    assert [estimate.low, estimate.high] == pytest.approx(paired["conf_int"], abs=1e-8)
    assert estimate.p_value() == pytest.approx(paired["p"], rel=1e-6)


def test_closer_look_is_glmers_interaction(simulated: Dataset, known: dict) -> None:
    """The gain over the whole range is the slope on (log2 ms - mean) / 4, times that range, over √2.

    glmer's model has no slope for the change by person and pair; where theirs are small the two agree.
    """
    slope = known["probit_slope_corr"]["fixef"][3]
    whole = (np.log2(5000) - np.log2(100)) / 4 / np.sqrt(2)
    estimate = found(closer_look, simulated).estimate
    assert estimate.estimate == pytest.approx(
        whole * slope["Estimate"], abs=0.1 * whole * slope["Std. Error"]
    )
    assert estimate.se == pytest.approx(whole * slope["Std. Error"], rel=0.1)

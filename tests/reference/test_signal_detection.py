"""Signal detection against published data, textbook cases and R."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from analysis.detection import (
    PairCounts,
    SingleCounts,
    detect_pairs,
    pair_sensitivity,
    participant_detection,
    single_criterion,
    single_sensitivity,
)
from analysis.intervals import resample
from analysis.rates import corrected_rate


def reference(shared: Path, name: str) -> Any:
    return json.loads((shared / "reference" / name).read_text())


def gengap_counts(shared: Path) -> dict[str, SingleCounts]:
    trials = pd.read_csv(shared / "data" / "gengap" / "trials.csv")
    kept = trials[trials["passed_check"] == 1]
    counts = kept.groupby(["participant", "is_ai"])["said_ai"].agg(["sum", "size"])
    return {
        str(participant): SingleCounts(
            hits=int(counts.loc[(participant, 1), "sum"]),
            n_ai=int(counts.loc[(participant, 1), "size"]),
            false_alarms=int(counts.loc[(participant, 0), "sum"]),
            n_real=int(counts.loc[(participant, 0), "size"]),
        )
        for participant in counts.index.get_level_values(0).unique()
    }


def pair_choices_of_sim_2afc(shared: Path) -> pd.DataFrame:
    trials = pd.read_csv(shared / "data" / "sim_2afc" / "trials.csv")
    made_left, said_left = trials["ai_right"] == 0, trials["chose_right_ai"] == 0
    pair = trials["pair"].astype(str)
    return pd.DataFrame(
        {
            "participant": trials["participant"].astype(str),
            "pair": pair,
            "left": "l" + pair,
            "right": "r" + pair,
            "exposure_ms": trials["duration_ms"].astype(float),
            "made_left": made_left,
            "said_left": said_left,
            "correct": made_left == said_left,
        }
    )


def test_each_person_of_gengap_has_the_published_counts_and_rs_sensitivity(shared: Path) -> None:
    expected = pd.read_csv(shared / "reference" / "gengap_sdt_per_participant.csv").set_index("participant")
    counts = gengap_counts(shared)
    assert set(counts) == set(expected.index)
    for participant, one in counts.items():
        row = expected.loc[participant]
        assert (one.hits, one.false_alarms) == (row["hits"], row["fas"])
        assert single_sensitivity(one) == pytest.approx(row["dprime"], abs=1e-12)
        assert single_criterion(one) == pytest.approx(row["c"], abs=1e-12)
        assert float(corrected_rate(one.hits, one.n_ai)) == pytest.approx(row["H_ll"], abs=1e-12)


def test_the_means_of_gengap_are_rs(shared: Path) -> None:
    sdt = reference(shared, "gengap_basic.json")["sdt"]
    counts = gengap_counts(shared).values()
    d = np.array([single_sensitivity(one) for one in counts])
    c = np.array([single_criterion(one) for one in counts])
    assert d.mean() == pytest.approx(sdt["mean_dprime"], abs=1e-11)
    assert d.std(ddof=1) == pytest.approx(sdt["sd_dprime"], abs=1e-11)
    assert c.mean() == pytest.approx(sdt["mean_c"], abs=1e-11)


def test_each_person_of_sim_2afc_has_rs_pair_sensitivity_and_share_correct(shared: Path) -> None:
    expected = pd.read_csv(shared / "reference" / "sim2afc_sdt_per_participant.csv")
    mine = participant_detection(pair_choices_of_sim_2afc(shared)).set_index("participant")
    mine = mine.loc[expected["participant"].astype(str)]
    assert mine["d_prime"].to_numpy() == pytest.approx(expected["dprime_2afc"].to_numpy(), abs=1e-12)
    assert mine["share_correct"].to_numpy() == pytest.approx(expected["pc"].to_numpy(), abs=1e-12)
    # R's file counts "right" as the signal, we count "left": the same bias with the other sign.
    assert mine["side_bias"].to_numpy() == pytest.approx(-expected["bias_c"].to_numpy(), abs=1e-12)


def test_the_mean_of_sim_2afc_is_rs_and_its_interval_holds_the_truth(shared: Path) -> None:
    known = reference(shared, "sim2afc.json")
    choices = pair_choices_of_sim_2afc(shared)
    resampling = resample(choices["participant"], choices["pair"], seed=1, over="participants")
    estimate = detect_pairs(choices, resampling).overall.mean_d_prime
    assert estimate.estimate == pytest.approx(known["sdt"]["mean_dprime_2afc"], abs=1e-11)
    # Over participants only, the bootstrap and R's t interval ask the same question.
    assert [estimate.low, estimate.high] == pytest.approx(known["sdt"]["t"]["conf_int"], abs=0.01)


def test_trust_of_sim_2afc_is_rs_paired_difference(shared: Path) -> None:
    from analysis.trust import trust_difference

    trials = pd.read_csv(shared / "data" / "sim_2afc" / "trials.csv")
    pairs = pair_choices_of_sim_2afc(shared).assign(
        trust_real=trials["trust_real"],
        trust_made=trials["trust_ai"],
        difference=trials["trust_ai"] - trials["trust_real"],
    )
    known = reference(shared, "sim2afc.json")
    resampling = resample(pairs["participant"], pairs["pair"], seed=1, over="participants")
    overall = trust_difference(pairs, resampling, smallest_effect=0.2).overall.difference
    assert overall.estimate == pytest.approx(known["F1_paired"]["estimate"], abs=1e-11)
    assert [overall.low, overall.high] == pytest.approx(known["F1_paired"]["conf_int"], abs=0.01)

    # Over participants and pairs, replicates spread as lmer's crossed model says.
    both = resample(pairs["participant"], pairs["pair"], seed=1)
    wide = trust_difference(pairs, both, smallest_effect=0.2).overall.difference
    standard_error = known["trust_lmm_REML"]["fixef"][1]["Std. Error"]
    assert wide.draws.std() == pytest.approx(standard_error, rel=0.05)


def printed(rate: float, n: int = 10**9) -> int:
    """A count so large that the log-linear correction vanishes."""
    return round(rate * n)


@pytest.mark.parametrize(
    "case",
    [
        "macmillan_creelman_20_25_10_25",
        "stanislaw_todorov_75_43",
        "schneider_s1",
        "schneider_s2",
        "schneider_s3",
    ],
)
def test_textbook_rates_give_the_printed_sensitivity(shared: Path, case: str) -> None:
    known = reference(shared, "textbook_sdt_icc.json")["sdt"][case]
    n = 10**9
    single = SingleCounts(printed(known["H"]), n, printed(known["F"]), n)
    pair = PairCounts(printed(known["H"]), n, printed(known["F"]), n)
    assert single_sensitivity(single) == pytest.approx(known["dprime"], abs=1e-7)
    assert single_criterion(single) == pytest.approx(known["c"], abs=1e-7)
    assert pair_sensitivity(pair) == pytest.approx(known["dprime_2afc"], abs=1e-7)


@pytest.mark.parametrize(
    ("case", "counts"),
    [
        ("statpsych_signal_82_46_100_100", SingleCounts(82, 100, 46, 100)),
        ("loglinear_perfect_30_30_0_30", SingleCounts(30, 30, 0, 30)),
        ("loglinear_10_10_2_10", SingleCounts(10, 10, 2, 10)),
    ],
)
def test_corrected_counts_give_the_printed_sensitivity(shared: Path, case: str, counts: SingleCounts) -> None:
    known = reference(shared, "textbook_sdt_icc.json")["sdt"][case]
    assert single_sensitivity(counts) == pytest.approx(known["dprime"], abs=1e-11)
    assert single_criterion(counts) == pytest.approx(known["c"], abs=1e-11)


def test_unbiased_accuracy_and_pair_sensitivity_are_two_sides_of_one_number(shared: Path) -> None:
    known = reference(shared, "textbook_sdt_icc.json")["sdt"]["mAFC"]
    n = 10**9
    for share, expected in zip(known["pc"], known["dprime_2afc_sqrt2_z"], strict=True):
        counts = PairCounts(printed(share), n, n - printed(share), n)
        assert pair_sensitivity(counts) == pytest.approx(expected, abs=1e-7)
        assert norm.cdf(expected / np.sqrt(2)) == pytest.approx(share)

"""Mixed models of ratings agree with R, recover a truth, and say why where they cannot be fitted."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.face_ratings import face_ratings
from analysis.rating_models import RatingModels, coded, pair_differences, rating_models
from tests.analysis.rated import pair_study, pair_table, single_study


@pytest.fixture(scope="module")
def sim_2afc(shared: Path) -> pd.DataFrame:
    """The ratings that lmer and clmm were run on, one row per face, at one exposure."""
    trials = pd.read_csv(shared / "data" / "sim_2afc" / "trials.csv").reset_index(names="position")
    faces = trials.melt(["participant", "pair", "position"], ["trust_ai", "trust_real"], value_name="rating")
    made = faces["variable"] == "trust_ai"
    return faces.assign(
        session=faces["participant"],
        made=made,
        exposure_ms=np.inf,
        stimulus=faces["pair"].astype(str) + np.where(made, "-ai", "-real"),
    )


@pytest.fixture(scope="module")
def known(shared: Path) -> dict:
    return json.loads((shared / "reference" / "sim2afc.json").read_text())


def fitted(faces: pd.DataFrame, **more) -> RatingModels:
    return rating_models(faces, name="trust", words="trust", **more)


def test_the_linear_model_is_the_one_of_lmertest(sim_2afc: pd.DataFrame, known: dict) -> None:
    models = fitted(sim_2afc)
    row = known["trust_lmm_REML"]["fixef"][1]
    found = models.linear.estimates["difference"]
    assert models.linear.fitted is not None
    assert models.linear.fitted.loglik == pytest.approx(known["trust_lmm_REML"]["logLik"], abs=1e-4)
    assert found.estimate == pytest.approx(row["Estimate"], abs=1e-7)
    assert (found.se, found.df) == pytest.approx((row["Std. Error"], row["df"]), rel=1e-3)
    # Every pair was rated twice by everyone: the model of differences says the same.
    gap = models.differences.estimates["difference"]
    assert (gap.estimate, gap.se) == pytest.approx((found.estimate, found.se), rel=1e-3)


def test_the_ordinal_model_is_the_one_of_clmm(sim_2afc: pd.DataFrame, known: dict) -> None:
    models = fitted(sim_2afc, item_slope=False)
    row = known["trust_clmm_probit"]["coef"][-1]
    latent = models.ordinal.estimates["latent"]
    assert (latent.estimate, latent.se) == pytest.approx((row["Estimate"], row["Std. Error"]), rel=1e-3)


def test_the_ordinal_model_in_points_is_close_to_the_mean(sim_2afc: pd.DataFrame) -> None:
    models = fitted(sim_2afc)
    mean = sim_2afc.groupby("made")["rating"].mean()
    assert models.ordinal.estimates["difference"].estimate == pytest.approx(
        mean[True] - mean[False], abs=0.02
    )
    shares = models.shares
    assert shares.groupby("origin")["expected"].sum().to_numpy() == pytest.approx([1, 1])
    assert (shares["observed"] - shares["expected"]).abs().max() < 0.02


def test_a_known_difference_is_recovered_by_all_three() -> None:
    table = pair_table(50, 30, difference=-0.6, exposures_ms=(100, 400, np.inf))
    models = fitted(face_ratings(pair_study(table), "trust"))
    for one in models.all:
        assert one.fitted is not None
        assert one.estimates["difference"].low < -0.6 < one.estimates["difference"].high
        assert one.estimates["trend"].low < 0 < one.estimates["trend"].high
    assert models.expected["exposure_ms"].tolist()[:3] == [100, 400, np.inf]
    assert "unlimited_c" in models.linear.fitted.formula  # type: ignore[union-attr]


def test_the_trend_is_per_doubling() -> None:
    table = pair_table(40, 20, noise=0.5)
    later = (table["exposure_ms"] == 400).to_numpy()
    table["trust_ai"] = np.clip(table["trust_ai"] - 2 * later, 1, 7)
    models = fitted(face_ratings(pair_study(table), "trust"))
    gaps = table["trust_ai"] - table["trust_real"]
    per_doubling = (gaps[later].mean() - gaps[~later].mean()) / 2
    assert models.differences.estimates["trend"].estimate == pytest.approx(per_doubling, abs=0.02)


def test_rows_in_any_order_give_the_same_to_the_last_bit() -> None:
    faces = face_ratings(pair_study(pair_table(15, 10)), "trust")
    first, second = fitted(faces), fitted(faces.sample(frac=1, random_state=5))
    for one, other in zip(first.all, second.all, strict=True):
        assert one.estimates["difference"].estimate == pytest.approx(
            other.estimates["difference"].estimate, abs=1e-9
        )


def test_single_faces_have_the_first_two_models_and_say_why_not_the_third() -> None:
    models = fitted(face_ratings(single_study(pair_table(40, 20)), "trust"))
    assert models.ordinal.fitted is not None
    assert "| pair)" in models.linear.fitted.formula  # type: ignore[union-attr]
    assert models.differences.messages == (
        "Not fitted: no trial in which a made and a real face were both rated",
    )


def test_faces_without_a_counterpart_vary_by_stimulus() -> None:
    faces = face_ratings(single_study(pair_table(30, 20)), "trust")
    alone = faces.assign(pair=faces["stimulus"])
    assert fitted(alone).linear.fitted.formula.endswith("(1 | stimulus)")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda faces: faces.assign(rating=4.0), "every answer is 4"),
        (
            lambda faces: faces[faces["participant"] == "p000"],
            "at least 5 participants and pairs, found 1 participants",
        ),
        (lambda faces: faces[faces["pair"] == "q000"], "found 1 pairs"),
    ],
)
def test_what_cannot_be_fitted_says_why(change, why: str) -> None:
    models = fitted(change(face_ratings(pair_study(pair_table(8, 6)), "trust")))
    for one in models.all:
        assert one.fitted is None
        assert one.reason.startswith("Not fitted: ")
    assert why in models.linear.reason


def test_a_slider_is_a_number_and_no_ordered_category() -> None:
    faces = face_ratings(pair_study(pair_table(12, 8)), "trust")
    noisy = faces.assign(rating=faces["rating"] + np.random.default_rng(1).random(len(faces)))
    models = fitted(noisy)
    assert "more than 20 are numbers, not steps of a scale" in models.ordinal.reason
    assert models.linear.fitted is not None


def test_predictors_average_to_nothing_over_the_trials() -> None:
    faces = face_ratings(pair_study(pair_table(exposures_ms=(100, 400, np.inf))), "trust")
    means = coded(faces)[["made_c", "doublings_c", "unlimited_c"]].mean()
    assert means.to_numpy() == pytest.approx([0, 0, 0], abs=1e-12)


def test_a_missing_rating_takes_its_pair_out_of_the_differences_only() -> None:
    faces = face_ratings(pair_study(pair_table(6, 5)), "trust")
    assert len(pair_differences(faces)) == 30
    assert len(pair_differences(faces.drop(index=faces.index[3]))) == 29

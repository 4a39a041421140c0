"""Each kind of judgement with all that can be said of its reliability, and why something cannot."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.dataset import Dataset, Face, from_table
from analysis.mixed import fit_mixed, variance_shares
from analysis.reliability import (
    Judgement,
    intraclass_correlations,
    judgements_of,
    rating_shares,
    reliability_of,
    share_intervals,
)
from analysis.reliability.judgements import variance_sources


def crossed(
    seed: int, *, n_people: int = 40, n_pictures: int = 40, picture: float = 0.8, person: float = 0.6
) -> pd.DataFrame:
    """Everybody answers about every picture: a picture's effect, a person's, and noise of variance 1."""
    rng = np.random.default_rng(seed)
    who, what = np.indices((n_people, n_pictures)).reshape(2, -1)
    latent = rng.normal(0, person, n_people)[who] + rng.normal(0, picture, n_pictures)[what]
    return pd.DataFrame(
        {
            "participant": [f"p{n}" for n in who],
            "target": [f"s{n:02d}" for n in what],
            "pair": [f"s{n:02d}" for n in what],
            "origin": np.where(what % 2, "ai", "real"),
            "value": latent + rng.normal(size=len(who)),
        }
    )


def test_shares_and_their_intervals_are_those_of_the_parametric_bootstrap() -> None:
    table = crossed(1)
    fit = fit_mixed("value ~ 1 + (1 | target) + (1 | participant)", table)
    quick = share_intervals(fit).rename({"target": "stimulus"})
    slow = rating_shares(table, stimulus="target", value="value", n_bootstrap=200)
    assert quick.loc[slow.index, "share"].tolist() == pytest.approx(slow["share"].tolist(), abs=1e-6)
    for end in ("low", "high"):
        assert quick.loc[slow.index, end].tolist() == pytest.approx(slow[end].tolist(), abs=0.05)


def test_the_share_of_the_pictures_is_the_intraclass_correlation() -> None:
    table = crossed(2).iloc[3:]
    shares = variance_sources(Judgement("trust", False, "gaussian", table))
    single = intraclass_correlations(table, target="target", value="value").single
    assert shares.loc["picture", ["share", "low", "high"]].tolist() == pytest.approx(
        [single.estimate, single.low, single.high], abs=1e-6
    )


def test_planted_variances_lie_in_the_intervals_of_yes_and_no_too() -> None:
    table = crossed(3, n_people=60, n_pictures=60)
    yes = Judgement("called", False, "bernoulli", table.assign(value=(table["value"] > 0).astype(float)))
    shares = variance_sources(yes)
    total = 0.8**2 + 0.6**2 + 1
    for source, variance in (("picture", 0.64), ("participant", 0.36), ("residual", 1.0)):
        assert shares.loc[source, "low"] < variance / total < shares.loc[source, "high"]
    assert shares["share"].sum() == pytest.approx(1)


def test_a_variance_of_nothing_has_a_share_of_0_and_no_interval() -> None:
    table = crossed(4, n_people=12, n_pictures=12, picture=0.0)
    centred = table["value"] - table.groupby("target")["value"].transform("mean")
    fit = fit_mixed("value ~ 1 + (1 | target) + (1 | participant)", table.assign(value=centred))
    shares = share_intervals(fit)
    assert shares.loc["target", "share"] == pytest.approx(0, abs=1e-6)
    assert np.isnan(shares.loc["target", "low"])
    assert np.isfinite(shares.loc["participant", ["low", "high"]].astype(float)).all()
    assert variance_shares(fit)["share"].tolist() == pytest.approx(shares["share"].tolist())


def test_pairs_of_pictures_have_a_share_of_their_own(dataset: Dataset) -> None:
    trust, found = judgements_of(dataset)
    assert (trust.name, trust.of_pairs, found.name, found.of_pairs) == ("trust", False, "found", True)
    assert variance_sources(trust).index.tolist() == ["picture", "pair", "participant", "residual"]
    assert variance_sources(found).index.tolist() == ["pair", "participant", "residual"]


def test_everything_is_said_of_a_study_with_enough_answers(dataset: Dataset) -> None:
    trust = reliability_of(judgements_of(dataset)[0], seed=1)
    assert trust.reasons == ()
    assert trust.single is not None
    assert trust.average is not None
    assert trust.halves is not None
    assert 0 < trust.single.estimate < trust.average.estimate < 1
    # Halves ignore who was lenient, so that they come out at least about as high.
    assert trust.halves.estimate == pytest.approx(trust.average.estimate, abs=0.12)
    assert [each.wanted for each in trust.needed] == [0.8, 0.9]
    assert trust.needed[0].n < trust.needed[1].n
    assert reliability_of(judgements_of(dataset)[0], seed=1).halves == trust.halves


def test_who_judged_a_picture_twice_counts_once_with_the_mean() -> None:
    table = crossed(5, n_people=6, n_pictures=6)
    twice = pd.concat([table, table.assign(value=table["value"] + 2)])
    each = Judgement("trust", False, "gaussian", twice).one_each()
    assert len(each) == 36
    assert each["value"].mean() == pytest.approx(table["value"].mean() + 1)


def test_single_faces_are_judged_too() -> None:
    table = crossed(6, n_people=10, n_pictures=12)
    said = np.where(table["value"] > 0, "ai", "real")
    frame = table.assign(said=said)[["participant", "target", "origin", "said"]]
    data = from_table(
        frame, name="t", participant="participant", shown=Face("target", origin="origin"), detect="said"
    )
    (called,) = judgements_of(data)
    assert (called.name, called.family) == ("called", "bernoulli")
    assert called.answers["value"].mean() == pytest.approx((said == "ai").mean())
    assert called.answers["target"].nunique() == 12
    assert reliability_of(called, seed=1).single is not None


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (crossed(7, n_people=2, n_pictures=1), "at least 2 targets and 2 raters; found 1 and 2"),
        (crossed(7, n_people=1, n_pictures=9), "at least 2 targets and 2 raters; found 9 and 1"),
        (crossed(7, n_people=5, n_pictures=5).assign(value=4.0), "all answers are alike"),
    ],
)
def test_what_cannot_be_computed_says_why(table: pd.DataFrame, reason: str) -> None:
    found = reliability_of(Judgement("trust", False, "gaussian", table), seed=1)
    assert found.single is found.average is found.halves is None
    assert found.needed == ()
    assert reason in " ".join(found.reasons)


def test_a_study_without_such_answers_has_no_judgements(dataset: Dataset) -> None:
    assert judgements_of(replace(dataset, ratings=dataset.ratings.iloc[:0])) == ()

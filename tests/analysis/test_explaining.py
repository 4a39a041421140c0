"""What measures explain of pictures: found where it was planted, not found where it was not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge

from analysis.dataset import Dataset, read_export
from analysis.estimate import Sample
from analysis.explaining import Explained, explain
from analysis.picture_groups import deal, picture_groups, shuffles
from analysis.picture_outcomes import CannotExplainError, PictureOutcome, found_outcome, trust_outcome
from analysis.rank_correlations import step_down
from analysis.ridge import PENALTIES, deal_twice, predict_unseen
from analysis.simulate import simulate_export

N_PAIRS = 40


def study(
    seed: int, *, effect: float = 0.0, origin: float = 0.0, n_pairs: int = N_PAIRS, n_measures: int = 6
) -> tuple[PictureOutcome, pd.DataFrame, pd.DataFrame]:
    """Twins that share half of everything; the first measure moves the outcome, the second tells origin."""
    rng = np.random.default_rng(seed)
    n = 2 * n_pairs
    names = pd.Index([f"s{number:03d}" for number in range(n)], name="stimulus")
    made = np.tile([False, True], n_pairs)
    twins = np.repeat(rng.normal(size=(n_pairs, n_measures + 1)), 2, axis=0)
    both = np.sqrt(0.5) * (twins + rng.normal(size=(n, n_measures + 1)))
    x, own = both[:, :-1], both[:, -1]
    x[:, 1] += 2.0 * made
    noise = 0.4
    value = effect * x[:, 0] + origin * made + own
    reliability = value.var() / (value.var() + noise**2)
    origins = np.where(made, "ai", "real")
    table = pd.DataFrame(
        {"value": value + noise * rng.normal(size=n), "se": noise, "origin": origins, "n": 30}, index=names
    )
    sample = Sample(30, n_pairs, n, 30 * n)
    stimuli = pd.DataFrame({"stimulus": names, "pair": np.repeat(np.arange(n_pairs), 2).astype(str)})
    measures = pd.DataFrame(x, index=names, columns=[f"m{number}" for number in range(n_measures)])
    return PictureOutcome("trust", False, "points", "", float(reliability), sample, table), measures, stimuli


def explained(*args: object, **options: object) -> Explained:
    return explain(*args, **{"seed": 1, "n_permutations": 199, "n_resamples": 300, **options})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """A study whose pairs differ much in how easily they are told apart."""
    folder = tmp_path_factory.mktemp("varied") / "export"
    simulate_export(
        folder, n_participants=20, n_pairs=24, exposures_ms=(500,), d_prime=1, stimulus_sd=1, seed=5
    )
    return read_export(folder)


def shares(one: Explained) -> dict[str, float]:
    return {share.by: share.r2.estimate for share in one.shares}


def test_a_planted_measure_is_found_with_about_the_share_it_has() -> None:
    outcome, measures, stimuli = study(2, effect=1.5, n_pairs=100)
    one = explained(outcome, measures, stimuli)
    # 1.5² of 1.5² + 1 between pictures, of which 0.4² more is noise; six measures cost a little.
    by = {share.by: share for share in one.shares}
    assert by["measures"].r2.estimate == pytest.approx(1.5**2 / (1.5**2 + 1 + 0.4**2), abs=0.1)
    assert by["measures"].of_reliable == pytest.approx(1.5**2 / (1.5**2 + 1), abs=0.1)
    assert by["measures"].p == by["measures beyond origin"].p == 1 / 200
    assert by["measures"].r2.low < by["measures"].r2.estimate < by["measures"].r2.high
    first = one.single[one.single["measure"] == "m0"]
    assert (first["p_adjusted"] == 1 / 200).all()
    assert (one.single.loc[one.single["measure"] != "m0", "p_adjusted"] > 0.05).all()


def test_a_measure_that_only_tells_origin_explains_nothing_beyond_it() -> None:
    one = explained(*study(3, origin=2.5))
    assert shares(one)["origin"] > 0.4
    assert shares(one)["measures"] > 0.2
    assert shares(one)["measures beyond origin"] < 0.05
    second = one.single[one.single["measure"] == "m1"].set_index("scope")
    assert second.loc["all", "p_adjusted"] < 0.05
    assert second.loc["within origin", "p_adjusted"] > 0.05


def test_without_any_effect_p_below_5_percent_is_as_rare_as_it_should_be() -> None:
    found = []
    for seed in range(10):
        one = explained(*study(100 + seed, n_pairs=12, n_measures=2), n_permutations=39, n_resamples=20)
        smallest = one.single.groupby("scope")["p_adjusted"].min()
        found.append([*(share.p <= 0.05 for share in one.shares), *(smallest <= 0.05)])
    # Of 10, more than 3 have a chance of .1 % at a true rate of 5 %.
    assert np.sum(found, axis=0).max() <= 3


def test_the_same_seed_gives_the_same_numbers_and_a_measures_unit_does_not_matter() -> None:
    outcome, measures, stimuli = study(4, effect=0.7, n_pairs=20)
    one = explained(outcome, measures, stimuli)
    again = explained(outcome, measures * [1000, -1, 1, 1, 0.001, 7] + 5, stimuli)
    pd.testing.assert_frame_equal(explained(outcome, measures, stimuli).single, one.single)
    assert shares(again) == pytest.approx(shares(one))
    assert again.predictions["predicted"].tolist() == pytest.approx(one.predictions["predicted"].tolist())


def test_rank_correlations_are_spearmans_and_unknown_cells_are_left_out() -> None:
    outcome, measures, stimuli = study(5, effect=0.5)
    measures.iloc[:8, 2] = np.nan
    one = explained(outcome, measures, stimuli)
    of_all = one.single[one.single["scope"] == "all"].set_index("measure")
    rho = spearmanr(measures["m0"], outcome.table["value"]).statistic
    assert of_all.loc["m0", "rho"] == pytest.approx(rho)
    assert of_all.loc["m0", "low"] < rho < of_all.loc["m0", "high"]
    assert of_all.loc[["m0", "m2"], "n"].tolist() == [80, 72]
    assert one.n_unknown == 8


def test_measures_that_are_mostly_unknown_or_all_the_same_are_left_out_with_the_reason() -> None:
    outcome, measures, stimuli = study(6)
    measures["flat"] = 3.3
    measures["rare"] = measures["m0"].where(np.arange(80) < 60)
    one = explained(outcome, measures, stimuli)
    assert one.left_out.set_index("measure")["reason"].to_dict() == {
        "flat": "the same in all",
        "rare": "unknown of 20 of 80",
    }
    assert one.n_measures == 6


def test_pictures_without_any_measure_are_left_out() -> None:
    outcome, measures, stimuli = study(7)
    one = explained(outcome, measures.iloc[6:], stimuli)
    assert len(one.predictions) == 74
    assert one.shares[0].r2.n_stimuli == 74


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda o, m, s: (o, m.iloc[:18], s),
            "at least 20 pictures with answers and measures are needed, and there",
        ),
        (lambda o, m, s: (o, m * 0, s), "no measure differs between the pictures"),
        (lambda o, m, s: (o, m, s.assign(identity="one")), "at least 10 groups of pictures are needed"),
    ],
)
def test_too_little_to_explain_with_is_refused_with_the_reason(change, sentence) -> None:
    with pytest.raises(CannotExplainError, match=sentence):
        explained(*change(*study(8)))


def test_trust_of_an_export_is_explained_by_what_was_made_to_go_with_it(dataset: Dataset) -> None:
    outcome = trust_outcome(dataset)
    value = outcome.table["value"]
    assert 0 < outcome.reliability < 1
    known = pd.DataFrame(
        {"planted": 10 - 3 * value, "noise": np.random.default_rng(1).normal(size=len(value))}
    )
    one = explained(outcome, known, dataset.stimuli)
    assert shares(one)["measures"] > 0.8
    row = one.single.set_index(["measure", "scope"]).loc[("planted", "all")]
    assert row["rho"] == pytest.approx(-1)


def test_pairs_are_explained_by_the_made_face_less_the_real_one(varied: Dataset) -> None:
    outcome = found_outcome(varied)
    value = outcome.table["value"]
    rng = np.random.default_rng(2)
    real = pd.Series(rng.normal(size=len(value)), index=outcome.table["real"])
    made = pd.Series(real.to_numpy() + value.to_numpy(), index=outcome.table["made"])
    one = explained(outcome, pd.DataFrame({"planted": pd.concat([real, made])}), pairs_apart(outcome))
    assert [share.by for share in one.shares] == ["measures"]
    assert one.shares[0].r2.n_pairs == len(value)
    assert one.single["rho"].tolist() == pytest.approx([1.0], abs=0.001)


def pairs_apart(outcome: PictureOutcome) -> pd.DataFrame:
    table = outcome.table
    return pd.DataFrame({"stimulus": [*table["real"], *table["made"]], "pair": [*table.index, *table.index]})


def test_few_pictures_and_answers_that_are_all_alike_are_refused(dataset: Dataset) -> None:
    few = dataset.trials[dataset.trials["pair"].isin(["pair001", "pair002"])]
    with pytest.raises(
        CannotExplainError, match="at least 20 pictures with answers are needed, and there are 4"
    ):
        trust_outcome(replace(dataset, trials=few))
    with pytest.raises(CannotExplainError, match="all answers are alike"):
        trust_outcome(replace(dataset, ratings=dataset.ratings.assign(value_number=4.0)))


def test_pictures_of_a_pair_a_person_or_an_original_belong_together() -> None:
    stimuli = pd.DataFrame(
        {
            "stimulus": ["a", "b", "c", "d", "e", "f"],
            "pair": ["1", "1", None, None, None, None],
            "identity": [None, "x", "x", None, None, ""],
            "edited_from": [None, None, None, None, "d", "unknown"],
        }
    )
    groups = picture_groups(stimuli)
    assert groups["a"] == groups["b"] == groups["c"]
    assert groups["d"] == groups["e"]
    assert groups.nunique() == 3


def test_folds_keep_groups_whole_and_are_of_about_one_size() -> None:
    groups = np.array([0, 0, 0, 0, *np.repeat(np.arange(1, 19), 2)])
    folds = deal(groups, 10, np.random.default_rng(1))
    assert pd.Series(folds).groupby(groups).nunique().eq(1).all()
    assert np.bincount(folds).tolist() == [4] * 10


def test_shuffles_keep_groups_together_and_change_kinds_only_where_they_may() -> None:
    groups = np.array([0, 0, 1, 1, 2, 2, 3])
    kinds = ["real", "ai", "ai", "real", "real", "ai", "ai"]
    orders = shuffles(groups, kinds, 200, np.random.default_rng(1))
    assert all(sorted(order) == list(range(7)) for order in orders.tolist())
    assert (np.array(kinds)[orders] == np.array(kinds)).all()
    assert (groups[orders[:, 0]] == groups[orders[:, 1]]).all()
    free = shuffles(groups, ["any"] * 7, 200, np.random.default_rng(1))
    assert (groups[free[:, 0]] == groups[free[:, 1]]).all()
    assert {tuple(order) for order in free[:, :2].tolist()} == {
        (0, 1), (1, 0), (2, 3), (3, 2), (4, 5), (5, 4)
    }  # fmt: skip


def test_predictions_are_scikit_learns_with_the_penalty_nested_folds_choose() -> None:
    rng = np.random.default_rng(3)
    x = np.clip(rng.normal(size=(60, 5)), -1.5, 1.5)
    y = x @ [1, 0.5, 0, 0, 0] + rng.normal(size=60)
    groups = np.repeat(np.arange(30), 2)
    one = np.ones((60, 1))
    dealing = deal_twice(groups, np.random.default_rng(4))
    found = predict_unseen(x, y[:, None], dealing, free=one, null=one)
    folds = dealing.outer
    for fold in range(10):
        train, test = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        inner = dealing.inner[fold, train]
        assert pd.Series(inner).groupby(groups[train]).nunique().eq(1).all()
        assert (dealing.inner[fold, test] == -1).all()
        errors = [
            sum(
                (
                    (
                        ridge(x, y, train[inner != part], train[inner == part], penalty)
                        - y[train[inner == part]]
                    )
                    ** 2
                ).sum()
                for part in range(5)
            )
            for penalty in PENALTIES
        ]
        expected = ridge(x, y, train, test, PENALTIES[int(np.argmin(errors))])
        assert found.predicted[test, 0] == pytest.approx(expected)
        assert found.baseline[test, 0] == pytest.approx(y[train].mean())


def ridge(x, y, train, test, penalty):
    mean, sd = x[train].mean(axis=0), x[train].std(axis=0)
    fitted = Ridge(alpha=penalty * len(train)).fit((x[train] - mean) / sd, y[train])
    return fitted.predict((x[test] - mean) / sd)


def test_step_down_by_hand() -> None:
    # Observed 3, 1, 2; three permutations. Largest first: 3 against max of all, 2 against max of the last
    # two, 1 against its own.
    statistics = np.array([[3.0, 0.0, 4.0, 1.0], [1.0, 2.0, 0.5, 1.0], [2.0, 0.0, 1.0, 1.5]])
    assert step_down(statistics).tolist() == pytest.approx([2 / 4, 3 / 4, 2 / 4])

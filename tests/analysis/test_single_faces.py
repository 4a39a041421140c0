"""Single faces: what was judged, and how well, from tables with known truth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from analysis.dataset import Dataset
from analysis.detection import SingleCounts, single_criterion, single_sensitivity
from analysis.intervals import resample
from analysis.protocol import Block, Question
from analysis.single_faces import detect_faces, face_judgements

DETECT = Question("detect", "origin", "pair", "Real or AI?", None, None, False)
LIFELIKE = Question("lifelike", "scale", "pair", "How lifelike?", 0, 10, False)


def judgements(
    d_prime: float, criterion: float, *, exposure_ms: float = 500.0, seed: int = 1
) -> pd.DataFrame:
    """40 people who each judge one face of 80 pairs, by the equal-variance model."""
    rng = np.random.default_rng(seed)
    person, pair = (grid.ravel() for grid in np.mgrid[0:40, 0:80])
    made = (person + pair) % 2 == 0
    said_ai = rng.random(len(made)) < norm.cdf(-criterion + np.where(made, d_prime, -d_prime) / 2)
    return pd.DataFrame(
        {
            "participant": [f"p{n}" for n in person],
            "pair": [f"pair{n}" for n in pair],
            "left": [f"{'ai' if m else 'real'}{n}" for m, n in zip(made, pair, strict=True)],
            "right": np.nan,
            "exposure_ms": exposure_ms,
            "made": made,
            "said_ai": said_ai,
            "correct": made == said_ai,
        }
    )


def detected(table: pd.DataFrame):
    return detect_faces(table, resample(table["participant"], table["pair"], seed=1, n_resamples=200))


@pytest.mark.parametrize("criterion", [-0.4, 0.0, 0.4])
@pytest.mark.parametrize("d_prime", [0.0, 0.8, 1.6])
def test_known_sensitivity_and_criterion_are_found_again(d_prime, criterion):
    found = detected(judgements(d_prime, criterion)).overall
    assert found.d_prime.estimate == pytest.approx(d_prime, abs=0.12)
    assert found.criterion.estimate == pytest.approx(criterion, abs=0.06)
    assert found.d_prime.low < d_prime < found.d_prime.high
    assert (found.d_prime.n_participants, found.d_prime.n_pairs, found.d_prime.n_stimuli) == (40, 80, 160)


def test_the_pooled_value_is_that_of_the_counts():
    table = judgements(1.0, 0.2)
    made, said = table["made"], table["said_ai"]
    counts = SingleCounts(
        hits=int((made & said).sum()),
        n_ai=int(made.sum()),
        false_alarms=int((~made & said).sum()),
        n_real=int((~made).sum()),
    )
    found = detected(table).overall
    assert found.d_prime.estimate == pytest.approx(single_sensitivity(counts))
    assert found.criterion.estimate == pytest.approx(single_criterion(counts))


def test_each_exposure_has_its_own_line():
    short, long = judgements(0.4, 0.0, exposure_ms=100), judgements(1.6, 0.0, exposure_ms=np.inf, seed=2)
    found = detected(pd.concat([short, long], ignore_index=True))
    assert [one.exposure_ms for one in found.by_exposure] == [100, np.inf]
    assert found.by_exposure[0].d_prime.estimate < found.by_exposure[1].d_prime.estimate


def test_with_faces_of_one_kind_only_there_is_no_sensitivity():
    table = judgements(1.0, 0.0)
    found = detected(table[table["made"]].reset_index(drop=True)).overall
    assert np.isnan(found.d_prime.estimate)
    assert found.share_correct.estimate == pytest.approx(table.loc[table["made"], "correct"].mean())


def test_only_judgements_of_single_faces_are_read(dataset: Dataset) -> None:
    """One pair trial is turned into a single face that was called AI; its other ratings stay."""
    trials, ratings = dataset.trials.copy(), dataset.ratings.copy()
    key = ratings.loc[(ratings["question"] == "detect") & ~ratings["practice"].astype(bool)].iloc[0]
    trial = (trials["participant"] == key["participant"]) & (trials["position"] == key["position"])
    trials.loc[trial, ["layout", "block", "right", "right_origin"]] = ["single", "one", np.nan, np.nan]
    rating = (ratings["participant"] == key["participant"]) & (ratings["position"] == key["position"])
    ratings.loc[rating, "block"] = "one"
    judged = rating & (ratings["question"] == "detect")
    ratings.loc[judged, ["target", "value"]] = ["face", "ai"]
    one = Block("one", "single", False, (500.0,), 0, 0, 0, (LIFELIKE, DETECT))
    protocol = replace(dataset.protocol, blocks=(*dataset.protocol.blocks, one))
    found = face_judgements(replace(dataset, trials=trials, ratings=ratings, protocol=protocol))
    assert len(found) == 1
    assert found.loc[0, "said_ai"]
    assert found.loc[0, "made"] == (trials.loc[trial, "left_origin"].iloc[0] != "real")

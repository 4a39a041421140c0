"""Does trust follow what a face is, or what it is taken for? Ratings by true and by believed origin.

What someone believed of a face is their own answer to the detection question, about the same face. It was not
assigned by chance, and may have been given because of the rating: see docs/trust.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.estimate import Estimate, Floats
from analysis.face_ratings import face_ratings
from analysis.intervals import Resampling, ratio
from analysis.model_results import face_sample
from analysis.origin_by import CrossedMeans, crossed_means
from analysis.pairs import TRIAL_KEY

#: A side question names the face taken for AI; with "both" and "neither" it says something of each.
_BELIEVED_BY_SIDE = {
    "left": {"left": True, "right": False},
    "right": {"left": False, "right": True},
    "both": {"left": True, "right": True},
    "neither": {"left": False, "right": False},
}


@dataclass(frozen=True)
class Undetected:
    """The made face's rating minus the real one's, by whether the made face was taken for real, in points.

    Of pairs, within the pair; of single faces, against all real faces that the sample saw.
    ``preferred``: share of the pairs whose made face was undetected in which it was also rated higher, ties
    counting half (0.5 is chance); None for single faces.
    """

    undetected: Estimate
    detected: Estimate
    contrast: Estimate
    preferred: Estimate | None


@dataclass(frozen=True)
class BelievedOrigin:
    """Means by true and believed origin, and made faces that passed for real.

    ``share_before``: of the ratings, how many came after the person had said what they believe (0-1; NaN
    where that is not known); ``share_same_trial``: how many were given in the trial of that answer.
    """

    means: CrossedMeans
    undetected: Undetected
    share_before: float
    share_same_trial: float


def beliefs(dataset: Dataset) -> pd.DataFrame:
    """What each person believed of each face: the first answer to a detection question about it.

    Columns: participant, session, stimulus, believed_ai, belief_position and belief_order (when it was said).
    Questions of the kind origin count, and the side question ``detect``, which names the face taken for AI.
    """
    kinds = {
        (block.name, question.id): question.kind
        for block in dataset.protocol.blocks
        for question in block.questions
        if question.kind == "origin" or (question.kind == "side" and question.id == "detect")
    }
    asked = dataset.ratings[[*TRIAL_KEY, "block", "question", "target", "value", "order"]]
    asked = asked.dropna(subset="value")
    keys = zip(asked["block"], asked["question"], strict=True)
    asked = asked.assign(kind=pd.Series([kinds.get(key, "") for key in keys], index=asked.index, dtype=str))
    both = pd.concat([_of_faces(asked), _of_sides(asked)], ignore_index=True)
    told = both.merge(dataset.trials[[*TRIAL_KEY, "left", "right"]], on=TRIAL_KEY)
    told["stimulus"] = told["left"].mask(told["target"] == "right", told["right"])
    first = told.sort_values([*TRIAL_KEY, "order"], kind="stable").drop_duplicates(
        ["participant", "session", "stimulus"]
    )
    named = first.rename(columns={"position": "belief_position", "order": "belief_order"})
    columns = ["participant", "session", "stimulus", "believed_ai", "belief_position", "belief_order"]
    return named[columns].astype({"believed_ai": bool}).reset_index(drop=True)


def believed_ratings(dataset: Dataset, question: str, layout: str) -> pd.DataFrame:
    """``face_ratings`` of faces of which the person's belief is known, with what was believed.

    Further columns: believed_ai, same_trial, believed_before (1: the belief was said before this rating, 0:
    after it, NaN: in the same trial, in an order that is not known).
    """
    faces = face_ratings(dataset, question)
    joined = faces[faces["layout"] == layout].merge(
        beliefs(dataset), on=["participant", "session", "stimulus"]
    )
    same = joined["belief_position"] == joined["position"]
    within = (joined["belief_order"] < joined["order"]).astype(float)
    within = within.where(joined[["belief_order", "order"]].notna().all(axis=1))
    before = (joined["belief_position"] < joined["position"]).astype(float).mask(same, within)
    return joined.assign(same_trial=same, believed_before=before).drop(
        columns=["belief_position", "belief_order"]
    )


def believed_origin(faces: pd.DataFrame, resampling: Resampling) -> BelievedOrigin:
    """Means and contrasts with bootstrap intervals; needs the columns of ``believed_ratings``."""
    return BelievedOrigin(
        means=crossed_means(faces, "believed_ai", resampling, words="believed AI"),
        undetected=undetected_faces(faces, resampling),
        share_before=float(faces["believed_before"].mean()),
        share_same_trial=float(faces["same_trial"].mean()),
    )


def undetected_faces(faces: pd.DataFrame, resampling: Resampling) -> Undetected:
    """How made faces were rated that passed for real; needs the columns of ``believed_ratings``.

    Undetected made faces are those the person took for real. They are no random sample of the made faces:
    someone who takes trustworthy faces for real leaves the more trusted ones undetected.
    """
    if (faces["layout"] == "single").all():
        return _undetected_singles(faces, resampling)
    pairs = _both_rated(faces)
    passed = ~pairs["believed_ai"].to_numpy(dtype=bool)
    difference = pairs["difference"].to_numpy(dtype=float)
    higher = (difference > 0) + 0.5 * (difference == 0)
    columns = [difference * passed, passed, difference * ~passed, ~passed, higher * passed]
    hidden, n_hidden, seen, n_seen, n_higher = resampling.totals(resampling.sums(pairs, columns))
    means = ratio(hidden, n_hidden), ratio(seen, n_seen)
    method = "mean difference made minus real, within pairs"
    preferred = resampling.estimate(
        ratio(n_higher, n_hidden),
        face_sample(pairs[passed]),
        unit="share",
        method="undetected made face rated above the real one of its pair, ties half",
    )
    return _undetected(means, pairs, passed, resampling, method, preferred)


def _undetected_singles(faces: pd.DataFrame, resampling: Resampling) -> Undetected:
    made = faces["made"].to_numpy(dtype=bool)
    passed = made & ~faces["believed_ai"].to_numpy(dtype=bool)
    caught = made & ~passed
    ratings = faces["rating"].to_numpy(dtype=float)
    masks = [passed, caught, ~made]
    totals = resampling.totals(resampling.sums(faces, [*(ratings * mask for mask in masks), *masks]))
    hidden, seen, real = ratio(totals[:3], totals[3:])
    method = "mean rating of made minus mean rating of all real faces"
    return _undetected((hidden - real, seen - real), faces, ~caught, resampling, method, None)


def _undetected(
    means: tuple[Floats, Floats],
    rows: pd.DataFrame,
    passed: Floats,
    resampling: Resampling,
    method: str,
    preferred: Estimate | None,
) -> Undetected:
    hidden, seen = means
    caught = rows[~np.asarray(passed, dtype=bool)]
    estimate = resampling.estimate
    return Undetected(
        undetected=estimate(
            hidden, face_sample(rows[passed]), unit="points", method=f"{method}; taken for real"
        ),
        detected=estimate(seen, face_sample(caught), unit="points", method=f"{method}; taken for AI"),
        contrast=estimate(
            hidden - seen, face_sample(rows), unit="points", method=f"{method}; undetected minus detected"
        ),
        preferred=preferred,
    )


def _both_rated(faces: pd.DataFrame) -> pd.DataFrame:
    """The made faces whose real counterpart was rated in the same trial, with the difference."""
    real = faces.loc[~faces["made"], [*TRIAL_KEY, "rating"]].rename(columns={"rating": "rating_real"})
    pairs = faces[faces["made"]].merge(real, on=TRIAL_KEY)
    return pairs.assign(difference=pairs["rating"] - pairs["rating_real"])


def _of_faces(asked: pd.DataFrame) -> pd.DataFrame:
    """Answers to origin questions: one about each face."""
    faces = asked[(asked["kind"] == "origin") & asked["target"].isin(["left", "right", "face"])]
    return faces.assign(believed_ai=faces["value"] == "ai")


def _of_sides(asked: pd.DataFrame) -> pd.DataFrame:
    """Answers to the side question: two rows, one for each face."""
    sides = asked[(asked["kind"] == "side") & asked["value"].isin(list(_BELIEVED_BY_SIDE))]
    return pd.concat(
        [
            sides.assign(
                target=side,
                believed_ai=sides["value"].map(
                    {said: told[side] for said, told in _BELIEVED_BY_SIDE.items()}
                ),
            )
            for side in ("left", "right")
        ]
    )

"""The answers a claim is tested on, one row each, as a specification wants them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd

from analysis.claims.formulas import Layout, looks
from analysis.claims.specification import Specification
from analysis.dataset import Dataset
from analysis.exclusions import apply_exclusions
from analysis.face_ratings import face_ratings
from analysis.pairs import TRIAL_KEY, mixed_pairs
from analysis.protocol import Protocol
from analysis.single_faces import face_judgements

#: Middle of the three answers to a pair: both or neither face was called AI.
_TIE = 0.5


@dataclass(frozen=True)
class Choices:
    """Answers about which face is made, in one layout.

    ``table``: participant, session, position, pair, left, right, stimulus, exposure_ms, made (±0.5, see
    ``choice_model``), answer, correct. ``with_ties``: answer is 0, 1 or 2 with ties in the middle.
    ``grouped_by``: the column pictures are grouped by, if it is not the pair or the picture.
    """

    layout: Layout
    table: pd.DataFrame
    with_ties: bool
    grouped_by: str | None = None

    def of(self, rows: pd.DataFrame) -> Choices:
        return replace(self, table=rows)


class Answers:
    """The tidy tables of one kept dataset, each made once, when it is first asked for.

    ``alone``: only the claims' own numbers are wanted, nothing beside them.
    """

    def __init__(self, kept: Dataset, *, alone: bool = False) -> None:
        self.kept = kept
        self.alone = alone
        self._differences: dict[str, pd.DataFrame] = {}
        self._faces: dict[str, pd.DataFrame] = {}

    @property
    def protocol(self) -> Protocol:
        return self.kept.protocol

    @property
    def level(self) -> float:
        return 1 - self.protocol.analysis.alpha

    def tells_beside(self, specification: Specification) -> bool:
        """Whether further estimates are wanted: they are fitted in the declared way only."""
        return not self.alone and (specification.model, specification.measure) == ("mixed", "points")

    @property
    def seed(self) -> int:
        return 1 if self.protocol.seed is None else self.protocol.seed

    def differences(self, question: str, specification: Specification) -> pd.DataFrame:
        """A rating of the made face minus that of the real one beside it.

        Columns: participant, session, position, pair, left, right, exposure_ms, made_left, real, made,
        difference.
        """
        if question not in self._differences:
            self._differences[question] = self._with_times(_rating_differences(self.kept, question))
        return _chosen(self._differences[question], specification)

    def faces(self, question: str, specification: Specification) -> pd.DataFrame:
        """Ratings of faces shown one at a time.

        Columns: participant, session, position, pair, stimulus, left (the face), right (empty),
        exposure_ms, made (±0.5), answer.
        """
        if question not in self._faces:
            self._faces[question] = self._with_times(_single_ratings(self.kept, question))
        return _chosen(self._faces[question], specification)

    def choices(self, specification: Specification) -> Choices | None:
        """Detection in the layout with most answers (pairs if even); None where there are none."""
        found = [self._pair_choices, self._face_choices]
        best = max(found, key=lambda one: len(one.table))
        if not len(best.table):
            return None
        return best.of(_chosen(best.table, specification))

    @cached_property
    def _pair_choices(self) -> Choices:
        table = self._with_times(_pair_answers(self.kept))
        ties = bool((table["answer"] == _TIE).any())
        return Choices("pair", table.assign(answer=table["answer"] * (2 if ties else 1)), ties)

    @cached_property
    def _face_choices(self) -> Choices:
        judged = face_judgements(self.kept)
        table = judged.assign(
            stimulus=judged["left"],
            made=np.where(judged["made"], 0.5, -0.5),
            answer=judged["said_ai"].astype(float),
        )
        return Choices("single", self._with_times(table), with_ties=False)

    def answered(self, question: str) -> pd.DataFrame:
        """Answers to a question about a trial as a whole: the key of a trial, value and value_number."""
        ratings = self.kept.ratings
        asked = ratings[(ratings["question"] == question) & ratings["target"].isin(["pair", "face"])]
        return asked[[*TRIAL_KEY, "value", "value_number"]]

    def _with_times(self, table: pd.DataFrame) -> pd.DataFrame:
        """The quickest and slowest answer of each row's trial, and whether the session was completed."""
        completed = self.kept.participants.loc[self.kept.participants["status"] == "completed", "participant"]
        plain = table.drop(columns="rt_ms", errors="ignore")
        timed = plain.merge(self._times, on=TRIAL_KEY, how="left")
        return timed.assign(completed=timed["participant"].isin(set(completed)))

    @cached_property
    def _times(self) -> pd.DataFrame:
        grouped = self.kept.ratings.groupby(TRIAL_KEY)["rt_ms"]
        return grouped.agg(quickest_ms="min", slowest_ms="max").reset_index()


def answers_of(kept: Dataset, specification: Specification) -> Answers:
    """The answers of ``kept``, after the exclusion rules of the specification if it has its own."""
    if specification.exclusions is None:
        return Answers(kept)
    return Answers(apply_exclusions(kept, rules=specification.exclusions).kept)


def with_looks(table: pd.DataFrame) -> pd.DataFrame:
    """With a column ``look``: exposures from -0.5 to 0.5 by their logarithm."""
    levels = np.sort(table["exposure_ms"].unique())
    places = looks([float(ms) if np.isfinite(ms) else None for ms in levels])
    return table.assign(look=table["exposure_ms"].map(dict(zip(levels, places, strict=True))).astype(float))


def with_doublings(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of limited exposures, with ``doublings``: log2 of the exposure around the mean of the levels."""
    limited: pd.DataFrame = table[np.isfinite(table["exposure_ms"])]
    levels = np.log2(np.sort(limited["exposure_ms"].unique()))
    centre = float(levels.mean()) if len(levels) else 0.0
    doublings = np.log2(limited["exposure_ms"].to_numpy()) - centre
    return limited.assign(doublings=doublings)


def is_paired(table: pd.DataFrame) -> bool:
    """Whether single faces belong to pairs: at least half of the pairs were seen with both origins."""
    origins = table.groupby("pair")["made"].nunique()
    return len(origins) > 0 and bool((origins == 2).mean() >= 0.5)


def _chosen(table: pd.DataFrame, specification: Specification) -> pd.DataFrame:
    """Rows that the specification wants; times that are not known are no reason to leave a row out."""
    wanted = pd.Series(True, index=table.index)
    if specification.min_rt_ms is not None:
        wanted &= ~(table["quickest_ms"] < specification.min_rt_ms)
    if specification.max_rt_ms is not None:
        wanted &= ~(table["slowest_ms"] > specification.max_rt_ms)
    if specification.completed_only:
        wanted &= table["completed"]
    exposure = table["exposure_ms"]
    ends = {"shortest": [exposure.min()], "longest": [exposure.max()]}
    ends["ends"] = ends["shortest"] + ends["longest"]
    if specification.exposures != "all":
        wanted &= exposure.isin(ends[specification.exposures])
    return table[wanted].reset_index(drop=True)


def _rating_differences(kept: Dataset, question: str) -> pd.DataFrame:
    asked = kept.ratings[kept.ratings["question"] == question]
    rated = mixed_pairs(kept.trials)
    for side in ("left", "right"):
        answers = asked.loc[asked["target"] == side, [*TRIAL_KEY, "value_number"]].dropna()
        rated = rated.merge(answers.rename(columns={"value_number": f"{side}_rating"}), on=TRIAL_KEY)
    left, right = rated.pop("left_rating"), rated.pop("right_rating")
    made = left.where(rated["made_left"], right)
    real = right.where(rated["made_left"], left)
    return rated.assign(real=real, made=made, difference=made - real)


def _single_ratings(kept: Dataset, question: str) -> pd.DataFrame:
    rated = face_ratings(kept, question)
    single = kept.trials.loc[kept.trials["layout"] == "single", TRIAL_KEY]
    alone = rated.merge(single, on=TRIAL_KEY)
    return alone.assign(
        left=alone["stimulus"],
        right=None,
        made=np.where(alone["made"], 0.5, -0.5),
        answer=alone["rating"],
    )


def _pair_answers(kept: Dataset) -> pd.DataFrame:
    """Answer 1: only the right-hand face was called AI, 0: only the left-hand one, 0.5: both or neither."""
    ratings = kept.ratings[kept.ratings["question"] == "detect"]
    whole = ratings.loc[ratings["target"] == "pair", [*TRIAL_KEY, "value"]].dropna()
    chosen = whole["value"].map({"right": 1.0, "left": 0.0, "both": _TIE, "neither": _TIE})
    sides = [whole[TRIAL_KEY].assign(answer=chosen), _by_face(ratings)]
    answers = pd.concat([side for side in sides if len(side)] or sides[:1]).dropna(subset="answer")
    table = mixed_pairs(kept.trials).merge(answers, on=TRIAL_KEY)
    made_left = table["made_left"].to_numpy(dtype=bool)
    correct = table["answer"] == np.where(made_left, 0.0, 1.0)
    return table.assign(
        stimulus=table["left"].where(made_left, table["right"]),
        made=np.where(made_left, -0.5, 0.5),
        correct=correct,
    )


def _by_face(ratings: pd.DataFrame) -> pd.DataFrame:
    """Each face of a pair called real or AI, brought to one answer about the pair."""
    said: dict[str, pd.Series[float]] = {}
    for side in ("left", "right"):
        of_side = ratings[(ratings["target"] == side) & ratings["value"].isin(["real", "ai"])]
        said[side] = (
            (of_side["value"] == "ai").astype(float).set_axis(pd.MultiIndex.from_frame(of_side[TRIAL_KEY]))
        )
    both = pd.concat(said, axis=1, join="inner").dropna()
    return ((both["right"] - both["left"] + 1) / 2).rename("answer").reset_index()

"""What a study asks people to judge, and all that can be said of how reliably they do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import pandas as pd

from analysis.dataset import Dataset
from analysis.detection import pair_choices
from analysis.face_ratings import face_ratings
from analysis.reliability.coefficient import Coefficient, RatersNeeded, raters_needed
from analysis.single_faces import face_judgements

WANTED = (0.8, 0.9)
SOURCES = ("picture", "pair", "participant", "residual")
_N_SPLITS = 500
_Made = TypeVar("_Made")


@dataclass(frozen=True)
class Judgement:
    """Answers of one kind: participant, target (picture or pair), pair, origin, value (a number).

    ``family`` is "gaussian" for ratings and "bernoulli" for yes and no.
    """

    name: str
    of_pairs: bool
    family: Literal["gaussian", "bernoulli"]
    answers: pd.DataFrame = field(repr=False)

    def one_each(self) -> pd.DataFrame:
        """One value per participant and target, the mean where somebody answered several times."""
        keys = ["participant", "target"]
        return self.answers.groupby(keys, as_index=False).agg({"value": "mean", "origin": "first"})


@dataclass(frozen=True)
class Reliability:
    """How reliably one kind of judgement tells pictures (or pairs) apart, and people.

    ``single`` is ICC(2,1), ``average`` ICC(2,k); ``halves`` and ``people`` are split-half reliabilities of
    the pictures' and of the people's means. ``shares``: index the source, columns variance, share, low,
    high. What could not be computed is None, and ``reasons`` says why.
    """

    judgement: Judgement
    single: Coefficient | None
    average: Coefficient | None
    halves: Coefficient | None
    people: Coefficient | None
    needed: tuple[RatersNeeded, ...]
    shares: pd.DataFrame | None
    reasons: tuple[str, ...]


def judgements_of(kept: Dataset) -> tuple[Judgement, ...]:
    """The judgements a dataset has answers to: trust in faces, faces called AI, made faces of pairs found."""
    rated, judged, choices = face_ratings(kept, "trust"), face_judgements(kept), pair_choices(kept)
    tables = {
        "trust": rated.assign(target=rated["stimulus"], value=rated["rating"]),
        "called": judged.assign(target=judged["left"], value=judged["said_ai"].astype(float))
        .assign(origin=judged["made"].map({True: "made", False: "real"}))
        .drop(columns="made"),
        "found": choices.assign(target=choices["pair"], value=choices["correct"].astype(float)).assign(
            origin="pair"
        ),
    }
    columns = ["participant", "target", "pair", "origin", "value"]
    return tuple(
        Judgement(
            name,
            of_pairs=name == "found",
            family="gaussian" if name == "trust" else "bernoulli",
            answers=table[columns].reset_index(drop=True),
        )
        for name, table in tables.items()
        if len(table)
    )


def reliability_of(judgement: Judgement, *, seed: int, level: float = 0.95) -> Reliability:
    """Agreement, consistency and variance shares of one kind of judgement.

    ICC(2,1) and ICC(2,k) as ``intraclass_correlations`` gives them, of yes and no as of numbers 0 and 1;
    split halves stepped up by Spearman and Brown; shares as ``variance_sources`` gives them.
    """
    from analysis.reliability.halves import split_half
    from analysis.reliability.intraclass import intraclass_correlations

    table, reasons = judgement.one_each(), _Reasons()
    if table["value"].nunique() < 2:
        reasons.found.append("all answers are alike, and nothing can be told apart")
    options = {"value": "value", "level": level}
    halving = options | {"seed": seed, "n_splits": _N_SPLITS}
    alike = None if judgement.of_pairs else "origin"
    agreement = reasons.of(intraclass_correlations, table, target="target", rater="participant", **options)
    halves = reasons.of(split_half, table, target="target", item="participant", **halving)
    people = reasons.of(split_half, table, target="participant", item="target", alike=alike, **halving)
    shares = reasons.of(variance_sources, judgement, level=level)
    single = agreement.single if agreement else None
    return Reliability(
        judgement=judgement,
        single=single,
        average=agreement.average if agreement else None,
        halves=halves.reliability if halves else None,
        people=people.reliability if people else None,
        needed=tuple(raters_needed(single, wanted) for wanted in WANTED) if single else (),
        shares=shares,
        reasons=tuple(dict.fromkeys(reasons.found)),
    )


class _Reasons:
    """Computes what can be computed, and collects why something cannot."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def of(self, compute: Callable[..., _Made], *args: Any, **options: Any) -> _Made | None:
        if self.found and self.found[0].startswith("all answers are alike"):
            return None
        try:
            return compute(*args, **options)
        except ValueError as error:
            self.found.append(str(error))
            return None


def variance_sources(judgement: Judgement, *, level: float = 0.95) -> pd.DataFrame:
    """Where the variance of a single answer lies: in pictures, pairs, participants, or the rest.

    From a crossed mixed model: ratings as numbers (REML); yes and no by a probit model, on its latent scale.
    Of faces shown in pairs, what the two of a pair share is set apart from what is the picture's own. Index
    source; columns variance, share, low, high (``share_intervals``).
    """
    from analysis.mixed import fit_mixed
    from analysis.reliability.shares import share_intervals

    answers = judgement.answers.astype({"participant": str, "target": str, "pair": str})
    if answers["target"].nunique() < 2 or answers["participant"].nunique() < 2:
        raise ValueError("variance shares need at least 2 participants and 2 pictures")
    terms = "(1 | target) + (1 | participant)"
    if not judgement.of_pairs and _in_pairs(judgement.answers):
        terms += " + (1 | pair)"
    link = "probit" if judgement.family == "bernoulli" else None
    fit = fit_mixed(f"value ~ 1 + {terms}", answers, family=judgement.family, link=link)
    target = "pair" if judgement.of_pairs else "picture"
    shares = share_intervals(fit, level=level).rename(index={"target": target})
    return shares.loc[[source for source in SOURCES if source in shares.index]]


def _in_pairs(answers: pd.DataFrame) -> bool:
    """Whether most pairs have two pictures, so that the two can be told from the pair."""
    return bool(answers["pair"].notna().all() and answers.groupby("pair")["target"].nunique().median() > 1)

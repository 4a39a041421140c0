"""Ratings by true origin and one more thing that splits them in two: what was believed, or what was labelled.

The two by two means, what the second factor does, and whether it does more to made than to real faces.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.estimate import Estimate, Floats
from analysis.fitted import fitted_model
from analysis.intervals import Resampling, ratio
from analysis.model_results import ModelResult, NotEstimableError, Reading, attempt, declared, face_sample
from analysis.rating_models import category_problem, random_part

#: Shares of marked faces that differ by less than this are the same share.
_ALIKE = 1e-9
KINDS = {
    "ordinal": "Cumulative probit mixed model, with interaction",
    "ordinal-plain": "Cumulative probit mixed model, without interaction",
    "linear": "Linear mixed model, with interaction",
    "linear-plain": "Linear mixed model, without interaction",
}


@dataclass(frozen=True)
class CrossedCell:
    """Mean rating of the faces of one origin that were, or were not, believed (labelled) AI."""

    made: bool
    marked: bool
    rating: Estimate
    n_ratings: int


@dataclass(frozen=True)
class CrossedMeans:
    """The four means, real faces first, and what follows from them, in points of the scale.

    ``marked`` is believed (labelled) AI minus real, averaged over both origins, ``marked_real`` and
    ``marked_made`` the same of each; ``origin`` made minus real, averaged over both beliefs; ``interaction``
    the effect of ``marked`` on made faces minus that on real ones.
    ``participants``: participant, made, marked, rating (mean), n_ratings.
    """

    cells: tuple[CrossedCell, ...]
    marked: Estimate
    marked_real: Estimate
    marked_made: Estimate
    origin: Estimate
    interaction: Estimate
    participants: pd.DataFrame


def crossed_means(faces: pd.DataFrame, factor: str, resampling: Resampling, *, words: str) -> CrossedMeans:
    """The means of ``faces`` by made and by the boolean column ``factor``, with bootstrap intervals.

    Needs the columns of ``face_ratings`` too. Every rating counts the same. ``words`` says what the factor is
    (believed AI).
    """
    made, marked = faces["made"].to_numpy(dtype=bool), faces[factor].to_numpy(dtype=bool)
    kinds = [(origin, mark) for origin in (False, True) for mark in (False, True)]
    masks = [((made == origin) & (marked == mark)).astype(float) for origin, mark in kinds]
    ratings = faces["rating"].to_numpy(dtype=float)
    totals = resampling.totals(resampling.sums(faces, [*(ratings * mask for mask in masks), *masks]))
    means = ratio(totals[:4], totals[4:])
    named = {
        "marked": ((means[1] - means[0]) + (means[3] - means[2])) / 2,
        "marked_real": means[1] - means[0],
        "marked_made": means[3] - means[2],
        "origin": ((means[2] - means[0]) + (means[3] - means[1])) / 2,
        "interaction": (means[3] - means[2]) - (means[1] - means[0]),
    }

    def estimate(values: Floats, rows: pd.DataFrame, method: str) -> Estimate:
        return resampling.estimate(values, face_sample(rows), unit="points", method=method)

    contrasts = {
        name: estimate(values, faces, f"{_CONTRASTS[name].format(words=words)}, differences of means")
        for name, values in named.items()
    }
    cells = tuple(
        CrossedCell(*kind, estimate(values, faces[mask > 0], "mean rating"), int(mask.sum()))
        for kind, mask, values in zip(kinds, masks, means, strict=True)
    )
    return CrossedMeans(cells=cells, participants=_by_participant(faces, factor), **contrasts)


_CONTRASTS = {
    "marked": "{words} minus real, averaged over origins",
    "marked_real": "{words} minus real, real faces",
    "marked_made": "{words} minus real, made faces",
    "origin": "made minus real, averaged over {words} and real",
    "interaction": "{words} minus real, of made minus of real faces",
}


def crossed_models(
    faces: pd.DataFrame, factor: str, *, name: str, words: str, level: float = 0.95
) -> tuple[ModelResult, ...]:
    """Ordinal and linear mixed models with and without interaction, people crossed with pictures.

    Estimates by name: ``marked``, ``origin``, ``interaction``, in points of the scale. Random slopes of both
    by participant, the made face's by participant is never dropped. The declared rule is applied to the
    linear model without interaction; the other three begin where it ended. Where people differ in how often
    they mark a face, their own share is a predictor too, so that the effect of a mark is one within people
    (Mundlak 1978).
    """
    marked = faces[factor].astype(float)
    own = marked.groupby(faces["participant"]).transform("mean")
    table = faces.assign(
        made_c=faces["made"].astype(float) - 0.5, marked_c=marked - 0.5, own_share_c=own - own.mean()
    )
    between = " + own_share_c" if np.ptp(own.to_numpy()) > _ALIKE else ""
    setup = _Setup(table, name, words, level, between)
    random = random_part(table, slopes=("made_c", "marked_c"))
    first = attempt(KINDS["linear-plain"], lambda: _fit(setup, "linear-plain", random))
    if first.fitted is not None:
        random = first.fitted.formula[first.fitted.formula.index("(") :]
    others = {
        kind: attempt(KINDS[kind], lambda kind=kind: _fit(setup, kind, random))  # type: ignore[misc]
        for kind in KINDS
        if kind != "linear-plain"
    }
    return tuple(others.get(kind, first) for kind in KINDS)


@dataclass(frozen=True)
class _Setup:
    table: pd.DataFrame
    name: str
    words: str
    level: float
    between: str

    def formula(self, kind: str, random: str) -> str:
        joined = "+" if kind.endswith("plain") else "*"
        return f"rating ~ made_c {joined} marked_c{self.between} + {random}"


def _fit(setup: _Setup, kind: str, random: str) -> ModelResult:
    if (setup.table.groupby("made_c")["marked_c"].nunique() < 2).any():
        raise NotEstimableError(
            f"faces of one origin were all {setup.words}, or none of them; nothing to compare"
        )
    ordinal = kind.startswith("ordinal")
    if ordinal and (problem := category_problem(setup.table["rating"])):
        raise NotEstimableError(problem)
    options = {"family": "ordinal", "link": "probit"} if ordinal else {}
    chosen = declared(setup.formula(kind, random), setup.table, protected=("made_c",), **options)
    read = _points if ordinal else _terms
    scale = "as ordered categories" if ordinal else "as numbers"
    together = "" if kind.endswith("plain") else ", and on both together"
    depends = f"depend on the true origin of a face and on its being {setup.words}{together}"
    question = f"How do ratings, {scale}, {depends}?"
    model = fitted_model(f"{setup.name}-{kind}", question, chosen, level=setup.level)
    return ModelResult(KINDS[kind], model, read(chosen.fit, setup, interaction="plain" not in kind))


def _terms(fit: object, setup: _Setup, *, interaction: bool) -> dict[str, Estimate]:
    reading = Reading(face_sample(setup.table), setup.level, "linear mixed model, REML, Satterthwaite df")
    fixed = fit.fixed  # type: ignore[attr-defined]
    names = {"marked": "marked_c", "origin": "made_c", "interaction": "made_c:marked_c"}
    chosen = names if interaction else {name: names[name] for name in ("marked", "origin")}
    return {name: reading.term(fixed, term, "points") for name, term in chosen.items()}


def _points(fit: object, setup: _Setup, *, interaction: bool) -> dict[str, Estimate]:
    """Effects of the ordinal model in points: differences of expected ratings."""
    from analysis.mixed import expected_answers

    corners = [(-0.5, -0.5), (-0.5, 0.5), (0.5, -0.5), (0.5, 0.5)]
    at = pd.DataFrame(corners, columns=["made_c", "marked_c"]).assign(own_share_c=0.0)
    combine = np.array([[-0.5, 0.5, -0.5, 0.5], [-0.5, -0.5, 0.5, 0.5], [1.0, -1.0, -1.0, 1.0]])
    reading = Reading(
        face_sample(setup.table),
        setup.level,
        "cumulative probit mixed model, averaged over people and pictures",
    )
    table = expected_answers(fit, at, combine, level=setup.level)  # type: ignore[arg-type]
    names = ("marked", "origin", "interaction") if interaction else ("marked", "origin")
    return {name: reading.line(table, place, "points") for place, name in enumerate(names)}


def _by_participant(faces: pd.DataFrame, factor: str) -> pd.DataFrame:
    grouped = faces.assign(marked=faces[factor].astype(bool)).groupby(["participant", "made", "marked"])
    return grouped["rating"].agg(rating="mean", n_ratings="size").reset_index()

"""Detection by artifact tag, of which one made face may carry several."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.detection_by import MIN_ITEMS, made_stimulus
from analysis.detection_levels import LevelDetection, LevelsOfDetection, likelihood_ratio
from analysis.detection_model import (
    METHOD,
    DetectionModel,
    Judgements,
    contrasts,
    estimated,
    no_estimate,
    no_finite_d_prime,
    pooled_d_prime,
    share_correct,
    try_to_fit,
)
from analysis.estimate import Estimate
from analysis.fitted import fitted_model
from analysis.intervals import Resampling

if TYPE_CHECKING:
    from analysis.mixed import DeclaredFit

UNTAGGED = "no tag"
_TITLE = "with the artifacts that people tagged"


@dataclass(frozen=True)
class DetectionByTag:
    """``levels`` as for any grouping: made faces that carry a tag, as they come with other tags.

    ``effects``: by tag, d' with it minus without it, the other tags alike.
    """

    levels: LevelsOfDetection
    effects: dict[str, Estimate]


@dataclass(frozen=True)
class _Tagged:
    """``data`` has a column 0/1 for each tag in ``columns`` (tag to column); 0 for real faces alone."""

    data: Judgements
    columns: dict[str, str]
    declared: DeclaredFit | None = None
    modelled: tuple[str, ...] = ()

    def rows(self, tag: str) -> Judgements:
        """Faces with a tag (or with none); of faces shown alone with all real ones."""
        table, carried = self.data.table, self.data.table[list(self.columns.values())]
        chosen = carried.sum(axis=1) == 0 if tag == UNTAGGED else table[self.columns[tag]] > 0
        if self.data.layout == "single":
            chosen |= table[self.data.signal] < 0
        return self.data.where(chosen.to_numpy())

    def n_items(self, tag: str, *, carrying: bool = True) -> int:
        made = self.data.table
        if self.data.layout == "single":
            made = made[made[self.data.signal] > 0]
        return int(made.loc[(made[self.columns[tag]] > 0) == carrying, self.data.item].nunique())


def detection_by_tag(
    model: DetectionModel, stimuli: pd.DataFrame, resampling: Resampling, *, level: float = 0.95
) -> DetectionByTag | None:
    """d' by artifact tag from one model with a term for each; None where nothing is tagged.

    The joint test asks whether d' depends on any of the tags. Tags of fewer than ``MIN_ITEMS`` made faces,
    or that all but fewer than these carry, stay out of the model; their pooled d' is given.
    """
    tagged = _tagged(model.judgements, stimuli)
    if tagged is None:
        return None
    notes = {tag: _too_few(tagged, tag) for tag in tagged.columns}
    modelled = tuple(tag for tag, note in notes.items() if not note)
    declared, reason = None, model.reason
    if modelled and not reason:
        declared, reason = try_to_fit(_formula(tagged, modelled, model.random), tagged.data)
    tagged = _Tagged(tagged.data, tagged.columns, declared, modelled)
    names = (*tagged.columns, *([UNTAGGED] if _any_untagged(tagged) else []))
    test, doubt = None, reason
    if declared is not None:
        random = " + ".join(str(term) for term in declared.fit.model.design.formula.random)
        smaller = f"{tagged.data.response} ~ {tagged.data.signal} + {random}"
        test, doubt = likelihood_ratio(declared, smaller, tagged.data)
    levels = LevelsOfDetection(
        name="artifacts",
        title=_TITLE,
        levels=tuple(_at(tagged, tag, notes.get(tag, "") or reason, resampling, level) for tag in names),
        test=test,
        gain=None,
        model=None
        if declared is None
        else fitted_model(
            f"{tagged.data.prefix}-by-artifacts", f"Does sensitivity differ {_TITLE}?", declared, level=level
        ),
        note=" ".join([*([doubt] if doubt else []), *(declared.fit.messages if declared else ())]),
    )
    return DetectionByTag(
        levels, {tag: _effect(declared, tagged, tag, level) for tag in modelled if declared is not None}
    )


def _tagged(judgements: Judgements, stimuli: pd.DataFrame) -> _Tagged | None:
    about = stimuli.drop_duplicates("stimulus").set_index("stimulus")
    if "artifacts" not in about or about["artifacts"].isna().all():
        return None
    tags = made_stimulus(judgements).map(about["artifacts"]).fillna("").astype(str)
    if judgements.layout == "single":
        tags = tags.where(judgements.table[judgements.signal] > 0, "")
    lists = [each.split() for each in tags]
    known = sorted({tag for each in lists for tag in each})
    if not known:
        return None
    columns = {tag: "artifact_" + re.sub(r"\W", "_", tag) for tag in known}
    carried = {columns[tag]: np.array([float(tag in each) for each in lists]) for tag in known}
    return _Tagged(Judgements(judgements.table.assign(**carried), judgements.layout), columns)


def _too_few(tagged: _Tagged, tag: str) -> str:
    things = "pairs" if tagged.data.layout == "pair" else "faces"
    if tagged.n_items(tag) < MIN_ITEMS:
        return f"fewer than {MIN_ITEMS} {things}: pooled answers, not of the model"
    if tagged.n_items(tag, carrying=False) < MIN_ITEMS:
        return f"fewer than {MIN_ITEMS} {things} without it: pooled answers, not of the model"
    return no_finite_d_prime(tagged.rows(tag))


def _any_untagged(tagged: _Tagged) -> bool:
    rows = tagged.rows(UNTAGGED).table
    return bool((rows[tagged.data.signal] > 0).any())


def _formula(tagged: _Tagged, modelled: tuple[str, ...], random: str) -> str:
    data = tagged.data
    terms = [tagged.columns[tag] for tag in modelled]
    if data.layout == "pair":
        terms = [f"{data.signal}:{term}" for term in terms]
    return " + ".join([f"{data.response} ~ {data.signal}", *terms, random])


def _at(tagged: _Tagged, tag: str, note: str, resampling: Resampling, level: float) -> LevelDetection:
    part = tagged.rows(tag)
    sample, note = part.counts(), note or no_finite_d_prime(part)
    d_prime = bias = no_estimate(sample, level)
    if tagged.declared is not None and not note:
        means = {tagged.columns[other]: _mean(tagged, part, other) for other in tagged.modelled}
        values = contrasts(tagged.declared.fit, tagged.data, *_tables(tagged.data, means))
        d_prime, bias = (estimated(value, sample, level) for value in values)
    elif note.startswith("fewer than") and not no_finite_d_prime(part):
        d_prime = pooled_d_prime(part, resampling)
    return LevelDetection(tag, d_prime, bias, share_correct(part, resampling), note)


def _mean(tagged: _Tagged, part: Judgements, tag: str) -> float:
    table = part.table
    if part.layout == "single":
        table = table[table[part.signal] > 0]
    return float(table.drop_duplicates(part.item)[tagged.columns[tag]].mean())


def _tables(data: Judgements, tags: dict[str, float]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """With the made face on the right and on the left; of faces alone a made one and a (tagless) real one."""
    others = tags if data.layout == "pair" else dict.fromkeys(tags, 0.0)
    return pd.DataFrame([{data.signal: 0.5, **tags}]), pd.DataFrame([{data.signal: -0.5, **others}])


def _effect(declared: DeclaredFit, tagged: _Tagged, tag: str, level: float) -> Estimate:
    data, name = tagged.data, tagged.columns[tag]
    term = f"{data.signal}:{name}" if data.layout == "pair" else name
    fixed = declared.fit.fixed
    if term not in fixed.index:
        return no_estimate(tagged.rows(tag).counts(), level, method="not told apart from the other tags")
    value = tuple(np.array([fixed.loc[term, each]]) / data.per_d_prime for each in ("estimate", "se"))
    return estimated(
        (value[0], value[1]), data.counts(), level, method=f"{METHOD}; with minus without, other tags alike"
    )

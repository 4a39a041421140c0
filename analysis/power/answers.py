"""The answers of one simulated study, after the study's own exclusions: what the model is fitted to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.claims.formulas import looks
from analysis.power.assumptions import Assumptions
from analysis.power.grid import Cell
from analysis.power.study import TRUST_CLAIMS, AskedTrials, PlannedStudy

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Shown:
    """Who saw what: one entry per trial that is kept.

    ``made``: +0.5 where the AI face is on the right (pairs) or the face shown is the AI one (single faces),
    else -0.5. ``look``: -0.5 at the shortest, +0.5 at the longest exposure, by its logarithm.
    """

    person: Whole
    pair: Whole
    made: Floats
    look: Floats
    careless: NDArray[np.bool_]


def simulated_study(
    cell: Cell, study: PlannedStudy, assumptions: Assumptions, rng: np.random.Generator
) -> pd.DataFrame:
    """One row per kept trial: participant, pair, made, look, and answer or difference.

    ``difference`` (trust in pairs): rating of the made minus that of the real face. ``answer``: the rating of
    a single face, or 1 where the right-hand face (pairs) or "AI" (single faces) was chosen, else 0.
    """
    asked = study.claims[cell.claim]
    shown = _shown(cell, study, assumptions, rng)
    table = pd.DataFrame(
        {"participant": shown.person, "pair": shown.pair, "made": shown.made, "look": shown.look}
    )
    if cell.claim not in TRUST_CLAIMS:
        return table.assign(answer=_choices(shown, cell, asked, assumptions, rng))
    scaled = assumptions.scaled_to(asked.scale)
    if asked.layout == "single":
        return table.assign(answer=_face_ratings(shown, cell, asked, scaled, rng))
    return table.assign(difference=_differences(shown, cell, asked, scaled, rng))


def _shown(cell: Cell, study: PlannedStudy, assumptions: Assumptions, rng: np.random.Generator) -> Shown:
    """Pairs go round among people, so that all are seen equally often; sides and exposures are balanced."""
    n, t = cell.n_participants, cell.n_trials
    order = rng.permutation(cell.n_pairs)
    slot = np.arange(n * t)
    person, place, lap = slot // t, slot % cell.n_pairs, slot // cell.n_pairs
    pair = order[place]
    places = looks(study.claims[cell.claim].exposures_ms)
    # Neighbours on the ring differ in side and exposure, and so does a pair from lap to lap.
    condition = (place + lap) % (2 * len(places))
    look = places[condition % len(places)]
    made = np.where(condition // len(places), 0.5, -0.5)
    careless = rng.random(n) < (0.0 if study.replaces_careless else assumptions.careless_share)
    keep = np.ones(n * t, dtype=bool)
    if study.exclusions.constant_responder:
        keep &= ~careless[person]
    rules = study.exclusions
    by_presentation = rules.not_presented_as_planned or rules.presentation_unclear
    if rules.min_rt_ms or rules.interrupted or by_presentation:
        keep &= rng.random(n * t) >= assumptions.void_share
    return Shown(person[keep], pair[keep], made[keep], look[keep], careless[person[keep]])


def _differences(
    shown: Shown, cell: Cell, asked: AskedTrials, assumptions: Assumptions, rng: np.random.Generator
) -> Floats:
    level, effect = _trust(shown, cell, assumptions, rng)
    noise = assumptions.noise_sd * rng.standard_normal((2, len(level)))
    real = _on_scale(level + noise[0], asked.scale)
    made = _on_scale(level + effect + noise[1], asked.scale)
    return np.where(shown.careless, 0.0, made - real)


def _face_ratings(
    shown: Shown, cell: Cell, asked: AskedTrials, assumptions: Assumptions, rng: np.random.Generator
) -> Floats:
    level, effect = _trust(shown, cell, assumptions, rng)
    noise = assumptions.noise_sd * rng.standard_normal(len(level))
    rating = _on_scale(level + np.where(shown.made > 0, effect, 0.0) + noise, asked.scale)
    return np.where(shown.careless, round(sum(asked.scale) / 2), rating)


def _trust(
    shown: Shown, cell: Cell, assumptions: Assumptions, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Trust in the real face and the effect of the made one, on each trial."""
    a = assumptions
    people = rng.standard_normal((2, cell.n_participants))[:, shown.person]
    pairs = rng.standard_normal((2, cell.n_pairs))[:, shown.pair]
    level = a.trust_level + a.person_sd * people[0] + a.pair_sd * pairs[0]
    return level, cell.effect + a.effect_person_sd * people[1] + a.effect_pair_sd * pairs[1]


def _choices(
    shown: Shown, cell: Cell, asked: AskedTrials, assumptions: Assumptions, rng: np.random.Generator
) -> Floats:
    """1 where right (pairs) or AI (single faces) was chosen, by an equal-variance signal detection model."""
    a = assumptions
    people = rng.standard_normal((3, cell.n_participants))[:, shown.person]
    pairs = rng.standard_normal((3, cell.n_pairs))[:, shown.pair]
    d = a.d_person_sd * people[0] + a.d_pair_sd * pairs[0]
    if cell.claim == "closer-look":
        gain = cell.effect + a.gain_person_sd * people[2] + a.gain_pair_sd * pairs[2]
        d += a.d_prime + gain * shown.look
    else:
        d += cell.effect
    bias = a.bias_sd * (people[1] + pairs[1])
    # A pair offers two looks at the evidence: its slope is d' times the root of 2.
    slope = d * (np.sqrt(2) if asked.layout == "pair" else 1.0)
    chosen = slope * shown.made + bias + rng.standard_normal(len(d)) > 0
    return np.where(shown.careless, 1.0, chosen.astype(float))


def _on_scale(values: Floats, scale: tuple[int, int]) -> Floats:
    return np.clip(np.rint(values), *scale)

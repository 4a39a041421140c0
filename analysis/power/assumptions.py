"""What a simulated study assumes of people and pictures, by hand or from a pilot's export."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from analysis.dataset import Dataset

_SCALE_STEPS = 6  # of the 1-7 scale that the defaults are meant for


def _assumed(default: float, unit: str, meaning: str) -> Any:
    return field(default=default, metadata={"unit": unit, "meaning": meaning})


@dataclass(frozen=True)
class Assumptions:
    """Everything but the effect itself that decides how large a study has to be.

    Ratings are a level of person and pair, the effect, and noise, rounded to the steps of the scale.
    Choices follow an equal-variance signal detection model. The defaults are of the order that studies of
    faces find; they are no substitute for a pilot.
    """

    trust_level: float = _assumed(4.2, "points of 1-7", "Mean trust in real faces.")
    person_sd: float = _assumed(0.6, "points of 1-7", "How much people differ in their level of trust.")
    pair_sd: float = _assumed(0.5, "points of 1-7", "How much pairs differ in the trust both faces get.")
    noise_sd: float = _assumed(1.0, "points of 1-7", "How much single ratings scatter.")
    effect_person_sd: float = _assumed(0.3, "points of 1-7", "How much people differ in the trust effect.")
    effect_pair_sd: float = _assumed(0.3, "points of 1-7", "How much pairs differ in the trust effect.")
    d_prime: float = _assumed(0.8, "z", "Sensitivity halfway between the shortest and longest exposure.")
    d_person_sd: float = _assumed(0.3, "z", "How much people differ in d'.")
    d_pair_sd: float = _assumed(0.3, "z", "How much pairs differ in d'.")
    gain_person_sd: float = _assumed(0.2, "z", "How much people differ in what a longer look adds to d'.")
    gain_pair_sd: float = _assumed(0.2, "z", "How much pairs differ in what a longer look adds to d'.")
    bias_sd: float = _assumed(0.2, "z", "How much people, and pairs, differ in side bias or criterion.")
    careless_share: float = _assumed(0.05, "share", "People who complete without looking.")
    void_share: float = _assumed(0.03, "share", "Trials that are too fast, interrupted or not as planned.")

    def __post_init__(self) -> None:
        wrong = [
            f"{f.name} = {getattr(self, f.name)!r}"
            for f in dataclasses.fields(self)
            if not np.isfinite(value := getattr(self, f.name))
            or (f.name.endswith(("_sd", "_share")) and value < 0)
            or (f.name.endswith("_share") and value >= 1)
        ]
        if wrong:
            raise ValueError(
                "expected standard deviations of at least 0 and shares from 0 to below 1; "
                f"found {', '.join(wrong)}"
            )

    def changed(self, **values: float) -> Assumptions:
        """The same with some values changed; unknown names are refused together with those that exist."""
        known = [f.name for f in dataclasses.fields(self)]
        if unknown := [name for name in values if name not in known]:
            raise ValueError(
                f"{', '.join(unknown)}: expected an assumption among {', '.join(known)}; correct the name"
            )
        return dataclasses.replace(self, **values)

    def scaled_to(self, scale: tuple[int, int]) -> Assumptions:
        """The ratings' assumptions in points of another scale than 1-7, at the same place within it."""
        factor = (scale[1] - scale[0]) / _SCALE_STEPS
        if factor == 1 and scale[0] == 1:
            return self
        names = ("person_sd", "pair_sd", "noise_sd", "effect_person_sd", "effect_pair_sd")
        values = {name: factor * getattr(self, name) for name in names}
        return dataclasses.replace(self, trust_level=scale[0] + factor * (self.trust_level - 1), **values)


def from_pilot(dataset: Dataset, *, assumptions: Assumptions | None = None) -> Assumptions:
    """Assumptions with what mixed models find in a pilot: levels, noise, and how people and pairs differ.

    What the pilot did not ask keeps its value from ``assumptions``. Standard deviations from a small pilot
    are rough, and a standard deviation of 0 mostly says that the pilot was too small to see it. Effects are
    never taken from a pilot: a study planned on an effect found in a small sample is too small (Albers &
    Lakens 2018, J. Exp. Soc. Psychol. 74:187-195).
    """
    from analysis.detection import pair_choices
    from analysis.mixed import fit_mixed
    from analysis.trust import trust_pairs

    found: dict[str, float] = {}
    rated = trust_pairs(dataset)
    if len(rated):
        change = fit_mixed("difference ~ 1 + (1 | participant) + (1 | pair)", rated)
        level = fit_mixed("trust_real ~ 1 + (1 | participant) + (1 | pair)", rated)
        found |= {
            "trust_level": float(level.fixed["estimate"].iloc[0]),
            "person_sd": _sd(level, "participant"),
            "pair_sd": _sd(level, "pair"),
            "effect_person_sd": _sd(change, "participant"),
            "effect_pair_sd": _sd(change, "pair"),
            # A difference holds the noise of two ratings.
            "noise_sd": float(change.sigma) / np.sqrt(2),
        }
    chosen = pair_choices(dataset)
    if len(chosen):
        made_right = np.where(chosen["made_left"], -0.5, 0.5)
        said_right = (~chosen["said_left"].astype(bool)).astype(float)
        data = chosen.assign(made_right=made_right, said_right=said_right)
        formula = "said_right ~ made_right + (1 + made_right || participant) + (1 + made_right || pair)"
        fit = fit_mixed(formula, data, family="bernoulli", link="probit")
        found |= {
            "d_prime": float(fit.fixed["estimate"]["made_right"]) / np.sqrt(2),
            "d_person_sd": _sd(fit, "participant", "made_right") / np.sqrt(2),
            "d_pair_sd": _sd(fit, "pair", "made_right") / np.sqrt(2),
            "bias_sd": _sd(fit, "participant"),
        }
    return (assumptions or Assumptions()).changed(**found)


def _sd(fit: Any, group: str, term: str = "Intercept") -> float:
    rows = fit.random[(fit.random["group"] == group) & (fit.random["term"] == term)]
    return float(rows["sd"].iloc[0])

"""The mixed model that tests each kind of claim: one place for the test itself and for its power."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Layout = Literal["pair", "single"]
Family = Literal["gaussian", "bernoulli", "ordinal"]
Floats = NDArray[np.float64]

_ROOT_2 = float(np.sqrt(2))


@dataclass(frozen=True)
class TestingModel:
    """How a claim is tested: a crossed mixed model, and the term of it that is the effect.

    ``random`` are the random terms of the model as declared, ``unit`` the column of the pictures' group.
    ``per_term``: the estimate of ``term`` times this is the effect in its own unit. ``protected`` slopes are
    never dropped by the rule for singular fits.

    Random slopes are maximal for the effect; correlations between random effects are left out from the start.
    They cost most of the time of a fit and hardly touch the test of a fixed effect, and planning (power) and
    testing are the same model so.
    """

    fixed: str
    random: tuple[str, ...]
    family: Family
    link: str | None
    term: str
    unit: str = "pair"
    per_term: float = 1.0
    protected: tuple[tuple[str, str], ...] = ()

    # pytest collects classes by this name otherwise.
    __test__ = False

    @property
    def formula(self) -> str:
        return " + ".join([self.fixed, *self.random])

    @property
    def with_intercepts_only(self) -> TestingModel:
        """The same effect when only the levels of people and pictures differ, not the effect itself."""
        random = ("(1 | participant)", f"(1 | {self.unit})")
        return TestingModel(self.fixed, random, self.family, self.link, self.term, self.unit, self.per_term)


def difference_model(*, over: str | None = None, unit: str = "pair", in_unit: bool = True) -> TestingModel:
    """A rating of the made face minus that of the real one beside it; with ``over``, its slope on that.

    ``in_unit``: whether ``over`` varies within a pair, so that the pair can have a slope of its own.
    """
    if over is None:
        fixed, people, pictures = "difference ~ 1", "(1 | participant)", f"(1 | {unit})"
    else:
        fixed, people = f"difference ~ {over}", f"(1 + {over} || participant)"
        pictures = f"(1 + {over} || {unit})" if in_unit else f"(1 | {unit})"
    return TestingModel(fixed, (people, pictures), "gaussian", None, over or "Intercept", unit)


def face_rating_model(
    *, over: str | None = None, paired: bool = True, in_unit: bool = True, ordinal: bool = False
) -> TestingModel:
    """Ratings of faces, made against real; with ``over``, how that difference changes with it.

    ``paired``: the pictures belong to pairs of a real and a made face, so that both the level and the effect
    of a pair can differ; otherwise every picture has a level of its own.
    """
    family: Family = "ordinal" if ordinal else "gaussian"
    unit = "pair" if paired else "stimulus"
    slopes = ["made"] if over is None else ["made", f"made:{over}"]
    fixed = "answer ~ made" if over is None else f"answer ~ made * {over}"
    random = (_term(slopes, "participant"), _term(_of_pictures(over, paired, in_unit), unit))
    return TestingModel(
        fixed, random, family, "probit" if ordinal else None, slopes[-1], unit, protected=_made_stays(unit)
    )


def choice_model(
    layout: Layout,
    *,
    over: str | None = None,
    unit: str = "pair",
    in_unit: bool = True,
    with_ties: bool = False,
) -> TestingModel:
    """Telling made from real by a probit model, in units of d'; with ``over``, the change of d' with it.

    Pairs: the answer is "the right-hand face" and ``made`` the side of the made face (±0.5), so that the
    slope is √2 d' (a pair gives two looks at the evidence). Single faces: the answer is "AI" and ``made`` the
    origin, the slope is d' (DeCarlo 1998). ``with_ties``: answers "both" or "neither" lie between left and
    right, in an ordinal probit model (Glenn & David 1960, Biometrics 16:86-109).
    """
    family: Family = "ordinal" if with_ties else "bernoulli"
    slopes = ["made"] if over is None else ["made", f"made:{over}"]
    fixed = "answer ~ made" if over is None else f"answer ~ made * {over}"
    # Sides are drawn anew for everyone, so that a pair of faces can have no preference for a side.
    pictures = _term(_of_pictures(over, unit != "stimulus", in_unit), unit, level=layout == "single")
    random = (_term(slopes, "participant"), pictures)
    per_term = 1.0 if layout == "single" else 1 / _ROOT_2
    return TestingModel(fixed, random, family, "probit", slopes[-1], unit, per_term, _made_stays(unit))


def tagged_face_model(over: str, *, unit: str) -> TestingModel:
    """Single faces of which only the made ones can carry ``over``, 0 for real ones: the change of d'."""
    own = ["made"] if unit == "pair" else []
    random = (_term(["made", over], "participant"), _term(own, unit))
    return TestingModel(
        f"answer ~ made + {over}", random, "bernoulli", "probit", over, unit, protected=_made_stays(unit)
    )


def accuracy_model(*, unit: str = "pair") -> TestingModel:
    """Being right, over confidence in points around the person's own mean: a probit slope."""
    random = ("(1 + confidence || participant)", f"(1 + confidence || {unit})")
    fixed = "answer ~ confidence"
    return TestingModel(fixed, random, "bernoulli", "probit", "confidence", unit)


def looks(exposures_ms: Sequence[float | None]) -> Floats:
    """Exposures as places from -0.5 (shortest) to 0.5 (longest), by their logarithm.

    Unlimited time stands one average step beyond the longest limited one.

    >>> looks((100, 400, None)).round(9).tolist()
    [-0.5, 0.0, 0.5]
    """
    logs = np.log2([ms for ms in exposures_ms if ms is not None])
    if None in exposures_ms:
        step = (logs.max() - logs.min()) / (len(logs) - 1) if len(logs) > 1 else 1.0
        logs = np.append(logs, logs.max() + step if len(logs) else 0.0)
    places: Floats = (logs - (logs.max() + logs.min()) / 2) / (np.ptp(logs) or 1.0)
    return places


def _of_pictures(over: str | None, paired: bool, in_unit: bool) -> list[str]:
    """Slopes that differ by picture: of a single picture, which has one origin, only that of ``over``."""
    origin = ["made"] if paired else []
    if over is None or not in_unit:
        return origin
    return [*origin, f"made:{over}" if paired else over]


def _term(slopes: Sequence[str], group: str, *, level: bool = True) -> str:
    columns = ["1" if level else "0", *slopes]
    return f"({' + '.join(columns)} || {group})" if slopes else f"(1 | {group})"


def _made_stays(unit: str) -> tuple[tuple[str, str], ...]:
    """How much the effect differs between people, and between pairs, is never dropped.

    Without the slope by pair, the test of what some pairs have and others have not would count answers
    instead of pairs: its interval held the truth in 86 % of simulated studies.
    """
    return (("participant", "made"), *((("pair", "made"),) if unit == "pair" else ()))

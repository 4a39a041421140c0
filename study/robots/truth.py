"""What robots are like: the numbers an analysis of their answers has to find again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from statistics import NormalDist
from typing import Any

_STANDARD = NormalDist()


@dataclass(frozen=True)
class RobotTruth:
    """The population of robots and of pictures.

    **Detection.** ``d_prime`` is given in yes/no units per exposure in ms. On a trial with the AI face on
    the left (s = +1) or on the right (s = -1) a robot i says "left" about pair j when

        x = -c + s * (d' + a_i + b_j) / sqrt(2) + e > 0

    with c = ``side_bias`` (positive leans to the right), a_i ~ N(0, ``d_prime_sd_participants``), b_j ~
    N(0, ``d_prime_sd_stimuli``) and e ~ N(0, 1 - (sd_a^2 + sd_b^2) / 2). The variance of x is 1 over robots
    and pictures together, so z(P("left" | AI left)) = -c + d' / sqrt(2) and z(P("left" | AI right)) =
    -c - d' / sqrt(2) exactly. Hence (z(H) - z(F)) / sqrt(2) of *pooled* answers is ``d_prime`` and
    -(z(H) + z(F)) / 2 is ``side_bias``; a mixed model's d' is larger by the factor 1 / sd(e).

    **Single faces**, and each face of a pair that is judged on its own (questions of the kind origin, and
    side questions that offer both and neither), have the same d'. A robot says "AI" about an AI face
    (s = +1) or a photograph (s = -1) when

        y = -k + s * (d' + a_i + b_j) / 2 + e > 0

    with k = ``criterion`` (positive: reluctant to say AI) and e ~ N(0, 1 - (sd_a^2 + sd_b^2) / 4), so that
    z(H) - z(F) of pooled answers is ``d_prime`` and -(z(H) + z(F)) / 2 is ``criterion``.

    **Attention checks** are answered as they ask with probability ``check_obedience``, otherwise like any
    other trial. Careless robots do not read them.

    **Trust.** A face gets the rating round(t), cut off at the ends of the scale, with t = m + u_i + w_j + e;
    faces that are not photographs add v_i. The four are normal with ``trust_sd_participants``,
    ``trust_sd_stimuli``, ``trust_sd_residual`` and ``trust_difference_sd_participants``. m is solved so that
    the *expected rating* is ``trust_real`` for photographs and ``trust_real + trust_difference`` for the
    others. Both are points of a scale from 1 to 7; another scale is cut in proportion.

    **Confidence** rises with \\|x\\|, in steps that are equally frequent for guesses. ``share_cues_named`` is
    the probability of naming a cue, one tagged in the picture where there is one.

    **Times** are log-normal: ``rt_median_ms`` from the mask to the first answer. A share
    ``careless_share`` of robots answers at random within 200 ms; on a share ``late_frame_share`` of trials
    the pair stays one frame too long.
    """

    d_prime: Mapping[float, float] = field(default_factory=lambda: {100.0: 0.4, 500.0: 0.8, 2000.0: 1.2})
    d_prime_sd_participants: float = 0.3
    d_prime_sd_stimuli: float = 0.3
    side_bias: float = 0.1
    criterion: float = 0.1
    trust_real: float = 4.5
    trust_difference: float = -0.3
    trust_difference_sd_participants: float = 0.2
    trust_sd_participants: float = 0.6
    trust_sd_stimuli: float = 0.4
    trust_sd_residual: float = 0.9
    share_cues_named: float = 0.7
    rt_median_ms: float = 750
    rt_sd_log: float = 0.35
    check_obedience: float = 1.0
    careless_share: float = 0.0
    late_frame_share: float = 0.02

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise ValueError("; ".join(problems))

    def _problems(self) -> list[str]:
        problems = []
        if not self.d_prime or min(self.d_prime, default=0) <= 0:
            problems.append(f"d_prime: expected exposures above 0 ms, found {sorted(self.d_prime)}")
        if self.d_prime_sd_participants**2 + self.d_prime_sd_stimuli**2 >= 2:
            problems.append("d_prime_sd_…: the squares of both together must stay below 2; lower one")
        problems += [
            f"{name}: expected a share from 0 to 1, found {getattr(self, name)}"
            for name in ("careless_share", "check_obedience", "late_frame_share", "share_cues_named")
            if not 0 <= getattr(self, name) <= 1
        ]
        problems += [
            f"trust: expected mean ratings between 1 and 7, found {mean:g}"
            for mean in (self.trust_real, self.trust_real + self.trust_difference)
            if not 1 < mean < 7
        ]
        return problems

    def d_prime_at(self, exposure_ms: float | None) -> float:
        """d' at an exposure: between two given ones by log duration, beyond them the nearest.

        ``None``, an unlimited exposure, counts as the longest given one.

        >>> RobotTruth(d_prime={100: 0.0, 400: 1.0}).d_prime_at(200)
        0.5
        """
        known = sorted(self.d_prime)
        if exposure_ms is None or exposure_ms >= known[-1]:
            return self.d_prime[known[-1]]
        if exposure_ms <= known[0]:
            return self.d_prime[known[0]]
        above = next(exposure for exposure in known if exposure >= exposure_ms)
        below = known[known.index(above) - 1]
        way = (math.log(exposure_ms) - math.log(below)) / (math.log(above) - math.log(below))
        return round(self.d_prime[below] + way * (self.d_prime[above] - self.d_prime[below]), 12)

    @property
    def judgement_noise_sd(self) -> float:
        """sd of e in the formula of single faces."""
        return math.sqrt(1 - (self.d_prime_sd_participants**2 + self.d_prime_sd_stimuli**2) / 4)

    @property
    def evidence_noise_sd(self) -> float:
        """sd of e in the formula of pairs."""
        return math.sqrt(1 - (self.d_prime_sd_participants**2 + self.d_prime_sd_stimuli**2) / 2)

    def latent_trust(self, *, made: bool, low: int, high: int) -> float:
        """m of the trust formula, for a scale from ``low`` to ``high``."""
        mean = self.trust_real + (self.trust_difference if made else 0.0)
        parts = [self.trust_sd_participants, self.trust_sd_stimuli, self.trust_sd_residual]
        parts += [self.trust_difference_sd_participants] if made else []
        stretch = (high - low) / 6
        return _latent_mean(low + (mean - 1) * stretch, math.hypot(*parts) * stretch, low, high)

    def as_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "d_prime": {f"{exposure:g}": value for exposure, value in self.d_prime.items()},
        }


def expected_rating(mean: float, sd: float, low: int, high: int) -> float:
    """Mean of a normal variable after rounding to whole numbers and cutting at the ends of a scale.

    >>> round(expected_rating(4.0, 1.2, 1, 7), 6)
    4.0
    """
    return low + sum(1 - _STANDARD.cdf((step + 0.5 - mean) / sd) for step in range(low, high))


@lru_cache(maxsize=256)
def _latent_mean(rating: float, sd: float, low: int, high: int) -> float:
    """The mean whose expected rating is ``rating``, by bisection."""
    lower, upper = low - 20 * sd, high + 20 * sd
    for _ in range(100):
        middle = (lower + upper) / 2
        if expected_rating(middle, sd, low, high) < rating:
            lower = middle
        else:
            upper = middle
    return (lower + upper) / 2

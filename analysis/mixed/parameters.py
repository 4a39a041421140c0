"""How the one vector of parameters that a search moves splits into fixed effects, theta and thresholds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Parameters:
    """How the vector of parameters splits: fixed effects, theta, thresholds."""

    n_fixed: int
    n_theta: int
    n_thresholds: int

    @property
    def n(self) -> int:
        return self.n_fixed + self.n_theta + self.n_thresholds

    @property
    def theta_slice(self) -> slice:
        return slice(self.n_fixed, self.n_fixed + self.n_theta)

    def split(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        end = self.n_fixed + self.n_theta
        return x[: self.n_fixed], x[self.n_fixed : end], x[end:]

    @property
    def location(self) -> NDArray[np.int64]:
        """Places of fixed effects and thresholds: everything but theta."""
        places = np.arange(self.n)
        return np.delete(places, places[self.theta_slice])

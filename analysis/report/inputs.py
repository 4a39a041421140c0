"""What every section of a report is computed from."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.dataset import Dataset
from analysis.exclusions import Exclusions
from analysis.intervals import Resampling
from analysis.protocol import Protocol


@dataclass(frozen=True)
class Inputs:
    """The data before and after the declared exclusions, and the settings of the report.

    ``kept`` is what the main analysis uses; ``everything`` the same sessions and trials before the declared
    exclusions. ``resampling`` is None where no pair of the main analysis was answered.
    """

    dataset: Dataset
    exclusions: Exclusions
    everything: Dataset
    resampling: Resampling | None
    seed: int
    n_resamples: int

    @property
    def kept(self) -> Dataset:
        return self.exclusions.kept

    @property
    def protocol(self) -> Protocol:
        return self.dataset.protocol

    @property
    def level(self) -> float:
        """Of all intervals: 1 - alpha as declared."""
        return 1 - self.protocol.analysis.alpha

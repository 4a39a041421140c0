"""What every section of a report is computed from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.dataset import Dataset
from analysis.exclusions import Exclusions, apply_exclusions
from analysis.intervals import Resampling, resample
from analysis.protocol import ExclusionRules, Protocol


@dataclass(frozen=True)
class Inputs:
    """The data before and after the declared exclusions, and the settings of the report.

    ``kept`` is what the main analysis uses; ``everything`` the same sessions and trials before the declared
    exclusions. ``resampling`` is None where no pair of the main analysis was answered. ``measures`` is a
    table of what the pictures themselves measure, made beside the study.
    """

    dataset: Dataset
    exclusions: Exclusions
    everything: Dataset
    resampling: Resampling | None
    seed: int
    n_resamples: int
    measures: Path | None = None

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

    @property
    def is_robot(self) -> bool:
        """Whether the answers were simulated."""
        return self.exclusions.namespace == "robot" or set(self.everything.trials["evidence"].dropna()) == {
            "simulated"
        }

    def resampling_of(self, table: pd.DataFrame) -> Resampling:
        """The report's resampling where it draws all people and pairs of ``table``, else one of its own."""
        known = self.resampling
        if (
            known is not None
            and table["participant"].isin(known.participants).all()
            and table["pair"].isin(known.pairs).all()
        ):
            return known
        return resample(
            table["participant"],
            table["pair"],
            seed=self.seed,
            n_resamples=self.n_resamples,
            level=self.level,
        )


def inputs_of(
    dataset: Dataset,
    *,
    seed: int | None = None,
    n_resamples: int,
    namespace: str | None = None,
    measures: Path | None = None,
) -> Inputs:
    """Apply the declared exclusions, draw the resamples; ``seed`` defaults to the protocol's own."""
    from analysis.detection import pair_choices
    from analysis.results import DEFAULT_SEED, pair_resampling
    from analysis.single_faces import face_judgements
    from analysis.trust import trust_pairs

    frozen = DEFAULT_SEED if dataset.protocol.seed is None else dataset.protocol.seed
    chosen = frozen if seed is None else seed
    exclusions = apply_exclusions(dataset, namespace=namespace)
    kept = exclusions.kept
    tables = [pair_choices(kept), trust_pairs(kept), face_judgements(kept)]
    return Inputs(
        dataset=dataset,
        exclusions=exclusions,
        everything=apply_exclusions(dataset, rules=ExclusionRules(), namespace=namespace).kept,
        resampling=pair_resampling(tables, dataset.protocol, chosen, n_resamples),
        seed=chosen,
        n_resamples=n_resamples,
        measures=measures,
    )

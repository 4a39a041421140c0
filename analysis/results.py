"""All numbers of a report: every main result with and without exclusions, claims, timing, provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.claims import Claims, judge_claims
from analysis.confidence import ConfidenceResults, confidence_results, confident_choices
from analysis.dataset import Dataset
from analysis.detection import DetectionResults, detect_pairs, pair_choices
from analysis.exclusions import Exclusions, apply_exclusions
from analysis.intervals import Resampling, resample
from analysis.protocol import ExclusionRules, Protocol
from analysis.provenance import Provenance
from analysis.single_faces import FaceDetectionResults, detect_faces, face_judgements
from analysis.software import software_versions
from analysis.timing import TimingCard, timing_card
from analysis.trust import TrustResults, trust_difference, trust_pairs

N_RESAMPLES = 2000
DEFAULT_SEED = 1


@dataclass(frozen=True)
class MainResults:
    """The main results on one set of rows; ``None`` where the study has no such answers.

    ``detection`` is of pairs, ``faces`` of faces shown one at a time.

    ``pairs`` has one row per pair: pair, real, made, n_choices, share_correct, n_trust, trust_real,
    trust_made, difference.
    """

    n_participants: int
    n_trials: int
    n_ratings: int
    detection: DetectionResults | None
    trust: TrustResults | None
    confidence: ConfidenceResults | None
    faces: FaceDetectionResults | None
    pairs: pd.DataFrame


@dataclass(frozen=True)
class Results:
    """Everything a report says, unrounded."""

    protocol: Protocol
    provenance: Provenance
    namespace: str
    namespaces: Mapping[str, int]
    exclusions: Exclusions
    main: MainResults
    without_exclusions: MainResults
    claims: Claims
    timing: TimingCard
    seed: int
    n_resamples: int
    software: Mapping[str, str]


def analyse(
    dataset: Dataset, *, seed: int | None = None, n_resamples: int = N_RESAMPLES, namespace: str | None = None
) -> Results:
    """Compute the report of a dataset.

    ``seed`` of the bootstrap defaults to the one frozen in the protocol. Timing is of all trials
    that were shown and belong to the main analysis, before the declared exclusions.
    """
    protocol = dataset.protocol
    chosen_seed = seed if seed is not None else (DEFAULT_SEED if protocol.seed is None else protocol.seed)
    declared = apply_exclusions(dataset, namespace=namespace)
    undeclared = apply_exclusions(dataset, rules=ExclusionRules(), namespace=namespace)
    main = main_results(declared.kept, chosen_seed, n_resamples)
    claims = judge_claims(declared.kept)
    return Results(
        protocol=protocol,
        provenance=dataset.provenance,
        namespace=declared.namespace,
        namespaces={
            str(name): int(n) for name, n in dataset.participants["namespace"].value_counts().items()
        },
        exclusions=declared,
        main=main,
        without_exclusions=main_results(undeclared.kept, chosen_seed, n_resamples),
        claims=claims,
        timing=timing_card(undeclared.kept.trials, dataset.participants),
        seed=chosen_seed,
        n_resamples=n_resamples,
        software=software_versions(),
    )


def main_results(kept: Dataset, seed: int, n_resamples: int) -> MainResults:
    """Every main result on these rows."""
    choices, rated, confident = pair_choices(kept), trust_pairs(kept), confident_choices(kept)
    judged = face_judgements(kept)
    resampling = pair_resampling([choices, rated, judged], kept.protocol, seed, n_resamples)
    plan = kept.protocol.analysis
    detection = trust = confidence = faces = None
    if resampling is not None:
        if len(choices):
            detection = detect_pairs(choices, resampling)
        if len(rated):
            trust = trust_difference(
                rated, resampling, smallest_effect=plan.smallest_effect, alpha=plan.alpha
            )
        if len(confident):
            confidence = confidence_results(confident, resampling)
        if len(judged):
            faces = detect_faces(judged, resampling)
    return MainResults(
        n_participants=len(kept.participants),
        n_trials=len(kept.trials),
        n_ratings=len(kept.ratings),
        detection=detection,
        trust=trust,
        confidence=confidence,
        faces=faces,
        pairs=pair_table(choices, rated),
    )


def pair_resampling(
    tables: Sequence[pd.DataFrame], protocol: Protocol, seed: int, n_resamples: int
) -> Resampling | None:
    used = pd.concat([table[["participant", "pair"]] for table in tables])
    if used.empty:
        return None
    level = 1 - protocol.analysis.alpha
    return resample(used["participant"], used["pair"], seed=seed, n_resamples=n_resamples, level=level)


def pair_table(choices: pd.DataFrame, rated: pd.DataFrame) -> pd.DataFrame:
    """What happened to each pair, the most often detected first. Needs ``pair_choices``, ``trust_pairs``."""
    both = pd.concat([choices, rated])
    made_left = both["made_left"].astype(bool)
    pictures = pd.DataFrame(
        {
            "pair": both["pair"],
            "real": both["right"].where(made_left, both["left"]),
            "made": both["left"].where(made_left, both["right"]),
        }
    ).drop_duplicates("pair")
    detected = choices.groupby("pair").agg(n_choices=("correct", "size"), share_correct=("correct", "mean"))
    trusted = rated.groupby("pair").agg(
        n_trust=("difference", "size"),
        trust_real=("trust_real", "mean"),
        trust_made=("trust_made", "mean"),
        difference=("difference", "mean"),
    )
    table = pictures.set_index("pair").join(detected).join(trusted).reset_index()
    counts = table[["n_choices", "n_trust"]].fillna(0).astype(int)
    table = table.assign(**{str(name): counts[name] for name in counts})
    order = np.lexsort((table["pair"].astype(str), -table["share_correct"].fillna(-1.0).astype(float)))
    return table.iloc[order].reset_index(drop=True)

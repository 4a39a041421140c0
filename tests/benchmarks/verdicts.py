"""Whether intervals hold the truth and verdicts are right: whole studies of robots with planted truth.

`python -m tests.benchmarks.verdicts [--studies N] [--participants N] [--pairs N] [--jobs N]` simulates
exports in which every claim has an effect, and as many in which none has, reads each as anybody would,
applies the declared exclusions and judges all claims. It prints per estimate the truth, the mean, how often
the 95 % interval holds the truth; per claim how often each verdict is reached, beside the power that
`analysis.power` gives the same design; and on the null studies how often any primary claim is judged wrongly.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from scipy.special import ndtr
from scipy.stats import t as student
from statsmodels.stats.proportion import proportion_confint

from analysis.claims import judge_claims
from analysis.claims.verdict import holm
from analysis.confidence import confidence_results, confident_choices
from analysis.dataset import Dataset, read_export
from analysis.detection import pair_choices
from analysis.detection_model import pair_judgements
from analysis.estimate import Estimate
from analysis.exclusions import apply_exclusions
from analysis.hierarchical_detection import hierarchical_detection
from analysis.intervals import resample
from analysis.power import Assumptions, Cell, PlannedStudy, simulate_power
from analysis.power.study import AskedTrials
from analysis.simulate import simulate_export

_EXPOSURES = (100.0, 400.0, 1600.0)


@dataclass(frozen=True)
class Planted:
    """Truths of one kind of study; ``skin`` is what the artifact adds to d'."""

    d_prime: tuple[float, float, float]
    trust: float
    hiring: float
    skin: float
    confidence_noise: float
    side_bias: float = 0.15


#: d' grows by equal steps from exposure to exposure, so that its gain is the slope of a straight line.
EFFECTS = Planted((0.4, 0.7, 1.0), trust=-0.3, hiring=-0.4, skin=0.5, confidence_noise=0.5)
# Evidence drowned in noise before it becomes confidence: confidence then says nothing.
NULL = Planted((0.8, 0.8, 0.8), trust=0.0, hiring=0.0, skin=0.0, confidence_noise=1e6)


def export_of(folder: Path, planted: Planted, n_people: int, n_pairs: int, seed: int) -> Dataset:
    simulate_export(
        folder,
        n_participants=n_people,
        n_pairs=n_pairs,
        exposures_ms=_EXPOSURES,
        d_prime=planted.d_prime,
        side_bias=planted.side_bias,
        trust_difference=planted.trust,
        hiring_difference=planted.hiring,
        share_cues_named=0.7,
        artifact_gains={"skin": planted.skin},
        confidence_noise=planted.confidence_noise,
        careless_share=0.05,
        late_frame_share=0.03,
        dropout_share=0.1,
        seed=seed,
    )
    return read_export(folder)


def observed_difference(latent: float) -> float:
    """A difference on the latent scale in points of the ratings: rounded, and cut off at 1 and 7."""
    levels, pairs, noise, differing = 0.6, 0.5, 1.0, 0.3
    cuts = np.arange(1.5, 7)

    def mean(shift: float, spread: float) -> float:
        return 1 + float(ndtr(-(cuts - 4.2 - shift) / spread).sum())

    spread = np.sqrt(levels**2 + pairs**2 + noise**2)
    return mean(latent, np.sqrt(spread**2 + 2 * differing**2)) - mean(0.0, spread)


def truths(planted: Planted, type2_area: float) -> dict[str, float]:
    trust = observed_difference(planted.trust)
    mean_gain = planted.skin / 2
    by_exposure = dict(zip(_EXPOSURES, planted.d_prime, strict=True))
    return {
        "distrust": trust,
        "milliseconds": trust,
        "closer-look": planted.d_prime[-1] - planted.d_prime[0],
        "turned-away": observed_difference(planted.hiring),
        "skin": planted.skin,
        "type-2 area": type2_area,
        **{f"d' {ms:g} ms": d + mean_gain for ms, d in by_exposure.items()},
        "side bias": planted.side_bias,
    }


def estimates_of(kept: Dataset, seed: int) -> Iterator[tuple[str, Estimate]]:
    """What the report says beside its claims."""
    choices = pair_choices(kept)
    weights = resample(choices["participant"], choices["pair"], seed=seed, n_resamples=1000)
    found = hierarchical_detection(pair_judgements(choices), weights)
    yield "side bias", found.model.bias
    if found.by_exposure is not None:
        for ms, one in zip(_EXPOSURES, found.by_exposure.levels, strict=True):
            yield f"d' {ms:g} ms", one.d_prime
    yield "type-2 area", confidence_results(confident_choices(kept), weights).type2_auc


def study(planted: Planted, n_people: int, n_pairs: int, seed: int) -> list[dict[str, object]]:
    """One row per estimate of one simulated study."""
    with tempfile.TemporaryDirectory() as folder:
        dataset = export_of(Path(folder) / "export", planted, n_people, n_pairs, seed)
    kept = apply_exclusions(dataset).kept
    claims = judge_claims(kept).tested
    rows = [
        _row(claim.id, claim.estimate) | {"verdict": str(claim.verdict), "primary": claim.primary}
        for claim in claims
    ]
    return rows + [_row(name, one) for name, one in estimates_of(kept, seed)]


def _row(name: str, one: Estimate) -> dict[str, object]:
    return {"name": name, "estimate": one.estimate, "low": one.low, "high": one.high}


def studies(planted: Planted, asked: argparse.Namespace) -> pd.DataFrame:
    found = Parallel(n_jobs=asked.jobs)(
        delayed(study)(planted, asked.participants, asked.pairs, seed) for seed in range(asked.studies)
    )
    return pd.DataFrame([row | {"study": seed} for seed, rows in enumerate(found) for row in rows])


def true_type2_area(planted: Planted) -> float:
    """The area in a study so large that its own error does not matter."""
    with tempfile.TemporaryDirectory() as folder:
        dataset = export_of(Path(folder) / "export", planted, 600, 200, seed=10_000)
    choices = confident_choices(apply_exclusions(dataset).kept)
    weights = resample(choices["participant"], choices["pair"], seed=1, n_resamples=2)
    return confidence_results(choices, weights).type2_auc.estimate


def expected_power(asked: argparse.Namespace, planted: Planted) -> dict[str, float]:
    """What `analysis.power` promises for the two primary claims, Holm-corrected, of the same design."""
    with tempfile.TemporaryDirectory() as folder:
        protocol = export_of(Path(folder) / "export", planted, 2, asked.pairs, seed=1).protocol
    trials = AskedTrials("pair", asked.pairs, _EXPOSURES, (1, 7))
    planned = PlannedStudy(
        title=protocol.title,
        target=asked.participants,
        n_pairs=asked.pairs,
        plan=protocol.analysis,
        exclusions=protocol.exclusions,
        replaces_careless=False,
        claims={"distrust": trials, "closer-look": trials},
    )
    assumptions = Assumptions(
        d_prime=planted.d_prime[1] + planted.skin / 2,
        # Half of the pairs carry the artifact, which adds to how much pairs differ.
        d_pair_sd=float(np.hypot(0.3, planted.skin / 2)),
        gain_person_sd=0.0,
        gain_pair_sd=0.0,
        bias_sd=0.0,
        careless_share=0.05,
        # Late frames, and the second half of the session of one person in ten on average.
        void_share=0.03 + 0.05,
    )
    effects = {"distrust": planted.trust, "closer-look": planted.d_prime[-1] - planted.d_prime[0]}
    cells = [Cell(claim, asked.participants, asked.pairs, asked.pairs, e) for claim, e in effects.items()]
    found = simulate_power(
        planned, cells, assumptions=assumptions, n_simulations=2 * asked.studies, n_jobs=asked.jobs
    )
    p = 2 * student.sf(np.abs(found["estimate"] / found["se"]), found["df"])
    by_claim = found.assign(p=p).pivot(index="number", columns="claim", values="p")
    corrected = pd.DataFrame([holm(row.to_dict()) for _, row in by_claim.iterrows()])
    return {str(claim): float((corrected[claim] < 0.05).mean()) for claim in corrected}


def interval(share: float, n: int) -> str:
    low, high = proportion_confint(round(share * n), n, method="wilson")
    return f"{share:6.3f} [{low:.3f}, {high:.3f}]"


def print_coverage(rows: pd.DataFrame, truth: dict[str, float]) -> None:
    print(f"{'estimate':<16}{'truth':>8}{'mean':>8}{'bias/MC':>9}  {'covered, with 95 % interval':<26}")
    for name, group in rows[rows["name"].isin(truth)].groupby("name", sort=False):
        known, n = truth[str(name)], len(group)
        error = group["estimate"] - known
        covered = ((group["low"] <= known) & (known <= group["high"])).mean()
        z = error.mean() / (error.std(ddof=1) / np.sqrt(n))
        print(f"{name:<16}{known:>8.3f}{group['estimate'].mean():>8.3f}{z:>9.1f}  {interval(covered, n)}")


def print_verdicts(rows: pd.DataFrame, power: dict[str, float]) -> None:
    judged = rows.dropna(subset="verdict")
    print(f"\n{'claim':<16}{'supported':>24}  {'contradicted':>24}  {'equivalent':>10}  {'power':>6}")
    for name, group in judged.groupby("name", sort=False):
        share = group["verdict"].value_counts(normalize=True)
        both = [interval(share.get(word, 0.0), len(group)) for word in ("supported", "contradicted")]
        promised = f"{power[str(name)]:6.3f}" if name in power else ""
        equal = share.get("equivalent to no difference", 0.0)
        print(f"{name:<16}{both[0]:>24}  {both[1]:>24}  {equal:>10.3f}  {promised:>6}")


def print_false_alarms(rows: pd.DataFrame) -> None:
    primary = rows[rows["primary"].eq(True)]
    wrong = primary["verdict"].isin(["supported", "contradicted"]).groupby(primary["study"]).any()
    print(f"\nany primary claim wrongly supported or contradicted: {interval(wrong.mean(), len(wrong))}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=200)
    parser.add_argument("--participants", type=int, default=40)
    parser.add_argument("--pairs", type=int, default=24)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    print(f"{asked.studies} studies each, {asked.participants} people x {asked.pairs} pairs\n\nwith effects")
    with_effects = studies(EFFECTS, asked)
    print_coverage(with_effects, truths(EFFECTS, true_type2_area(EFFECTS)))
    print_verdicts(with_effects, expected_power(asked, EFFECTS))
    print("\nwithout any effect")
    without = studies(NULL, asked)
    print_coverage(without, truths(NULL, 0.5))
    print_verdicts(without, {})
    print_false_alarms(without)


if __name__ == "__main__":
    main()

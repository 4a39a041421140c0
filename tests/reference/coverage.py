"""How often bootstrap intervals cover the truth: simulate many studies, count. Figures: docs/results.md.

Run: python tests/reference/coverage.py [studies]
Every participant sees every pair once; d' and the trust difference vary over people and pairs.
"""

import sys

import numpy as np
import pandas as pd

from analysis.detection import detect_pairs
from analysis.intervals import Over, resample
from analysis.trust import trust_difference

D_PRIME, TRUST, N_RESAMPLES = 1.0, -0.3, 1000


def study(n_people: int, n_pairs: int, sd_people: float, sd_pairs: float, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    person, pair = (grid.ravel() for grid in np.mgrid[0:n_people, 0:n_pairs])

    def shift() -> np.ndarray:
        by_person, by_pair = rng.standard_normal(n_people), rng.standard_normal(n_pairs)
        return sd_people * by_person[person] + sd_pairs * by_pair[pair]

    made_left = (person + pair) % 2 == 0
    d = (D_PRIME + shift()) / np.sqrt(2)
    said_left = np.where(made_left, d, -d) + rng.standard_normal(len(d)) > 0
    return pd.DataFrame(
        {
            "participant": np.char.add("p", person.astype(str)),
            "pair": np.char.add("q", pair.astype(str)),
            "left": np.char.add("l", pair.astype(str)),
            "right": np.char.add("r", pair.astype(str)),
            "exposure_ms": 500.0,
            "made_left": made_left,
            "said_left": said_left,
            "correct": said_left == made_left,
            "difference": TRUST + shift() + np.sqrt(2) * rng.standard_normal(len(d)),
            "trust_real": 4.0,
            "trust_made": 4.0,
        }
    )


def covered(table: pd.DataFrame, over: Over, seed: int, pooled_truth: float) -> tuple[bool, ...]:
    resampling = resample(table["participant"], table["pair"], seed=seed, n_resamples=N_RESAMPLES, over=over)
    d = detect_pairs(table, resampling).overall.d_prime
    trust = trust_difference(table, resampling, smallest_effect=0.2).overall.difference
    return d.low <= pooled_truth <= d.high, trust.low <= TRUST <= trust.high


def main(n_studies: int) -> None:
    print("people pairs sd_people sd_pairs over          d' covered  trust covered")
    for n_people, n_pairs, sd_people, sd_pairs in (
        (40, 24, 0.3, 0.3),
        (40, 24, 0.5, 0.6),
        (100, 60, 0.3, 0.3),
        (12, 12, 0.3, 0.3),
    ):
        # The pooled d' of a population that varies: attenuated by the spread of the evidence.
        truth = D_PRIME / np.sqrt(1 + (sd_people**2 + sd_pairs**2) / 2)
        overs: tuple[Over, ...] = ("both", "participants", "pairs")
        hits = {over: [] for over in overs}
        for seed in range(n_studies):
            table = study(n_people, n_pairs, sd_people, sd_pairs, seed)
            for over in overs:
                hits[over].append(covered(table, over, seed, truth))
        for over in overs:
            d, trust = np.mean(hits[over], axis=0)
            print(
                f"{n_people:6} {n_pairs:5} {sd_people:9} {sd_pairs:8} {over:13} {d:10.3f} {trust:14.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)

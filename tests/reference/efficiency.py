"""How well a group's mean meta-d' over mean d' is found again: python tests/reference/efficiency.py [people].

Simulated people answer with a planted ratio; 600 of them make one line, a few seconds each.
"""

from __future__ import annotations

import sys
from itertools import product

import numpy as np
from scipy.stats import norm

from analysis.metacognition import ConfidenceCounts, MetaSensitivity, meta_sensitivity


def person(
    rng: np.random.Generator, *, d_prime: float, ratio: float, n_levels: int, n_trials: int
) -> MetaSensitivity:
    """One observer of equal variances with a slight criterion, half of the trials signal."""
    criterion, meta_d = 0.1, ratio * d_prime
    edges = np.concatenate([[0], np.linspace(0.3, 1.8, n_levels - 1), [np.inf]])
    rows = []
    for sign in (-1, 1):
        mean = meta_d * (sign / 2 - criterion / d_prime)
        n = n_trials // 2
        n_signal = rng.binomial(n, norm.sf(criterion - sign * d_prime / 2))
        surer = np.diff(norm.cdf(edges - mean)) / norm.sf(-mean)
        surer_noise = np.diff(norm.cdf(edges + mean)) / norm.sf(mean)
        noise = rng.multinomial(n - n_signal, surer_noise)[::-1]
        rows.append(tuple(map(float, np.concatenate([noise, rng.multinomial(n_signal, surer)]))))
    return meta_sensitivity(ConfidenceCounts(*rows))


def main(n_people: int) -> None:
    print("d'    levels  trials  planted  found")
    for d_prime, n_levels, n_trials, ratio in product((0.8, 1.5), (4, 7), (24, 60, 120, 240), (0.5, 0.8)):
        rng = np.random.default_rng(1)
        all_ = [
            person(rng, d_prime=d_prime, ratio=ratio, n_levels=n_levels, n_trials=n_trials)
            for _ in range(n_people)
        ]
        kept = [one for one in all_ if one.converged]
        found = np.mean([one.meta_d for one in kept]) / np.mean([one.d_prime for one in kept])
        print(f"{d_prime:<5} {n_levels:<7} {n_trials:<7} {ratio:<8} {found:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 600)

"""meta-d': published software, the ideal observer, invariants, and planted truth found again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from analysis.confidence import confidence_results, confident_choices
from analysis.dataset import Dataset
from analysis.intervals import resample
from analysis.metacognition import (
    ConfidenceCounts,
    confidence_counts,
    mean_efficiency,
    meta_sensitivity,
    participant_meta,
)

STEPS = np.array([0.4, 0.9, 1.5])


def shares(d_prime: float, criterion: float, meta_d: float) -> NDArray[np.float64]:
    """Probability of each answer (columns: surest noise to surest signal) to noise and to signal."""
    relative = criterion / d_prime
    rows = []
    for sign in (-1, 1):
        says_signal = norm.sf(criterion - sign * d_prime / 2)
        mean = sign * meta_d / 2 - meta_d * relative
        edges = np.concatenate([[0], STEPS, [np.inf]])
        surer = np.diff(norm.cdf(edges - mean)) / norm.sf(-mean)
        surer_noise = np.diff(norm.cdf(edges + mean)) / norm.sf(mean)
        rows.append(np.concatenate([(1 - says_signal) * surer_noise[::-1], says_signal * surer]))
    return np.array(rows)


def counts_of(rows: NDArray[np.float64]) -> ConfidenceCounts:
    return ConfidenceCounts(tuple(map(float, rows[0])), tuple(map(float, rows[1])))


@pytest.mark.parametrize(
    ("noise", "signal", "meta_d", "loglik"),
    [
        # Test values of the R package metaSDT (met_mleNoConst.rds).
        ((32, 23, 14, 9), (6, 13, 26, 33), 0.885860155782, -105.288609877),
        # The example of fit_meta_d_MLE's documentation, and that of metaSDT, by metadpy 0.1.2.
        (
            (36, 24, 17, 20, 10, 12, 9, 2),
            (1, 4, 10, 11, 19, 18, 28, 39),
            1.4606685946342846,
            -343.21426522175,
        ),
        ((100, 50, 30, 20, 10, 4), (4, 20, 21, 35, 60, 90), 1.889679914761379, -441.69092268411),
    ],
)
def test_counts_of_others_give_the_meta_d_of_their_software(
    noise: tuple[float, ...], signal: tuple[float, ...], meta_d: float, loglik: float
) -> None:
    found = meta_sensitivity(ConfidenceCounts(noise, signal), padding=False)
    assert found.meta_d == pytest.approx(meta_d, abs=2e-6)
    assert found.loglik == pytest.approx(loglik, abs=1e-8)
    assert found.converged


def test_with_padding_it_is_metasdts_too() -> None:
    # met_mleConst.rds: da, meta_da, M_ratio, meta_ca, t2ca, logL.
    found = meta_sensitivity(ConfidenceCounts((32, 23, 14, 9), (6, 13, 26, 33)))
    assert found.d_prime == pytest.approx(1.2161777349, abs=1e-10)
    assert found.meta_d == pytest.approx(0.869806730519, abs=2e-6)
    assert found.m_ratio == pytest.approx(0.715197051846, abs=2e-6)
    assert found.criteria == pytest.approx((-0.776897660526, -0.0546361044049, 0.70389117407), abs=2e-6)
    assert found.loglik == pytest.approx(-106.725317792, abs=1e-8)


@pytest.mark.parametrize("criterion", [-0.3, 0.0, 0.4])
@pytest.mark.parametrize("d_prime", [0.5, 1.5, 3.0])
def test_an_ideal_observer_wastes_nothing(d_prime: float, criterion: float) -> None:
    found = meta_sensitivity(counts_of(1e6 * shares(d_prime, criterion, d_prime)), padding=False)
    assert found.d_prime == pytest.approx(d_prime, abs=1e-9)
    assert found.criterion == pytest.approx(criterion, abs=1e-9)
    assert found.m_ratio == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("ratio", [0.3, 0.7, 1.2])
def test_a_planted_ratio_is_found_again(ratio: float) -> None:
    rng = np.random.default_rng(4)
    probabilities = shares(1.3, 0.2, 1.3 * ratio)
    drawn = np.array([rng.multinomial(20_000, row) for row in probabilities]).astype(float)
    assert meta_sensitivity(counts_of(drawn)).m_ratio == pytest.approx(ratio, abs=0.06)


def test_confidence_without_any_insight_has_no_meta_d() -> None:
    rng = np.random.default_rng(2)
    signal = rng.random(20_000) < 0.5
    said = signal == (rng.random(20_000) < 0.8)
    found = meta_sensitivity(confidence_counts(signal, said, rng.integers(1, 5, 20_000)))
    assert found.meta_d == pytest.approx(0, abs=0.1)
    assert found.d_prime > 1.5


def test_calling_signal_noise_changes_nothing_but_the_sign_of_the_criterion() -> None:
    counts = ConfidenceCounts((36, 24, 17, 20, 10, 12, 9, 2), (1, 4, 10, 11, 19, 18, 28, 39))
    turned = ConfidenceCounts(counts.signal[::-1], counts.noise[::-1])
    first, second = meta_sensitivity(counts), meta_sensitivity(turned)
    assert second.meta_d == pytest.approx(first.meta_d, abs=1e-5)
    assert second.criterion == pytest.approx(-first.criterion)


def test_counts_are_ordered_from_the_surest_noise_to_the_surest_signal() -> None:
    counts = confidence_counts(
        signal=[False, False, True, True, True],
        said_signal=[False, True, True, True, False],
        confidence=[3, 1, 3, 2, 1],
    )
    assert counts == ConfidenceCounts((1, 0, 0, 1, 0, 0), (0, 0, 1, 0, 1, 1))


def test_confidence_that_never_varies_says_that_there_is_no_maximum() -> None:
    counts = ConfidenceCounts((0, 0, 40, 10, 0, 0), (0, 0, 12, 38, 0, 0))
    assert not meta_sensitivity(counts, padding=False).converged


def test_someone_who_saw_one_kind_only_has_no_meta_d() -> None:
    found = meta_sensitivity(ConfidenceCounts((0, 0, 0, 0), (1, 2, 3, 4)), padding=False)
    assert np.isnan(found.meta_d)
    assert not found.converged


@pytest.mark.parametrize(
    ("noise", "signal", "message"),
    [
        ((1, 2), (1, 2), "two for each of at least two levels of confidence; found 2 and 2"),
        ((1, 2, 3, 4), (1, 2, 3), "found 4 and 3"),
        ((1, 2, 3, -4), (1, 2, 3, 4), "expected no count below 0"),
    ],
)
def test_counts_that_cannot_be_are_refused(
    noise: tuple[float, ...], signal: tuple[float, ...], message: str
) -> None:
    with pytest.raises(ValueError) as caught:
        ConfidenceCounts(noise, signal)
    assert message in str(caught.value)


def people(n_people: int, n_trials: int, ratio: float, seed: int) -> pd.DataFrame:
    """Judgements of single faces by people of different sensitivity, all with the same ratio."""
    rng = np.random.default_rng(seed)
    rows = []
    for person in range(n_people):
        d_prime = rng.uniform(0.8, 1.8)
        table = shares(d_prime, rng.normal(0, 0.2), ratio * d_prime)
        for trial in range(n_trials):
            made = trial % 2
            answer = int(rng.choice(8, p=table[made] / table[made].sum()))
            sure = answer - 3 if answer > 3 else 4 - answer
            rows.append((f"p{person:02d}", f"f{trial}", bool(made), answer > 3, sure))
    named = pd.DataFrame(rows, columns=["participant", "pair", "made", "said_ai", "confidence"])
    return named.assign(left=named["pair"], right=np.nan, correct=named["made"] == named["said_ai"])


def test_the_efficiency_of_a_group_is_found_again() -> None:
    judged = people(40, 100, 0.7, seed=1)
    weights = resample(judged["participant"], judged["pair"], seed=1, n_resamples=500)
    found = mean_efficiency(judged, weights)
    assert found.low < 0.7 < found.high
    assert found.estimate == pytest.approx(0.7, abs=0.12)
    assert "participants only; says nothing about other pictures" in found.method
    each = participant_meta(judged)
    assert each["n_trials"].unique().tolist() == [100]
    assert found.estimate == pytest.approx(each["meta_d"].mean() / each["d_prime"].mean())


def test_single_faces_have_calibration_and_a_type_two_area_too() -> None:
    judged = people(20, 80, 1.0, seed=3)
    weights = resample(judged["participant"], judged["pair"], seed=1, n_resamples=200)
    found = confidence_results(judged, weights)
    assert [one.confidence for one in found.calibration] == [1, 2, 3, 4]
    assert found.type2_auc.low > 0.5


def test_pairs_are_in_the_units_of_pair_detection(dataset: Dataset) -> None:
    choices = confident_choices(dataset)
    each = participant_meta(choices)
    own = choices[choices["participant"] == each["participant"].iloc[0]]
    counts = confidence_counts(
        own["made_left"],
        own["said_left"],
        own["confidence"],
        levels=sorted(choices["confidence"].unique()),
    )
    whole = meta_sensitivity(counts)
    assert each["meta_d"].iloc[0] == pytest.approx(whole.meta_d / np.sqrt(2))
    assert each["m_ratio"].iloc[0] == pytest.approx(whole.m_ratio, nan_ok=True)

"""Trust in made and real faces of the same pair, at each exposure, with equivalence tests."""

from __future__ import annotations

import pandas as pd

from analysis import figures
from analysis.report.apa import estimate_words, sample_words
from analysis.report.content import Column, Figure, Paragraph, Part, Section, Table, estimate_table
from analysis.report.inputs import Inputs
from analysis.report.rounding import level_words, number
from analysis.trust import TrustDifference, TrustResults, trust_difference, trust_pairs
from analysis.wording import made_faces


def section(inputs: Inputs) -> Section | None:
    rated = trust_pairs(inputs.kept)
    if rated.empty or inputs.resampling is None:
        return None
    plan = inputs.protocol.analysis
    trust = trust_difference(rated, inputs.resampling, smallest_effect=plan.smallest_effect, alpha=plan.alpha)
    made = made_faces(inputs.protocol.stimulus_kind)
    parts: list[Part] = [
        Paragraph(
            f"Trust in {made} minus trust in the real face of the same pair, in points of the scale: below 0 "
            "means that they were trusted less."
        ),
        *_figures(trust, inputs),
        _table(trust, inputs),
    ]
    if trust.trend is not None:
        trend = estimate_words("the slope is", trust.trend, digits=3, unit=" points").replace(
            "is =\u00a0", "is "
        )
        parts.append(Paragraph(f"Per doubling of the exposure {trend}."))
    parts.append(Paragraph(_note(inputs), "note"))
    results = (
        f"Trust in {made} minus trust in real faces of the same pair was "
        f"{estimate_words('*M*', trust.overall.difference, unit=' points')} "
        f"({sample_words(trust.overall.difference)}).",
    )
    cited = ("schuirmann1987", "owen2007")
    return Section("trust", "Trusting them", tuple(parts), results=results, references=cited)


def _note(inputs: Inputs) -> str:
    test, smallest = _test_level(inputs), number(inputs.protocol.analysis.smallest_effect)
    return (
        f"Two one-sided tests (Schuirmann, 1987), read off the {test} interval: when it lies inside "
        f"±{smallest} points, effects as large as that are ruled out in both directions. Ratings are treated "
        "as numbers."
    )


def _test_level(inputs: Inputs) -> str:
    return level_words(1 - 2 * inputs.protocol.analysis.alpha)


def _figures(trust: TrustResults, inputs: Inputs) -> tuple[Figure, Figure]:
    level, smallest = level_words(inputs.level), number(inputs.protocol.analysis.smallest_effect)
    question = inputs.protocol.questions()["trust"]
    scale = (question.minimum or 1.0, question.maximum or 7.0)
    made = "edited" if inputs.protocol.stimulus_kind == "edited" else "AI"
    difference = (
        f"Trust difference by exposure with {level} interval; grey points are participants. The shaded band "
        f"holds differences smaller than ±{smallest} points, declared as too small to matter."
    )
    levels = f"Mean trust in both kinds of faces on the whole scale, with {level} intervals."
    rows = [({"exposure_ms": one.exposure_ms}, one.difference) for one in trust.by_exposure]
    people = trust.participants.dropna(subset=["exposure_ms"]).rename(columns={"difference": "estimate"})
    means = [
        ({"exposure_ms": one.exposure_ms, "faces": kind}, getattr(one, part))
        for one in trust.by_exposure
        for kind, part in (("real", "real"), (made, "made"))
    ]
    shown = pd.concat([estimate_table(rows).assign(participant=None), people], ignore_index=True)
    return (
        Figure("trust", difference, figures.trust_figure(trust), shown),
        Figure(
            "trust-levels",
            levels,
            figures.trust_levels_figure(trust, made=made, scale=scale),
            estimate_table(means),
        ),
    )


def _table(trust: TrustResults, inputs: Inputs) -> Table:
    smallest = number(inputs.protocol.analysis.smallest_effect)
    made = "Edited" if inputs.protocol.stimulus_kind == "edited" else "AI"
    data = pd.DataFrame([_row(one) for one in (*trust.by_exposure, trust.overall)])
    columns = (
        Column("exposure_ms", "Exposure", "exposure"),
        Column("difference", "Difference (points)", "signed", interval=("low", "high")),
        Column("equivalent", f"{_test_level(inputs)} interval inside ±{smallest} points", "yes"),
        Column("real", "Real (points)", "number", interval=("real_low", "real_high")),
        Column("made", f"{made} (points)", "number", interval=("made_low", "made_high")),
        Column("n_participants", "Participants", "count"),
        Column("n_pairs", "Pairs", "count"),
        Column("n_trials", "Trials", "count"),
    )
    return Table("trust", "Trust by exposure.", data, columns, last_is_total=True)


def _row(one: TrustDifference) -> dict[str, float | int | bool | None]:
    difference, test = one.difference, one.equivalence
    return {
        "exposure_ms": one.exposure_ms,
        "difference": difference.estimate,
        "low": difference.low,
        "high": difference.high,
        "test_low": test.low,
        "test_high": test.high,
        "equivalent": test.equivalent,
        "real": one.real.estimate,
        "real_low": one.real.low,
        "real_high": one.real.high,
        "made": one.made.estimate,
        "made_low": one.made.low,
        "made_high": one.made.high,
        "n_participants": difference.n_participants,
        "n_pairs": difference.n_pairs,
        "n_trials": difference.n_trials,
    }

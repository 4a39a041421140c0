"""The report's chapter on pictures: which measured features explain what was made of them."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from analysis.dataset import Dataset
from analysis.detection import pair_choices
from analysis.explaining import Explained, ExplainedShare, explain
from analysis.explaining_figures import measure_words, measures_figure, predicted_figure, top_measures
from analysis.face_ratings import face_ratings
from analysis.picture_measures import measures_of
from analysis.picture_outcomes import (
    CannotExplainError,
    called_outcome,
    found_outcome,
    trust_outcome,
)
from analysis.problems import TableError
from analysis.report.content import Column, Figure, Paragraph, Part, Section, Table, estimate_table, quoted
from analysis.report.inputs import Inputs
from analysis.report.rounding import level_words, number, p_words
from analysis.single_faces import face_judgements

_REFERENCES = ("hoerl1970", "westfall1993", "winkler2015", "yarkoni2017")
_BY = {
    "origin": "origin alone",
    "measures": "all measures",
    "measures beyond origin": "measures beyond origin",
}
_OUTCOMES = {"trust": trust_outcome, "called": called_outcome, "found": found_outcome}


def section(inputs: Inputs) -> Section | None:
    """What the measures of the pictures explain; None where no picture is measured, or nothing was asked."""
    try:
        known = measures_of(inputs.dataset, inputs.measures)
    except TableError as error:
        told = "; ".join(quoted(str(problem)) for problem in error.problems)
        return _section([Paragraph(f"The measures of the pictures cannot be used: {told}.", "note")])
    asked = [name for name in _OUTCOMES if _has_answers(inputs.kept, name)]
    if known.empty or not len(known.columns) or not asked:
        return None
    words = _Words(inputs.protocol.stimulus_kind)
    found: list[Explained] = []
    notes: list[Paragraph] = []
    for name in asked:
        try:
            found.append(_explained(inputs, known, name))
        except CannotExplainError as reason:
            notes.append(Paragraph(f"{words.titles[name]}: not explained, as {reason}.", "note"))
    return _section([*_parts(found, words), *notes], tuple(_sentences(found, words)))


def _section(parts: list[Part] | list[Paragraph], results: tuple[str, ...] = ()) -> Section:
    references = _REFERENCES if results else ()
    return Section("pictures", "What explains the pictures", tuple(parts), results, references)


class _Words:
    """What outcomes and pictures are called; edited photographs are never called AI."""

    def __init__(self, stimulus_kind: str) -> None:
        edited = stimulus_kind == "edited"
        made = "edited" if edited else "AI"
        self.titles = {
            "trust": "Trust",
            "called": f"Called {made}",
            "found": f"Finding the {made} face of a pair",
        }
        self.labels = {
            "trust": "trust (points)",
            "called": f"being called {made} (z)",
            "found": f"finding the {made} face (z)",
        }
        self.of_pictures = {"real": "real", "ai": "AI", "edited": "edited", "pair": "pair"}


def _has_answers(kept: Dataset, name: str) -> bool:
    if name == "trust":
        return bool(len(face_ratings(kept, "trust")))
    return bool(len(face_judgements(kept) if name == "called" else pair_choices(kept)))


def _explained(inputs: Inputs, known: pd.DataFrame, name: str) -> Explained:
    return explain(
        _OUTCOMES[name](inputs.kept),
        known,
        inputs.dataset.stimuli,
        seed=inputs.seed,
        level=inputs.level,
        n_resamples=inputs.n_resamples,
    )


def _parts(found: list[Explained], words: _Words) -> Iterator[Part]:
    if not found:
        return
    yield Paragraph(
        "What a script measures in a picture, from its light to the smoothness of the skin, may or may not "
        "be what people go by. Here all measures together predict pictures that had no part in the fit; "
        "what they explain is the share of the differences *between pictures*. To go together is not to "
        "cause: pictures that differ in one measure differ in others, seen and not measured.",
        "lead",
    )
    yield _shares_table(found, words)
    for one in found:
        name, label = one.outcome.name, words.labels[one.outcome.name]
        svg = predicted_figure(one, name=f"predicted-{name}", label=label, words=words.of_pictures)
        yield Figure(f"pictures_predicted_{name}", _predicted_caption(one, words), svg, one.predictions)
        svg = measures_figure(one, name=f"measures-{name}", label=label)
        yield Figure(f"pictures_measures_{name}", _measures_caption(one, words), svg, top_measures(one))
    yield _single_table(found, words)
    yield from _left_out(found, words)


def _shares_table(found: list[Explained], words: _Words) -> Table:
    rows = [
        ({"outcome": words.titles[one.outcome.name], "by": _BY[share.by]}, share.r2)
        for one in found
        for share in one.shares
    ]
    shares = [share for one in found for share in one.shares]
    table = estimate_table(rows).assign(
        p=[share.p for share in shares],
        of_reliable=[share.of_reliable for share in shares],
        reliability=[one.outcome.reliability for one in found for _ in one.shares],
        n_units=[len(one.predictions) for one in found for _ in one.shares],
        n_measures=[0 if share.by == "origin" else one.n_measures for one in found for share in one.shares],
    )
    return Table(
        "pictures_explained",
        "How much of the differences between pictures is predicted on pictures not seen",
        table,
        (
            Column("outcome", "Outcome"),
            Column("by", "Predicted by"),
            Column("estimate", "Cross-validated R²", "number", 2, ("low", "high")),
            Column("p", "p", "p"),
            Column("of_reliable", "Of what is not noise (share)", "number", 2),
            Column("reliability", "Reliability of the outcome", "number", 2),
            Column("n_units", "Pictures (pairs)", "count"),
            Column("n_measures", "Measures", "count"),
        ),
        note="R² below 0: the predictions are worse than none. “Beyond origin” is the share of what origin "
        "leaves. The reliability is the most that could be explained; the share of what is not noise is R² "
        "divided by it. Of pairs, the measures are those of the made face minus those of the real one.",
    )


def _single_table(found: list[Explained], words: _Words) -> Table:
    data = pd.concat(
        [
            one.single.assign(
                outcome=words.titles[one.outcome.name], measure=one.single["measure"].map(measure_words)
            )
            for one in found
        ],
        ignore_index=True,
    )
    return Table(
        "pictures_single_measures",
        "Each measure alone: rank correlation with the outcome over pictures",
        data,
        (
            Column("outcome", "Outcome"),
            Column("scope", "Pictures"),
            Column("measure", "Measure"),
            Column("rho", "Spearman’s ρ", "signed", 2, ("low", "high")),
            Column("p", "p", "p"),
            Column("p_adjusted", "p, adjusted over all measures", "p"),
            Column("n", "Pictures (pairs)", "count"),
        ),
        note="Within origin: ranks among real and among made pictures, so that what merely differs between "
        "the two counts for nothing. p by permutation, adjusted by Westfall & Young’s step-down maximum.",
        folded=True,
    )


def _left_out(found: list[Explained], words: _Words) -> Iterator[Paragraph]:
    for one in found:
        if len(one.left_out):
            reasons = one.left_out.groupby("reason")["measure"].apply(
                lambda names: ", ".join(map(measure_words, names))
            )
            told = "; ".join(f"{quoted(names)} ({reason})" for reason, names in reasons.items())
            yield Paragraph(f"{words.titles[one.outcome.name]}: measures not used: {told}.", "note")
        if one.n_unknown:
            what = "number is" if one.n_unknown == 1 else "numbers are"
            yield Paragraph(
                f"{words.titles[one.outcome.name]}: {one.n_unknown} {what} unknown and stand at the mean "
                "where all measures predict together.",
                "note",
            )


def _predicted_caption(one: Explained, words: _Words) -> str:
    what = "pairs" if one.outcome.of_pairs else "pictures"
    return (
        f"{words.titles[one.outcome.name]}: {len(one.predictions)} {what}, observed (from a crossed mixed "
        "model, shrunken, with conditional intervals) over predicted from all measures by a model that had "
        "not seen the picture, nor others of its pair or person. The line: predicted as observed."
    )


def _measures_caption(one: Explained, words: _Words) -> str:
    return (
        f"{words.titles[one.outcome.name]}: the measures that go with it most, each alone, with intervals "
        "(bootstrap over groups of pictures), not adjusted for their number."
    )


def _sentences(found: list[Explained], words: _Words) -> Iterator[str]:
    for one in found:
        by = {share.by: share for share in one.shares}
        what = "pairs" if one.outcome.of_pairs else "pictures"
        beyond = by.get("measures beyond origin")
        more = f", and {_told(beyond)} of what origin left" if beyond else ""
        yield (
            f"{words.titles[one.outcome.name]}: ridge regression on {one.n_measures} image measures "
            f"predicted {_told(by['measures'])} of the variance between {len(one.predictions)} {what} in "
            f"nested cross-validation over {one.n_groups} groups of pictures{more}."
        )
        best = one.single.sort_values(["p_adjusted", "p"], kind="stable").iloc[0]
        yield (
            f"The measure that went with it most was {measure_words(best['measure'])}"
            f"{' (within origin)' if best['scope'] == 'within origin' else ''}, ρ = {number(best['rho'])}, "
            f"{_interval(best['low'], best['high'], one.shares[0].r2.level)}, "
            f"adjusted {_p(best['p_adjusted'])}."
        )


def _told(share: ExplainedShare) -> str:
    r2 = share.r2
    interval = _interval(r2.low, r2.high, r2.level)
    return f"*R*² = {number(r2.estimate)} ({interval}, permutation {_p(share.p)})"


def _interval(low: float, high: float, level: float) -> str:
    return f"{level_words(level)} CI [{number(low)}, {number(high)}]"


def _p(p: float) -> str:
    return p_words(p).replace("p", "*p*", 1)

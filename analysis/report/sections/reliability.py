"""The report's chapter on reliability: agreement, raters needed, stability, and whose variance it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from analysis.estimate import Estimate
from analysis.exclusions import with_repeats
from analysis.intervals import resample
from analysis.reliability import (
    Coefficient,
    RatersNeeded,
    Reliability,
    judgements_of,
    reliability_of,
    repeated_answers,
    retest,
)
from analysis.reliability.figures import raters_curve, raters_figure, shares_figure
from analysis.reliability.judgements import WANTED
from analysis.report.content import Column, Figure, Paragraph, Part, Section, Table, estimate_table, quoted
from analysis.report.inputs import Inputs
from analysis.report.rounding import NONE, count, level_words, number

_REFERENCES = ("shrout1979", "mcgraw1996", "parsons2019")
#: Nobody asks more raters than this; where one rater's reliability is nearly 0, formulas do.
_REACH = 10_000
_SOURCES = {"picture": "picture", "pair": "pair", "participant": "participant", "residual": "rest"}
_RETEST = {
    "same": "identical answers (share)",
    "correlation": "correlation",
    "mean_change": "second minus first",
}


def section(inputs: Inputs) -> Section | None:
    """How reliable trust and detection judgements are; None where neither was answered."""
    judgements = judgements_of(inputs.kept)
    if not judgements:
        return None
    labels = _labels(inputs.protocol.stimulus_kind)
    found = [reliability_of(one, seed=inputs.seed, level=inputs.level) for one in judgements]
    parts = [*_lead(), *_agreement(found, labels), *_people(found, labels), *_retest(inputs)]
    parts += [*_raters(found, labels), *_shares(found, labels), *_reasons(found, labels)]
    results = tuple(_sentences(found, labels))
    return Section("reliability", "How reliable the judgements are", tuple(parts), results, _REFERENCES)


def _labels(stimulus_kind: str) -> dict[str, str]:
    made = "edited" if stimulus_kind == "edited" else "AI"
    return {
        "trust": "Trust in faces",
        "called": f"Calling faces {made}",
        "found": f"Finding the {made} face of a pair",
    }


def _lead() -> Iterator[Part]:
    yield Paragraph(
        "ICC(2,1) says how far one person’s answer tells pictures apart in the same way as another’s would; "
        "ICC(2,k) how far the mean of all who judged a picture does. The second grows with the number of "
        "raters alone, so that a high one may only say that there were many.",
    )


def _agreement(found: Sequence[Reliability], labels: dict[str, str]) -> Iterator[Part]:
    data = pd.DataFrame([_agreement_row(one, labels) for one in found])
    if not (data["single"].notna() | data["halves"].notna()).any():
        return
    yield Table(
        "reliability_agreement",
        "Do raters agree about pictures?",
        data,
        (
            Column("judgement", "Judgement"),
            Column("single", "One rater: ICC(2,1)", "number", 2, ("single_low", "single_high")),
            Column("average", "Mean of all: ICC(2,k)", "number", 2, ("average_low", "average_high")),
            Column("n_raters", "Raters k", "number", 1),
            Column("halves", "Split half, over pictures", "number", 2, ("halves_low", "halves_high")),
            Column("needed_80_shown", "Raters for .8"),
            Column("needed_90_shown", "Raters for .9"),
            Column("n_targets", "Pictures (pairs)", "count"),
        ),
        note="k is the harmonic mean of the raters of each picture. Yes and no count as 1 and 0. Raters "
        "needed are from the Spearman–Brown formula, with the range that belongs to the interval of "
        "ICC(2,1); more than "
        f"{count(_REACH)} are not within reach.",
    )


def _raters(found: Sequence[Reliability], labels: dict[str, str]) -> Iterator[Part]:
    curves = [one for one in found if one.single is not None]
    if curves:
        data = pd.concat(
            [raters_curve(one.single).assign(judgement=one.judgement.name) for one in curves if one.single]
        )
        yield Figure(
            "reliability_raters",
            "Reliability of the mean of so many raters, with the band of its interval. The dots: this study.",
            raters_figure(curves, labels),
            data,
        )


def _agreement_row(one: Reliability, labels: dict[str, str]) -> dict[str, object]:
    row: dict[str, object] = {"judgement": labels[one.judgement.name]}
    for name, coefficient in (("single", one.single), ("average", one.average), ("halves", one.halves)):
        row |= _cells(name, coefficient)
    for wanted in WANTED:
        needed = next((each for each in one.needed if each.wanted == wanted), None)
        key = f"needed_{round(100 * wanted)}"
        row[key] = needed.n if needed else np.nan
        row |= {f"{key}_{end}": getattr(needed, end, np.nan) for end in ("fewest", "most")}
        row[f"{key}_shown"] = _needed_words(needed)
    shown = one.average or one.halves
    return row | {
        "n_targets": shown.n_targets if shown else np.nan,
        "n_raters": shown.n_raters if shown else np.nan,
        "method": one.single.method if one.single else "",
    }


def _needed_words(needed: RatersNeeded | None) -> str:
    """``59 [38, 93]``; numbers that no study has are not given, nor ends of an interval that there is not."""
    if needed is None or np.isnan(needed.n):
        return NONE
    if np.isnan(needed.fewest):
        return count(needed.n) if needed.n <= _REACH else "not within reach"
    if needed.n > _REACH:
        fewest = f", at least {count(needed.fewest)}" if needed.fewest <= _REACH else ""
        return f"not within reach{fewest}"
    most = count(needed.most) if needed.most <= _REACH else f"more than {count(_REACH)}"
    return f"{count(needed.n)} [{count(needed.fewest)}, {most}]"


def _cells(name: str, one: Coefficient | None) -> dict[str, object]:
    ends = ("estimate", "low", "high")
    keys = (name, f"{name}_low", f"{name}_high")
    return {key: getattr(one, end, np.nan) for key, end in zip(keys, ends, strict=True)}


def _people(found: Sequence[Reliability], labels: dict[str, str]) -> Iterator[Part]:
    rows = [
        {
            "judgement": labels[one.judgement.name],
            **_cells("people", one.people),
            "n": one.people.n_targets,
            "n_items": one.people.n_raters,
            "method": one.people.method,
        }
        for one in found
        if one.people
    ]
    if rows:
        yield Table(
            "reliability_people",
            "Do people differ in a stable way?",
            pd.DataFrame(rows),
            (
                Column("judgement", "Judgement"),
                Column("people", "Split half, over people", "number", 2, ("people_low", "people_high")),
                Column("n", "Participants", "count"),
                Column("n_items", "Pictures (pairs)", "count"),
            ),
            note="The means of the same people over two random halves of the pictures, stepped up to all "
            "of them: who trusts much, or often finds the made face, does so on other pictures, too.",
        )


def _shares(found: Sequence[Reliability], labels: dict[str, str]) -> Iterator[Part]:
    known = [one for one in found if one.shares is not None]
    if not known:
        return
    data = pd.concat(
        [
            one.shares.reset_index().assign(judgement=labels[one.judgement.name])
            for one in known
            if one.shares is not None
        ],
        ignore_index=True,
    ).assign(source=lambda table: table["source"].map(_SOURCES))
    yield Table(
        "reliability_variance",
        "Where the variance of a single answer lies",
        data,
        (
            Column("judgement", "Judgement"),
            Column("source", "Due to"),
            Column("share", "Share (%)", "percent", 1, ("low", "high")),
            Column("variance", "Variance", "number", 3),
        ),
        note="Crossed mixed models: of ratings in squared points; of yes and no by a probit model on its "
        "latent scale, where the rest is 1. Pair: what the two faces of a pair have in common. The rest "
        "holds people’s own taste and noise alike.",
        folded=True,
    )
    yield Figure(
        "reliability_shares",
        "Shares of the variance of a single answer, with intervals; a share of 0 has none.",
        shares_figure(known, labels, _SOURCES),
        data,
    )


def _retest(inputs: Inputs) -> Iterator[Part]:
    again = with_repeats(inputs.dataset, inputs.exclusions)
    rows: list[tuple[dict[str, str], Estimate]] = []
    for question in _repeated_questions(inputs):
        both = repeated_answers(again, question)
        if both.empty:
            continue
        both = both.assign(pair=both["pair"].fillna(both["left"]))
        weights = resample(
            both["participant"],
            both["pair"],
            seed=inputs.seed,
            n_resamples=inputs.n_resamples,
            level=inputs.level,
        )
        found = retest(both, weights)
        for name, words in _RETEST.items():
            if (one := getattr(found, name)) is not None:
                rows.append(({"question": question, "what": words}, one))
    if not rows:
        return
    yield Table(
        "reliability_retest",
        "Do people answer the same when they see a trial again?",
        estimate_table(rows),
        (
            Column("question", "Question", "code"),
            Column("what", "First and second answer"),
            Column("estimate", "Estimate", "number", 2, ("low", "high")),
            Column("unit", "Unit"),
            Column("n_participants", "Participants", "count"),
            Column("n_pairs", "Pairs", "count"),
            Column("n_trials", "Answers given twice", "count"),
        ),
        note="Trials shown again, of the people of the main analysis and by the same rules for trials. "
        "Answers about a side are compared by the picture that was there.",
    )


def _repeated_questions(inputs: Inputs) -> list[str]:
    return [
        name for name, one in inputs.protocol.questions().items() if one.kind in ("scale", "side", "origin")
    ]


def _reasons(found: Sequence[Reliability], labels: dict[str, str]) -> Iterator[Part]:
    for one in found:
        for reason in one.reasons:
            yield Paragraph(f"{labels[one.judgement.name]}: not computed, as {quoted(reason)}.", "note")


def _sentences(found: Sequence[Reliability], labels: dict[str, str]) -> Iterator[str]:
    for one in found:
        if one.single is None or one.average is None:
            continue
        what = "pairs" if one.judgement.of_pairs else "pictures"
        needed = one.needed[1]
        yield (
            f"{labels[one.judgement.name]}: agreement of single raters was ICC(2,1) = "
            f"{_words(one.single)}, of their means ICC(2,k) = {_words(one.average)} (*k* = "
            f"{number(one.average.n_raters, 1)}, {one.average.n_targets} {what}); {_needed_sentence(needed)}."
        )


def _needed_sentence(needed: RatersNeeded) -> str:
    words = _needed_words(needed)
    if needed.n > _REACH:
        return f"a reliability of {number(needed.wanted, 1)[1:]} is {words}"
    return f"a reliability of {number(needed.wanted, 1)[1:]} would take {words} raters"


def _words(one: Coefficient) -> str:
    return f"{number(one.estimate)}, {level_words(one.level)} CI [{number(one.low)}, {number(one.high)}]"

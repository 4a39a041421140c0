"""One verdict for each claim, with the number it stands on; those not tested with the reason."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.claims import Beside, ClaimResult, Claims, UntestedClaim, Verdict, judge_claims
from analysis.report.apa import estimate_words, listed
from analysis.report.content import Column, Paragraph, Part, Section, Table, estimate_table
from analysis.report.inputs import Inputs
from analysis.report.rounding import level_words, number, p_words

_REFERENCES = ("holm1979", "schuirmann1987", "judd2012", "barr2013", "decarlo1998", "liddell2018")
_BASE = (
    "estimate",
    "low",
    "high",
    "level",
    "unit",
    "se",
    "df",
    "n_participants",
    "n_pairs",
    "n_stimuli",
    "n_trials",
    "method",
)


def section(inputs: Inputs) -> Section:
    """Every claim: verdict and number, equivalence, what stands beside, why not, and the models in full."""
    claims = judge_claims(inputs.kept)
    parts: list[Part] = []
    if claims.tested:
        parts += [_tested(claims, inputs), Paragraph(_note(inputs), "note")]
        parts += [Paragraph(words, "note") for words in _notes(claims)]
        parts += _equivalence(claims, inputs)
    else:
        parts.append(Paragraph("No claim could be tested: no answers are left for any of them."))
    parts += [*_beside(claims), *_untested(claims)]
    parts += [model for claim in claims.tested for model in claim.models]
    parts += [one.model for claim in claims.untested for one in claim.beside if one.model is not None]
    results = tuple(apa_sentence(claim) for claim in claims.tested)
    return Section("claims", "The claims", tuple(parts), results=results, references=_REFERENCES)


def apa_sentence(claim: ClaimResult) -> str:
    """The finding with its numbers: *AI headshots were trusted less than real ones, b = −0.31 points, …*."""
    one, finding = claim.estimate, claim.sentence.partition(". ")[0].rstrip(".")
    symbol, unit = ("Δ*d*′", "") if one.unit == "z" else ("*b*", f" {one.unit}")
    parts = [finding, estimate_words(symbol, one, null=None, unit=unit)]
    if one.from_model and np.isfinite(one.low):
        statistic = (one.estimate - claim.null) / one.se
        name = "*z*" if np.isinf(one.df) else f"*t*({one.df:.1f})"
        parts.append(f"{name} = {number(statistic)}")
    p = claim.p_value if claim.p_holm is None else claim.p_holm
    if np.isfinite(p):
        parts.append(p_words(p).replace("p", "*p*", 1) + (" (Holm)" if claim.p_holm is not None else ""))
    margin = claim.equivalence
    if margin is not None and claim.verdict is Verdict.EQUIVALENT:
        inside = f"[{number(margin.low)}, {number(margin.high)}]"
        parts.append(
            f"{level_words(margin.level)} CI {inside} inside ±{margin.smallest_effect:.3g} {one.unit}"
        )
    return ", ".join(parts) + "."


def _tested(claims: Claims, inputs: Inputs) -> Table:
    columns = (
        Column("claim", "Claim"),
        Column("verdict", "Verdict"),
        Column("sentence", "Finding"),
        Column("estimate", "Estimate", "signed", interval=("low", "high")),
        Column("unit", "Unit"),
        Column("p_shown", "p"),
        Column("sample", "People / pairs / pictures"),
    )
    data = pd.DataFrame([_row(claim) for claim in claims.tested])
    caption = f"Claims that these data can test, with {level_words(inputs.level)} intervals."
    return Table("claims", caption, data, columns)


def _p_shown(claim: ClaimResult) -> str:
    """As it was judged: ``.012``, or ``< .001 (Holm)`` where the claim is primary."""
    p = claim.p_value if claim.p_holm is None else claim.p_holm
    words = p_words(p).removeprefix("p = ").replace("p < ", "< ")
    return words if claim.p_holm is None else f"{words} (Holm)"


def _row(claim: ClaimResult) -> dict[str, object]:
    one = claim.estimate
    return {
        "id": claim.id,
        "claim": _capital(claim.claim),
        "verdict": claim.verdict.value,
        "sentence": claim.sentence,
        "measure": claim.measure,
        **{name: getattr(one, name) for name in _BASE},
        "null": claim.null,
        "p": claim.p_value,
        "p_holm": claim.p_holm,
        "p_shown": _p_shown(claim),
        "sample": f"{one.n_participants} / {one.n_pairs} / {one.n_stimuli}",
        "primary": claim.primary,
        "notes": " ".join(claim.notes),
    }


def _notes(claims: Claims) -> Iterator[str]:
    """Every note once, before it the claims that it is about."""
    about: dict[str, list[str]] = {}
    for claim in claims.tested:
        for note in claim.notes:
            about.setdefault(note, []).append(f"“{_capital(claim.claim)}”")
    for note, named in about.items():
        yield f"{listed(named)}: {note}"


def _equivalence(claims: Claims, inputs: Inputs) -> list[Part]:
    rows = [
        {
            "id": claim.id,
            "claim": _capital(claim.claim),
            "margin": claim.equivalence.smallest_effect,
            "estimate": claim.estimate.estimate,
            "low": claim.equivalence.low,
            "high": claim.equivalence.high,
            "equivalent": claim.equivalence.equivalent,
        }
        for claim in claims.tested
        if claim.equivalence is not None
    ]
    if not rows:
        return []
    level = level_words(1 - 2 * inputs.protocol.analysis.alpha)
    columns = (
        Column("claim", "Claim"),
        Column("estimate", f"Estimate, {level} interval (points)", "signed", interval=("low", "high")),
        Column("margin", "Smallest effect that matters, ± (points)", "number"),
        Column("equivalent", "Inside", "yes"),
    )
    caption = "Two one-sided tests of the smallest effect declared beforehand."
    return [Table("claims-equivalence", caption, pd.DataFrame(rows), columns)]


def _beside(claims: Claims) -> list[Part]:
    """Further estimates; of untested claims too."""
    everything: tuple[ClaimResult | UntestedClaim, ...] = (*claims.tested, *claims.untested)
    told = [
        ({"id": claim.id, "claim": _capital(claim.claim), "label": one.label}, one)
        for claim in everything
        for one in claim.beside
    ]
    if not told:
        return []
    data = estimate_table([(labels, one.estimate) for labels, one in told])
    data["p"] = [_p(one) for _, one in told]
    columns = (
        Column("claim", "Claim"),
        Column("label", "Also"),
        Column("estimate", "Estimate", "signed", interval=("low", "high")),
        Column("unit", "Unit"),
        Column("p", "p, uncorrected", "p"),
        Column("n_participants", "Participants", "count"),
        Column("n_pairs", "Pairs", "count"),
        Column("n_trials", "Trials", "count"),
    )
    caption = "What stands beside the claims, without a verdict."
    return [Table("claims-beside", caption, data, columns, folded=True)]


def _p(one: Beside) -> float:
    return float("nan") if one.null is None else one.estimate.p_value(one.null)


def _untested(claims: Claims) -> list[Part]:
    rows = [
        {"id": one.id, "claim": _capital(one.claim), "reason": one.reason, "primary": one.primary}
        for one in claims.untested
    ]
    if not rows:
        return []
    columns = (
        Column("claim", "Claim"),
        Column("reason", "Why not, and what it would need"),
        Column("primary", "Declared primary", "yes"),
    )
    caption = "Claims that these data cannot test."
    return [Table("claims-not-tested", caption, pd.DataFrame(rows), columns)]


def _note(inputs: Inputs) -> str:
    plan = inputs.protocol.analysis
    return (
        "*Supported* and *contradicted*: the effect differs from none (p below "
        f"{number(plan.alpha)}, corrected by Holm over the primary claims) in the direction claimed or the "
        f"other. *Equivalent to no difference*, asked first: the {level_words(1 - 2 * plan.alpha)} interval "
        f"lies inside ±{plan.smallest_effect:g} points, the smallest effect declared beforehand; no such "
        "margin was declared for d′ or confidence. *Inconclusive*: none of these. People and pictures are "
        "both random in the models, so that the verdicts speak about other people and other pictures; claims "
        "that were not declared primary are exploratory and not corrected."
    )


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]

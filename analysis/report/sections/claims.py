"""One verdict for each claim, with the number it stands on; those not tested with the reason."""

from __future__ import annotations

import pandas as pd

from analysis.claims import ClaimResult, Claims, judge_claims
from analysis.report.content import Column, Paragraph, Part, Section, Table
from analysis.report.inputs import Inputs
from analysis.report.rounding import level_words, number


def section(inputs: Inputs) -> Section:
    claims = judge_claims(inputs.kept)
    parts: list[Part] = []
    if claims.tested:
        parts += [_tested(claims, inputs), Paragraph(_note(inputs), "note")]
    else:
        parts.append(Paragraph("No claim could be tested: no answers are left for any of them."))
    if claims.untested:
        parts.append(_untested(claims))
    return Section("claims", "The claims", tuple(parts), references=("holm1979", "schuirmann1987"))


def _tested(claims: Claims, inputs: Inputs) -> Table:
    columns = (
        Column("claim", "Claim"),
        Column("verdict", "Verdict"),
        Column("sentence", "Finding"),
        Column("estimate", "Estimate", "signed", interval=("low", "high")),
        Column("unit", "Unit"),
        Column("p_shown", "p (Holm where primary)", "p"),
        Column("primary", "Primary", "yes"),
        Column("n_participants", "Participants", "count"),
        Column("n_pairs", "Pairs", "count"),
    )
    data = pd.DataFrame([_row(claim) for claim in claims.tested])
    caption = f"Claims that these data can test, with {level_words(inputs.level)} intervals."
    return Table("claims", caption, data, columns)


def _row(claim: ClaimResult) -> dict[str, object]:
    one = claim.estimate
    unit = one.unit if claim.null == 0 else f"{one.unit}; chance is {number(claim.null, 1)}"
    return {
        "id": claim.id,
        "claim": claim.claim[0].upper() + claim.claim[1:],
        "verdict": claim.verdict.value,
        "sentence": claim.sentence,
        "measure": claim.measure,
        "estimate": one.estimate,
        "low": one.low,
        "high": one.high,
        "unit": unit,
        "null": claim.null,
        "p": claim.p_value,
        "p_holm": claim.p_holm,
        "p_shown": claim.p_value if claim.p_holm is None else claim.p_holm,
        "primary": claim.primary,
        "n_participants": one.n_participants,
        "n_pairs": one.n_pairs,
        "n_trials": one.n_trials,
    }


def _untested(claims: Claims) -> Table:
    rows = [
        {
            "id": one.id,
            "claim": one.claim[0].upper() + one.claim[1:],
            "primary": one.primary,
            "reason": one.reason,
        }
        for one in claims.untested
    ]
    columns = (
        Column("claim", "Claim"),
        Column("reason", "Why not"),
        Column("primary", "Declared primary", "yes"),
    )
    caption = "Claims this report does not test, and why."
    return Table("claims-not-tested", caption, pd.DataFrame(rows), columns)


def _note(inputs: Inputs) -> str:
    plan = inputs.protocol.analysis
    return (
        "*Supported* and *contradicted*: the effect differs from none (p below "
        f"{number(plan.alpha)}, corrected by Holm over the primary claims) in the direction claimed or the "
        f"other. *Equivalent to no difference*: the {level_words(1 - 2 * plan.alpha)} interval lies inside "
        f"±{number(plan.smallest_effect)} points, the smallest effect declared beforehand; no such margin "
        "was declared for d′ or confidence. *Inconclusive*: none of these."
    )

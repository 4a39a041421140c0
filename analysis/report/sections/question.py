"""What the study asks: the claims on trial, the hypotheses and margins declared before any data."""

from __future__ import annotations

import pandas as pd

from analysis.protocol import Protocol
from analysis.report.apa import listed
from analysis.report.content import Column, Paragraph, Part, Section, Table, quoted
from analysis.report.inputs import Inputs
from analysis.report.primary import primary_claims
from analysis.report.rounding import number
from analysis.wording import made_faces


def section(inputs: Inputs) -> Section:
    protocol = inputs.protocol
    made = made_faces(protocol.stimulus_kind)
    lead = (
        f"Can people tell {made} from photographs of real people, and do they trust them less? What the "
        "study's data say about each claim, and how sure one can be."
    )
    parts: list[Part] = [Paragraph(lead, tone="lead"), Paragraph(_declared(inputs))]
    if protocol.declared.hypotheses:
        parts.append(_hypotheses(protocol))
    if power := protocol.declared.power:
        parts.append(
            Paragraph(
                f"The power declared beforehand was {number(power.power)} for an effect of "
                f"{number(power.effect)} (points of the scale, or units of d′): {quoted(power.method)}"
            )
        )
    return Section("question", "The question", tuple(parts), references=("holm1979",))


def _declared(inputs: Inputs) -> str:
    protocol = inputs.protocol
    plan = protocol.analysis
    who = "by whoever read the table" if inputs.dataset.provenance.collected_elsewhere else "before any data"
    primary = [f"“{claim}”" for claim in primary_claims(protocol)]
    claims = (
        f"Declared as primary {who}: {listed(primary)}, two-sided with α = {number(plan.alpha)} for all of "
        "them together (Holm, 1979). Every other test is exploratory. "
        if primary
        else f"No claim was declared as primary {who}: every test is exploratory. "
    )
    return claims + (
        f"A difference in trust smaller than {number(plan.smallest_effect)} points of the scale, in either "
        f"direction, was declared as too small to matter."
    )


def _hypotheses(protocol: Protocol) -> Table:
    rows = [
        {"claim": one.claim, "hypothesis": one.text, "primary": one.claim in protocol.analysis.primary}
        for one in protocol.declared.hypotheses
    ]
    columns = (
        Column("claim", "Claim", "code"),
        Column("hypothesis", "Hypothesis, as preregistered"),
        Column("primary", "Primary", "yes"),
    )
    return Table("hypotheses", "Hypotheses of the protocol, word for word.", pd.DataFrame(rows), columns)

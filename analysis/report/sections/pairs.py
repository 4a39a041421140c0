"""Pair by pair: how often each was told apart, and how both of its faces were trusted."""

from __future__ import annotations

from analysis.detection import pair_choices
from analysis.report.content import Column, Paragraph, Section, Table
from analysis.report.inputs import Inputs
from analysis.results import pair_table
from analysis.trust import trust_pairs


def section(inputs: Inputs) -> Section | None:
    pairs = pair_table(pair_choices(inputs.kept), trust_pairs(inputs.kept))
    if pairs.empty:
        return None
    made = "edited" if inputs.protocol.stimulus_kind == "edited" else "AI"
    columns = (
        Column("pair", "Pair", "code"),
        Column("real", "Real", "code"),
        Column("made", made[0].upper() + made[1:], "code"),
        Column("share_correct", "Correct (%)", "percent", digits=0),
        Column("n_choices", "Choices", "count"),
        Column("trust_real", "Trust real (points)", "number"),
        Column("trust_made", f"Trust {made} (points)", "number"),
        Column("difference", "Difference (points)", "signed"),
        Column("n_trust", "Ratings", "count"),
    )
    table = Table("pairs", "All pairs, the most often detected first.", pairs, columns, folded=True)
    words = (
        "The pairs are a sample too. Single pairs rest on few answers; read this table for outliers, not for "
        "conclusions."
    )
    return Section("pairs", "Pair by pair", (Paragraph(words), table))

"""What would have come out otherwise: all reasonable analyses of each claim, and exclusions one by one."""

from __future__ import annotations

import pandas as pd

from analysis.claim_figures import specification_curve
from analysis.claims import CLAIM_TEXTS
from analysis.multiverse import FAST_MS, SLOW_MS, ClaimMultiverse, Multiverse, multiverse
from analysis.report.content import Column, Figure, Paragraph, Part, Section, Table
from analysis.report.inputs import Inputs
from analysis.report.rounding import level_words
from analysis.wording import RULE_WORDS, made_faces

_REFERENCES = ("steegen2016", "simonsohn2020")
_IN_POINTS = ("distrust", "milliseconds", "subconscious")


def section(inputs: Inputs) -> Section | None:
    """Specification curves, how many analyses agree, which are impossible, and each exclusion rule's part."""
    # One process: the sections of a report are built side by side already.
    found = multiverse(inputs.dataset, namespace=inputs.exclusions.namespace, n_jobs=1)
    if not found.claims:
        return None
    parts: list[Part] = [
        Paragraph(_introduction()),
        _summary(found, inputs),
        *_figures(found, inputs),
        *_impossible(found, inputs),
        _exclusions(found, inputs),
    ]
    return Section(
        "choices", "Other choices", tuple(parts), results=(_sentence(found, inputs),), references=_REFERENCES
    )


def _introduction() -> str:
    return (
        "Another team might have analysed the same data in another way. Each claim is tested by every model "
        "with every choice of data: the declared exclusions, none, completed sessions only, without answers "
        f"before {FAST_MS:g} ms or after {SLOW_MS / 1000:g} s; ratings also by an ordinal model, and claims "
        "about all exposures at some of them only. *Agree* means the same verdict as the analysis that was "
        "declared, before the correction for several claims. The analyses share their data: their number "
        "says nothing about how sure a result is, only how little it hangs on one choice. A *t* test of "
        "participants' means and a model of intercepts only take these pictures for all there are; their "
        "intervals are too short for conclusions about other pictures."
    )


def _summary(found: Multiverse, inputs: Inputs) -> Table:
    rows = [
        {
            "id": one.claim,
            "claim": _claim(one.claim, inputs),
            "verdict": one.verdict.value,
            "n": len(one.table),
            "n_possible": len(one.possible),
            "share": one.share_agreeing,
            "smallest": one.possible["estimate"].min(),
            "largest": one.possible["estimate"].max(),
            "unit": one.unit,
        }
        for one in found.claims
    ]
    columns = (
        Column("claim", "Claim"),
        Column("verdict", "Verdict, uncorrected"),
        Column("n", "Analyses", "count"),
        Column("n_possible", "Possible", "count"),
        Column("share", "Agree (% of those possible)", "percent", digits=0),
        Column("smallest", "Smallest estimate", "signed"),
        Column("largest", "Largest estimate", "signed"),
        Column("unit", "Unit"),
    )
    return Table("choices", "How many analyses come to the same verdict.", pd.DataFrame(rows), columns)


def _figures(found: Multiverse, inputs: Inputs) -> list[Figure]:
    """The primary claims in sight, or the first one where there is none; all others on demand."""
    drawn = [one for one in found.claims if len(one.possible)]
    first = [one.claim for one in drawn if one.claim in inputs.protocol.analysis.primary]
    first = first or [one.claim for one in drawn[:1]]
    drawn.sort(key=lambda one: one.claim not in first)
    return [_figure(one, inputs, folded=one.claim not in first) for one in drawn]


def _figure(one: ClaimMultiverse, inputs: Inputs, *, folded: bool) -> Figure:
    margin = inputs.protocol.analysis.smallest_effect if one.claim in _IN_POINTS else None
    shaded = "" if margin is None else f" The band holds differences below ±{margin:g} points."
    caption = (
        f"{_claim(one.claim, inputs)}: every analysis with its {level_words(inputs.level)} interval, "
        "the smallest estimate first; below, what was chosen in each. Hollow: another verdict than the "
        f"declared analysis.{shaded}"
    )
    svg = specification_curve(one, level=inputs.level, smallest_effect=margin)
    return Figure(f"choices-{one.claim}", caption, svg, one.table, folded=folded, wide=True)


def _impossible(found: Multiverse, inputs: Inputs) -> list[Part]:
    rows = [
        {"id": one.claim, "claim": _claim(one.claim, inputs), "reason": reason, "n": n}
        for one in found.claims
        for reason, n in one.reasons.items()
    ]
    if not rows:
        return [Paragraph("No analysis was impossible.", "note")]
    columns = (Column("claim", "Claim"), Column("reason", "Why"), Column("n", "Analyses", "count"))
    caption = "Analyses that are impossible."
    return [Table("choices-impossible", caption, pd.DataFrame(rows), columns, folded=True)]


def _exclusions(found: Multiverse, inputs: Inputs) -> Table:
    data = found.exclusions.assign(
        claim_words=[_claim(claim, inputs) for claim in found.exclusions["claim"]],
        rules_words=[_rules(rules) for rules in found.exclusions["rules"]],
    )
    columns = (
        Column("claim_words", "Claim"),
        Column("rules_words", "Exclusions"),
        Column("estimate", "Estimate", "signed", interval=("low", "high")),
        Column("unit", "Unit"),
        Column("p", "p, uncorrected", "p"),
        Column("verdict", "Verdict, uncorrected"),
        Column("n_participants", "Participants", "count"),
        Column("n_trials", "Answers", "count"),
    )
    caption = "The declared model with the declared exclusions, with none, and leaving out each rule in turn."
    return Table("choices-exclusions", caption, data, columns, folded=True)


def _rules(rules: str) -> str:
    if rules.startswith("without "):
        name = RULE_WORDS[rules.removeprefix("without ")]
        return f"Without the rule “{name}”"
    return {"declared": "As declared", "none": "None"}[rules]


def _claim(claim: str, inputs: Inputs) -> str:
    text = CLAIM_TEXTS[claim].format(made=made_faces(inputs.protocol.stimulus_kind))
    return text[0].upper() + text[1:]


def _sentence(found: Multiverse, inputs: Inputs) -> str:
    """Claims on which all analyses agree together, the others with how many do."""
    made = made_faces(inputs.protocol.stimulus_kind)
    agreed, rest = [], []
    for one in found.claims:
        n, n_agreeing = (
            len(one.possible),
            round(one.share_agreeing * len(one.possible)) if one.table.size else 0,
        )
        claim = f"that {CLAIM_TEXTS[one.claim].format(made=made)}"
        if n and n_agreeing == n:
            agreed.append(f"{claim} ({n} analyses)")
        elif n:
            rest.append(f"{claim} by {n_agreeing} of {n} analyses")
    sentences = []
    if agreed:
        sentences.append(
            "Every reasonable analysis of these claims came to the verdict of the declared one: "
            f"{'; '.join(agreed)}."
        )
    if rest:
        sentences.append(f"The verdict of the declared analysis was reached on the claim {'; '.join(rest)}.")
    return " ".join(sentences)

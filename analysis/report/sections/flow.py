"""Who and what was left out: rule by rule, drawn, and every main result with and without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from analysis import figures
from analysis.exclusions import Exclusions
from analysis.report.content import Column, Figure, Paragraph, Part, Section, Table, estimate_table
from analysis.report.inputs import Inputs
from analysis.report.rounding import count
from analysis.results import MainResults, main_results
from analysis.wording import RULE_WORDS, exclusion_words

_DECLARED = (
    "max_failed_checks",
    "min_share_answered",
    "constant_responder",
    "interrupted",
    "not_presented_as_planned",
    "presentation_unclear",
    "min_rt_ms",
)
#: what the comparison lists: part of the results, name with unit, the estimate
_COMPARED: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("trust", "Trust difference (points)", lambda one: one.overall.difference),
    ("trust", "Trust trend (points per doubling)", lambda one: one.trend),
    ("detection", "Sensitivity d′, pooled (z)", lambda one: one.overall.d_prime),
    ("detection", "Sensitivity d′, mean of participants (z)", lambda one: one.overall.mean_d_prime),
    ("detection", "Gain in d′, longest minus shortest (z)", lambda one: one.gain),
    ("detection", "Side bias c (z, positive: right)", lambda one: one.overall.side_bias),
    ("detection", "Correct (share, 0 to 1)", lambda one: one.overall.share_correct),
    ("faces", "Single faces: sensitivity d′, pooled (z)", lambda one: one.overall.d_prime),
    ("faces", "Single faces: d′, mean of participants (z)", lambda one: one.overall.mean_d_prime),
    ("faces", "Single faces: criterion c (z, positive: reluctant)", lambda one: one.overall.criterion),
    ("confidence", "Type-2 area (0 to 1)", lambda one: one.type2_auc),
)


def section(inputs: Inputs) -> Section:
    rules = (
        "The rules were chosen by whoever read the table."
        if inputs.dataset.provenance.collected_elsewhere
        else "The rules were declared in the protocol before any data."
    )
    parts: list[Part] = [
        _flow_figure(inputs.exclusions),
        Paragraph(f"{rules} Each removed row is counted once, under the first rule that caught it.", "note"),
    ]
    if len(concerned := _concerned(inputs.exclusions)):
        parts.append(concerned_table(concerned))
    parts.append(_rules_table(inputs))
    compared = comparison(
        main_results(inputs.kept, inputs.seed, inputs.n_resamples),
        main_results(inputs.everything, inputs.seed, inputs.n_resamples),
    )
    if len(compared):
        parts.append(_comparison_table(compared))
    return Section("flow", "Who and what was left out", tuple(parts), results=(_sentence(inputs),))


def exclusions_words(inputs: Inputs) -> str:
    """What the declared rules left out, in one sentence without its full stop."""
    table = inputs.exclusions.table.set_index("rule")
    declared = table.loc[[rule for rule in _DECLARED if rule in table.index]]
    people, trials = int(declared["n_participants"].sum()), int(declared["n_trials"].sum())
    if not people and not trials:
        return "No participant and no trial was excluded by the declared rules"
    n_all, n_trials = len(inputs.everything.participants), len(inputs.everything.trials)
    lost = f"{count(trials)} of {count(n_trials)} answered trials"
    if not people:
        return f"The declared rules excluded no participant and {lost}"
    return (
        f"The declared rules excluded {count(people)} of {count(n_all)} participants, and {lost}, those of "
        "the excluded participants among them"
    )


def _sentence(inputs: Inputs) -> str:
    return (
        f"{exclusions_words(inputs)}, leaving {count(len(inputs.kept.participants))} participants and "
        f"{count(len(inputs.kept.trials))} trials."
    )


def _flow_figure(exclusions: Exclusions) -> Figure:
    steps = pd.DataFrame(
        [
            {
                "rule": step.rule,
                "n_participants_left": step.n_participants,
                "n_trials_left": step.n_trials,
                "n_ratings_left": step.n_ratings,
            }
            for step in exclusions.flow
        ]
    )
    caption = "Trials left after each step, from everything in the export to what is analysed."
    return Figure("flow", caption, figures.flow_figure(exclusions.flow, RULE_WORDS), steps)


def _rules_table(inputs: Inputs) -> Table:
    meaning = exclusion_words(inputs.protocol.exclusions)
    applied = inputs.exclusions.table
    recorded = inputs.exclusions.flow[0]
    first = {
        "rule": "recorded",
        "n_participants": recorded.n_participants,
        "n_trials": recorded.n_trials,
        "n_ratings": recorded.n_ratings,
    }
    last = {
        "rule": "analysed",
        "n_participants": len(inputs.kept.participants),
        "n_trials": len(inputs.kept.trials),
        "n_ratings": len(inputs.kept.ratings),
    }
    off = [rule for rule in _DECLARED if rule not in set(applied["rule"])]
    rows = [
        first,
        *applied.drop(columns="who").assign(n_concerned=applied["who"].map(len)).to_dict("records"),
    ]
    rows += [{"rule": rule, "meaning": "Off: not declared in the protocol"} for rule in off] + [last]
    data = pd.DataFrame(rows)
    data["name"] = [RULE_WORDS.get(rule, "Analysed") for rule in data["rule"]]
    told = data.get("meaning", pd.Series(index=data.index, dtype=object))
    data["meaning"] = told.fillna(data["rule"].map(meaning)).fillna("")
    columns = (
        Column("name", "Rule"),
        Column("n_participants", "Participants", "count"),
        Column("n_trials", "Trials", "count"),
        Column("n_ratings", "Ratings", "count"),
        Column("n_concerned", "People concerned", "count"),
        Column("unit", "Removes"),
        Column("meaning", "Meaning"),
    )
    caption = "What each rule removed, in the order applied. The first line is everything in the export."
    return Table("exclusions", caption, data, columns, last_is_total=True)


def _concerned(exclusions: Exclusions) -> pd.DataFrame:
    rows = [
        {"rule": line["rule"], "name": RULE_WORDS[line["rule"]], "unit": line["unit"], "participant": who}
        for line in exclusions.table.to_dict("records")
        if line["rule"] in _DECLARED
        for who in line["who"]
    ]
    return pd.DataFrame(rows)


def concerned_table(concerned: pd.DataFrame) -> Table:
    """Every participant whom a declared rule concerned, with the rule."""
    columns = (
        Column("participant", "Participant", "code"),
        Column("name", "Rule"),
        Column("unit", "Removed: this participant, or some trials"),
    )
    return Table(
        "participants-concerned",
        "Participants concerned by each declared rule.",
        concerned[["participant", "rule", "name", "unit"]],
        columns,
        folded=True,
    )


def comparison(kept: MainResults, everything: MainResults) -> pd.DataFrame:
    """Every main result twice: columns of ``estimate_table`` with a suffix for each set of rows."""
    rows = []
    for part, name, pick in _COMPARED:
        both = [
            None if getattr(one, part) is None else pick(getattr(one, part)) for one in (kept, everything)
        ]
        if any(one is not None for one in both):
            row: dict[str, Any] = {"result": name}
            for suffix, one in zip(("with", "without"), both, strict=True):
                if one is not None:
                    line = estimate_table([({}, one)]).iloc[0].to_dict()
                    row |= {f"{key}_{suffix}": value for key, value in line.items()}
            rows.append(row)
    data = pd.DataFrame(rows)
    for suffix in ("with", "without") if rows else ():
        for name in ("estimate", "low", "high", "n_trials"):
            if f"{name}_{suffix}" not in data:
                data[f"{name}_{suffix}"] = float("nan")
    return data


def _comparison_table(data: pd.DataFrame) -> Table:
    columns = (
        Column("result", "Result"),
        Column("estimate_with", "With exclusions", "number", interval=("low_with", "high_with")),
        Column("n_trials_with", "Trials", "count"),
        Column("estimate_without", "Without", "number", interval=("low_without", "high_without")),
        Column("n_trials_without", "Trials", "count"),
    )
    caption = "Every main result with and without the declared exclusions."
    return Table("with-and-without-exclusions", caption, data, columns)

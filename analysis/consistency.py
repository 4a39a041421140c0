"""What the tables of an export say about each other: identifiers, origins, answers, hashes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from analysis.pairs import TRIAL_KEY
from analysis.problems import Problem
from analysis.protocol import Protocol, Question
from analysis.timing import MEASURED

_AGAIN = "export the study again; if the problem stays, report it with this message"


def inconsistencies(
    tables: Mapping[str, pd.DataFrame],
    files: Mapping[str, str],
    protocol: Protocol,
    protocol_hashes: Collection[str],
) -> Iterator[Problem]:
    """Every contradiction within and between the tables that could be read."""
    yield from _repeated_row_ids(tables, files)
    yield from _other_protocols(tables, files, protocol_hashes)
    yield from _unknown_identifiers(tables, files)
    if "trials" in tables:
        yield from _impossible_trials(tables["trials"], files["trials"])
    if "trials" in tables and "stimuli" in tables:
        yield from _wrong_origins(tables["trials"], tables["stimuli"], files["trials"])
    if "ratings" in tables:
        yield from _repeated(tables["ratings"], [*TRIAL_KEY, "question", "target"], files["ratings"])
        yield from _impossible_answers(tables["ratings"], files["ratings"], protocol)
    if "ratings" in tables and "trials" in tables:
        yield from _ratings_without_trial(tables["ratings"], tables["trials"], files["ratings"])


def _at(
    table: pd.DataFrame, wrong: Any, file: str, column: str, expected: str, found: str | None = None
) -> Iterator[Problem]:
    rows = np.flatnonzero(np.asarray(wrong, dtype=bool))
    if len(rows):
        value = table[column].iloc[int(rows[0])]
        shown = found or _shown(value)
        yield Problem(
            file, expected, shown, _AGAIN, column=column, row=int(rows[0]) + 2, n_more=len(rows) - 1
        )


def _shown(value: Any) -> str:
    if pd.isna(value):
        return "nothing"
    return f"{value:g}" if isinstance(value, float) else repr(value)


def _repeated_row_ids(tables: Mapping[str, pd.DataFrame], files: Mapping[str, str]) -> Iterator[Problem]:
    seen: set[Any] = set()
    for name, table in tables.items():
        ids = table["row_id"]
        repeated = (ids.duplicated() | ids.isin(seen)) & ids.notna()
        yield from _at(table, repeated, files[name], "row_id", "a row_id that occurs once in the export")
        seen.update(ids.dropna())


def _other_protocols(
    tables: Mapping[str, pd.DataFrame], files: Mapping[str, str], protocol_hashes: Collection[str]
) -> Iterator[Problem]:
    """Rows of a protocol that is none of the export's own versions."""
    known = ", ".join(f"{digest[:12]}…" for digest in sorted(protocol_hashes))
    one = len(protocol_hashes) == 1
    expected = f"{'the protocol hash' if one else 'one of the protocol hashes'} of datapackage.json, {known}"
    for name, table in tables.items():
        other = table["protocol_hash"].notna() & ~table["protocol_hash"].isin(list(protocol_hashes))
        yield from _at(table, other, files[name], "protocol_hash", expected)


def _unknown_identifiers(tables: Mapping[str, pd.DataFrame], files: Mapping[str, str]) -> Iterator[Problem]:
    keys = (("participant", "participants"), ("stimulus", "stimuli"))
    for column, home in keys:
        if home in tables:
            yield from _repeated(tables[home], [column], files[home])
    leads = (
        ("trials", "participant", "participants"),
        ("ratings", "participant", "participants"),
        ("events", "participant", "participants"),
        ("trials", "left", "stimuli"),
        ("trials", "right", "stimuli"),
        ("ratings", "stimulus", "stimuli"),
    )
    for name, column, home in leads:
        if name in tables and home in tables:
            known = tables[home]["participant" if home == "participants" else "stimulus"]
            unknown = tables[name][column].notna() & ~tables[name][column].isin(known)
            expected = f"a {column if home == 'participants' else 'stimulus'} listed in the {home} table"
            yield from _at(tables[name], unknown, files[name], column, expected)


def _repeated(table: pd.DataFrame, key: list[str], file: str) -> Iterator[Problem]:
    column = key[-1] if len(key) < 4 else "question"
    what = " and ".join([", ".join(key[:-1]), key[-1]]) if len(key) > 1 else key[0]
    expected = f"each {what} once"
    repeated = table.duplicated(key) & table[key].notna().all(axis=1)
    if repeated.any():
        first = table.loc[repeated, key].iloc[0]
        found = "a second row for " + ", ".join(
            str(int(value) if isinstance(value, float) else value) for value in first
        )
        yield from _at(table, repeated, file, column, expected, found)


def _impossible_trials(trials: pd.DataFrame, file: str) -> Iterator[Problem]:
    yield from _repeated(trials, TRIAL_KEY, file)
    one_sided = (trials["layout"] == "pair") & trials["right"].isna()
    yield from _at(trials, one_sided, file, "right", "a right-hand picture in a pair")
    unnamed = (trials["layout"] == "pair") & (trials["trial_kind"] != "filler") & trials["pair"].isna()
    yield from _at(trials, unnamed, file, "pair", "the name of the pair")
    silent = (trials["status"] == "answered") & trials["evidence"].isna()
    yield from _at(trials, silent, file, "evidence", "the kind of evidence of an answered trial")
    backwards = trials["offset_ms"] < trials["onset_ms"]
    yield from _at(trials, backwards, file, "offset_ms", "an offset after the onset")
    measured = trials["evidence"].isin(MEASURED) & (trials["status"] == "answered")
    uncounted = measured & trials["exposure_ms"].notna() & trials["shown_frames"].isna()
    yield from _at(trials, uncounted, file, "shown_frames", "a count of frames where there is evidence")


def _wrong_origins(trials: pd.DataFrame, stimuli: pd.DataFrame, file: str) -> Iterator[Problem]:
    origins = stimuli.drop_duplicates("stimulus").set_index("stimulus")["origin"]
    for side in ("left", "right"):
        expected = trials[side].map(origins)
        wrong = expected.notna() & (trials[f"{side}_origin"] != expected)
        text = f"the origin of the {side}-hand picture as in the stimuli table"
        yield from _at(trials, wrong, file, f"{side}_origin", text)


def _impossible_answers(ratings: pd.DataFrame, file: str, protocol: Protocol) -> Iterator[Problem]:
    questions = protocol.questions(practice=True)
    unknown = ratings["question"].notna() & ~ratings["question"].isin(list(questions))
    yield from _at(ratings, unknown, file, "question", "a question of the protocol")
    # The same question may stand in several blocks with other faces, steps or answers.
    for block in protocol.blocks:
        for question in block.questions:
            asked = (ratings["block"] == block.name) & (ratings["question"] == question.id)
            yield from _impossible_answers_to(ratings, asked, file, question)
            targets = block.targets(question)
            elsewhere = asked & ~ratings["target"].isin(targets)
            yield from _at(ratings, elsewhere, file, "target", f"{' or '.join(targets)} for {question.id}")


def _impossible_answers_to(
    ratings: pd.DataFrame, asked: Any, file: str, question: Question
) -> Iterator[Problem]:
    if question.kind == "scale":
        yield from _off_scale(ratings, asked, file, question)
    elif question.kind in ("side", "origin"):
        sides = ["left", "right", *(["both", "neither"] if question.both_neither else [])]
        answers = ["real", "ai"] if question.kind == "origin" else sides
        other = asked & ~ratings["value"].isin(answers)
        yield from _at(ratings, other, file, "value", f"{' or '.join(answers)} as answer to {question.id}")


def _off_scale(ratings: pd.DataFrame, asked: Any, file: str, question: Question) -> Iterator[Problem]:
    low, high = question.minimum, question.maximum
    number = ratings["value_number"]
    answered = asked & (ratings["value"].notna() if question.optional else True)
    if low is not None and high is not None:
        outside = answered & ~number.between(low, high)
        text = f"an answer to {question.id} from {low:g} to {high:g}"
        yield from _at(ratings, outside, file, "value_number", text)
    written = pd.to_numeric(ratings["value"].where(asked), errors="coerce")
    differs = asked & number.notna() & (written != number)
    yield from _at(ratings, differs, file, "value", "the same number as in value_number")


def _ratings_without_trial(ratings: pd.DataFrame, trials: pd.DataFrame, file: str) -> Iterator[Problem]:
    known = pd.MultiIndex.from_frame(trials[TRIAL_KEY])
    keys = pd.MultiIndex.from_frame(ratings[TRIAL_KEY])
    orphan = ~keys.isin(known)
    yield from _at(ratings, orphan, file, "position", "a position planned for this participant and session")
    status = trials.drop_duplicates(TRIAL_KEY).set_index(TRIAL_KEY)["status"].reindex(keys)
    early = (status == "planned").to_numpy()
    yield from _at(
        ratings, early, file, "position", "no rating of a trial that was never answered", "a rating of one"
    )

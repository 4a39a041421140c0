"""What the tables of an export say about each other: identifiers, origins, answers, hashes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.util import hash_array

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
) -> list[Problem]:
    """Every contradiction within and between the tables that could be read.

    Text columns are categories, row_id excepted, so that each question is asked of the distinct values and
    answered for millions of rows.
    """
    repeated = list(_repeated_row_ids(tables, files))
    return repeated + list(_other_contradictions(tables, files, protocol, protocol_hashes))


def _other_contradictions(
    tables: Mapping[str, pd.DataFrame],
    files: Mapping[str, str],
    protocol: Protocol,
    protocol_hashes: Collection[str],
) -> Iterator[Problem]:
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
    if _all_differ([table["row_id"] for table in tables.values()]):
        return
    seen: set[Any] = set()
    for name, table in tables.items():
        ids = table["row_id"]
        repeated = (ids.duplicated() | ids.isin(seen)) & ids.notna()
        yield from _at(table, repeated, files[name], "row_id", "a row_id that occurs once in the export")
        seen.update(ids.dropna())


def _all_differ(columns: Sequence[pd.Series[Any]]) -> bool:
    """Whether no text occurs twice; now and then False although none does."""
    hashes = [hash_array(_texts(column.dropna()), categorize=False) for column in columns]
    ordered = np.sort(np.concatenate(hashes)) if hashes else np.empty(0)
    return bool((ordered[1:] != ordered[:-1]).all())


def _other_protocols(
    tables: Mapping[str, pd.DataFrame], files: Mapping[str, str], protocol_hashes: Collection[str]
) -> Iterator[Problem]:
    """Rows of a protocol that is none of the export's own versions."""
    known = ", ".join(f"{digest[:12]}…" for digest in sorted(protocol_hashes))
    one = len(protocol_hashes) == 1
    expected = f"{'the protocol hash' if one else 'one of the protocol hashes'} of datapackage.json, {known}"
    for name, table in tables.items():
        other = ~_among(table["protocol_hash"], protocol_hashes, missing=True)
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
            known = _distinct(tables[home]["participant" if home == "participants" else "stimulus"])
            unknown = ~_among(tables[name][column], set(known), missing=True)
            expected = f"a {column if home == 'participants' else 'stimulus'} listed in the {home} table"
            yield from _at(tables[name], unknown, files[name], column, expected)


def _repeated(table: pd.DataFrame, key: list[str], file: str) -> Iterator[Problem]:
    column = key[-1] if len(key) < 4 else "question"
    what = " and ".join([", ".join(key[:-1]), key[-1]]) if len(key) > 1 else key[0]
    expected = f"each {what} once"
    if pd.Index(_keys(key, table)[0]).is_unique:
        return
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
    measured = _among(trials["evidence"], MEASURED) & (trials["status"] == "answered")
    uncounted = measured & trials["exposure_ms"].notna() & trials["shown_frames"].isna()
    yield from _at(trials, uncounted, file, "shown_frames", "a count of frames where there is evidence")


def _wrong_origins(trials: pd.DataFrame, stimuli: pd.DataFrame, file: str) -> Iterator[Problem]:
    origins = dict(zip(*(_texts(stimuli[column]) for column in ("stimulus", "origin")), strict=True))
    for side in ("left", "right"):
        expected = _looked_up(trials[side], origins)
        wrong = pd.notna(expected) & (_texts(trials[f"{side}_origin"]) != expected)
        text = f"the origin of the {side}-hand picture as in the stimuli table"
        yield from _at(trials, wrong, file, f"{side}_origin", text)


def _among(column: pd.Series[Any], values: Collection[str], *, missing: bool = False) -> NDArray[np.bool_]:
    """Whether each text is one of the values; ``missing`` is what to say of a missing one."""
    found = [category in values for category in column.cat.categories]
    return np.array([*found, missing])[column.cat.codes.to_numpy()]


def _texts(column: pd.Series[Any]) -> NDArray[np.object_]:
    return np.asarray(column, dtype=object)


def _distinct(column: pd.Series[Any]) -> NDArray[np.object_]:
    return _texts(column.dropna().drop_duplicates())


def _looked_up(column: pd.Series[Any], values: Mapping[Any, Any]) -> NDArray[np.object_]:
    """For each category what it leads to; missing where that is nothing."""
    found = [values.get(category, np.nan) for category in column.cat.categories]
    # A missing category has the code -1, which is the last place of the list.
    return np.array([*found, np.nan], dtype=object)[column.cat.codes.to_numpy()]


def _impossible_answers(ratings: pd.DataFrame, file: str, protocol: Protocol) -> Iterator[Problem]:
    questions = protocol.questions(practice=True)
    unknown = ~_among(ratings["question"], questions, missing=True)
    yield from _at(ratings, unknown, file, "question", "a question of the protocol")
    written = _as_numbers(ratings["value"])
    # The same question may stand in several blocks with other faces, steps or answers.
    for block in protocol.blocks:
        for question in block.questions:
            asked = (ratings["block"] == block.name) & (ratings["question"] == question.id)
            yield from _impossible_answers_to(ratings, asked, file, question, written)
            targets = block.targets(question)
            elsewhere = asked & ~_among(ratings["target"], targets)
            yield from _at(ratings, elsewhere, file, "target", f"{' or '.join(targets)} for {question.id}")


def _impossible_answers_to(
    ratings: pd.DataFrame, asked: Any, file: str, question: Question, written: NDArray[np.float64]
) -> Iterator[Problem]:
    if question.kind == "scale":
        yield from _off_scale(ratings, asked, file, question, written)
    elif question.kind in ("side", "origin"):
        sides = ["left", "right", *(["both", "neither"] if question.both_neither else [])]
        answers = ["real", "ai"] if question.kind == "origin" else sides
        other = asked & ~_among(ratings["value"], answers)
        yield from _at(ratings, other, file, "value", f"{' or '.join(answers)} as answer to {question.id}")


def _as_numbers(column: pd.Series[Any]) -> NDArray[np.float64]:
    """Each text as a number; NaN where it is none."""
    texts: pd.Series[Any] = pd.Series(column.cat.categories)
    numbers = pd.to_numeric(texts, errors="coerce")
    return np.append(numbers.to_numpy(dtype=float), np.nan)[column.cat.codes.to_numpy()]


def _off_scale(
    ratings: pd.DataFrame, asked: Any, file: str, question: Question, written: NDArray[np.float64]
) -> Iterator[Problem]:
    low, high = question.minimum, question.maximum
    number = ratings["value_number"]
    answered = asked & (ratings["value"].notna() if question.optional else True)
    if low is not None and high is not None:
        outside = answered & ~number.between(low, high)
        text = f"an answer to {question.id} from {low:g} to {high:g}"
        yield from _at(ratings, outside, file, "value_number", text)
    differs = asked & number.notna() & (written != number)
    yield from _at(ratings, differs, file, "value", "the same number as in value_number")


def _ratings_without_trial(ratings: pd.DataFrame, trials: pd.DataFrame, file: str) -> Iterator[Problem]:
    planned, rated = _keys(TRIAL_KEY, trials, ratings)
    places = pd.Index(planned)
    first = ~places.duplicated() if not places.is_unique else np.ones(len(places), dtype=bool)
    trial = places[first].get_indexer(pd.Index(rated))
    orphan = (trial < 0) | (rated < 0)
    yield from _at(ratings, orphan, file, "position", "a position planned for this participant and session")
    never = np.append((trials["status"] == "planned").to_numpy()[first], False)
    yield from _at(
        ratings,
        ~orphan & never[trial],
        file,
        "position",
        "no rating of a trial that was never answered",
        "a rating of one",
    )


def _keys(columns: Sequence[str], one: pd.DataFrame, *others: pd.DataFrame) -> list[NDArray[np.int64]]:
    """A number for each row of each table: equal where all the columns are equal.

    It is below 0 where a value is missing, or is none of the first table's.
    """
    tables = (one, *others)
    keys = [np.zeros(len(table), dtype=np.int64) for table in tables]
    unknown = [np.zeros(len(table), dtype=bool) for table in tables]
    n_before = 1
    for column in columns:
        codes, n_codes = _codes(*(table[column] for table in tables))
        if n_before * n_codes > np.iinfo(np.int64).max:
            known = pd.Index(keys[0]).drop_duplicates()
            keys, n_before = [known.get_indexer(pd.Index(key)).astype(np.int64) for key in keys], len(known)
            unknown = [missing | (key < 0) for missing, key in zip(unknown, keys, strict=True)]
        for key, code, missing in zip(keys, codes, unknown, strict=True):
            key *= n_codes
            key += code
            missing |= code < 0
        n_before *= n_codes
    for key, missing in zip(keys, unknown, strict=True):
        rows = np.flatnonzero(missing)
        key[rows] = -1 - rows
    return keys


def _codes(one: pd.Series[Any], *others: pd.Series[Any]) -> tuple[list[NDArray[np.int64]], int]:
    """The place of each value among those of the first column, -1 where it has none; how many places."""
    columns = (one, *others)
    if isinstance(one.dtype, pd.CategoricalDtype):
        known = one.cat.categories
        places = [np.append(known.get_indexer(column.cat.categories), -1) for column in columns]
        codes = [place[column.cat.codes.to_numpy()] for place, column in zip(places, columns, strict=True)]
        return codes, max(len(known), 1)
    known = pd.Index(one.dropna().unique())
    return [known.get_indexer(pd.Index(column)) for column in columns], max(len(known), 1)

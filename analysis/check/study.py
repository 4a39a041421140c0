"""What an export says of itself holds: protocol, texts, counts, plans, answers, chains, no identifiers."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.check.contents import RESTORE, Contents
from analysis.check.rule import Rule
from analysis.problems import Problem
from analysis.protocol import PROTOCOL_FILE
from analysis.provenance import PACKAGE

STUDY_FILE = "protocol/study.toml"
_SHA256 = re.compile(r"[0-9a-f]{64}")
#: Columns by which recruiters, and people, could be told.
IDENTIFIERS = re.compile(
    r"prolific\w*|pid|study_id|session_id|worker_?id|assignment_?id|hit_?id|sona\w*|survey_?code|ip|ip_address|"
    r"e_?mail\w*|phone|name|first_name|last_name|user_agent|withdrawal_code\w*|picture",
    re.IGNORECASE,
)
#: What recruiters call people: Prolific (24 hexadecimal digits), Mechanical Turk, an address.
_PERSON = re.compile(r"[0-9a-f]{24}|A[0-9A-Z]{11,20}|[^@\s]+@[^@\s]+\.[^@\s]+")


def _other_study_file(contents: Contents) -> Iterator[Problem]:
    frozen = _json(contents, PROTOCOL_FILE)
    if STUDY_FILE not in contents.files:
        yield Problem(STUDY_FILE, "the study as its researcher wrote it", "no such file", RESTORE)
        return
    try:
        written = tomllib.loads(contents.text(STUDY_FILE))
    except tomllib.TOMLDecodeError as error:
        yield Problem(STUDY_FILE, "TOML", str(error), RESTORE)
        return
    for key, said, kept in _differences(written, frozen, ""):
        expected = f"{key} as in {PROTOCOL_FILE}, {_short(kept)}"
        yield Problem(STUDY_FILE, expected, _short(said), RESTORE)


def _differences(written: Any, frozen: Any, key: str) -> Iterator[tuple[str, Any, Any]]:
    """What the study file states otherwise than the frozen protocol, which also has what it leaves open."""
    if isinstance(written, Mapping) and isinstance(frozen, Mapping):
        for name, value in written.items():
            below = f"{key}.{name}" if key else name
            if name not in frozen:
                yield below, value, None
            elif below != "stimulus_set":  # a path there, the hash of the set here
                yield from _differences(value, frozen[name], below)
    elif isinstance(written, list) and isinstance(frozen, list) and len(written) == len(frozen):
        for place, (one, other) in enumerate(zip(written, frozen, strict=True), start=1):
            yield from _differences(one, other, f"{key}[{place}]")
    elif _plain(written) != _plain(frozen):
        yield key, written, frozen


def _plain(value: Any) -> Any:
    """A value whatever way it is written: dates as text, unlimited as nothing."""
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, str):
        return None if value == "unlimited" else value.strip()
    if isinstance(value, bool):
        return str(value).lower()
    return value


def _short(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _other_texts(contents: Contents) -> Iterator[Problem]:
    for place in _protocol_folders(contents):
        sums = _json(contents, f"{place}/protocol.json").get("texts_sha256")
        for name, digest in (sums if isinstance(sums, Mapping) else {}).items():
            file = f"{place}/{_inside(name)}"
            if file not in contents.files:
                yield Problem(file, "a text of the study", "no such file", RESTORE)
            elif hashlib.sha256((contents.folder / file).read_bytes()).hexdigest() != digest:
                yield Problem(file, f"the text whose sha256 {place}/protocol.json states", "another", RESTORE)


def _protocol_folders(contents: Contents) -> list[str]:
    found = [
        PurePosixPath(name).parent.as_posix() for name in contents.files if name.endswith("/protocol.json")
    ]
    return [name for name in found if name == "protocol" or name.startswith("protocol/versions/")]


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    return f"texts/{path.name}" if path.is_absolute() or ".." in path.parts else path.as_posix()


def _other_names(contents: Contents) -> Iterator[Problem]:
    slug = contents.examined.protocol.slug
    for key, value in (
        ("facevalue.study", contents.facts.get("study")),
        ("name", contents.package.get("name")),
    ):
        if slug and value != slug:
            yield Problem(PACKAGE, f"{slug} under {key}, as in {PROTOCOL_FILE}", repr(value), RESTORE)
    for table, values in contents.examined.tables.items():
        other = np.asarray(values["study"].notna() & (values["study"] != slug))
        yield from _at(contents, table, "study", other, f"the study of {PROTOCOL_FILE}, {slug}")


def _other_counts(contents: Contents) -> Iterator[Problem]:
    counts = contents.facts.get("counts")
    for table, values in contents.examined.tables.items():
        stated = counts.get(table) if isinstance(counts, Mapping) else None
        if stated != len(values):
            file = contents.examined.files[table]
            expected = f"{stated} rows, as facevalue.counts in {PACKAGE} states"
            yield Problem(file, expected, f"{len(values)}", RESTORE)
    stated = contents.facts.get("participants_by_status")
    people = contents.examined.tables.get("participants")
    if isinstance(stated, Mapping) and people is not None:
        found = {str(status): int(n) for status, n in people["status"].value_counts().items() if n}
        if found != dict(stated):
            expected = (
                f"{_listed(found)} under facevalue.participants_by_status, as in the participants table"
            )
            yield Problem(PACKAGE, expected, _listed(stated), RESTORE)


def _listed(counts: Mapping[str, Any]) -> str:
    return ", ".join(f"{n} {status}" for status, n in sorted(counts.items())) or "nobody"


def _unknown_sessions(contents: Contents) -> Iterator[Problem]:
    people = contents.examined.tables.get("participants")
    if people is None:
        return
    owner = dict(zip(_texts(people["session"]), _texts(people["participant"]), strict=True))
    for table in ("trials", "ratings", "events"):
        values = contents.examined.tables.get(table)
        if values is None:
            continue
        expected = _looked_up(values["session"], owner)
        unknown = np.asarray(values["session"].notna()) & pd.isna(expected)
        yield from _at(contents, table, "session", unknown, "a session listed in the participants table")
        other = ~pd.isna(expected) & (expected != _texts(values["participant"]))
        yield from _at(contents, table, "participant", other, "the participant whose session it is")


def _other_plans(contents: Contents) -> Iterator[Problem]:
    people, trials = (contents.examined.tables.get(name) for name in ("participants", "trials"))
    if people is None or trials is None:
        return
    known = trials[trials["session"].notna() & trials["position"].notna()]
    by_session = known.groupby(known["session"].astype(object))
    counted = pd.DataFrame(
        {
            "n_planned": by_session.size(),
            "n_answered": (known["status"] == "answered").groupby(known["session"].astype(object)).sum(),
            "last": by_session["position"].max(),
        }
    ).reindex(_texts(people["session"]), fill_value=0)
    for column, what in (("n_planned", "trials"), ("n_answered", "answered trials")):
        given = people[column].to_numpy()
        wrong = ~np.isnan(given) & (given != counted[column].to_numpy())
        yield from _at(contents, "participants", column, wrong, f"the number of {what} in the trials table")
    gap = people["n_planned"].notna().to_numpy() & (counted["last"] != counted["n_planned"]).to_numpy()
    expected = "trials at every position from 1 to the last"
    yield from _at(contents, "participants", "n_planned", gap, expected, found="a position without one")


def _other_trials(contents: Contents) -> Iterator[Problem]:
    ratings, trials = (contents.examined.tables.get(name) for name in ("ratings", "trials"))
    if ratings is None or trials is None:
        return
    key = ["session", "position"]
    if trials.duplicated(key).any() or trials[key].isna().any(axis=None):
        return  # a finding of its own
    numbers = [_numbers(table, trials) for table in (trials, ratings)]
    place = pd.Index(numbers[0]).get_indexer(pd.Index(numbers[1]))
    known = (place >= 0) & (numbers[1] >= 0)
    for column in ("block", "pair", "practice", "cell", "namespace"):
        belongs = np.append(_texts(trials[column]), np.nan)[place]
        other = known & ~_alike(belongs, _texts(ratings[column]))
        yield from _at(contents, "ratings", column, other, f"the {column} of its trial")
    rated = _texts(ratings["target"])
    stimulus = np.full(len(ratings), np.nan, dtype=object)
    for targets, side in ((("left", "face"), "left"), (("right",), "right")):
        chosen = np.isin(rated.astype(str), targets)
        stimulus[chosen] = np.append(_texts(trials[side]), np.nan)[place][chosen]
    other = known & ~_alike(stimulus, _texts(ratings["stimulus"]))
    yield from _at(contents, "ratings", "stimulus", other, "the picture at that side of its trial")


def _numbers(table: pd.DataFrame, trials: pd.DataFrame) -> NDArray[np.int64]:
    """A number for session and position of each row; below 0 where the session has no trial."""
    known = trials["session"].cat.categories
    places = np.append(known.get_indexer(table["session"].cat.categories), -1)
    session = places[table["session"].cat.codes.to_numpy()].astype(np.int64)
    last = int(trials["position"].max()) + 1 if len(trials) else 1
    position = table["position"].fillna(-1).clip(-1, last).to_numpy().astype(np.int64)
    return np.where((session < 0) | (position < 0), -1, session * (last + 1) + position)


def _alike(one: NDArray[np.object_], other: NDArray[np.object_]) -> NDArray[np.bool_]:
    missing, both = pd.isna(one), pd.isna(other)
    same = np.zeros(len(one), dtype=bool)
    given = ~missing & ~both
    same[given] = one[given] == other[given]
    return same | (missing & both)


def _shuffled(contents: Contents) -> Iterator[Problem]:
    people = contents.examined.tables.get("participants")
    if people is None:
        return
    order = {session: float(place) for place, session in enumerate(_texts(people["session"]))}
    for table, columns in (("trials", ("position",)), ("ratings", ("position", "order"))):
        values = contents.examined.tables.get(table)
        if values is None or not len(values):
            continue
        keys = [
            _looked_up(values["session"], order).astype(float),
            *(values[name].to_numpy() for name in columns),
        ]
        expected = f"rows in the order of session, {', '.join(columns)}"
        yield from _at(contents, table, "row_id", _falls(keys), expected, found="a row out of order")


def _falls(keys: list[NDArray[np.float64]]) -> NDArray[np.bool_]:
    """Which rows come before the one above them."""
    falls, equal = np.zeros(len(keys[0]), dtype=bool), np.ones(len(keys[0]), dtype=bool)
    for key in keys:
        step = np.diff(key, prepend=key[:1])
        falls |= equal & (step < 0)
        equal &= step == 0
    return falls


def _badly_shaped_chains(contents: Contents) -> Iterator[Problem]:
    register = contents.facts.get("register")
    if isinstance(register, Mapping) and not _SHA256.fullmatch(str(register.get("head") or "0" * 64)):
        yield Problem(PACKAGE, "a sha256 under facevalue.register.head", repr(register.get("head")), RESTORE)
    people = contents.examined.tables.get("participants")
    if people is None:
        return
    heads, lengths = people["chain_head"], people["chain_length"]
    misshapen = np.array([not _SHA256.fullmatch(text) for text in heads.cat.categories] + [False])
    wrong = misshapen[heads.cat.codes.to_numpy()]
    yield from _at(contents, "participants", "chain_head", wrong, "a sha256, 64 hexadecimal digits")
    alone = np.asarray(heads.isna() != (lengths.fillna(0) == 0))
    yield from _at(
        contents, "participants", "chain_length", alone, "a length where there is a head, and no other"
    )


def _identifiers(contents: Contents) -> Iterator[Problem]:
    remedy = "take it out: nothing by which a recruiter knows a person belongs into an export"
    for file, header in contents.headers.items():
        # What the manifest of a stimulus set says is about pictures.
        for column in header if file != contents.examined.files.get("stimuli") else ():
            if IDENTIFIERS.fullmatch(column):
                yield Problem(file, "no identifiers of people", "a column of them", remedy, column=column)
    for table in ("participants", "trials", "ratings", "events"):
        values = contents.examined.tables.get(table)
        for column in ("participant", "session", "recruiter"):
            if values is not None and column in values:
                known = np.array(
                    [bool(_PERSON.fullmatch(text)) for text in values[column].cat.categories] + [False]
                )
                wrong = known[values[column].cat.codes.to_numpy()]
                expected = "a random identifier of facevalue's own"
                yield from _at(contents, table, column, wrong, expected, remedy=remedy)


def _at(
    contents: Contents,
    table: str,
    column: str,
    wrong: NDArray[np.bool_],
    expected: str,
    *,
    found: str | None = None,
    remedy: str = RESTORE,
) -> Iterator[Problem]:
    rows = np.flatnonzero(wrong)
    if len(rows):
        first, n_more = int(rows[0]), len(rows) - 1
        value = contents.examined.tables[table][column].iloc[first]
        shown = "nothing" if pd.isna(value) else f"{value:g}" if isinstance(value, float) else repr(value)
        file = contents.examined.files[table]
        yield Problem(file, expected, found or shown, remedy, column=column, row=first + 2, n_more=n_more)


def _texts(column: pd.Series[Any]) -> NDArray[np.object_]:
    return np.asarray(column, dtype=object)


def _looked_up(column: pd.Series[Any], values: Mapping[Any, Any]) -> NDArray[np.object_]:
    found = [values.get(category, np.nan) for category in column.cat.categories]
    return np.array([*found, np.nan], dtype=object)[column.cat.codes.to_numpy()]


def _json(contents: Contents, name: str) -> Mapping[str, Any]:
    try:
        found = json.loads(contents.text(name))
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}


RULES = (
    Rule(
        "STUDY_FILE_DIFFERS",
        "error",
        "study.toml states nothing else than the frozen protocol.",
        _other_study_file,
    ),
    Rule("TEXT_DIFFERS", "error", "Texts have the sha256 that the frozen protocol states.", _other_texts),
    Rule("STUDY_DIFFERS", "error", "Package, protocol and rows name the same study.", _other_names),
    Rule("COUNT_DIFFERS", "error", "There are as many rows, and people by status, as stated.", _other_counts),
    Rule("SESSION_UNKNOWN", "error", "Sessions are those of the participants.", _unknown_sessions),
    Rule("PLAN_DIFFERS", "error", "Everybody has one row for each planned trial.", _other_plans),
    Rule("TRIAL_DIFFERS", "error", "Ratings say of their trial what the trial says.", _other_trials),
    Rule("ROWS_SHUFFLED", "warning", "Rows are in the order of sessions and positions.", _shuffled),
    Rule("CHAIN_MISSHAPEN", "error", "Chain heads are a sha256 with a length.", _badly_shaped_chains),
    Rule("IDENTIFIER", "error", "Nothing by which recruiters know people is in it.", _identifiers),
)

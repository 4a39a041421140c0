"""Lay out a table of answers collected elsewhere as the tables of an export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from analysis.columns import TIME_DTYPE
from analysis.foreign_arguments import Around, Asked, Face, FacePair
from analysis.foreign_columns import ForeignColumns
from analysis.problems import TableError
from analysis.protocol import AnalysisPlan, Block, ExclusionRules, Protocol, Question
from analysis.provenance import Provenance
from analysis.schema import LABELS, ORIGINS, TABLES, Kind

BLOCK: Final = "all"
#: As in the study files of this platform; points on a scale from 1 to 7.
DEFAULT_PLAN = AnalysisPlan(smallest_effect=0.2, alpha=0.05, primary=())
NO_RULES = ExclusionRules()
_DTYPES: dict[Kind, Any] = {
    "string": object,
    "integer": float,
    "number": float,
    "boolean": "boolean",
    "datetime": TIME_DTYPE,
}


def lay_out(
    table: pd.DataFrame,
    *,
    name: str,
    participant: str,
    shown: Face | FacePair,
    asked: Asked,
    around: Around,
    plan: AnalysisPlan,
    exclusions: ExclusionRules,
) -> tuple[dict[str, pd.DataFrame], Protocol, Provenance]:
    """The five tables, protocol and provenance of a table; ``TableError`` with everything that is wrong."""
    columns = ForeignColumns(table, name)
    trials = _trials(columns, participant, shown, around)
    ratings = _ratings(columns, trials, shown, asked)
    answered = trials["row_id"].isin(ratings["trial"])
    trials["status"] = np.where(answered, "answered", "planned")
    participants = _participants(columns, trials, around)
    stimuli = _stimuli(columns, trials, shown, around)
    if columns.problems:
        raise TableError(name, tuple(columns.problems))
    if not len(columns):
        raise ValueError(f"{name}: expected at least one row, found none")
    rows = {"trials": trials, "ratings": ratings, "participants": participants, "stimuli": stimuli}
    tables = {each: _complete(each, rows.get(each, pd.DataFrame()), name) for each in TABLES}
    return tables, _protocol(name, shown, asked, tables, plan, exclusions), _provenance(name)


def _trials(
    columns: ForeignColumns, participant: str, shown: Face | FacePair, around: Around
) -> pd.DataFrame:
    people = columns.texts("participant", participant)
    if around.position is None:
        position = (people.groupby(people).cumcount() + 1).astype(float)
    else:
        position = columns.numbers("position", around.position, minimum=1, required=True)
        keys = pd.DataFrame({"participant": people, "position": position})
        columns.not_twice("position of a participant", keys, around.position)
    rows: dict[str, Any] = {
        "row_id": people.astype(str) + "-" + position.map("{:g}".format),
        "participant": people,
        "session": people,
        "position": position,
        "block": BLOCK,
        "practice": False,
        "trial_kind": "target",
        "layout": "single" if isinstance(shown, Face) else "pair",
        **(_face(columns, shown) if isinstance(shown, Face) else _pair(columns, shown)),
    }
    if around.cell is not None:
        rows["cell"] = columns.texts("cell", around.cell, required=False)
    if around.exposure_ms is not None:
        rows["exposure_ms"] = columns.numbers("exposure_ms", around.exposure_ms, positive=True)
    if around.asked_answer is not None:
        answers = LABELS if isinstance(shown, Face) else ("left", "right")
        wanted = columns.words("asked_answer", around.asked_answer, answers, required=False)
        rows["asked_answer"] = wanted
        rows["trial_kind"] = np.where(wanted.notna(), "check", "target")
    return pd.DataFrame(rows, index=columns.table.index)


def _face(columns: ForeignColumns, shown: Face) -> dict[str, Any]:
    stimulus = columns.texts("stimulus", shown.stimulus)
    origin = columns.words("origin", shown.origin, ORIGINS)
    # A face that belongs to no pair is drawn on its own by the bootstrap.
    pair = stimulus if shown.pair is None else columns.texts("pair", shown.pair)
    return {"pair": pair, "left": stimulus, "left_origin": origin}


def _pair(columns: ForeignColumns, shown: FacePair) -> dict[str, Any]:
    pair = columns.texts("pair", shown.pair)
    if shown.made_side is not None:
        made_left = columns.words("made_side", shown.made_side, ("left", "right")) == "left"
        left_origin = pd.Series(np.where(made_left, "ai", "real"), index=pair.index, dtype=object)
        right_origin = pd.Series(np.where(made_left, "real", "ai"), index=pair.index, dtype=object)
        left, right = pair.astype(str) + " " + left_origin, pair.astype(str) + " " + right_origin
    else:
        left, right = (columns.texts(side, getattr(shown, side) or side) for side in ("left", "right"))
        left_origin, right_origin = (
            columns.words(argument, getattr(shown, argument), ORIGINS)
            for argument in ("left_origin", "right_origin")
        )
    return {
        "pair": pair,
        "left": left,
        "right": right,
        "left_origin": left_origin,
        "right_origin": right_origin,
    }


def _ratings(
    columns: ForeignColumns, trials: pd.DataFrame, shown: Face | FacePair, asked: Asked
) -> pd.DataFrame:
    """One row per answer that was given."""
    whole = "face" if isinstance(shown, Face) else "pair"
    times = _times(columns, asked)
    parts = []
    if asked.detect is not None:
        allowed = LABELS if whole == "face" else ("left", "right")
        said = columns.words("detect", asked.detect, allowed, required=False)
        parts.append(_answers(trials, "detect", whole, said, times))
    if asked.confidence is not None:
        sure = columns.numbers("confidence", asked.confidence)
        parts.append(_answers(trials, "confidence", whole, sure))
    for question, source in asked.ratings.items():
        timed = times if asked.detect is None else None
        for target, values in _by_target(columns, trials, question, source, whole):
            parts.append(_answers(trials, question, target, values, timed))
    return pd.concat(parts, ignore_index=True)


def _times(columns: ForeignColumns, asked: Asked) -> pd.Series[Any] | None:
    if asked.rt_s is not None:
        return 1000 * columns.numbers("rt_s", asked.rt_s, minimum=0)
    return None if asked.rt_ms is None else columns.numbers("rt_ms", asked.rt_ms, minimum=0)


def _by_target(
    columns: ForeignColumns,
    trials: pd.DataFrame,
    question: str,
    source: str | Mapping[str, str],
    whole: str,
) -> list[tuple[str, pd.Series[Any]]]:
    """A question's ratings by what they are about; those told by origin are put on their sides."""
    argument = f"ratings[{question!r}]"
    if isinstance(source, str):
        return [(whole, columns.numbers(argument, source))]
    if whole == "pair" and set(source) == {"left", "right"}:
        return [(side, columns.numbers(argument, source[side])) for side in ("left", "right")]
    if whole == "pair" and set(source) == {"real", "ai"}:
        values = {origin: columns.numbers(argument, source[origin]) for origin in ("real", "ai")}
        return [
            (side, values["real"].where(trials[f"{side}_origin"] == "real", values["ai"]))
            for side in ("left", "right")
        ]
    keys = ", ".join(sorted(source))
    raise ValueError(
        f"{argument}: expected a column, or of a pair the columns of left and right or of real and ai; "
        f"found columns of {keys}"
    )


def _answers(
    trials: pd.DataFrame,
    question: str,
    target: str,
    values: pd.Series[Any],
    times: pd.Series[Any] | None = None,
) -> pd.DataFrame:
    given = values.notna()
    number = pd.api.types.is_numeric_dtype(values)
    picture = {"left": "left", "right": "right", "face": "left"}.get(target)
    answers = trials.loc[
        given, ["row_id", "participant", "session", "position", "block", "practice", "pair"]
    ].rename(columns={"row_id": "trial"})
    return answers.assign(
        row_id=answers["trial"] + f"-{question}-{target}",
        cell=trials.get("cell"),
        target=target,
        stimulus=np.nan if picture is None else trials[picture],
        question=question,
        value=values.map("{:g}".format) if number else values,
        value_number=values if number else np.nan,
        rt_ms=np.nan if times is None else times,
    )


def _participants(columns: ForeignColumns, trials: pd.DataFrame, around: Around) -> pd.DataFrame:
    people = trials["participant"]
    told = _told(columns, people, "participant", "about_participant", around.about_participant)
    if around.cell is not None:
        columns.one_each("participant", people, trials["cell"], around.cell)
        told["cell"] = trials["cell"]
    table = pd.DataFrame({"participant": people, **told})
    first = table.groupby("participant", sort=False).first()
    planned = people.groupby(people).size()
    answered = (trials["status"] == "answered").groupby(people).sum()
    return first.assign(n_planned=planned, n_answered=answered, status="completed").reset_index()


def _stimuli(
    columns: ForeignColumns, trials: pd.DataFrame, shown: Face | FacePair, around: Around
) -> pd.DataFrame:
    if isinstance(shown, FacePair) and around.about_stimulus:
        raise ValueError("about_stimulus: a row about a pair has two pictures; this is for single faces")
    source = shown.origin if isinstance(shown, Face) else (shown.left_origin or shown.made_side)
    origin_column = source if isinstance(source, str) else source.column if source else ""
    sides = ["left"] if isinstance(shown, Face) else ["left", "right"]
    told = _told(columns, trials["left"], "stimulus", "about_stimulus", around.about_stimulus)
    parts = [
        pd.DataFrame(
            {"stimulus": trials[side], "origin": trials[f"{side}_origin"], "pair": trials["pair"], **told}
        )
        for side in sides
    ]
    for part in parts:
        columns.one_each("stimulus", part["stimulus"], part["origin"], origin_column)
    return pd.concat(parts).groupby("stimulus", sort=False).first().reset_index()


def _told(
    columns: ForeignColumns, keys: pd.Series[Any], what: str, argument: str, names: Sequence[str]
) -> dict[str, Any]:
    """Columns about participants or pictures, each of which has to have one value for each of them."""
    told: dict[str, Any] = {}
    for name in names:
        values = columns.texts(argument, name, required=False)
        if name in columns.table and pd.api.types.is_numeric_dtype(columns.table[name]):
            values = columns.table[name]
        columns.one_each(what, keys, values, name)
        told[name] = values
    return told


def _complete(table: str, rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """The rows with every column of the schema, in its order; what was not told is missing."""
    rows = rows.assign(study=name, protocol_hash="").drop(columns="trial", errors="ignore")
    if table in ("trials", "ratings", "participants"):
        rows = rows.assign(namespace="live", session=rows["participant"])
    if "row_id" not in rows:
        rows["row_id"] = [f"{table}-{number}" for number in range(1, len(rows) + 1)]
    known = {
        column.name: rows[column.name].astype(_DTYPES[column.kind])
        if column.name in rows
        else pd.Series(None, index=rows.index, dtype=_DTYPES[column.kind])
        for column in TABLES[table]
    }
    texts = [column.name for column in TABLES[table] if column.kind == "string"]
    filled = {
        key: values.where(values.notna(), np.nan) if key in texts else values for key, values in known.items()
    }
    more = {key: rows[key] for key in rows.columns if key not in known}
    return pd.DataFrame({**filled, **more}).reset_index(drop=True)


def _protocol(
    name: str,
    shown: Face | FacePair,
    asked: Asked,
    tables: Mapping[str, pd.DataFrame],
    plan: AnalysisPlan,
    exclusions: ExclusionRules,
) -> Protocol:
    trials, ratings = tables["trials"], tables["ratings"]
    single = isinstance(shown, Face)
    questions = []
    if asked.detect is not None:
        questions.append(_question("detect", "origin" if single else "side", "pair"))
    scales = [*(["confidence"] if asked.confidence else []), *asked.ratings]
    for question in scales:
        values = ratings.loc[ratings["question"] == question, "value_number"]
        each = isinstance(asked.ratings.get(question), Mapping)
        questions.append(_question(question, "scale", "each" if each else "pair", values))
    exposures = sorted(trials["exposure_ms"].unique(), key=lambda ms: np.inf if np.isnan(ms) else ms)
    block = Block(
        name=BLOCK,
        layout="single" if single else "pair",
        practice=False,
        exposures_ms=tuple(None if np.isnan(ms) else float(ms) for ms in exposures),
        fixation_ms=None,
        mask_ms=None,
        gap_ms=None,
        questions=tuple(questions),
    )
    edited = (tables["stimuli"]["origin"] == "edited").any()
    return Protocol(name, name, None, "edited" if edited else "ai", "", (block,), plan, exclusions)


def _question(name: str, kind: str, target: str, values: pd.Series[Any] | None = None) -> Question:
    """A question with the range of its answers, as far as they show it."""
    known = values is not None and len(values) > 0
    low, high = (float(values.min()), float(values.max())) if known and values is not None else (None, None)
    return Question(name, kind, target, name, low, high, optional=True)


def _provenance(name: str) -> Provenance:
    return Provenance(study=name, title=name, protocol_hash="", exported_at="", software={}, file_sha256={})

"""A BIDS dataset of its own inside the export: behaviour without neural recordings.

A file per participant, ``sub-LABEL/beh/sub-LABEL_task-LABEL_beh.tsv``, one row per planned trial with the
answers beside it. It is a ``_beh.tsv`` and no ``_events.tsv``: those need an onset on one clock for every
row, while a page that was reloaded has a new clock and a trial that was never shown has none. Columns are
described once, at the root, for all participants (Brain Imaging Data Structure 1.10.0, behavioral
experiments; tabular files; inheritance principle).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from study.codebook import Column, TableBook
from study.export.formats.dictionary import anchors, answers_in_words
from study.export.formats.written import BesideParticipants, Row, Value, as_text, rows_of
from study.frozen import frozen
from study.protocol import Item, Question, Questionnaire, StudyProtocol

if TYPE_CHECKING:
    from study.export.describing import Contents

BIDS_VERSION = "1.10.0"
MISSING = "n/a"

Described = dict[str, Any]

#: What is the same in every row of a participant's file; participants.tsv tells it.
_OF_PARTICIPANT = ("participant", "session", "study", "protocol_hash", "namespace", "cell", "list")
_RATED = ("position", "target", "question", "value", "rt_ms")
_RENAMED = {"trial_kind": "trial_type"}
_TARGETS = {
    "left": "of the face on the left",
    "right": "of the face on the right",
    "pair": "of the pair as a whole",
    "face": "of the single face",
}


def write(folder: Path, contents: Contents) -> None:
    """Write bids/: description, participants, questionnaires, stimuli, and everybody's trials."""
    target = folder / "bids"
    target.mkdir()
    books = {book.name: book for book in contents.books}
    protocol = contents.extract.protocol
    task = contents.extract.study.slug.replace("-", "")
    _write_json(target / "dataset_description.json", _description(contents))
    (target / "README.md").write_text(_readme(contents, task), encoding="utf-8")
    _write_participants(folder, target, books["participants"])
    for questionnaire in protocol.questionnaires:
        _write_questionnaire(folder, target, books["participants"], questionnaire, protocol)
    _write_stimuli(folder, target, books["stimuli"])
    _write_json(target / f"task-{task}_beh.json", _of_task(contents, books["trials"]))
    _write_trials(folder, target, books["trials"], protocol, task)


def _description(contents: Contents) -> Described:
    return {
        "Name": contents.title,
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "raw",
        "Keywords": ["face perception", "AI-generated faces", "signal detection", "trust"],
        "GeneratedBy": [
            {
                "Name": "facevalue",
                "Version": contents.software["facevalue"],
                "Description": "Exported from the database of the study, nothing scored or left out.",
            }
        ],
    }


def _readme(contents: Contents, task: str) -> str:
    return f"""# {contents.title}

Behaviour in the study `{contents.extract.study.slug}`, protocol hash \
`{contents.extract.study.current.protocol_hash}`, without neural recordings.

- `participants.tsv`: everybody who consented. Who never came to a trial has a file without rows.
- `sub-LABEL/beh/sub-LABEL_task-{task}_beh.tsv`: one row per planned trial, answered or not, practice \
included, with every answer and its response time in columns. `task-{task}_beh.json` describes them all.
- `phenotype/`: the questionnaires.
- `stimuli/stimuli.tsv`: what is known of each picture. The pictures themselves are not part of an export.

Columns have the names and meanings of the export this folder lies in, but `trial_type`, which is called \
`trial_kind` there. Line breaks and tabs in texts are blanks here.
"""


# ---- tables ----


def _write_participants(folder: Path, target: Path, book: TableBook) -> None:
    columns = [c for c in book.columns if c.name not in ("row_id", "participant") and not _is_item(c)]
    _write_people(folder, target / "participants.tsv", [column.name for column in columns])
    told = {"participant_id": _PERSON} | {column.name: _described(column) for column in columns}
    _write_json(target / "participants.json", told)


def _write_questionnaire(
    folder: Path, target: Path, book: TableBook, questionnaire: Questionnaire, protocol: StudyProtocol
) -> None:
    """A questionnaire under phenotype/, with a row for everybody."""
    place = target / "phenotype"
    place.mkdir(exist_ok=True)
    known = {column.name: column for column in book.columns}
    items = {f"q_{item.id}": item for item in questionnaire.items if f"q_{item.id}" in known}
    _write_people(folder, place / f"{questionnaire.name}.tsv", list(items))
    words = questionnaire.title or f"Questionnaire {questionnaire.name} of the study {protocol.title}"
    tool: Described = {"MeasurementToolMetadata": {"Description": words}, "participant_id": _PERSON}
    for name, item in items.items():
        tool[name] = _described(known[name])
        if item.kind == "likert":
            tool[name]["Levels"] = _steps(item)
    _write_json(place / f"{questionnaire.name}.json", tool)


def _write_people(folder: Path, file: Path, columns: Sequence[str]) -> None:
    people = rows_of(folder, "participants", ("participant", *columns))
    named = ((_label(person[0]), *person[1:]) for person in people)
    _write_tsv(file, ("participant_id", *columns), named)


def _write_stimuli(folder: Path, target: Path, book: TableBook) -> None:
    columns = [column for column in book.columns if column.name not in ("row_id", "study", "protocol_hash")]
    place = target / "stimuli"
    place.mkdir()
    names = [column.name for column in columns]
    _write_tsv(place / "stimuli.tsv", names, rows_of(folder, "stimuli", names))
    _write_json(place / "stimuli.json", {column.name: _described(column) for column in columns})


def _write_trials(folder: Path, target: Path, book: TableBook, protocol: StudyProtocol, task: str) -> None:
    facts = [column.name for column in _trial_columns(book)]
    asked = _asked(protocol)
    header = [
        *(_RENAMED.get(name, name) for name in facts),
        *(n for name in asked for n in (name, _time(name))),
    ]
    trials = BesideParticipants(folder, "trials", facts)
    ratings = BesideParticipants(folder, "ratings", _RATED)
    for participant, session in rows_of(folder, "participants", ("participant", "session")):
        label = _label(participant)
        place = target / label / "beh"
        place.mkdir(parents=True)
        rows = _with_answers(trials.of(str(session)), ratings.of(str(session)), facts, asked)
        _write_tsv(place / f"{label}_task-{task}_beh.tsv", header, rows)


def _with_answers(
    trials: Sequence[Row], ratings: Sequence[Row], facts: Sequence[str], asked: Iterable[str]
) -> Iterator[Row]:
    given: dict[tuple[Value, str], tuple[Value, Value]] = {
        (position, f"{question}_{target}"): (value, rt_ms)
        for position, target, question, value, rt_ms in ratings
    }
    position = facts.index("position")
    for trial in trials:
        answers = (given.get((trial[position], name), (None, None)) for name in asked)
        yield (*trial, *(value for answer in answers for value in answer))


# ---- descriptions ----

_PERSON: Described = {"Description": "Random identifier of the participant, after sub-."}


def _of_task(contents: Contents, book: TableBook) -> Described:
    """task-LABEL_beh.json: the task, and every column of everybody's trials."""
    protocol = contents.extract.protocol
    texts = frozen(contents.extract.study.current)
    told: Described = {
        "TaskName": contents.extract.study.slug.replace("-", ""),
        "TaskDescription": (
            "Timed presentations of real and AI-made or edited faces, in pairs or alone, each followed by "
            "the questions of its block."
        ),
        "Instructions": texts.text(protocol.texts.instructions, protocol.languages[0]),
    }
    told |= {_RENAMED.get(c.name, c.name): _described(c) for c in _trial_columns(book)}
    for name, described in _asked(protocol).items():
        told[name] = described
        told[_time(name)] = {
            "Description": f"Response time of {name}: key or pointer going down, minus the onset frame.",
            "Units": "ms",
        }
    return told


def _asked(protocol: StudyProtocol) -> dict[str, Described]:
    """Every question with what it is asked of, as QUESTION_TARGET: its words, and every answer it can have.

    Blocks may ask a question of the same name in other words or with other answers.
    """
    told: dict[str, Described] = {}
    for block in protocol.blocks:
        for question in block.questions:
            for target in block.targets(question):
                column = told.setdefault(f"{question.id}_{target}", {"Description": ""})
                words = f"Answer {_TARGETS[target]}: {question.text}"
                if question.kind == "choices":
                    several = _several(words, [(option.code, option.label) for option in question.options])
                    words, column["Delimiter"] = several["Description"], several["Delimiter"]
                elif answers := _answers(question):
                    column["Levels"] = column.get("Levels", {}) | answers
                if words not in column["Description"]:
                    column["Description"] += f" / {words}" if column["Description"] else words
    return told


def _several(words: str, codes: Iterable[tuple[str, str]]) -> Described:
    """A column whose values are several codes: as Levels validators would look for their combinations."""
    known = "; ".join(f"{code}: {label}" for code, label in codes)
    return {"Description": f"{words} Any of {known}.", "Delimiter": ";"}


def _answers(question: Question) -> dict[str, str]:
    if question.kind == "scale":
        return _steps(question)
    return {answer: answer for answer in question.answers} | dict(answers_in_words(question))


def _steps(scale: Item | Question) -> dict[str, str]:
    """Every step of a scale; those without words are their own. Levels must name every value there can be."""
    low, high = scale.minimum, scale.maximum
    if low is None or high is None:
        return {}
    return {str(step): str(step) for step in range(low, high + 1)} | dict(anchors(scale))


def _time(name: str) -> str:
    return f"{name}_rt_ms"


def _trial_columns(book: TableBook) -> list[Column]:
    return [column for column in book.columns if column.name not in ("row_id", *_OF_PARTICIPANT)]


def _described(column: Column) -> Described:
    told: Described = {"Description": column.description}
    if column.unit:
        told["Units"] = column.unit
    if column.several:
        told |= _several(column.description, column.values)
    elif column.values:
        told["Levels"] = dict(column.values)
    elif column.kind == "boolean":
        told["Levels"] = {"true": "yes", "false": "no"}
    return told


def _is_item(column: Column) -> bool:
    return column.name.startswith("q_")


# ---- files ----


def _label(participant: Value) -> str:
    return f"sub-{participant}"


def _write_tsv(file: Path, header: Sequence[str], rows: Iterable[Row]) -> None:
    """Tabs, a header, n/a where a value is missing; nothing is quoted, so texts hold no tab or line break."""
    with file.open("w", encoding="utf-8", newline="") as out:
        out.write("\t".join(header) + "\n")
        out.writelines("\t".join(map(_cell, row)) + "\n" for row in rows)


def _cell(value: Value) -> str:
    return " ".join(as_text(value).replace("\t", " ").splitlines()).strip() or MISSING


def _write_json(file: Path, content: Mapping[str, Any]) -> None:
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

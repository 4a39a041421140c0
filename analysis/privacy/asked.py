"""What people were asked: which columns hold free text, which describe the person, which are numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.dataset import Dataset
from analysis.protocol import PROTOCOL_FILE
from analysis.provenance import PACKAGE
from analysis.schema import TABLES

#: Items of these kinds are taken to describe the person, unless the researcher says otherwise.
DESCRIBING = ("choice", "number")
#: A text item named like one of these describes the person too: "q_country", typed rather than chosen.
_DESCRIBING_NAMES = re.compile(
    r"(?:^|_)(?:age|sex|gender|country|nation|nationality|ethnicity|ethnic|race|occupation|job|profession|city"
    r"|town|region|state|postcode|zip|education|religion|birth|birthday|year_of_birth|native|mother_tongue)(?:_|$)"
)


@dataclass(frozen=True)
class Asked:
    """A questionnaire item, or another further column, as it stands in the participants table."""

    column: str
    kind: str
    words: str
    codes: tuple[str, ...] = ()

    @property
    def describes_a_person(self) -> bool:
        """Whether others may know the answer: chosen, counted, or typed under a telling name."""
        named = _DESCRIBING_NAMES.search(self.column.removeprefix("q_"))
        return self.kind in DESCRIBING or (self.kind == "text" and named is not None)


@dataclass(frozen=True)
class TextQuestion:
    """A question of a block that is answered in words, or by codes that other words may stand among."""

    block: str
    question: str
    codes: tuple[str, ...] = ()


def asked_items(folder: Path, dataset: Dataset) -> tuple[Asked, ...]:
    """The further columns of participants: by the frozen protocol, else by the codebook."""
    protocol = {item.column: item for item in _protocol_items(_json(folder, PROTOCOL_FILE))}
    fields = _fields(_json(folder, PACKAGE), "participants")
    own = {column.name for column in TABLES["participants"]}
    further = [str(name) for name in dataset.participants.columns if name not in own]
    return tuple(protocol.get(name) or _by_codebook(name, fields.get(name, {})) for name in further)


def text_questions(folder: Path) -> tuple[TextQuestion, ...]:
    """Questions of blocks answered in free text, and those of several choices with their codes."""
    found = []
    for block in _json(folder, PROTOCOL_FILE).get("blocks", []):
        for question in block.get("questions", []):
            if question.get("kind") in ("text", "choices"):
                codes = tuple(str(option.get("code")) for option in question.get("options") or [])
                if question["kind"] == "text" or codes:
                    found.append(TextQuestion(str(block["name"]), str(question["id"]), codes))
    return tuple(found)


def further_columns(dataset: Dataset, table: str) -> list[str]:
    """Columns of a table that no export has to have, and that hold text."""
    frame: pd.DataFrame = getattr(dataset, table)
    own = {column.name for column in TABLES[table]}
    return [str(name) for name in frame.columns if name not in own and _is_text(frame[name])]


def persons(dataset: Dataset) -> pd.DataFrame:
    """The participants who are people; all of them where there are only robots, as a rehearsal."""
    frame = dataset.participants
    real = frame[frame["namespace"].astype(object) != "robot"]
    return frame if real.empty else real


def _is_text(values: pd.Series) -> bool:
    return not (
        pd.api.types.is_numeric_dtype(values)
        or pd.api.types.is_bool_dtype(values)
        or pd.api.types.is_datetime64_any_dtype(values)
    )


def _protocol_items(protocol: Mapping[str, Any]) -> Iterator[Asked]:
    for questionnaire in protocol.get("questionnaires") or []:
        for item in questionnaire.get("items", []):
            codes = tuple(str(option.get("code")) for option in item.get("options") or [])
            yield Asked(f"q_{item['id']}", str(item["kind"]), str(item.get("text", "")), codes)


def _by_codebook(name: str, field: Mapping[str, Any]) -> Asked:
    codes = tuple(str(entry.get("value")) for entry in field.get("categories") or [])
    kinds = {"integer": "number", "number": "number", "boolean": "choice"}
    kind = "choice" if codes else kinds.get(str(field.get("type")), "text")
    return Asked(name, kind, str(field.get("description", "")), codes)


def _fields(package: Mapping[str, Any], table: str) -> dict[str, Mapping[str, Any]]:
    for resource in package.get("resources", []):
        if resource.get("name") == table:
            return {str(field["name"]): field for field in resource["schema"]["fields"]}
    return {}


def _json(folder: Path, name: str) -> Mapping[str, Any]:
    content = json.loads((folder / name).read_text(encoding="utf-8"))
    return content if isinstance(content, Mapping) else {}

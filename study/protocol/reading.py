"""Read study.toml and the texts it names; say every problem at once, with its line."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from study.protocol.study_protocol import StudyProtocol
from study.toml_lines import line_of


class ProtocolError(ValueError):
    """A study file that cannot be run as it is; ``problems`` holds one sentence for each fault."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class StudyFile:
    """A study.toml that was read: the protocol, the file's own text, and every Markdown text by path."""

    folder: Path
    toml: str
    protocol: StudyProtocol
    texts: Mapping[str, str]


def read_study(path: Path) -> StudyFile:
    """Read and check a study.toml and the texts it names; raise ProtocolError with all problems."""
    try:
        toml = path.read_text(encoding="utf-8")
        document = tomllib.loads(toml)
    except FileNotFoundError:
        raise ProtocolError(
            [f"{path}: expected a study file, found nothing; give the path of a study.toml"]
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProtocolError([f"{path.name}: not a TOML file ({error}); correct it there"]) from None
    try:
        protocol = StudyProtocol.model_validate(document)
    except ValidationError as error:
        raise ProtocolError(_sentences(error, toml, path.name)) from None
    texts, problems = _read_texts(protocol, path.parent)
    if problems:
        raise ProtocolError([f"{path.name}: {problem}" for problem in problems])
    return StudyFile(folder=path.parent, toml=toml, protocol=protocol, texts=texts)


def _sentences(error: ValidationError, toml: str, file: str) -> list[str]:
    return [_sentence(fault, toml, file) for fault in error.errors(include_url=False)]


def _sentence(fault: Any, toml: str, file: str) -> str:
    place = tuple(part for part in fault["loc"] if not _is_type_tag(part))
    line = line_of(toml, place)
    where = f"{file}, line {line}" if line else file
    name = _dotted(place)
    found = fault.get("input")
    shown = "" if isinstance(found, dict | list) or fault["type"] == "missing" else f", found {found!r}"
    message = fault["msg"].removeprefix("Value error, ")
    remedy = {
        "missing": "; add it",
        "extra_forbidden": "; remove it or correct its name",
    }.get(fault["type"], "")
    return f"{where}: {name}: {message}{shown}{remedy}" if name else f"{where}: {message}{shown}{remedy}"


def _is_type_tag(part: object) -> bool:
    # pydantic names the branch of a union in the path; a reader of the file never wrote it.
    return isinstance(part, str) and (part.startswith(("constrained-", "literal[", "float", "function-")))


def _dotted(place: tuple[int | str, ...]) -> str:
    name = ""
    for part in place:
        name += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if name else part
    return name


def _read_texts(protocol: StudyProtocol, folder: Path) -> tuple[dict[str, str], list[str]]:
    named = [*filter(None, protocol.texts.model_dump().values()), *(block.intro for block in protocol.blocks)]
    texts: dict[str, str] = {}
    problems: list[str] = []
    for name in dict.fromkeys(named):
        file = folder / name
        if not file.resolve().is_relative_to(folder.resolve()):
            problems.append(f"{name}: texts must lie beside the study file; move it there")
        elif not file.is_file():
            problems.append(f"{name}: expected a Markdown file at {file}, found nothing; write it")
        elif not (text := file.read_text(encoding="utf-8")).strip():
            problems.append(f"{name}: expected words, found an empty file; write the text")
        else:
            texts[name] = text
    return texts, problems

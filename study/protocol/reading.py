"""Read study.toml and the words beside it; say every problem at once, with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from study.protocol.fields import read_fields
from study.protocol.finding import Finding, Problem, dotted
from study.protocol.rules import broken_rules
from study.protocol.study_protocol import StudyProtocol
from study.protocol.translations import Translations
from study.protocol.words_beside import read_words_beside, same_words
from study.toml_lines import Place, lines_by_place, nearest_line


class ProtocolError(ValueError):
    """A study file that cannot be run as it is; ``problems`` holds one sentence for each fault."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class StudyFile:
    """A study.toml that was read: the protocol, the file's own text, and its words in all languages.

    ``texts``: every Markdown text by path, those of further languages as texts/consent.de.md.
    ``translations``: words of the protocol in further languages, by language and words in the first one.
    """

    folder: Path
    toml: str
    protocol: StudyProtocol
    texts: Mapping[str, str]
    translations: Translations = field(default_factory=dict)


@dataclass(frozen=True)
class CheckedStudy:
    """What a study file holds and everything that is wrong or doubtful in it.

    ``study`` is None where there are errors. ``protocol`` holds what is right even then, and lacks the rest;
    it is None where the file could not be read at all. ``lines`` tells where each setting is.
    """

    study: StudyFile | None
    problems: tuple[Problem, ...]
    protocol: StudyProtocol | None = None
    lines: Mapping[Place, int] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.severity == "error")


def read_study(path: Path) -> StudyFile:
    """Read a study.toml and the words beside it; raise ProtocolError with all errors, if there is any."""
    checked = check_study(path)
    if checked.study is None:
        raise ProtocolError([str(problem) for problem in checked.errors])
    return checked.study


def check_study(path: Path) -> CheckedStudy:
    """Read a study.toml as far as it can be read, and list all problems of settings, rules, texts, words."""
    toml, document, problem = _read_toml(path)
    if problem:
        return CheckedStudy(None, (problem,))
    lines = lines_by_place(toml)
    protocol, findings = read_fields(document)
    findings += broken_rules(protocol)
    beside = read_words_beside(protocol, path.parent, file=path.name, lines=lines)
    problems = [problem_at(finding, path.name, lines) for finding in findings] + beside.problems
    problems.sort(key=lambda one: (one.severity != "error", one.file != path.name, one.file, one.line or 0))
    sound = not any(one.severity == "error" for one in problems)
    study = StudyFile(path.parent, toml, protocol, beside.texts, beside.translations) if sound else None
    return CheckedStudy(study, tuple(problems), protocol, lines)


def problem_at(finding: Finding, file: str, lines: Mapping[Place, int]) -> Problem:
    """A finding with the line of its setting, or of the table it is missing from."""
    line = nearest_line(lines, finding.place)
    return Problem(finding.severity, file, line, dotted(finding.place), finding.sentence, finding.remedy)


def _read_toml(path: Path) -> tuple[str, dict[str, Any], Problem | None]:
    def broken(line: int | None, sentence: str, remedy: str) -> tuple[str, dict[str, Any], Problem]:
        return "", {}, Problem("error", path.name, line, "", sentence, remedy)

    if not path.is_file():
        return broken(
            None, f"expected a study file at {path}, found nothing", "give the path of a study.toml"
        )
    data = path.read_bytes()
    try:
        toml = same_words(data.decode("utf-8"))
        return toml, tomllib.loads(toml), None
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return broken(line, "expected text in UTF-8, found other bytes", "save the file as UTF-8")
    except tomllib.TOMLDecodeError as error:
        return broken(_line_of_error(str(error), toml), *_toml_sentence(str(error)))


def _line_of_error(message: str, toml: str) -> int:
    found = re.search(r"at line (\d+)", message)
    return int(found[1]) if found else toml.rstrip("\n").count("\n") + 1


def _toml_sentence(message: str) -> tuple[str, str]:
    if message.startswith("Cannot overwrite a value"):
        return "expected each setting once, found one again", "remove one of the two"
    what = re.sub(r" \(at .*\)$", "", message)
    column = re.search(r"column (\d+)", message)
    where = f" at column {column[1]}" if column else ""
    sentence = f"expected TOML, found something else{where} ({what[:1].lower()}{what[1:]})"
    return sentence, "correct the line; often a quote or a bracket is missing"

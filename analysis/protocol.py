"""The frozen protocol of an export: what was shown and asked, and what was decided beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from analysis.declared import Declared, read_declared
from analysis.problems import Problem

PROTOCOL_FILE = "protocol/protocol.json"
_REMEDY = "restore the file from the original export, or export the study again"


@dataclass(frozen=True)
class Question:
    """A question of a block; ``target`` is ``each`` picture or the ``pair`` as a whole."""

    id: str
    kind: str
    target: str
    text: str
    minimum: float | None
    maximum: float | None
    optional: bool
    both_neither: bool = False


@dataclass(frozen=True)
class Block:
    """A block of trials. An exposure of ``None`` is unlimited; without a deadline answers are untimed."""

    name: str
    layout: str
    practice: bool
    exposures_ms: tuple[float | None, ...]
    fixation_ms: float | None
    mask_ms: float | None
    gap_ms: float | None
    questions: tuple[Question, ...]
    answer_deadline_ms: float | None = None

    def targets(self, question: Question) -> tuple[str, ...]:
        """What a question of this block is asked of on each trial."""
        if self.layout == "single":
            return ("face",)
        return ("left", "right") if question.target == "each" else ("pair",)


@dataclass(frozen=True)
class Cell:
    """A between-subject condition, ``weight`` places relative to the others.

    ``disclosure``: none, told, labelled; ``labels`` of a labelled one: true or random. No ``blocks`` means
    all, in the order of the protocol.
    """

    name: str
    disclosure: str
    labels: str
    blocks: tuple[str, ...] = ()
    weight: int = 1

    @property
    def labels_at_random(self) -> bool:
        return self.disclosure == "labelled" and self.labels == "random"


@dataclass(frozen=True)
class AnalysisPlan:
    """Decided before the data: smallest effect (points on the trust scale), alpha, primary claims."""

    smallest_effect: float
    alpha: float
    primary: tuple[str, ...]


@dataclass(frozen=True)
class ExclusionRules:
    """The declared exclusion rules; ``None`` or ``False`` means that the rule is off."""

    min_rt_ms: float | None = None
    constant_responder: bool = False
    not_presented_as_planned: bool = False
    presentation_unclear: bool = False
    interrupted: bool = False
    min_share_answered: float | None = None
    max_failed_checks: int | None = None


@dataclass(frozen=True)
class Protocol:
    """What analysis needs of the frozen protocol."""

    title: str
    slug: str
    seed: int | None
    stimulus_kind: str
    set_sha256: str
    blocks: tuple[Block, ...]
    analysis: AnalysisPlan
    exclusions: ExclusionRules
    declared: Declared = field(default_factory=Declared)
    cells: tuple[Cell, ...] = ()

    def questions(self, *, practice: bool = False) -> dict[str, Question]:
        """The questions asked, by id; those of practice blocks only when ``practice`` is true."""
        return {
            question.id: question
            for block in self.blocks
            if practice or not block.practice
            for question in block.questions
        }


def parse_protocol(data: Mapping[str, Any], problems: list[Problem]) -> Protocol:
    """Type the frozen JSON; everything missing or of the wrong kind is added to ``problems``."""
    top = _Keys(data, "", problems)
    plan, rules, stimulus_set = top.child("analysis"), top.child("exclusions"), top.child("stimulus_set")
    return Protocol(
        title=top.text("title"),
        slug=top.text("slug"),
        seed=top.whole("seed"),
        stimulus_kind=top.text("stimulus_kind", allowed=("ai", "edited")),
        set_sha256=stimulus_set.text("sha256"),
        blocks=tuple(_block(keys) for keys in top.children("blocks")),
        analysis=AnalysisPlan(
            smallest_effect=plan.number("smallest_effect", above=0) or 0.0,
            alpha=plan.number("alpha", above=0, below=1) or 0.05,
            primary=plan.texts("primary"),
        ),
        exclusions=ExclusionRules(
            min_rt_ms=rules.number("min_rt_ms", optional=True),
            constant_responder=rules.flag("constant_responder"),
            not_presented_as_planned=rules.flag("not_presented_as_planned"),
            presentation_unclear=rules.flag("presentation_unclear", default=False),
            interrupted=rules.flag("interrupted"),
            min_share_answered=rules.number("min_share_answered", optional=True),
            max_failed_checks=rules.whole("max_failed_checks"),
        ),
        declared=read_declared(data),
        cells=tuple(_cell(keys) for keys in top.children("cells", optional=True)),
    )


def _cell(keys: _Keys) -> Cell:
    return Cell(
        name=keys.text("name"),
        disclosure=keys.text("disclosure", allowed=("none", "told", "labelled")),
        labels=keys.text("labels", allowed=("true", "random")),
        blocks=keys.texts("blocks", optional=True),
        weight=keys.whole("weight") or 1,
    )


def _block(keys: _Keys) -> Block:
    return Block(
        name=keys.text("name"),
        layout=keys.text("layout", allowed=("pair", "single")),
        practice=keys.flag("practice"),
        exposures_ms=keys.exposures("exposures_ms"),
        fixation_ms=keys.number("fixation_ms", optional=True),
        mask_ms=keys.number("mask_ms", optional=True),
        gap_ms=keys.number("gap_ms", optional=True),
        questions=tuple(_question(question) for question in keys.children("questions")),
        answer_deadline_ms=keys.number("answer_deadline_ms", optional=True),
    )


def _question(keys: _Keys) -> Question:
    return Question(
        id=keys.text("id"),
        kind=keys.text("kind", allowed=("scale", "side", "origin", "choices", "text")),
        target=keys.text("target", allowed=("each", "pair")),
        text=keys.text("text"),
        minimum=keys.number("minimum", optional=True),
        maximum=keys.number("maximum", optional=True),
        optional=keys.flag("optional", default=False),
        both_neither=keys.flag("both_neither", default=False),
    )


class _Keys:
    """Reads typed keys out of JSON and writes down each one that is missing or wrong."""

    def __init__(self, data: Any, path: str, problems: list[Problem]) -> None:
        self._data: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
        self._path = path
        self._problems = problems
        if not isinstance(data, Mapping):
            self._complain(None, "an object", data)

    def text(self, key: str, *, allowed: tuple[str, ...] = ()) -> str:
        value = self._data.get(key)
        if not isinstance(value, str) or (allowed and value not in allowed):
            self._complain(key, " or ".join(map(repr, allowed)) if allowed else "text", value)
            return ""
        return value

    def number(
        self, key: str, *, optional: bool = False, above: float | None = None, below: float | None = None
    ) -> float | None:
        value = self._data.get(key)
        if value is None and optional:
            return None
        if not _is_number(value):
            self._complain(key, "a number", value)
            return None
        if (above is not None and value <= above) or (below is not None and value >= below):
            limits = f"a number above {above}" + (f" and below {below}" if below is not None else "")
            self._complain(key, limits, value)
            return None
        return float(value)

    def whole(self, key: str) -> int | None:
        """An optional whole number, exact however large (a seed may need more digits than a float has)."""
        value = self._data.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
            return value
        self._complain(key, "a whole number of at least 0", value)
        return None

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        value = self._data.get(key, default)
        if value is None and default is not None:
            return default
        if not isinstance(value, bool):
            self._complain(key, "true or false", value)
            return False
        return value

    def texts(self, key: str, *, optional: bool = False) -> tuple[str, ...]:
        value = self._data.get(key)
        if value is None and optional:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self._complain(key, "a list of texts", value)
            return ()
        return tuple(value)

    def exposures(self, key: str) -> tuple[float | None, ...]:
        value = self._data.get(key)
        if not isinstance(value, list) or not all(item is None or _is_number(item) for item in value):
            self._complain(key, "a list of milliseconds (null for unlimited)", value)
            return ()
        return tuple(None if item is None else float(item) for item in value)

    def child(self, key: str) -> _Keys:
        return _Keys(self._data.get(key), self._join(key), self._problems)

    def children(self, key: str, *, optional: bool = False) -> Iterator[_Keys]:
        value = self._data.get(key)
        if value is None and optional:
            return
        if not isinstance(value, list):
            self._complain(key, "a list", value)
            return
        for number, item in enumerate(value, start=1):
            yield _Keys(item, f"{self._join(key)}[{number}]", self._problems)

    def _join(self, key: str | None) -> str:
        return ".".join(part for part in (self._path, key) if part)

    def _complain(self, key: str | None, expected: str, found: Any) -> None:
        shown = "nothing" if found is None else repr(found)
        file = f"{PROTOCOL_FILE}, key {self._join(key)}"
        self._problems.append(Problem(file=file, expected=expected, found=shown, remedy=_REMEDY))


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)

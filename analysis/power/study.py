"""What a power analysis needs of a study that is planned: its study.toml, or its frozen protocol."""

from __future__ import annotations

import csv
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.problems import ExportError, Problem
from analysis.protocol import AnalysisPlan, ExclusionRules

#: Claims whose power can be simulated, with the question they need and its kinds.
CLAIM_QUESTIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "distrust": ("trust", ("scale",)),
    "milliseconds": ("trust", ("scale",)),
    "closer-look": ("detect", ("side", "origin")),
    "detection": ("detect", ("side", "origin")),
}
#: Claims about a rating; the others are about telling real from made.
TRUST_CLAIMS = ("distrust", "milliseconds")
WITHIN_MS = 1000

# What a study file that says nothing about it has; a test holds them equal to those of study.
_DEFAULT_PLAN: Mapping[str, Any] = {
    "smallest_effect": 0.2,
    "alpha": 0.05,
    "primary": ["distrust", "closer-look"],
}
_DEFAULT_RULES: Mapping[str, Any] = {
    "min_rt_ms": 200,
    "constant_responder": True,
    "not_presented_as_planned": True,
    "presentation_unclear": True,
    "interrupted": True,
    "min_share_answered": 0.8,
    "max_failed_checks": None,
}
_REMEDY = "correct it; `facevalue study check` lists everything that is wrong with a study file"


@dataclass(frozen=True)
class AskedTrials:
    """The trials of one person that speak about a claim.

    ``n_trials`` per person. An exposure of ``None`` is unlimited. ``scale``: lowest and highest rating.
    """

    layout: str
    n_trials: int
    exposures_ms: tuple[float | None, ...]
    scale: tuple[int, int]


@dataclass(frozen=True)
class PlannedStudy:
    """A study as far as power depends on it.

    ``target``: completed participants wanted. ``n_pairs``: pairs of the stimulus set that are not for
    practice; ``None`` where the set is not there. ``replaces_careless``: people who fail attention checks
    give their place to others. ``claims``: what can be simulated, by claim.
    """

    title: str
    target: int
    n_pairs: int | None
    plan: AnalysisPlan
    exclusions: ExclusionRules
    replaces_careless: bool
    claims: Mapping[str, AskedTrials]

    def alpha(self, claim: str) -> float:
        """The level at which a claim is tested in the first, hardest step of Holm's correction."""
        n_primary = len(set(self.plan.primary))
        return self.plan.alpha / n_primary if claim in self.plan.primary else self.plan.alpha


def read_planned_study(path: Path) -> PlannedStudy:
    """Read a ``study.toml``, a ``protocol.json``, or the folder of a study or of an export.

    Raises ``ExportError`` with all problems. Only what power depends on is read.
    """
    file = _file(Path(path))
    content = _content(file)
    problems: list[Problem] = []
    study = _Reader(file, problems).study(content)
    if problems:
        raise ExportError(str(file), tuple(problems))
    return study


def _file(path: Path) -> Path:
    choices = [path] if not path.is_dir() else [path / "study.toml", path / "protocol" / "protocol.json"]
    for choice in choices:
        if choice.is_file():
            return choice
    problem = Problem(
        path.name, "a study.toml, or the folder of a study or of an export", "no such file", "name another"
    )
    raise ExportError(str(path), (problem,))


def _content(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
        content = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
    except ValueError as error:
        kind = "TOML" if file.suffix == ".toml" else "JSON"
        raise ExportError(str(file), (Problem(file.name, f"{kind} in UTF-8", str(error), _REMEDY),)) from None
    return content if isinstance(content, dict) else {}


class _Reader:
    """Reads the settings needed and writes down each one that is missing or wrong."""

    def __init__(self, file: Path, problems: list[Problem]) -> None:
        self._file = file
        self._problems = problems

    def study(self, content: Mapping[str, Any]) -> PlannedStudy:
        plan = {**_DEFAULT_PLAN, **self._table(content, "analysis")}
        rules = {**_DEFAULT_RULES, **self._table(content, "exclusions")}
        recruitment = self._table(content, "recruitment")
        blocks = [b for b in self._blocks(content) if not b.get("practice", False)]
        asked = {claim: found for claim in CLAIM_QUESTIONS if (found := self._asked(claim, blocks))}
        if not asked:
            self._complain("blocks", "a scale named trust or a question named detect", "neither")
        return PlannedStudy(
            title=str(content.get("title", self._file.parent.name)),
            target=self._number(recruitment, "recruitment.target", whole=True, least=1),
            n_pairs=self._pairs_of_set(content),
            plan=AnalysisPlan(
                smallest_effect=self._number(plan, "analysis.smallest_effect", least=0),
                alpha=self._number(plan, "analysis.alpha", least=0),
                primary=tuple(str(claim) for claim in plan["primary"]),
            ),
            exclusions=ExclusionRules(**{name: rules[name] for name in _DEFAULT_RULES}),
            replaces_careless=rules["max_failed_checks"] is not None
            and any(block.get("checks", 0) for block in blocks),
            claims=asked,
        )

    def _asked(self, claim: str, blocks: list[Mapping[str, Any]]) -> AskedTrials | None:
        """The trials of all blocks that ask the claim's question; the layout is that of the first."""
        id, kinds = CLAIM_QUESTIONS[claim]
        found = [(block, q) for block in blocks for q in self._questions(block, id, kinds)]
        if not found:
            return None
        layout, question = found[0][0].get("layout", "pair"), found[0][1]
        of_layout = [block for block, _ in found if block.get("layout", "pair") == layout]
        exposures = tuple(dict.fromkeys(e for block in of_layout for e in self._exposures(block)))
        n_trials = sum(self._number(block, "blocks[].pairs", whole=True, least=1) for block in of_layout)
        ordered = tuple(sorted(exposures, key=lambda ms: float("inf") if ms is None else ms))
        if claim == "milliseconds":
            if not ordered or ordered[0] is None or ordered[0] >= WITHIN_MS:
                return None
            n_trials, ordered = n_trials // len(ordered), ordered[:1]
        if claim == "closer-look" and len(ordered) < 2:
            return None
        scale = (_bound(question, "minimum", 1), _bound(question, "maximum", 7))
        return AskedTrials(layout, n_trials, ordered, scale)

    def _questions(
        self, block: Mapping[str, Any], id: str, kinds: tuple[str, ...]
    ) -> list[Mapping[str, Any]]:
        asked = block.get("questions", [])
        return [q for q in asked if isinstance(q, Mapping) and q.get("id") == id and q.get("kind") in kinds]

    def _exposures(self, block: Mapping[str, Any]) -> list[float | None]:
        listed = block.get("exposures_ms")
        if not isinstance(listed, list) or not listed:
            self._complain("blocks[].exposures_ms", "a list of durations in ms", listed)
            return []
        return [None if ms in (None, "unlimited") else float(ms) for ms in listed]

    def _pairs_of_set(self, content: Mapping[str, Any]) -> int | None:
        """Pairs that are not for practice: of the set beside study.toml, or told by the frozen protocol."""
        stimulus_set = content.get("stimulus_set", "stimuli")
        if isinstance(stimulus_set, Mapping):
            practised = [int(b.get("pairs", 0)) for b in self._blocks(content) if b.get("practice", False)]
            n_pairs = stimulus_set.get("n_pairs")
            return n_pairs - max(practised, default=0) if isinstance(n_pairs, int) else None
        table = self._file.parent / str(stimulus_set) / "pairs.csv"
        if not table.is_file():
            return None
        with table.open(encoding="utf-8-sig", newline="") as rows:
            return sum(1 for row in csv.DictReader(rows) if row.get("practice", "") != "true")

    def _blocks(self, content: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        blocks = content.get("blocks")
        if not isinstance(blocks, list) or not all(isinstance(block, Mapping) for block in blocks):
            self._complain("blocks", "a list of blocks", blocks)
            return []
        return blocks

    def _table(self, content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        table = content.get(key, {})
        if not isinstance(table, Mapping):
            self._complain(key, "a table", table)
            return {}
        return table

    def _number(
        self, table: Mapping[str, Any], name: str, *, whole: bool = False, least: float | None = None
    ) -> Any:
        value = table.get(name.rpartition(".")[2])
        fits = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
        if not fits or value is None or (least is not None and value < least):
            kind = "a whole number" if whole else "a number"
            self._complain(name, f"{kind} of at least {least:g}" if least is not None else kind, value)
            return 1
        return value

    def _complain(self, setting: str, expected: str, found: Any) -> None:
        shown = "nothing" if found is None else str(found)
        self._problems.append(Problem(self._file.name, f"{setting}: {expected}", shown, _REMEDY))


def _bound(question: Mapping[str, Any], name: str, default: int) -> int:
    """An end of a scale; frozen protocols give every setting, those that were left out as null."""
    value = question.get(name)
    return default if value is None else int(value)

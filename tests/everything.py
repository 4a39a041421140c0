"""The study with everything, and a small plan of its trials that a test can read at a glance."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as DatabaseSession

from study import flow
from study.models import StudyPair, Trial
from tests.conftest import ROOT, write_stimulus_set

TOLD = "# About the pictures\n\nSome of the faces you will see were made by AI.\n"


def write_everything(folder: Path) -> Path:
    """The folder of the study, with a set of noise pictures."""
    shutil.copytree(ROOT / "study" / "demo_studies" / "ai" / "texts", folder / "texts")
    (folder / "texts" / "told.md").write_text(TOLD)
    shutil.copy(ROOT / "tests" / "everything.toml", folder / "study.toml")
    write_stimulus_set(folder / "stimuli", n_pairs=6, n_practice=1, size=(480, 600))
    return folder


def plan_everything(db: DatabaseSession, session: str, *, cell: str = "silent") -> None:
    """Give a session that has not begun this cell and these seven trials.

    1 practice, single, AI. Block one: 2 real for 100 ms, 3 AI without limit. Block two: 4 a pair with AI on
    the left, 5 two real faces, 6 the check that asks for 3, 7 the repeat of 4 with sides swapped.
    """
    row = flow.session_by_id(db, session)
    assert row is not None
    row.cell = cell
    db.execute(delete(Trial).where(Trial.session_id == row.id))
    pairs = list(
        db.scalars(select(StudyPair).where(StudyPair.study_id == row.study_id).order_by(StudyPair.pair))
    )
    main = [pair for pair in pairs if not pair.practice]
    practice = next(pair for pair in pairs if pair.practice)
    db.add_all(
        Trial(session_id=row.id, position=position, **trial)
        for position, trial in enumerate(_trials(main, practice, labels=cell == "labelled"), start=1)
    )


def _trials(main: list[StudyPair], practice: StudyPair, *, labels: bool) -> Iterator[dict[str, Any]]:
    said = {"left_label": "ai"} if labels else {}
    single = {"layout": "single"}
    yield _at("warm_up", 1, practice.second, 200, practice=True, pair=practice.pair, **single, **said)
    said = {"left_label": "real"} if labels else {}
    yield _at("one", 1, main[0].first, 100, pair=main[0].pair, **single, **said)
    said = {"left_label": "ai"} if labels else {}
    yield _at("one", 2, main[1].second, None, pair=main[1].pair, **single, **said)
    said = {"left_label": "ai", "right_label": "real"} if labels else {}
    one, two, three, four = main[2:6]
    yield _at("two", 1, one.second, 100, right=one.first, pair=one.pair, **said)
    both = {"left_label": "real", "right_label": "real"} if labels else {}
    yield _at("two", 2, two.first, 100, right=three.first, trial_kind="filler", **both)
    asked = {"trial_kind": "check", "asked_answer": "3"}
    yield _at("two", 3, four.second, 100, right=four.first, pair=four.pair, **asked, **said)
    said = {"left_label": "real", "right_label": "ai"} if labels else {}
    again = {"trial_kind": "repeat", "repeat_of": 4}
    yield _at("two", 4, one.first, 100, right=one.second, pair=one.pair, **again, **said)


def _at(block: str, place: int, left: str, exposure_ms: float | None, **facts: Any) -> dict[str, Any]:
    plain = {"practice": False, "status": "planned"}
    return plain | {"block": block, "block_position": place, "left": left, "exposure_ms": exposure_ms} | facts

"""An export of the study with everything, in two languages: what further formats are tried on."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from study import flow
from study.app import create_app
from study.database import migrate, open_engine, writing
from study.export import Selection, export_study
from study.export.formats import FORMATS
from study.models import Session, StudyStimulus
from study.protocol import StudyProtocol, read_study
from study.protocol.fields import read_fields
from study.protocol.translations import spoken_words, text_names, text_path, translations_path
from study.settings import Settings
from study.translation_file import translation_toml
from tests.conftest import MOMENT
from tests.everything import plan_everything, write_everything
from tests.study.browser_like import DEVICE, Walker, answers
from tests.study.own_study import edit

CHECK = 6
EXPORTED = MOMENT + timedelta(days=1)
EVERYBODY = Selection()
LONG = 'Said "no", then\nwent on; ünïcødé 漢字 😀. ' * 12


def write_two_languages(folder: Path) -> Path:
    """The study with everything in English and in something like German; its study file."""
    toml = write_everything(folder) / "study.toml"
    edit(toml, 'languages = ["en"]', 'languages = ["en", "de"]')
    (folder / "translations").mkdir()
    protocol = _protocol(toml)
    words = {said: f"{said} (auf Deutsch)" for said, _ in spoken_words(protocol) if len(said) < 45}
    (folder / translations_path("de")).write_text(translation_toml(words), encoding="utf-8")
    for name in text_names(protocol):
        shutil.copy(folder / name, folder / text_path(name, "de"))
    return toml


def _protocol(toml: Path) -> StudyProtocol:
    return read_fields(tomllib.loads(toml.read_text(encoding="utf-8")))[0]


@dataclass(frozen=True)
class EverythingExported:
    """A folder with a database of five people in it, and an export of them in all formats.

    Two completed, one of them in the labelled cell; one was interrupted, was late, and left; one has a place
    and answered nothing; one only consented.
    """

    folder: Path

    @property
    def exported(self) -> Path:
        return self.folder / "export"

    def export(self, target: Path, formats: Sequence[str] = (), *, selection: Selection = EVERYBODY) -> Path:
        engine = open_engine(f"sqlite:///{self.folder / 'facevalue.sqlite'}")
        export_study(engine, "everything", target, now=EXPORTED, formats=formats, selection=selection)
        engine.dispose()
        return target


def export_everything(folder: Path) -> EverythingExported:
    """Let those five people take part, and export what they said to ``folder / "export"``."""
    _FivePeople(folder)
    made = EverythingExported(folder)
    made.export(made.exported, formats=tuple(FORMATS))
    return made


class _FivePeople:
    """They take part in a study of their own, in a database in ``folder``."""

    def __init__(self, folder: Path) -> None:
        database = f"sqlite:///{folder / 'facevalue.sqlite'}"
        self.engine = open_engine(database)
        migrate(self.engine)
        toml = write_two_languages(folder / "study")
        settings = Settings(data=folder, database=database, secret_key="for tests only")
        with writing(self.engine) as db:
            published = flow.publish(db, read_study(toml), pictures=settings.pictures, now=MOMENT)
            flow.open_unchecked(db, published, opened_as="test", now=MOMENT)
            extra = {"extra": {"Größe (cm)": "174", "notes": "a, b"}}
            db.execute(update(StudyStimulus).where(StudyStimulus.stimulus == "real_001").values(extra))
        self._app = create_app(settings)
        self._app.config["RATELIMIT_ENABLED"] = False
        self._values = count(1)
        self._answer_all("silent", makes="yes")
        self._answer_all("labelled", makes="no")
        self._answer_some()
        self._begin("silent", makes="no")
        Walker(self._app.test_client(), "everything").consent()
        self._app.extensions["facevalue_engine"].dispose()
        self.engine.dispose()

    def _begin(self, cell: str, *, makes: str) -> tuple[Walker, dict[str, Any]]:
        walker = Walker(self._app.test_client(), "everything")
        walker.consent()
        walker.get("session")
        walker.send("device", DEVICE)
        with writing(self.engine) as db:
            newest = db.scalars(select(Session.session).order_by(Session.id.desc())).first()
            plan_everything(db, str(newest), cell=cell)
        walker.get("session")
        walker.post("questionnaire", page="beforehand", makes=makes, tools=["phone", "own"], own_model=LONG)
        walker.get("session")
        walker.post("instructions")
        walker.get("session")
        return walker, walker.get("plan").json

    def _messages(self, plan: dict[str, Any]) -> list[dict[str, Any]]:
        """All answers, each with a time of its own, on scales also with other values, but for the check."""
        messages = list(answers(plan))
        for message in messages:
            for rating in message["ratings"]:
                n = next(self._values)
                rating["rt_ms"] = 500 + n + 0.25
                if rating["value"] == "3" and message["position"] != CHECK:
                    rating["value"] = str(1 + n % 7)
        return messages

    def _answer_all(self, cell: str, *, makes: str) -> None:
        walker, plan = self._begin(cell, makes=makes)
        walker.send("messages", {"messages": self._messages(plan)})
        walker.send("task-done", {})
        walker.get("session")
        walker.post("questionnaire", page="afterwards", tired="70", why_tired=LONG)
        walker.get("session")
        walker.post("questionnaire", page="makers", how_often="2")
        walker.get("session")

    def _answer_some(self) -> None:
        walker, plan = self._begin("silent", makes="no")
        messages = self._messages(plan)[:5]
        messages[2] |= {"status": "interrupted", "ratings": []}
        messages[3]["ratings"] = messages[3]["ratings"][:1]
        messages[3]["status"] = "timed_out"
        for rating in messages[4]["ratings"]:
            rating["value"] = "neither" if rating["question"] == "which" else rating["value"]
        walker.send("messages", {"messages": messages})

"""The participant's pages of a study, as the app renders them, looked at for faults.

They are rendered from a copy of the study in a throwaway database, so that looking leaves no trace.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine

from study import flow
from study.app import create_app
from study.database import writing
from study.frozen import protocol_of
from study.links import participant_link
from study.models import Study, StudyPair, StudyStimulus
from study.participant.words import as_html
from study.protocol import StudyProtocol
from study.readiness.accessibility import fragment_faults, page_faults
from study.readiness.check import Check, some, verdict
from study.readiness.texts import in_language
from study.settings import Settings

_STEPS = ("device", "before", "instructions", "task", "after", "debrief", "full", "ended")
_PAGES = ("withdraw", "declined", "withdrawn")


@dataclass(frozen=True)
class Page:
    """One rendered page; ``status`` is that of HTTP."""

    name: str
    language: str
    status: int
    html: str


def accessible_pages(
    study: Study, stimuli: Sequence[StudyStimulus], pairs: Sequence[StudyPair], *, now: datetime
) -> Check:
    """Every page of the participant's way, in every language, can be used without seeing or pointing."""
    protocol = protocol_of(study.current)
    pages = participant_pages(study, stimuli, pairs, now=now)
    faults: dict[str, list[str]] = {}
    for page in pages:
        for fault in _page_faults(page):
            faults.setdefault(fault, []).append(f"{page.name} ({page.language})")
    for name, html in _introductions(protocol, study.current.texts):
        for fault in fragment_faults(html):
            faults.setdefault(fault, []).append(name)
    return verdict(
        "accessibility",
        [f"{some(where)}: {fault}" for fault, where in faults.items()],
        found=f"{len(pages)} pages and their texts: languages, headings, labels, words for pictures",
        remedy="correct the texts named; begin each with one heading of the first level",
    )


def _page_faults(page: Page) -> list[str]:
    if page.status != 200:
        return [f"the page cannot be rendered (status {page.status}); please report this"]
    return page_faults(page.html, language=page.language)


def _introductions(protocol: StudyProtocol, texts: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What the task shows between the trials, by its path, as HTML."""
    first = protocol.languages[0]
    named = [*(block.intro for block in protocol.blocks), *filter(None, [protocol.texts.told])]
    for path in dict.fromkeys(named):
        for language in protocol.languages:
            translated = in_language(path, language, first=first)
            if translated in texts:
                yield translated, as_html(texts[translated])


def participant_pages(
    study: Study, stimuli: Sequence[StudyStimulus], pairs: Sequence[StudyPair], *, now: datetime
) -> tuple[Page, ...]:
    """Landing page, every step and every end, in each language of the study."""
    protocol = protocol_of(study.current)
    with tempfile.TemporaryDirectory(prefix="facevalue-pages-") as folder:
        settings = Settings(
            data=Path(folder),
            database=f"sqlite:///{Path(folder) / 'pages.sqlite'}",
            secret_key=secrets.token_hex(16),
        )
        with _running(settings) as (app, engine):
            with writing(engine) as db:
                flow.copy_study(db, study, stimuli, pairs)
            link = participant_link(settings, study.slug, address="", namespace="preview")
            return tuple(
                page
                for language in protocol.languages
                for page in _in_language(app, engine, protocol, link, language, now)
            )


@contextmanager
def _running(settings: Settings) -> Iterator[tuple[Flask, Engine]]:
    # Nobody asks for these pages; a line for each would stand between what the checks say.
    app = create_app(replace(settings, log="off"))
    engine = app.extensions["facevalue_engine"]
    try:
        yield app, engine
    finally:
        engine.dispose()


def _in_language(
    app: Flask, engine: Engine, protocol: StudyProtocol, link: str, language: str, now: datetime
) -> Iterator[Page]:
    client = app.test_client()
    headers = {"Accept-Language": language}
    base = f"/s/{protocol.slug}/"

    def page(name: str, address: str) -> Page:
        answer = client.get(address, headers=headers)
        return Page(name, language, answer.status_code, answer.text)

    yield page("landing", link)
    yield from (page(name, base + name) for name in _PAGES)
    for step in _steps(protocol):
        with writing(engine) as db:
            study = db.get_one(Study, 1)
            session = flow.enrol(db, study, flow.Visitor(namespace="preview", language=language), now=now)
            session.step = step
            began = session.session
        with client.session_transaction() as kept:
            kept[f"session:{protocol.slug}"] = began
        yield page(step, f"{base}session")


def _steps(protocol: StudyProtocol) -> Iterator[str]:
    for step in _STEPS:
        if step == "before" and not protocol.questionnaires_at("before"):
            continue
        if step == "after" and not protocol.questionnaires_at("after"):
            continue
        yield step

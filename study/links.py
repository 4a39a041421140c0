"""The links a researcher hands out or uses."""

from __future__ import annotations

from sqlalchemy import select

from study import flow
from study.database import migrate, open_engine, reading, writing
from study.models import Study
from study.recruiters import namespace_token
from study.running import now
from study.settings import Settings


def participant_link(settings: Settings, slug: str, *, address: str, namespace: str = "live") -> str:
    """Where participants begin; rehearsals carry a signed word that keeps them out of the data."""
    link = f"{address.rstrip('/')}/s/{slug}/"
    if namespace == "live":
        return link
    return f"{link}?as={namespace_token(settings.secret_key, slug=slug, namespace=namespace)}"


def check_takes_participants(settings: Settings, slug: str) -> None:
    """LookupError when the study came from an export, and nobody can take part in it."""
    engine = open_engine(settings.database)
    try:
        migrate(engine)
        with reading(engine) as db:
            study = db.scalars(select(Study).where(Study.slug == slug)).first()
            if study is not None and (imported := flow.why_not(study, "take participants")) is not None:
                raise LookupError(imported)
    finally:
        engine.dispose()


def researcher_link(settings: Settings, slug: str, *, address: str) -> str:
    """A link that lets a researcher in once. LookupError when there is no such study."""
    engine = open_engine(settings.database)
    migrate(engine)
    with writing(engine) as db:
        study = db.scalars(select(Study).where(Study.slug == slug)).first()
        if study is None:
            known = ", ".join(db.scalars(select(Study.slug).order_by(Study.slug))) or "none"
            raise LookupError(f"expected the slug of a published study ({known}), found {slug!r}")
        token = flow.open_link(db, study, now=now())
    engine.dispose()
    return f"{address.rstrip('/')}/researcher/enter/{token}"

"""Published studies that differ from the demo in a few lines of their study file."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import Engine, select

from study import flow
from study.database import writing
from study.models import Session, Study
from study.protocol import read_study
from tests.conftest import MOMENT, PublishedStudy


def publish_variant(
    published: PublishedStudy,
    engine: Engine,
    *,
    slug: str = "variant",
    recruitment: str = 'recruiter = "plain"',
    tables: str = "",
    exclusions: str = "",
    trust_pairs: str = "pairs = 12",
) -> str:
    """Publish the study of ``published`` under another slug, with other settings; returns the slug."""
    folder = published.settings.data / f"study-{slug}"
    shutil.copytree(published.folder, folder)
    file: Path = folder / "study.toml"
    toml = file.read_text()
    for old, new in (
        ('slug = "headshots-demo"', f'slug = "{slug}"'),
        ('recruiter = "plain"', recruitment),
        ("[analysis]", f"{tables}\n[analysis]"),
        ("min_rt_ms = 200", f"min_rt_ms = 200\n{exclusions}"),
        ('name = "trust"\npairs = 12', f'name = "trust"\n{trust_pairs}'),
    ):
        assert old in toml
        toml = toml.replace(old, new)
    file.write_text(toml)
    with writing(engine) as db:
        study = flow.publish(db, read_study(file), pictures=published.settings.pictures, now=MOMENT)
        flow.open_unchecked(db, study, opened_as="test", now=MOMENT)
    return slug


def study_named(db, slug: str) -> Study:
    return db.scalars(select(Study).where(Study.slug == slug)).one()


def only_session(db, slug: str) -> Session:
    return db.scalars(
        select(Session).join(Study, Study.id == Session.study_id).where(Study.slug == slug)
    ).one()

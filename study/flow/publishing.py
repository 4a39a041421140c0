"""Bring a study and its pictures into the database, and let its researchers in."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session as DatabaseSession

from stimuli.manifest import StimulusSet, read_set
from study.chain import FIRST
from study.flow.plans import shares_of
from study.flow.refusing import why_not
from study.models import AccessLink, ProtocolVersion, Study, StudyPair, StudyStimulus, Table
from study.picture_sizes import copy_widths, without_time, write_copies
from study.protocol import FrozenProtocol, ProtocolError, StudyFile, freeze


@dataclass(frozen=True)
class StoredPicture:
    """A picture in the folder that is served: its random name, and the sha256 of its copies by width."""

    name: str
    copies: dict[str, str]


def store_pictures(db: DatabaseSession, study_file: StudyFile, *, pictures: Path) -> list[StoredPicture]:
    """Copy a study's pictures to ``pictures`` under random names, in the order of its stimulus set.

    To be called before ``publish`` where participants are at work: making its copies takes about
    30 ms a picture, and nobody else can write while a study is being published. Empty for a study that is
    published already.
    """
    if db.scalars(select(Study.id).where(Study.slug == study_file.protocol.slug)).first() is not None:
        return []
    stimulus_set = read_set(study_file.folder / study_file.protocol.stimulus_set)
    check_pairs(study_file, stimulus_set)
    return _store(stimulus_set, pictures)


def publish(
    db: DatabaseSession,
    study_file: StudyFile,
    *,
    pictures: Path,
    now: datetime,
    stored: Sequence[StoredPicture] = (),
) -> Study:
    """Freeze a study with its pictures in ``pictures``, where they are copied unless they are ``stored``.

    It is then ready for preview, pilot and robots; participants come in once it is opened. Publishing the
    same frozen study again returns the one that is there; another study of the same slug is a ProtocolError.
    """
    protocol = study_file.protocol
    stimulus_set = read_set(study_file.folder / protocol.stimulus_set)
    check_pairs(study_file, stimulus_set)
    frozen = freeze_file(study_file, stimulus_set)
    known = db.scalars(select(Study).where(Study.slug == protocol.slug)).first()
    if known is not None:
        return _same(known, frozen.sha256)
    width, height = _common_size(stimulus_set)
    study = Study(
        slug=protocol.slug,
        picture_width_px=width,
        picture_height_px=height,
        published_at=now,
        versions=[new_version(study_file, frozen, number=1, now=now)],
    )
    db.add(study)
    db.flush()
    _add_stimuli(db, study, stimulus_set, stored or _store(stimulus_set, pictures))
    return study


def freeze_file(study_file: StudyFile, stimulus_set: StimulusSet) -> FrozenProtocol:
    """The frozen form of a study file with its stimulus set inside."""
    return freeze(
        study_file,
        set_sha256=stimulus_set.sha256(),
        n_stimuli=len(stimulus_set.stimuli),
        n_pairs=len(stimulus_set.pairs),
    )


def new_version(
    study_file: StudyFile, frozen: FrozenProtocol, *, number: int, now: datetime, reason: str = ""
) -> ProtocolVersion:
    """A row for a frozen protocol, as published or as amended."""
    return ProtocolVersion(
        number=number,
        title=study_file.protocol.title,
        protocol=frozen.canonical,
        protocol_hash=frozen.sha256,
        study_toml=study_file.toml,
        texts=dict(study_file.texts),
        translations={language: dict(words) for language, words in study_file.translations.items()},
        reason=reason,
        frozen_at=now,
    )


def copy_study(
    db: DatabaseSession, study: Study, stimuli: Iterable[StudyStimulus], pairs: Iterable[StudyPair]
) -> Study:
    """The same study in another, empty database, with its current version only and no sessions."""
    values = {**_values(study), "register_head": FIRST, "register_length": 0}
    copy = Study(**values, versions=[ProtocolVersion(**_values(study.current))])
    db.add(copy)
    db.flush()
    db.add_all(StudyStimulus(**_values(row), study_id=copy.id) for row in stimuli)
    db.add_all(StudyPair(**_values(row), study_id=copy.id) for row in pairs)
    db.flush()
    return copy


def _values(row: Table) -> dict[str, Any]:
    names = (column.key for column in inspect(row).mapper.column_attrs)
    return {name: getattr(row, name) for name in names if name not in ("id", "study_id")}


def _same(known: Study, protocol_hash: str) -> Study:
    if (imported := why_not(known, "be published")) is not None:
        raise ProtocolError([f"slug: {imported}"])
    if known.current.protocol_hash != protocol_hash:
        raise ProtocolError(
            [
                f"slug: a study named {known.slug} is already published with another protocol "
                f"(hash {known.current.protocol_hash[:12]}, this one has {protocol_hash[:12]}); "
                "amend it with facevalue study amend, or give the new study another slug"
            ]
        )
    return known


def check_pairs(study_file: StudyFile, stimulus_set: StimulusSet) -> None:
    """ProtocolError when the set has fewer pairs than the blocks use."""
    protocol = study_file.protocol
    problems = []
    for kind, needed, practice in (
        ("pairs", protocol.pairs_needed, False),
        ("practice pairs", protocol.practice_pairs_needed, True),
    ):
        there = sum(pair.practice is practice for pair in stimulus_set.pairs)
        if there < needed:
            problems.append(
                f"blocks: they use {needed} {kind}, the stimulus set has {there}; "
                "lower pairs in the blocks or add pairs to the set"
            )
    if problems:
        raise ProtocolError(problems)
    shares_of(protocol, sum(not pair.practice for pair in stimulus_set.pairs))


def _common_size(stimulus_set: StimulusSet) -> tuple[int, int]:
    # Only publishing looks into pictures; the server, which loads this module too, never does.
    from PIL import Image

    sizes: dict[tuple[int, int], str] = {}
    for stimulus in stimulus_set.stimuli:
        with Image.open(stimulus_set.image_path(stimulus.stimulus)) as image:
            sizes.setdefault(image.size, stimulus.stimulus)
    if len(sizes) > 1:
        shown = ", ".join(f"{w} x {h} ({name})" for (w, h), name in sizes.items())
        raise ProtocolError(
            [f"stimulus_set: expected pictures of one size, found {shown}; run facevalue stimuli prepare"]
        )
    return next(iter(sizes))


def _store(stimulus_set: StimulusSet, pictures: Path) -> list[StoredPicture]:
    pictures.mkdir(parents=True, exist_ok=True)
    width, _ = _common_size(stimulus_set)
    names = [f"{secrets.token_urlsafe(18)}.jpg" for _ in stimulus_set.stimuli]
    for stimulus, name in zip(stimulus_set.stimuli, names, strict=True):
        _copy(stimulus_set.image_path(stimulus.stimulus), pictures / name)
    copies = write_copies(pictures, names, copy_widths(width))
    return [StoredPicture(name, sizes) for name, sizes in zip(names, copies, strict=True)]


def _add_stimuli(
    db: DatabaseSession, study: Study, stimulus_set: StimulusSet, stored: Sequence[StoredPicture]
) -> None:
    for stimulus, picture in zip(stimulus_set.stimuli, stored, strict=True):
        db.add(
            StudyStimulus(
                study_id=study.id,
                stimulus=stimulus.stimulus,
                picture=picture.name,
                sha256=stimulus.sha256,
                copies=picture.copies,
                origin=stimulus.origin,
                generator=stimulus.generator,
                identity=stimulus.identity,
                edited_from=stimulus.edited_from,
                defect=stimulus.defect,
                dose=stimulus.dose,
                artifacts=stimulus.artifacts,
                gender=stimulus.gender,
                age_band=stimulus.age_band,
                ethnicity=stimulus.ethnicity,
                licence=stimulus.licence,
                attribution=stimulus.attribution,
                source=stimulus.source,
                consent=stimulus.consent,
                extra=dict(stimulus.extra),
            )
        )
    db.add_all(
        StudyPair(
            study_id=study.id,
            pair=pair.pair,
            first=pair.first,
            second=pair.second,
            distance=pair.distance,
            practice=pair.practice,
        )
        for pair in stimulus_set.pairs
    )


def _copy(source: Path, target: Path) -> None:
    target.write_bytes(source.read_bytes())
    without_time(target)


def open_link(db: DatabaseSession, study: Study, *, now: datetime, hours: float = 24 * 7) -> str:
    """A token that lets a researcher in once; only its sha256 is stored."""
    token = secrets.token_urlsafe(24)
    db.add(
        AccessLink(
            study_id=study.id,
            token_hash=hashlib.sha256(token.encode()).hexdigest(),
            created_at=now,
            expires_at=now + timedelta(hours=hours),
        )
    )
    return token


def use_link(db: DatabaseSession, token: str, *, now: datetime) -> Study | None:
    """The study a fresh token opens; None when it is unknown, used or too old."""
    link = db.scalars(
        select(AccessLink)
        .where(AccessLink.token_hash == hashlib.sha256(token.encode()).hexdigest())
        .with_for_update()
    ).first()
    if link is None or link.used_at is not None or link.expires_at < now:
        return None
    link.used_at = now
    return db.get(Study, link.study_id)

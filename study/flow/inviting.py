"""Make personal links: each lets one person take part."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session as DatabaseSession

from study.flow.refusing import FlowError, refuse_imported
from study.frozen import protocol_of
from study.models import Invitation, Study
from study.recruiters import key_hash


def invite(db: DatabaseSession, study: Study, labels: Sequence[str], *, now: datetime) -> list[str]:
    """One key for each label, in order; only their sha256 is stored, so they are shown this once.

    FlowError when the study recruits in another way, or a label is longer than 200 characters.
    """
    refuse_imported(study, "invite people")
    recruiter = protocol_of(study.current).recruitment.recruiter
    if recruiter != "personal":
        raise FlowError(
            f'recruitment.recruiter: expected "personal" for personal links, found "{recruiter}"; '
            "change the study file"
        )
    overlong = next((label for label in labels if len(label) > 200), None)
    if overlong is not None:
        raise FlowError(f"labels: expected at most 200 characters, found {len(overlong)}: {overlong[:40]}…")
    keys = [secrets.token_urlsafe(18) for _ in labels]
    db.add_all(
        Invitation(study_id=study.id, token_hash=key_hash(key), label=label, created_at=now)
        for key, label in zip(keys, labels, strict=True)
    )
    return keys

"""The words a person agrees to, kept once for each version and language."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as DatabaseSession

from study.frozen import frozen
from study.models import ConsentText, ProtocolVersion
from study.prepared import Prepared


@dataclass(frozen=True)
class ConsentWords:
    """Information and consent as shown in one language, Markdown."""

    language: str
    information: str
    consent: str

    @property
    def hash(self) -> str:
        """sha256 of language, information and consent: other words, or another language, another hash."""
        return hashlib.sha256("\0".join((self.language, self.information, self.consent)).encode()).hexdigest()


def consent_words(version: ProtocolVersion, language: str) -> ConsentWords:
    """What is shown before consent; the first language's words where a text is not translated."""
    known = frozen(version)
    named = known.protocol.texts
    information, consent = (known.text(name, language) for name in (named.information, named.consent))
    return ConsentWords(language, information, consent)


_KEPT = Prepared(select(ConsentText.hash).where(ConsentText.hash == bindparam("kept")))


def keep_consent_words(db: DatabaseSession, words: ConsentWords, *, now: datetime) -> str:
    """Store the words unless they are there; returns their hash."""
    if _KEPT.first(db.connection(), {"kept": words.hash}) is None:
        try:
            # Two people may be the first at once; the savepoint keeps the rest of what the other one does.
            with db.begin_nested():
                db.add(
                    ConsentText(
                        hash=words.hash,
                        language=words.language,
                        information=words.information,
                        consent=words.consent,
                        first_used_at=now,
                    )
                )
        except IntegrityError:
            pass
    return words.hash

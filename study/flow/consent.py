"""The words a person agrees to, kept once for each version and language."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as DatabaseSession

from study.models import ConsentText, ProtocolVersion
from study.protocol import thaw


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
    named = thaw(version.protocol).texts

    def text(path: str) -> str:
        file = PurePosixPath(path)
        translated = str(file.with_name(f"{file.stem}.{language}{file.suffix}"))
        return str(version.texts.get(translated, version.texts[path]))

    return ConsentWords(language, text(named.information), text(named.consent))


def keep_consent_words(db: DatabaseSession, words: ConsentWords, *, now: datetime) -> str:
    """Store the words unless they are there; returns their hash."""
    if db.get(ConsentText, words.hash) is None:
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

"""Frozen protocols with their words, as every page needs them: read once in each process.

What a hash stands for cannot change, and reading its thousands of characters costs more than all else on a
page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from study.models import ProtocolVersion
from study.protocol import StudyProtocol, in_language, text_in, thaw

_KEPT = 64
_known: dict[str, Frozen] = {}


class Version(Protocol):
    """A version whose frozen protocol is at hand already."""

    @property
    def frozen(self) -> Frozen: ...


@dataclass(frozen=True)
class Frozen:
    """A protocol in its first language, its texts by path, and its words in further languages."""

    protocol: StudyProtocol
    texts: dict[str, str]
    translations: dict[str, dict[str, str]]
    _spoken: dict[str, StudyProtocol] = field(default_factory=dict)

    def speaking(self, language: str) -> StudyProtocol:
        """The protocol with the words that participants read in a language."""
        if language not in self.translations:
            return self.protocol
        if language not in self._spoken:
            self._spoken[language] = in_language(self.protocol, self.translations, language)
        return self._spoken[language]

    def text(self, name: str, language: str) -> str:
        """A text in a language, by the name that study.toml gives it."""
        return text_in(self.texts, name, language)


def known_frozen(protocol_hash: str) -> Frozen | None:
    """What a hash stands for, when it was read before; None otherwise."""
    return _known.get(protocol_hash)


def known_protocol(protocol_hash: str) -> StudyProtocol | None:
    """The protocol of a hash that was read before; None otherwise."""
    known = _known.get(protocol_hash)
    return known.protocol if known else None


def frozen(version: ProtocolVersion | Version) -> Frozen:
    """What a version stands for; shared by all who ask for it."""
    if not isinstance(version, ProtocolVersion):
        return version.frozen
    known = _known.get(version.protocol_hash)
    if known is None:
        known = Frozen(thaw(version.protocol), version.texts, version.translations)
        if len(_known) >= _KEPT:
            _known.clear()
        _known[version.protocol_hash] = known
    return known


def protocol_of(version: ProtocolVersion | Version) -> StudyProtocol:
    """The protocol of a version, in its first language."""
    return frozen(version).protocol

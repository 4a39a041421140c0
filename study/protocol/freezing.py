"""The frozen form of a study: canonical JSON and its sha256, the protocol hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from study.protocol.reading import StudyFile
from study.protocol.study_protocol import StudyProtocol


@dataclass(frozen=True)
class FrozenProtocol:
    """The canonical form of a study and its sha256, the protocol hash."""

    canonical: str
    sha256: str


def freeze(study: StudyFile, *, set_sha256: str, n_stimuli: int, n_pairs: int) -> FrozenProtocol:
    """Write protocol, texts, translations and the stimulus set's hash as canonical JSON.

    Keys are sorted by code point, without spaces, in UTF-8. Every setting is there, those left out with their
    default. A number without a fraction is written without a decimal point (500, not 500.0), any other as the
    shortest decimal that reads back as the same double. Words are in NFC with line feeds, as they were read.
    So the same study gives the same bytes on every machine and Python, and any change of a setting, a word in
    any language or a picture gives another hash.
    """
    content = study.protocol.model_dump(mode="json")
    content["stimulus_set"] = {"sha256": set_sha256, "n_stimuli": n_stimuli, "n_pairs": n_pairs}
    for block, source in zip(content["blocks"], study.protocol.blocks, strict=True):
        block["exposures_ms"] = list(source.planned_exposures)
    content["texts_sha256"] = {
        name: hashlib.sha256(text.encode()).hexdigest() for name, text in study.texts.items()
    }
    content["translations"] = {language: dict(words) for language, words in study.translations.items()}
    canonical = json.dumps(
        _whole_where_whole(content),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )
    return FrozenProtocol(canonical, hashlib.sha256(canonical.encode()).hexdigest())


def _whole_where_whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole_where_whole(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_whole_where_whole(entry) for entry in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def thaw(canonical: str) -> StudyProtocol:
    """The protocol back from its frozen form, in its first language. That of a version: study.frozen."""
    content = json.loads(canonical)
    content.pop("texts_sha256")
    content.pop("translations", None)
    content["stimulus_set"] = "stimuli"
    _bring_up_to_date(content)
    for block in content["blocks"]:
        block["exposures_ms"] = ["unlimited" if e is None else e for e in block["exposures_ms"]]
    return StudyProtocol.model_validate(content)


def _bring_up_to_date(content: dict[str, Any]) -> None:
    """Studies frozen before there were several languages and questionnaires stay readable."""
    if "language" in content:
        content["languages"] = [content.pop("language")]
    if "questionnaire" in content:
        items = content.pop("questionnaire")
        content["questionnaires"] = [{"name": "questionnaire", "items": items}] if items else []

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
    """Write protocol, texts and the stimulus set's hash as canonical JSON (sorted keys, no spaces, UTF-8).

    The same study gives the same bytes on every machine; any change of a setting, a text or a picture
    gives another hash.
    """
    content = study.protocol.model_dump(mode="json")
    content["stimulus_set"] = {"sha256": set_sha256, "n_stimuli": n_stimuli, "n_pairs": n_pairs}
    for block, source in zip(content["blocks"], study.protocol.blocks, strict=True):
        block["exposures_ms"] = list(source.planned_exposures)
    content["texts_sha256"] = {
        name: hashlib.sha256(text.encode()).hexdigest() for name, text in study.texts.items()
    }
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return FrozenProtocol(canonical, hashlib.sha256(canonical.encode()).hexdigest())


def thaw(canonical: str) -> StudyProtocol:
    """The protocol back from its frozen form."""
    content = json.loads(canonical)
    content.pop("texts_sha256")
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

"""Read the versions of a protocol from an export, with the texts and words that belong to them."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from study.importing.facts import PACKAGE, Facts, VersionFacts
from study.importing.problems import Problems
from study.protocol import StudyProtocol, thaw
from study.protocol.translations import text_names, text_path, translations_path
from study.translation_file import translation_toml


@dataclass(frozen=True)
class ReadVersion:
    """One version as its files have it: what a published one has in the database."""

    facts: VersionFacts
    protocol: StudyProtocol
    canonical: str
    study_toml: str
    texts: Mapping[str, str]
    translations: Mapping[str, Mapping[str, str]]

    @property
    def stimulus_counts(self) -> dict[str, Any]:
        """``n_stimuli``, ``n_pairs`` and ``sha256`` of the stimulus set."""
        counts: dict[str, Any] = json.loads(self.canonical)["stimulus_set"]
        return counts


def read_versions(folder: Path, facts: Facts, problems: Problems) -> tuple[ReadVersion, ...]:
    """Every version, the first one first; those whose files are not as they were frozen are problems."""
    listed = facts.protocol_versions
    _check_numbers(facts, problems)
    if len(listed) == 1:
        read = [_read(folder, "protocol", listed[0], problems)]
    else:
        # The folder of the study as it is now holds the last one once more.
        _read(folder, "protocol", listed[-1], problems)
        read = [_read(folder, f"protocol/versions/{one.number}", one, problems) for one in listed]
    versions = tuple(one for one in read if one is not None)
    if versions:
        _check_facts(facts, versions[-1].protocol, problems)
    return versions


def _check_numbers(facts: Facts, problems: Problems) -> None:
    numbers = [version.number for version in facts.protocol_versions]
    expected = list(range(1, len(numbers) + 1))
    if numbers != expected:
        problems.add(PACKAGE, f"facevalue.protocol_versions numbered {_row(expected)}", _row(numbers))
    last = facts.protocol_versions[-1].protocol_hash
    if last != facts.protocol_hash:
        problems.add(
            PACKAGE, f"facevalue.protocol_hash of the last version, {last[:12]}", facts.protocol_hash[:12]
        )


def _row(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


def _check_facts(facts: Facts, protocol: StudyProtocol, problems: Problems) -> None:
    for name, said, frozen in (
        ("study", facts.study, protocol.slug),
        ("title", facts.title, protocol.title),
        ("seed", facts.seed, protocol.seed),
    ):
        if said != frozen:
            problems.add(PACKAGE, f"facevalue.{name} as in the frozen protocol, {frozen!r}", repr(said))


def _read(folder: Path, path: str, version: VersionFacts, problems: Problems) -> ReadVersion | None:
    canonical = _text(folder, f"{path}/protocol.json", problems)
    study_toml = _text(folder, f"{path}/study.toml", problems)
    if canonical is None or study_toml is None:
        return None
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    if digest != version.protocol_hash:
        expected = f"the protocol with the hash {version.protocol_hash[:12]}, as {PACKAGE} says"
        problems.add(f"{path}/protocol.json", expected, f"one with the hash {digest[:12]}")
        return None
    try:
        protocol, frozen = thaw(canonical), json.loads(canonical)
    except (ValueError, KeyError, TypeError) as error:
        found = str(error).splitlines()[0]
        problems.add(
            f"{path}/protocol.json", "a frozen protocol", found, "import with the release that made it"
        )
        return None
    texts = dict(_texts(folder, path, _in_order(protocol, frozen["texts_sha256"]), problems))
    translations = _translations(folder, path, frozen.get("translations", {}), problems)
    return ReadVersion(version, protocol, canonical, study_toml, texts, translations)


def _text(folder: Path, name: str, problems: Problems) -> str | None:
    try:
        # Bytes, so that no line end is changed on the way.
        return (folder / name).read_bytes().decode("utf-8")
    except FileNotFoundError:
        problems.add(name, "this file", "no such file")
    except UnicodeDecodeError as error:
        problems.add(name, "text in UTF-8", f"another byte at {error.start}")
    return None


def _in_order(protocol: StudyProtocol, digests: Mapping[str, str]) -> dict[str, str]:
    """Paths and sha256 of all texts in the order in which a study file names them: CHANGES.md tells
    differences in that order, and a frozen protocol does not keep it."""
    further = dict.fromkeys(protocol.languages[1:])
    named = (
        path for name in text_names(protocol) for path in (name, *(text_path(name, one) for one in further))
    )
    return {name: digests[name] for name in dict.fromkeys([*named, *digests]) if name in digests}


def _texts(
    folder: Path, path: str, digests: Mapping[str, str], problems: Problems
) -> Iterator[tuple[str, str]]:
    for name, digest in digests.items():
        file = f"{path}/{_inside(name)}"
        text = _text(folder, file, problems)
        if text is None:
            continue
        found = hashlib.sha256(text.encode()).hexdigest()
        if found != digest:
            expected = f"the text with the sha256 {digest[:12]} that the protocol names"
            problems.add(file, expected, f"one with {found[:12]}")
        yield name, text


def _inside(name: str) -> PurePosixPath:
    # As study.export.folder puts it: never outside the folder.
    path = PurePosixPath(name)
    return PurePosixPath("texts", path.name) if path.is_absolute() or ".." in path.parts else path


def _translations(
    folder: Path, path: str, frozen: Mapping[str, Mapping[str, str]], problems: Problems
) -> dict[str, dict[str, str]]:
    """The words of each further language, in the order of its file."""
    read = {}
    for language, words in frozen.items():
        file = f"{path}/{translations_path(language)}"
        text = _text(folder, file, problems)
        if text is None:
            continue
        found = _in_file_order(text, words)
        if found is None:
            problems.add(file, f"the {len(words)} words that the protocol holds in this language", "others")
        read[language] = found or {}
    return read


def _in_file_order(text: str, words: Mapping[str, str]) -> dict[str, str] | None:
    try:
        found: dict[str, str] = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
    return found if found == words and translation_toml(found) == text else None

"""Whether the texts people agree to are there, in every language, and are the study's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher
from pathlib import Path

from study.protocol import StudyProtocol
from study.readiness.check import Check, some, verdict

# Two information texts by different people share far less; the example with a few words changed, more.
_NEARLY_THE_SAME = 0.9
# What examples and drafts leave for the researcher to fill in.
_PLACEHOLDERS = ("[to be written", "[your ", "todo", "lorem ipsum", "example.org", "example.com")


def agreed_texts(protocol: StudyProtocol, texts: Mapping[str, str], *, examples: Iterable[str]) -> Check:
    """Information and consent in every language of the study; ``examples`` are those that come along."""
    usual = [_plain(example) for example in examples]
    faults = [fault for path in _paths(protocol) for fault in _faults(path, texts.get(path), usual)]
    return verdict(
        "texts",
        faults,
        found=f"information and consent in {', '.join(protocol.languages)}, in words of your own",
        remedy="write who runs the study, what happens to the data and whom to ask, as in your ethics vote",
    )


def example_texts() -> tuple[str, ...]:
    """The Markdown texts of the studies that come with facevalue."""
    package = Path(__file__).parent.parent
    return tuple(file.read_text(encoding="utf-8") for file in sorted(package.glob("**/texts/*.md")))


def in_language(path: str, language: str, *, first: str) -> str:
    """Path of a text in a language: that of the first language is the one the study file names.

    >>> in_language("texts/consent.md", "de", first="en")
    'texts/consent.de.md'
    """
    stem, _, ending = path.rpartition(".")
    return path if language == first else f"{stem}.{language}.{ending}"


def _paths(protocol: StudyProtocol) -> Iterator[str]:
    first = protocol.languages[0]
    for language in protocol.languages:
        for path in (protocol.texts.information, protocol.texts.consent):
            yield in_language(path, language, first=first)


def _faults(path: str, text: str | None, examples: list[str]) -> Iterator[str]:
    if text is None or not text.strip():
        yield f"{path} is missing"
        return
    words = _plain(text)
    if any(_alike(words, example) for example in examples):
        yield f"{path} is the example's text"
    left = [mark for mark in _PLACEHOLDERS if mark in words]
    if left:
        yield f"{path} still holds {some(left)}"


def _alike(words: str, example: str) -> bool:
    if words == example:
        return True
    matcher = SequenceMatcher(None, words.split(), example.split(), autojunk=False)
    # The quick ratio is an upper bound, and most texts are nowhere near.
    return matcher.quick_ratio() >= _NEARLY_THE_SAME and matcher.ratio() >= _NEARLY_THE_SAME


def _plain(text: str) -> str:
    return " ".join(text.lower().split())

"""What keeps people who cannot see, hear or point from using a page: faults in the structure of its HTML.

Colours and sizes are the same in every study and are looked at with axe in the browser tests; what a study
brings along itself, its words, is checked here. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

_RIGHT_TO_LEFT = {"ar", "fa", "he", "ur"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_FIELDS = {"input", "select", "textarea"}
_NEEDS_NO_LABEL = {"hidden", "submit", "button", "image", "reset"}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}


@dataclass
class _Element:
    tag: str
    attributes: dict[str, str]
    inside: tuple[str, ...]
    words: str = ""

    def names(self) -> bool:
        return bool(self.words.strip() or self.attributes.get("aria-label", "").strip())


class _Structure(HTMLParser):
    """Every element of a page in order, with the words inside and the elements around it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[_Element] = []
        self._open: list[_Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        element = _Element(tag, attributes, tuple(outer.tag for outer in self._open))
        self.elements.append(element)
        if tag == "img":
            self.handle_data(attributes.get("alt", ""))
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if any(element.tag == tag for element in self._open):
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.words += data


def page_faults(html: str, *, language: str) -> list[str]:
    """Everything wrong with a whole page, in words; ``language`` is what it should be written in."""
    elements = _elements(html)
    return [*_of_document(elements, language), *_of_headings(elements), *_of_content(elements)]


def fragment_faults(html: str) -> list[str]:
    """The same for a part of a page that has a heading of its own, such as the introduction of a block."""
    elements = _elements(html)
    return [*_of_headings(elements), *_of_content(elements)]


def _elements(html: str) -> list[_Element]:
    structure = _Structure()
    structure.feed(html)
    structure.close()
    return structure.elements


def _of_document(elements: list[_Element], language: str) -> Iterator[str]:
    root = next((element.attributes for element in elements if element.tag == "html"), {})
    if root.get("lang") != language:
        yield f'expected lang="{language}", found {root.get("lang", "")!r}'
    if language in _RIGHT_TO_LEFT and root.get("dir") != "rtl":
        yield f'expected dir="rtl" for {language}, found {root.get("dir", "")!r}'
    if not any(element.tag == "title" and element.words.strip() for element in elements):
        yield "the page has no title"
    if sum(element.tag == "main" for element in elements) != 1:
        yield "expected one main region"
    for element in elements:
        if element.attributes.get("name") == "viewport" and "user-scalable=no" in element.attributes.get(
            "content", ""
        ):
            yield "the page cannot be enlarged"


def _of_headings(elements: list[_Element]) -> Iterator[str]:
    headings = [
        element for element in elements if element.tag in _HEADINGS and "noscript" not in element.inside
    ]
    n_titles = sum(element.tag == "h1" for element in headings)
    if n_titles != 1:
        yield f"expected one heading of the first level (# in Markdown), found {n_titles}"
    level = 0
    for heading in headings:
        if not heading.words.strip():
            yield "a heading is empty"
        if level and _HEADINGS[heading.tag] > level + 1:
            yield f"heading {heading.words.strip()!r} skips from level {level} to {_HEADINGS[heading.tag]}"
        level = _HEADINGS[heading.tag]


def _of_content(elements: list[_Element]) -> Iterator[str]:
    yield from _of_fields(elements)
    for element in elements:
        yield from _of_element(element)
    ids = Counter(element.attributes["id"] for element in elements if element.attributes.get("id"))
    yield from (f"the id {name} is used {count} times" for name, count in ids.items() if count > 1)


def _of_element(element: _Element) -> Iterator[str]:
    attributes = element.attributes
    if element.tag == "img" and not attributes.get("alt", "").strip():
        yield f"the picture {attributes.get('src', '')} has no words for those who cannot see it"
    if attributes.get("role") == "img" and not attributes.get("aria-label"):
        yield f"a {element.tag} with the role of a picture has no label"
    if element.tag == "button" and not element.names():
        yield "a button has no words"
    if element.tag == "a" and "href" in attributes and not element.names():
        yield f"the link to {attributes['href']} has no words"
    if element.tag == "fieldset" and not element.words.strip():
        yield "a group of fields has no legend"
    if attributes.get("tabindex", "0").isdigit() and attributes.get("tabindex", "0") != "0":
        yield f"a {element.tag} is taken out of the order of the page (tabindex {attributes['tabindex']})"


def _of_fields(elements: list[_Element]) -> Iterator[str]:
    labelled = {
        element.attributes.get("for") for element in elements if element.tag == "label" and element.names()
    }
    for element in elements:
        attributes = element.attributes
        if element.tag not in _FIELDS or attributes.get("type") in _NEEDS_NO_LABEL:
            continue
        by_itself = any(attributes.get(name) for name in ("aria-label", "aria-labelledby", "title"))
        if not by_itself and "label" not in element.inside and attributes.get("id") not in labelled:
            yield f"the field {attributes.get('name', element.tag)} has no label"

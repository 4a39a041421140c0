"""What a robot reads off a page: its forms, its token, the completion code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from study.protocol import Condition


@dataclass
class FormField:
    """A field of a form with the values it offers; free fields offer none.

    ``minimum`` and ``maximum`` are those of a number; ``condition`` says when the field is to be answered.
    """

    name: str
    kind: str
    value: str = ""
    offers: list[str] = field(default_factory=list)
    minimum: int | None = None
    maximum: int | None = None
    required: bool = False
    condition: Condition | None = None


@dataclass
class Form:
    """A form: where it goes and what it asks. Buttons are fields of the kind ``submit``."""

    action: str
    fields: dict[str, FormField] = field(default_factory=dict)

    def hidden(self) -> dict[str, str]:
        """What the form carries along by itself."""
        return {name: one.value for name, one in self.fields.items() if one.kind == "hidden"}


@dataclass
class Page:
    """A page as far as a robot needs it."""

    forms: list[Form] = field(default_factory=list)
    token: str = ""
    heading: str = ""
    completion_code: str = ""
    text: str = ""

    def form_to(self, ending: str) -> Form | None:
        """The form whose action ends like this."""
        return next((form for form in self.forms if form.action.rstrip("/").endswith(ending)), None)


def read_page(html: str) -> Page:
    """Parse a page; the completion code is what the element with the id ``completion-code`` holds.

    >>> page = read_page('<form action="/s/x/consent"><input type="hidden" name="a" value="1"></form>')
    >>> page.form_to("/consent").hidden()
    {'a': '1'}
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.page.text = " ".join(" ".join(reader.words).split())
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self.words: list[str] = []
        self._form: Form | None = None
        self._select: FormField | None = None
        self._condition: Condition | None = None
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "meta" and given.get("name") == "csrf-token":
            self.page.token = given.get("content", "")
        elif tag == "form":
            self._form = Form(given.get("action", ""))
            self._condition = None
            self.page.forms.append(self._form)
        elif tag == "h1":
            self._inside = "h1"
        elif given.get("id") == "completion-code":
            self._inside = tag
        self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        if self._form is None:
            return
        if "data-item" in given:
            watched = given.get("data-show-if")
            self._condition = Condition.model_validate_json(watched) if watched else None
        if tag == "option" and self._select is not None and given.get("value"):
            self._select.offers.append(given["value"])
        name = given.get("name", "")
        if tag not in ("input", "textarea", "select", "button") or not name:
            return
        kind = {"textarea": "text", "select": "choice", "button": "submit"}.get(
            tag, given.get("type", "text")
        )
        one = self._form.fields.setdefault(name, FormField(name, kind, condition=self._condition))
        one.required = one.required or "required" in given or given.get("aria-required") == "true"
        if kind in ("radio", "checkbox", "submit"):
            one.offers.append(given.get("value", "on"))
        else:
            one.value = given.get("value", "")
        if kind == "number":
            one.minimum, one.maximum = (int(given[end]) if end in given else None for end in ("min", "max"))
        if tag == "select":
            self._select = one

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._inside == "h1":
            self.page.heading += data
        elif self._inside:
            self.page.completion_code += data.strip()

"""Find what looks like an identifier in free text: addresses, numbers, accounts, dates, names.

It looks at the shape of what was written and knows no names and no places, so it raises false alarms and
misses what has no shape ("the baker of our village"). It helps a person who reads the text; it does not
replace one.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Hit:
    """A stretch ``start`` to ``end`` of a text and what it looks like.

    ``likely`` is true for shapes that rarely mean anything else, such as e-mail addresses.
    """

    kind: str
    start: int
    end: int
    likely: bool


def _always(_: str) -> bool:
    return True


@dataclass(frozen=True)
class _Shape:
    """A pattern; where it has a group, the group is the identifier. ``holds`` checks what it matched."""

    kind: str
    pattern: re.Pattern[str]
    likely: bool
    holds: Callable[[str], bool] = _always


def identifiers(text: str) -> tuple[Hit, ...]:
    """Everything in ``text`` that looks like an identifier, in order, no two overlapping.

    >>> [(hit.kind, hit.likely) for hit in identifiers("Write to jo@example.org, flat 3")]
    [('e-mail address', True)]
    """
    found: list[Hit] = []
    for hit in _every_hit(text):
        if all(hit.end <= other.start or hit.start >= other.end for other in found):
            found.append(hit)
    return tuple(sorted(found, key=lambda hit: hit.start))


def shape_of(text: str, *, longest: int = 40) -> str:
    """The text with every letter as x and every digit as 0: enough to see a false alarm, no more.

    >>> shape_of("jo.b@example.org")
    'xx.x@xxxxxxx.xxx'
    """
    shown = "".join("x" if sign.isalpha() else "0" if sign.isalnum() else sign for sign in text[:longest])
    return " ".join(shown.split()) + ("…" if len(text) > longest else "")


def redacted(text: str) -> str:
    """The text with each identifier replaced by its kind, in small letters so that it is no name itself.

    >>> redacted("Write to jo@example.org")
    'Write to [removed: e-mail address]'
    """
    parts, done = [], 0
    for hit in identifiers(text):
        parts += [text[done : hit.start], f"[removed: {hit.kind.lower()}]"]
        done = hit.end
    return "".join([*parts, text[done:]])


def _every_hit(text: str) -> Iterator[Hit]:
    """All hits, the most telling shapes first: an IBAN is not also a long number."""
    for shape in _SHAPES:
        for match in shape.pattern.finditer(text):
            group = 1 if match.re.groups else 0
            if shape.holds(match.group(group)):
                yield Hit(shape.kind, match.start(group), match.end(group), shape.likely)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _passes_luhn(text: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1, annex B)."""
    digits = [int(digit) for digit in _digits(text)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return 13 <= len(digits) <= 19 and len(set(digits)) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _passes_mod_97(text: str) -> bool:
    """The check digits of an IBAN (ISO 13616, ISO 7064 mod 97-10)."""
    plain = re.sub(r"\s", "", text)
    moved = plain[4:] + plain[:4]
    return 15 <= len(plain) <= 34 and int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1


def _is_address(text: str) -> bool:
    try:
        return ipaddress.ip_address(text) is not None and len(text) > 4
    except ValueError:
        return False


def _is_phone(text: str) -> bool:
    n_digits = len(_digits(text))
    return 8 <= n_digits <= 15 and not re.fullmatch(r"(19|20)\d\d[-./]\d\d[-./]\d\d.*", text)


def _has_digit_and_letter(text: str) -> bool:
    return any(sign.isdigit() for sign in text) and any(sign.isalpha() for sign in text[1:])


def _is_no_year_of_ai(text: str) -> bool:
    return not text.endswith("AI")


def _shape(
    kind: str, pattern: str, *, likely: bool, holds: Callable[[str], bool] = _always, flags: int = 0
) -> _Shape:
    return _Shape(kind, re.compile(pattern, flags), likely, holds)


_NAME = r"[^\W\d_a-z][^\W\d_]+"
_MONTHS = (
    "jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz|apr(?:il)?|may|mai|june?|juni|july?|juli|aug(?:ust)?"
    "|sep(?:t(?:ember)?)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?"
)
_DATE = (
    rf"(?:\d{{1,2}}[./-]\s?\d{{1,2}}[./-]\s?(?:19|20)?\d\d|(?:19|20)\d\d-\d\d-\d\d"
    rf"|\d{{1,2}}(?:st|nd|rd|th|\.)?\s(?:{_MONTHS})\.?,?\s(?:19|20)\d\d"
    rf"|(?:{_MONTHS})\.?\s\d{{1,2}}(?:st|nd|rd|th)?,?\s(?:19|20)\d\d)"
)
_BORN = r"(?:born|birth(?:day|date)?|d\.?o\.?b\.?|geboren|geburts\w*|née?|naissance|nac(?:ido|ida|imiento))"
_CALLED = (
    r"(?:my name is|my name's|name\s?:|i am called|i'm called|call me|ich hei(?:ß|ss)e|mein name ist"
    r"|je m['’]appelle|mon nom est|me llamo|mi nombre es)"
)
_STREETS = r"(?:street|st\.|road|rd\.|avenue|ave\.?|lane|drive|close|square|boulevard)"

_SHAPES = (
    _shape("e-mail address", r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}", likely=True),
    _shape("web address", r"(?:https?://|www\.)[^\s<>\"']{3,}", likely=False, flags=re.IGNORECASE),
    _shape("browser's own description", r"Mozilla/\d[^;]*\([^)]*\)[^\n;]*", likely=True),
    _shape("Prolific ID", r"(?<![0-9A-Za-z])[0-9a-f]{24}(?![0-9A-Za-z])", likely=True),
    _shape(
        "Mechanical Turk ID",
        r"(?<![0-9A-Za-z])A[0-9A-Z]{12,20}(?![0-9A-Za-z])",
        likely=True,
        holds=_has_digit_and_letter,
    ),
    _shape(
        "bank account (IBAN)",
        r"\b[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b",
        likely=True,
        holds=_passes_mod_97,
    ),
    _shape("IP address", r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\w)", likely=True, holds=_is_address),
    _shape(
        "IP address",
        r"(?<![\w:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])",
        likely=True,
        holds=_is_address,
    ),
    _shape(
        "date of birth",
        rf"{_BORN}\W{{1,3}}(?:\w+\W{{1,3}}){{0,4}}?({_DATE})",
        likely=True,
        flags=re.IGNORECASE,
    ),
    _shape("date", rf"(?<![\w.]){_DATE}(?![\w])", likely=False, flags=re.IGNORECASE),
    _shape("payment card", r"(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.]*\d)", likely=True, holds=_passes_luhn),
    _shape(
        "telephone number",
        r"(?<![\w.])(?:\+|00?(?=[1-9]))\(?\d(?:[\s()./-]{0,2}\d){7,13}(?!\d)",
        likely=True,
        holds=_is_phone,
    ),
    _shape(
        "telephone number",
        r"(?<![\w.])(?:\(\d{3}\)\s?|\d{3}[-. ])\d{3}[-. ]\d{4}(?!\d)",
        likely=True,
        holds=_is_phone,
    ),
    _shape("account name", r"(?<![\w@.])@[A-Za-z_][\w.]{2,29}", likely=False),
    _shape("postcode", r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b", likely=False),
    _shape("postcode", r"\b[A-Z]\d[A-Z] ?\d[A-Z]\d\b", likely=False),
    _shape("postcode", r"\b\d{5}-\d{4}\b|\b\d{5}(?= [A-ZÄÖÜ][a-zäöüß]{2})", likely=False),
    _shape("postcode", r"\b[1-9]\d{3} ?[A-Z]{2}\b", likely=False, holds=_is_no_year_of_ai),
    _shape(
        "street address",
        rf"\b\d{{1,5}}\s(?:[\w'’]+\s){{1,3}}{_STREETS}|\b[^\W\d_]{{3,}}(?:straße|strasse|str\.)\s\d{{1,4}}",
        likely=False,
        flags=re.IGNORECASE,
    ),
    _shape("long number", r"(?<![\w.])\d{6,}(?![\w])", likely=False),
    _shape("name", rf"(?i:\b{_CALLED})\s+((?:{_NAME})(?:\s{_NAME}){{0,3}})", likely=True),
    _shape("two capitalised words, perhaps a name", rf"\b{_NAME}(?:\s{_NAME})+\b", likely=False),
)

"""What looks like an identifier is found, named and hidden; plain answers are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.privacy.identifiers import identifiers, redacted, shape_of

PLANTED = [
    ("Write to jo.b+x@mail.example.org please", "e-mail address", "jo.b+x@mail.example.org", True),
    ("see https://example.org/me", "web address", "https://example.org/me", False),
    ("I am @face_fan on it", "account name", "@face_fan", False),
    ("my id is 5f1a2b3c4d5e6f7a8b9c0d1e", "Prolific ID", "5f1a2b3c4d5e6f7a8b9c0d1e", True),
    ("worker A2XJ4K9LQ0ZP7", "Mechanical Turk ID", "A2XJ4K9LQ0ZP7", True),
    ("from 192.168.10.20 it was slow", "IP address", "192.168.10.20", True),
    ("from 2001:db8::ff00:42:8329 it was", "IP address", "2001:db8::ff00:42:8329", True),
    ("pay DE89 3704 0044 0532 0130 00", "bank account (IBAN)", "DE89 3704 0044 0532 0130 00", True),
    ("card 4111 1111 1111 1111", "payment card", "4111 1111 1111 1111", True),
    ("call +49 30 901820 now", "telephone number", "+49 30 901820", True),
    ("call (415) 555-2671", "telephone number", "(415) 555-2671", True),
    ("I was born on 3 May 1984", "date of birth", "3 May 1984", True),
    ("geboren am 03.05.1984", "date of birth", "03.05.1984", True),
    ("saw it on 12/04/2024", "date", "12/04/2024", False),
    ("I live in SW1A 1AA", "postcode", "SW1A 1AA", False),
    ("I live at 12 Long Acre Street", "street address", "12 Long Acre Street", False),
    ("number 12345678", "long number", "12345678", False),
    ("Hi, my name is Ana", "name", "Ana", True),
    ("ich heiße Jörg Müller", "name", "Jörg Müller", True),
    ("it looked like Mary Smith to me", "two capitalised words, perhaps a name", "Mary Smith", False),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
        "browser's own description",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
        True,
    ),
]


@pytest.mark.parametrize(
    ("text", "kind", "value", "likely"), PLANTED, ids=[f"{p[1]} {p[2]}" for p in PLANTED]
)
def test_a_planted_identifier_is_found_with_its_kind_and_place(text, kind, value, likely):
    found = [(hit.kind, text[hit.start : hit.end], hit.likely) for hit in identifiers(text)]
    assert found == [(kind, value, likely)]


@pytest.mark.parametrize(
    ("text", "kind", "value", "likely"), PLANTED, ids=[f"{p[1]} {p[2]}" for p in PLANTED]
)
def test_what_was_redacted_is_gone_and_not_flagged_again(text, kind, value, likely):
    new = redacted(text)
    assert value not in new
    assert f"[removed: {kind.lower()}]" in new
    assert identifiers(new) == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Nothing really, the eyes were odd.",
        "In 2024 AI pictures became good; I saw 3 or 4 of them, about 50 %.",
        "at 12:30 I took a break of 1.5 minutes",
        "the 4111 1111 1111 1112 of it",
        "لم ألاحظ شيئا",
    ],
)
def test_plain_answers_are_never_called_likely_identifiers(text):
    assert [hit for hit in identifiers(text) if hit.likely] == []


@given(st.text(max_size=200))
def test_a_shape_gives_away_no_letter_and_no_digit(text):
    assert {sign for sign in shape_of(text) if sign.isalnum()} <= {"x", "0"}


@given(st.text(alphabet="aA1 @.-:+/", max_size=300))
def test_hits_lie_within_the_text_in_order_and_apart(text):
    found = identifiers(text)
    ends = [0, *(hit.end for hit in found)]
    assert all(ends[place] <= hit.start < hit.end <= len(text) for place, hit in enumerate(found))

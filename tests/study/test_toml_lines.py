"""The line of a setting is found however the file is written."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from study.toml_lines import line_of, lines_by_place

DEMO = Path(__file__).parents[2] / "study" / "demo_studies"


def places(value, place=()):
    """Every key and array element of a document."""
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, member in members:
        yield (*place, name), member
        yield from places(member, (*place, name))


@pytest.mark.parametrize("kind", ["ai", "edited"])
def test_every_setting_of_the_demo_studies_stands_on_its_line(kind):
    toml = (DEMO / kind / "study.toml").read_text()
    lines, found = toml.splitlines(), lines_by_place(toml)
    for place, value in places(tomllib.loads(toml)):
        line = lines[found[place] - 1]
        if isinstance(place[-1], str):
            assert place[-1] in line
        if isinstance(value, str):
            assert value in line


KEYS = st.text("abc-_ .\"'#[]={}\\é", min_size=1, max_size=5)
NUMBERS = ["1_000", "-2.5e3", "true", "1979-05-27 07:32:00", "2027-01-01"]
ONE_LINE = ['"a # [b] = {c}"', "'x\\'", '"\\"]"', '""']
SEVERAL_LINES = ['"""a\n[b]\nc = 1"""', "'''\n{\n'''", '""" \\""""', '""""quoted""""']
SCALARS = st.sampled_from([*NUMBERS, *ONE_LINE, *SEVERAL_LINES])
BREAKS = st.sampled_from(["", " ", "\n", " # ] } = comment\n", "\n\n  "])


def written_key(key, draw):
    bare = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    if bare and draw(st.booleans()):
        return key
    if "'" not in key and draw(st.booleans()):
        return f"'{key}'"
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


class Writer:
    """Writes random TOML and notes on which line each place begins."""

    def __init__(self, draw):
        self.draw, self.text, self.lines = draw, "", {}

    def put(self, text, *places):
        for place in places:
            self.lines.setdefault(place, self.text.count("\n") + 1)
        self.text += text

    def value(self, place, depth):
        kind = self.draw(st.sampled_from(["scalar", "scalar", "array", "table"])) if depth else "scalar"
        if kind == "scalar":
            self.put(self.draw(SCALARS))
        elif kind == "array":
            self.put("[")
            for position in range(self.draw(st.integers(0, 3))):
                self.put(self.draw(BREAKS))
                self.put("", (*place, position))
                self.value((*place, position), depth - 1)
                self.put(self.draw(BREAKS) + ",")
            self.put(self.draw(BREAKS) + "]")
        else:
            self.put("{")
            for number, key in enumerate(self.draw(st.lists(KEYS, max_size=3, unique=True))):
                self.put(", " if number else " ")
                self.put(written_key(key, self.draw), (*place, key))
                self.put(" = ")
                self.value((*place, key), depth - 1)
            self.put(" }")

    def keys(self, table):
        for key in self.draw(st.lists(KEYS, max_size=3, unique=True)):
            self.put(self.draw(st.sampled_from(["", "# [no] = 1\n", "\n", "  "])))
            self.put(written_key(key, self.draw), (*table, key))
            self.put(self.draw(st.sampled_from([" = ", "=", "  =\t"])))
            self.value((*table, key), 2)
            self.put(self.draw(st.sampled_from(["\n", " # comment\n"])))

    def arrays_of_tables(self, name):
        for position in range(self.draw(st.integers(1, 3))):
            self.put("", (name,), (name, position))
            self.put(f"[[ {name} ]]\n")
            self.keys(
                (
                    name,
                    position,
                )
            )
            for inner in range(self.draw(st.integers(0, 2))):
                place = (name, position, "inner!")
                self.put(f'  [[{name} . "inner!"]] # here\n', place, (*place, inner))
                self.keys((*place, inner))


@st.composite
def documents(draw):
    writer = Writer(draw)
    writer.keys(())
    for name in draw(st.lists(st.sampled_from(["one_table", "two_table"]), unique=True)):
        writer.put(f"[{name}]\n", (name,))
        writer.keys((name,))
    for name in draw(st.lists(st.sampled_from(["first_list", "second_list"]), unique=True)):
        writer.arrays_of_tables(name)
    return writer.text, writer.lines


@settings(deadline=None)
@given(documents())
def test_every_place_is_found_on_the_line_it_was_written_on(document):
    toml, lines = document
    assert {place for place, _ in places(tomllib.loads(toml))} == set(lines)
    assert lines_by_place(toml) == lines
    assert lines_by_place(toml.replace("\n", "\r\n")) == lines


def test_lines_are_found_in_nested_arrays_of_tables():
    question = " [[blocks.questions]]\n id = 1\n"
    toml = "[[blocks]]\nname = 1\n[[blocks]]\nname = 2\n" + question + question
    assert line_of(toml, ("blocks", 1, "questions", 1, "id")) == 8
    assert line_of(toml, ("blocks", 1, "questions", 0)) == 5
    assert line_of(toml, ("elsewhere",)) is None


def test_a_setting_that_is_not_there_is_looked_for_in_its_table():
    toml = "[[blocks]]\nname = 1\nquestions = [\n  { id = 2 },\n  { id = 3 },\n]\n"
    assert line_of(toml, ("blocks", 0, "pairs")) == 1
    assert line_of(toml, ("blocks", 0, "questions", 1, "kind")) == 5


def test_tables_below_an_array_of_tables_belong_to_its_last_entry():
    toml = '[[a]]\n[a.b]\nc = 1\n[[a]]\n["a" . b]\nc.d = 2\n'
    assert line_of(toml, ("a", 0, "b", "c")) == 3
    assert line_of(toml, ("a", 1, "b", "c", "d")) == 6

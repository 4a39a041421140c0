"""An editor's view of study.toml is the program's: what the schema refuses, the check refuses, and back."""

from __future__ import annotations

import json
import tomllib
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from study.protocol.fields import read_fields
from study.protocol_schema import json_schema
from tests.thorough import examples

ROOT = Path(__file__).parents[2]
STUDIES = [
    ROOT / "study" / "demo_studies" / "ai" / "study.toml",
    ROOT / "study" / "demo_studies" / "edited" / "study.toml",
    ROOT / "tests" / "browser" / "short_study.toml",
]
VALIDATOR = Draft202012Validator(json_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)


def as_json(document):
    """A TOML document as a JSON validator sees it: dates as text."""
    return json.loads(json.dumps(document, default=str))


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("file", STUDIES, ids=lambda file: file.parent.name)
def test_the_examples_are_valid(file):
    assert list(VALIDATOR.iter_errors(as_json(tomllib.loads(file.read_text())))) == []


def test_a_date_of_toml_is_a_day():
    document = tomllib.loads(STUDIES[0].read_text() + "\n[stopping]\nlast_day = 2027-06-30\n")
    assert list(VALIDATOR.iter_errors(as_json(document))) == []
    document["stopping"]["last_day"] = "30 June"
    assert [error.json_path for error in VALIDATOR.iter_errors(as_json(document))] == [
        "$.stopping.last_day"
    ] * 2


@pytest.mark.parametrize("what", ["description", "unit"])
def test_every_setting_has_its_meaning_and_unit(what):
    parts = json_schema()["$defs"]
    tables = [json_schema(), *parts.values()]
    for name, setting in [pair for table in tables for pair in table["properties"].items()]:
        if what == "description":
            # A table whose setting says the same as itself says it once.
            said = setting if "description" in setting else parts[setting["$ref"].rpartition("/")[2]]
            assert said["description"]
        elif name.endswith(("_ms", "_px", "_hz", "_days", "_minutes")):
            assert setting["x-unit"] == name.rpartition("_")[2]


def test_the_copy_in_the_docs_is_current():
    committed = json.loads((ROOT / "docs" / "study.schema.json").read_text())
    assert committed == json_schema(), "run facevalue study schema > docs/study.schema.json"


def places(value, place=()):
    yield place
    if isinstance(value, dict | list):
        for name, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(member, (*place, name))


EXAMPLE = as_json(tomllib.loads(STUDIES[0].read_text()))
PLACES = [place for place in places(EXAMPLE) if place]
VALUES = st.one_of(
    st.booleans(),
    st.integers(-3, 20_000),
    st.sampled_from([0.5, -1.5, 0.95, "", "trust", "Not a slug", "each", "side", "unlimited", "x" * 400]),
    st.sampled_from([[], {}, ["trust"], [{}], [1, "unlimited"], {"item": "age"}]),
)


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), VALUES, st.sampled_from("=-+")), min_size=1, max_size=3))
def test_schema_and_check_agree_on_every_setting_by_itself(changes):
    document = deepcopy(EXAMPLE)
    for place, value, kind in changes:
        *way, last = place
        table = document
        try:
            for part in way:
                table = table[part]
            if kind == "=":
                table[last] = value
            elif kind == "-":
                del table[last]
            elif isinstance(table, dict):
                table["unheard_of"] = value
        except (KeyError, IndexError, TypeError):
            pass  # an earlier change took the place away
    refused = list(VALIDATOR.iter_errors(document))
    findings = read_fields(document)[1]
    assert bool(refused) == bool(findings), (refused[:2], findings[:2])
    assert all(finding.sentence.startswith("expected ") and finding.remedy for finding in findings)

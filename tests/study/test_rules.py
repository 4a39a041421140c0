"""Whatever is wrong with a study, the check says so in sentences and never fails itself."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from string import Template

from hypothesis import example, given, settings
from hypothesis import strategies as st

from study.new_command import EXAMPLE
from study.protocol.fields import read_fields
from study.protocol.rules import broken_rules
from study.protocol.translations import spoken_words, text_names
from study.toml_lines import lines_by_place, nearest_line
from tests.thorough import examples


class Anything(Mapping[str, str]):
    """A number for everything that the example leaves to its set."""

    def __getitem__(self, name: str) -> str:
        return "ai" if name == "kind" else "6"

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0


TOML = re.sub(
    r"(?m)^# ?( *(?:\[|\w+ = ).*)$",
    r"\1",
    Template((EXAMPLE / "study.toml").read_text()).substitute(Anything()),
)
EVERYTHING = tomllib.loads(TOML)
LINES = lines_by_place(TOML)


def places(value, place=()):
    yield place
    if isinstance(value, dict | list):
        for name, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(member, (*place, name))


PLACES = [place for place in places(EVERYTHING) if place]
VALUES = st.one_of(
    st.sampled_from(
        [True, False, -1, 0, 1, 3, 1_000, 0.5, float("nan"), "", "trust", "detect", "plain", "\n"]
    ),
    st.sampled_from(
        ["single", "each", "pair", "side", "origin", "choices", "text", "before", "labelled", "told"]
    ),
    st.sampled_from(
        ["https://{", "{survey_code}", "sona", "age", "gender", "ai_use", "2027-02-31", "0000-00-00"]
    ),
    st.sampled_from([[], {}, ["trust"], [["trust"]], [{}], [1, "unlimited"], {"item": "age"}, {"name": "x"}]),
)


def test_the_example_with_everything_in_use_breaks_no_rule():
    protocol, findings = read_fields(EVERYTHING)
    assert findings == []
    assert [finding for finding in broken_rules(protocol) if finding.severity == "error"] == []


@settings(max_examples=examples(400), deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), VALUES, st.sampled_from("=-")), min_size=1, max_size=6))
@example([(("stopping", "last_day"), ["trust"], "=")])
def test_no_mistake_stops_the_check(changes):
    document = deepcopy(EVERYTHING)
    for place, value, kind in changes:
        *way, last = place
        table = document
        try:
            for part in way:
                table = table[part]
            if kind == "=":
                # A copy: a later change may go into the value, and would change it for all examples.
                table[last] = deepcopy(value)
            else:
                del table[last]
        except (KeyError, IndexError, TypeError):
            pass  # an earlier change took the place away
    protocol, findings = read_fields(document)
    findings += broken_rules(protocol)
    for finding in findings:
        assert finding.sentence.startswith("expected ")
        assert "found" in finding.sentence
        assert finding.remedy
        assert finding.place
        nearest_line(LINES, finding.place)
    assert all(words for words, _ in spoken_words(protocol))
    assert all(isinstance(name, str) for name in text_names(protocol))

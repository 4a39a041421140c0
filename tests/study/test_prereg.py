"""Preregistration text: every word of it from the protocol, every gap marked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stimuli.manifest import read_set
from study.prereg import Planned, preregistration, unwritten
from study.protocol import StudyProtocol, read_study
from tests.study.own_study import write_own_study

GOLDEN = Path(__file__).parent / "golden"
FILLED_IN = {
    "recruitment": {"recruiter": "prolific", "pay_per_hour": 9.5, "target": 240},
    "stopping": {"last_day": "2027-06-30", "most_started": 300},
    "eligibility": {"minimum_age": 21, "not_after": ["glance-pilot"]},
    "device": {"minimum_refresh_hz": 50, "forms": ["desktop"], "require_evidence": True},
    "exclusions": {"max_failed_checks": 1, "constant_responder": False},
    "analysis": {"primary": ["milliseconds", "closer-look"]},
}
CELLS = [
    {"name": "plain"},
    {"name": "told", "disclosure": "told", "weight": 2},
    {
        "name": "labelled",
        "disclosure": "labelled",
        "labels": "random",
        "blocks": ["practice", "detect", "trust"],
    },
]


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    study_file = read_study(write_own_study(folder))
    stimulus_set = read_set(folder / "stimuli")
    return Planned(
        protocol=study_file.protocol,
        protocol_hash="ab" * 32,
        set_sha256="cd" * 32,
        n_stimuli=len(stimulus_set.stimuli),
        n_pairs=len(stimulus_set.pairs),
        n_practice_pairs=2,
    )


@pytest.fixture(scope="module")
def elaborate(planned):
    """A study that uses nearly everything a study file can say."""
    content = planned.protocol.model_dump(mode="json")
    for table, values in FILLED_IN.items():
        content[table] |= values
    content["cells"] = CELLS
    content["texts"]["told"] = "texts/told.md"
    content["questionnaires"][0]["when"] = "before"
    content["hypotheses"][0]["claim"] = "milliseconds"
    content["hypotheses"].append({"claim": "skin", "text": "Smooth skin gives AI-made faces away."})
    trust, detect = content["blocks"][1:]
    trust |= {"layout": "single", "pairs": 6, "checks": 1, "answer_deadline_ms": 4000}
    detect |= {"pairs": 6, "fillers": 2, "repeats": 3, "feedback": True}
    detect["exposures_ms"] = [100.0, 500.0, "unlimited"]
    return replace(
        planned,
        protocol=StudyProtocol.model_validate(content),
        n_begun=3,
        amendments=((2, "More people, as the ethics committee allowed."),),
    )


@pytest.mark.parametrize("form", ["aspredicted", "osf"])
@pytest.mark.parametrize("study", ["planned", "elaborate"])
def test_the_text_is_the_one_that_was_read_and_found_good(request, study, form):
    text = preregistration(request.getfixturevalue(study), form=form)
    assert text == (GOLDEN / f"prereg_{study}_{form}.md").read_text(encoding="utf-8")


def headings(text, level):
    return [line.removeprefix(level + " ") for line in text.splitlines() if line.startswith(level + " ")]


def test_aspredicted_has_its_nine_questions(planned):
    found = headings(preregistration(planned, form="aspredicted"), "##")
    assert [heading[:2] for heading in found] == [f"{number})" for number in range(1, 10)]


def test_osf_has_the_sections_of_its_template(planned):
    text = preregistration(planned, form="osf")
    assert headings(text, "##") == [
        "Overview",
        "Research Design",
        "Sampling",
        "Variables",
        "Analysis Plan",
        "Other",
    ]
    assert len(headings(text, "###")) == 23


def test_no_heading_is_left_without_words(planned, elaborate):
    for study in (planned, elaborate):
        for form in ("aspredicted", "osf"):
            parts = preregistration(study, form=form).split("\n\n")
            bare = [a for a, b in zip(parts, [*parts[1:], "#"], strict=True) if a[0] == "#" == b[0] == "#"]
            assert [part for part in bare if not part.startswith(("# ", "## "))] == []


def test_what_the_study_file_does_not_say_is_marked_and_counted(planned):
    content = planned.protocol.model_dump(mode="json")
    content["analysis"]["power"] = None
    content["hypotheses"] = []
    bare = replace(planned, protocol=StudyProtocol.model_validate(content))
    text = preregistration(bare, form="osf")
    assert "[to be written: the power analysis: effect assumed, power at the target number" in text
    assert "[to be written: the hypothesis, with its direction, behind the primary claim “distrust”" in text
    assert unwritten(text) == unwritten(preregistration(planned, form="osf")) + 3


def test_an_edited_set_is_never_called_ai(planned):
    content = planned.protocol.model_dump(mode="json") | {"stimulus_kind": "edited", "hypotheses": []}
    content["blocks"][2]["questions"][0]["text"] = "Which picture was edited?"
    content["questionnaires"] = []
    edited = replace(planned, protocol=StudyProtocol.model_validate(content))
    text = preregistration(edited, form="osf")
    assert "AI" not in text
    assert "one real and one edited face" in text
    assert "`difference ~ 1 + (1 | participant) + (1 | pair)`" in text


@pytest.mark.parametrize(
    ("resume", "words"),
    [
        ("continue", ""),
        (
            "restart_block",
            "more than 15 minutes begins it again, after its practice, with the trials not yet seen",
        ),
        ("end", "more than 15 minutes cannot go on; the session ends there"),
    ],
)
def test_what_follows_a_long_absence_is_part_of_the_design(planned, resume, words):
    content = planned.protocol.model_dump(mode="json")
    content["blocks"][1] |= {"resume": resume, "longest_gap_minutes": 15}
    text = preregistration(replace(planned, protocol=StudyProtocol.model_validate(content)), form="osf")
    assert words in text
    assert ("Who comes back in the middle" in text) == bool(words)


def test_trials_not_known_stay_in_where_the_study_says_so(planned):
    content = planned.protocol.model_dump(mode="json")
    content["exclusions"]["presentation_unclear"] = False
    text = preregistration(replace(planned, protocol=StudyProtocol.model_validate(content)), form="osf")
    assert "Trials without evidence of how they were shown are kept and counted." in text
    assert "whose browser never tells" not in text

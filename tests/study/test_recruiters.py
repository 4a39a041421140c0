"""Recruiters' parameters in, outcome codes out, rehearsals apart."""

from __future__ import annotations

import pytest

from study.protocol import OutcomeCodes
from study.recruiters import identifiers, namespace_of, namespace_token, outcome_code


def test_only_known_parameters_are_taken():
    assert identifiers({"PROLIFIC_PID": "abc", "STUDY_ID": "", "utm": "x"}) == {"PROLIFIC_PID": "abc"}


def test_an_overlong_identifier_is_cut():
    assert len(identifiers({"PROLIFIC_PID": "x" * 999})["PROLIFIC_PID"]) == 200


def test_each_outcome_has_its_own_code_and_work_in_progress_has_none():
    codes = OutcomeCodes(completed="DONE-1", screened_out="OUT-1")
    assert outcome_code(codes, "completed") == "DONE-1"
    assert outcome_code(codes, "screened_out") == "OUT-1"
    assert outcome_code(codes, "in_progress") is None


def test_a_signed_link_leads_into_its_namespace():
    token = namespace_token("key", slug="faces", namespace="robot")
    assert namespace_of("key", token, slug="faces") == "robot"


@pytest.mark.parametrize(("slug", "key"), [("other", "key"), ("faces", "another key")])
def test_a_link_of_another_study_or_installation_leads_nowhere_special(slug, key):
    token = namespace_token("key", slug="faces", namespace="robot")
    assert namespace_of(key, token, slug=slug) == "live"


@pytest.mark.parametrize("token", ["", "robot", "WyJmYWNlcyIsInJvYm90Il0.x"])
def test_an_unsigned_word_leads_nowhere_special(token):
    assert namespace_of("key", token, slug="faces") == "live"

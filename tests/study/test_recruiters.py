"""Recruiters' parameters in, outcome codes and return links out, rehearsals apart."""

from __future__ import annotations

from typing import get_args
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.protocol import Outcome, OutcomeCodes, Recruitment
from study.recruiters import (
    key_hash,
    namespace_of,
    namespace_token,
    outcome_code,
    read_arrival,
    return_link,
    return_url_problems,
    way_back,
)
from study.recruiters.outcomes import OUTCOMES

SONA = "https://uni.sona-systems.com/webstudy_credit.aspx?experiment_id=1&credit_token=a&survey_code={survey_code}"


def recruitment(recruiter="plain", **settings):
    return Recruitment(recruiter=recruiter, target=10, **settings)


@pytest.mark.parametrize(
    ("recruiter", "link", "kept"),
    [
        ("plain", {"PROLIFIC_PID": "abc", "utm_source": "x"}, {}),
        (
            "prolific",
            {"PROLIFIC_PID": "5f3", "STUDY_ID": "6a", "SESSION_ID": "7b", "utm": "x"},
            {"PROLIFIC_PID": "5f3", "STUDY_ID": "6a", "SESSION_ID": "7b"},
        ),
        ("sona", {"survey_code": "1234", "id": "9"}, {"survey_code": "1234"}),
        (
            "mturk",
            {"workerId": "A3", "assignmentId": "3X", "hitId": "3H", "turkSubmitTo": "https://evil.example"},
            {"workerId": "A3", "assignmentId": "3X", "hitId": "3H"},
        ),
    ],
)
def test_of_a_link_only_what_its_recruiter_is_known_to_send_is_kept(recruiter, link, kept):
    arrival = read_arrival(recruitment(recruiter), link)
    assert arrival.identifiers == kept
    assert (arrival.missing, arrival.preview) == (None, False)


@pytest.mark.parametrize("value", ["", "x" * 201, "%SURVEY_CODE%", "{{%PROLIFIC_PID%}}", "a b", "<b>", "é"])
def test_what_is_no_identifier_counts_as_not_given(value):
    arrival = read_arrival(recruitment("sona"), {"survey_code": value})
    assert (arrival.identifiers, arrival.missing) == ({}, "survey_code")


def test_of_a_personal_link_only_the_digest_is_kept():
    arrival = read_arrival(recruitment("personal"), {"key": "secret-key"})
    assert arrival.carried == {"key": "secret-key"}
    assert arrival.identifiers == {"key": key_hash("secret-key")}


def test_a_worker_who_only_looks_at_the_task_is_a_preview():
    link = {"workerId": "A3", "assignmentId": "ASSIGNMENT_ID_NOT_AVAILABLE"}
    assert read_arrival(recruitment("mturk"), link).preview
    assert not read_arrival(recruitment("prolific"), link).preview


def test_a_plain_link_may_carry_what_its_return_url_needs():
    panel = recruitment(return_url="https://panel.example/end?c={code}&id={respondent}")
    arrival = read_arrival(panel, {"respondent": "r-1", "other": "x"})
    assert arrival.identifiers == {"respondent": "r-1"}
    assert (
        return_link(panel, "completed", arrival.identifiers) == "https://panel.example/end?c=COMPLETE&id=r-1"
    )


def test_each_outcome_has_a_code_of_its_own_and_work_in_progress_has_none():
    codes = OutcomeCodes()
    found = {status: outcome_code(codes, status) for status in OUTCOMES}
    assert found == {
        "completed": "COMPLETE",
        "screened_out": "SCREENED",
        "failed_checks": "CHECKSFAILED",
        "lapsed": "TECHNICAL",
        "technical_failure": "TECHNICAL",
        "declined": "NOCONSENT",
        "under_age": "SCREENED",
        "took_part_before": "SCREENED",
        "withdrawn": "WITHDREW",
    }
    assert set(OUTCOMES.values()) == set(get_args(Outcome))
    assert outcome_code(codes, "in_progress") is None
    assert way_back(recruitment("prolific"), "consented", {}) is None


@pytest.mark.parametrize("status", sorted(OUTCOMES))
def test_prolific_takes_every_outcome_back_by_its_code(status):
    back = way_back(recruitment("prolific"), status, {"PROLIFIC_PID": "abc"})
    assert back.link == f"https://app.prolific.com/submissions/complete?cc={back.code}"


def test_sona_gives_credit_to_whoever_comes_so_only_the_credited_are_sent_there():
    way = recruitment("sona", return_url=SONA)
    parameters = {"survey_code": "1234"}
    assert return_link(way, "completed", parameters) == SONA.replace("{survey_code}", "1234")
    assert return_link(way, "technical_failure", parameters) is not None
    for outcome in ("no_consent", "screened_out", "failed_checks", "withdrew"):
        assert return_link(way, outcome, parameters) is None


def test_without_the_parameter_it_needs_there_is_no_link():
    assert return_link(recruitment("sona", return_url=SONA), "completed", {}) is None


def test_plain_personal_and_mturk_have_a_code_and_no_link_of_their_own():
    for recruiter in ("plain", "personal", "mturk"):
        back = way_back(recruitment(recruiter), "completed", {})
        assert (back.code, back.link) == ("COMPLETE", None)


@given(
    value=st.text(),
    template=st.sampled_from(
        [
            "https://panel.example/{x}",
            "https://panel.example/a/{x}/b?c={code}#{x}",
            "https://panel.example:8443/?id={x}&c={code}",
            "https://panel.example/?{x}={code}",
        ]
    ),
)
def test_whatever_a_link_brings_along_the_way_back_stays_at_the_protocols_host(value, template):
    link = return_link(recruitment(return_url=template), "completed", {"x": value})
    parts, wanted = urlsplit(link), urlsplit(template)
    assert (parts.scheme, parts.netloc) == ("https", wanted.netloc)
    assert not set(link) & set("\\\r\n\t <>\"'")
    assert len(parts.path.split("/")) == len(wanted.path.split("/"))


@given(value=st.text(min_size=1))
def test_a_value_arrives_at_the_recruiter_as_it_was_sent(value):
    link = return_link(recruitment(return_url="https://p.example/?id={x}"), "completed", {"x": value})
    assert parse_qs(urlsplit(link).query, keep_blank_values=True) == {"id": [value]}


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("https://{x}/done", "expected a fixed host, found a placeholder in {x}; write the host out"),
        ("https://panel.example{x}", "found a placeholder in panel.example{x}"),
        ("https://me@panel.example/", "expected a plain host and path, found @ before the path"),
        ("https://panel.example\\@evil.example/", "found @ before the path or a backslash"),
        ("http://panel.example/", "expected an address that begins with https://"),
        ("https:///done", "expected an address that begins with https://"),
        ("https://panel.example/?a={}", "found {}"),
        ("https://panel.example/?a={csrf_token}", "found {csrf_token}"),
        ("https://panel.example/?a={code", "found a single brace"),
        ("https://[panel.example/", "expected an address, found 'https://[panel.example/'"),
    ],
)
def test_a_return_url_that_cannot_be_used_is_named_and_never_followed(template, problem):
    assert problem in " ".join(return_url_problems(template))
    unchecked = recruitment().model_copy(update={"return_url": template})
    assert return_link(unchecked, "completed", {"x": "evil.example"}) is None


def test_good_return_urls_have_no_problems():
    assert return_url_problems(SONA) == ()
    assert return_url_problems("https://panel.example/end?status={code}&id={rid}") == ()


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

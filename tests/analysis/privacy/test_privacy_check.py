"""The check finds what was planted, says how grave it is, and hides what it found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from analysis.cli import analysis_commands
from analysis.dataset import read_export
from analysis.privacy.check import PrivacyCheck, check_privacy
from tests.analysis.privacy.conftest import add_event, change_rows

SECRET = "jo.bloggs@example.org"


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(analysis_commands, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def checked(folder: Path, **options: object) -> PrivacyCheck:
    return check_privacy(read_export(folder), folder, **options)


def severities(check: PrivacyCheck) -> dict[str, str]:
    return {finding.about: finding.severity for finding in check.findings}


def test_an_address_in_free_text_stops_and_is_named_by_row_and_column_but_not_shown(say):
    code, output = run("privacy", say(f"write to {SECRET}"), "--k", 2, "--quasi", "q_gender")
    assert code == 1
    assert "STOP   identifiers in free text" in output
    assert "participants.q_noticed row 2" in output
    assert "xx.xxxxxx@xxxxxxx.xxx" in output
    assert SECRET not in output


def test_it_is_shown_on_request_and_hidden_in_json_too(say):
    folder = say(f"write to {SECRET}")
    assert SECRET in run("privacy", folder, "--show")[1]
    assert SECRET not in run("privacy", folder, "--json")[1]
    shown = json.loads(run("privacy", folder, "--json", "--show")[1])
    noticed = next(column for column in shown["free_text"] if column["column"] == "q_noticed")
    assert noticed["flagged"][0]["value"] == SECRET


def test_a_doubtful_name_is_to_be_looked_at_and_stops_nothing(say):
    check = checked(say("it looked like Mary Smith"), k=2, quasi=["q_gender"])
    assert severities(check)["free text that may identify"] == "look"
    assert not check.stops


def test_an_address_among_event_details_is_found(people):
    add_event(people, {"status": "answered", "ratings": f"cues.pair={SECRET}"})
    flagged = [flag for column in checked(people).free_text for flag in column.flagged]
    assert [(flag.table, flag.row, flag.kind) for flag in flagged] == [("events", 14, "e-mail address")]


def test_codes_and_numbers_among_event_details_are_no_free_text(people):
    add_event(people, {"phase": "question", "since_onset_ms": 1234.56789, "key": "ArrowLeft"})
    assert sum(column.n_answers for column in checked(people).free_text) == 0


def test_a_recruiters_account_where_codes_belong_stops(people):
    change_rows(
        people, "participants", lambda row, n: row.update(recruiter="5f1a2b3c4d5e6f7a8b9c0d1e" * (n == 0))
    )
    assert severities(checked(people))["identifiers in free text"] == "stop"


def test_people_alone_in_age_and_gender_stop_and_bands_are_found_to_help(people):
    check = checked(people)
    assert severities(check)["rare combinations"] == "stop"
    groups = check.demographics.groups
    assert (groups.columns, groups.n_people, groups.n_alone) == (("q_age", "q_gender"), 12, 12)
    assert check.demographics.enough is not None
    assert check.demographics.enough.groups.n_below == 0
    finding = next(one for one in check.findings if one.about == "rare combinations")
    assert any(option.startswith("--band q_age=") for option in finding.options)


def test_the_researcher_says_what_others_may_know(people):
    check = checked(people, quasi=["q_gender"])
    assert check.demographics.groups.smallest == 6
    assert severities(check)["rare combinations"] == "fine"


def test_a_column_that_is_not_there_is_named_with_those_that_are(people):
    code, output = run("privacy", people, "--quasi", "q_shoe_size")
    assert code == 1
    assert "expected columns of participants, found q_shoe_size; there are q_age, q_gender" in output


def test_exact_times_and_the_order_of_arrival_are_told(people):
    found = severities(checked(people))
    assert found["exact times"] == "look"
    assert found["order of arrival"] == "look"


def test_devices_measured_to_many_digits_single_people_out(people):
    change_rows(people, "participants", lambda row, n: row.update(frame_interval_ms=f"16.{600 + n}"))
    finding = next(one for one in checked(people).findings if one.about == "device fingerprint")
    assert finding.found == "12 people of 12 are the only one with these measurements"


def test_a_recruiter_of_few_people_is_told(people):
    change_rows(
        people, "participants", lambda row, n: row.update(recruiter="clinic" if n < 2 else "prolific")
    )
    assert severities(checked(people))["small recruiter"] == "look"


def test_pictures_without_consent_and_licence_are_told(people):
    change_rows(people, "stimuli", lambda row, _: row.update(licence="", consent=""))
    finding = next(one for one in checked(people).findings if one.about == "people in the pictures")
    assert finding.severity == "look"
    assert finding.lines[0].endswith("without consent")


def test_robots_stop_nothing(export):
    check = checked(export)
    assert check.only_robots
    assert not check.stops
    code, output = run("privacy", export)
    assert code == 0
    assert "There are only robots in it" in output


def test_a_folder_that_is_no_export_is_refused_with_sentences(tmp_path):
    code, output = run("privacy", tmp_path)
    assert code == 1
    assert "datapackage.json: expected an export folder" in output


@pytest.mark.parametrize("label", ["where", "why", "do", "with"])
def test_every_grave_finding_says_where_why_and_what_to_do(say, label):
    output = run("privacy", say(f"write to {SECRET}"))[1]
    stops = output.split("STOP")[1:]
    assert stops
    assert all(f"       {label}" in stop for stop in stops)

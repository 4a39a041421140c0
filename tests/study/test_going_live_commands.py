"""The commands around going live, as a researcher sees them."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from study.cli import study_commands
from study.database import migrate, open_engine, reading
from study.models import Study
from study.protocol import read_study
from tests.study.own_study import edit, write_own_study
from tests.study.test_flow import complete, start, the_study


@pytest.fixture
def toml(tmp_path):
    return write_own_study(tmp_path / "study")


@pytest.fixture
def engine(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'data' / 'facevalue.sqlite'}")
    yield engine
    engine.dispose()


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.delenv("FACEVALUE_DATA", raising=False)

    def run(*words, installation=True, **options):
        where = ["--data", str(tmp_path / "data")] if installation else []
        return CliRunner().invoke(study_commands, [*map(str, words), *where], **options)

    return run


@pytest.fixture
def published(run, toml):
    done = run("publish", toml)
    assert done.exit_code == 0, done.output
    return done


def rehearse(engine):
    migrate(engine)
    complete(engine, start(engine, namespace="robot"))
    complete(engine, start(engine, namespace="preview"))


def test_publishing_says_that_the_study_is_not_open_and_what_to_do(published):
    assert "not open to them yet: facevalue study ready glance says what is missing" in published.output


def test_ready_lists_every_check_with_what_was_found_and_what_to_do(published, run):
    done = run("ready", "glance")
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert [line[:4] for line in lines if line[:4] in ("pass", "FAIL")] == ["pass"] * 9 + ["FAIL"] * 2
    assert any(re.match(r"FAIL  robots +no robot has completed the study since", line) for line in lines)
    assert any(
        re.match(r" +→ serve the study, print a link \(facevalue study link glance", line) for line in lines
    )
    assert lines[-1] == "glance, version 1: 2 of 11 checks fail."


def test_open_refuses_while_a_check_fails_and_opens_when_none_does(published, run, engine):
    refused = run("open", "glance")
    assert refused.exit_code == 1
    assert "glance was not opened." in refused.output
    rehearse(engine)
    done = run("open", "glance")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[-2:] == ["glance, version 1: everything passes.", "glance is open."]
    with reading(engine) as db:
        study = the_study(db)
        assert (study.is_open, study.opened_as, len(study.readiness)) == (True, "study", 11)
    assert run("ready", "glance").exit_code == 0


def test_both_speak_json(published, run, engine):
    facts = json.loads(run("ready", "glance", "--json").output)
    assert (facts["study"], facts["version"], facts["ready"], facts["opened_at"]) == (
        "glance",
        1,
        False,
        None,
    )
    robots = next(check for check in facts["checks"] if check["name"] == "robots")
    assert robots.keys() == {"name", "passed", "found", "remedy"}
    assert robots["passed"] is False
    rehearse(engine)
    opened = json.loads(run("open", "glance", "--json").output)
    assert (opened["ready"], opened["opened_as"]) == (True, "study")
    assert opened["opened_at"] is not None


def test_close_lets_nobody_new_in(published, run, engine):
    never = run("close", "glance")
    assert (never.exit_code, "glance was never opened; there is nothing to close" in never.output) == (
        1,
        True,
    )
    rehearse(engine)
    run("open", "glance")
    assert run("close", "glance").output.startswith("glance is closed since 20")
    with reading(engine) as db:
        assert not the_study(db).is_open


@pytest.mark.parametrize("command", ["ready", "open", "close", "prereg"])
def test_a_study_nobody_published_is_named_with_those_there_are(published, run, command):
    done = run(command, "glimpse")
    assert done.exit_code == 1
    assert "expected the slug of a published study (glance), found 'glimpse'" in done.output


def test_the_hash_is_the_one_that_publishing_gives(published, run, toml):
    found = run("hash", toml, installation=False).output.strip()
    assert f"protocol hash {found}" in published.output
    assert run("hash", toml, "--expect", found[:12], installation=False).exit_code == 0
    edit(toml.parent / "texts" / "debrief.md", "# Thank you", "# Thanks")
    other = run("hash", toml, "--expect", found, installation=False)
    assert other.exit_code == 1
    assert f"expected {found}; the study file, a text or a picture differs" in other.output
    short = run("hash", toml, "--expect", "abc", installation=False)
    assert (short.exit_code, "expected at least 8 digits" in short.output) == (2, True)


def test_the_hash_command_names_every_problem_of_the_file(run, toml):
    edit(toml, "target = 48", "target = 0")
    done = run("hash", toml, installation=False)
    assert (done.exit_code, "recruitment.target" in done.output) == (1, True)


def test_amend_shows_the_differences_asks_and_makes_the_next_version(published, run, toml, engine):
    edit(toml, "target = 48", "target = 60")
    asked = run("amend", toml, "--reason", "More people.", input="n\n")
    assert asked.exit_code == 1
    assert (
        "From version 1 to version 2:\n  recruitment.target: 48 → 60\nAmend the study? [y/N]" in asked.output
    )
    done = run("amend", toml, "--reason", "More people.", "--yes")
    assert done.exit_code == 0
    assert "version 2, protocol hash " in done.output
    with reading(engine) as db:
        assert [v.reason for v in db.scalars(select(Study)).one().versions] == ["", "More people."]


def test_amend_refuses_with_reason_and_advice(published, run, toml, engine):
    rehearse(engine)
    edit(toml, "seed = 20260101", "seed = 7")
    done = run("amend", toml, "--reason", "A nicer number.", "--yes")
    assert done.exit_code == 1
    assert (
        "seed: 20260101 → 7: every session's plan of trials follows from it; give the changed study a new "
        "slug and publish it as another study" in done.output
    )
    assert "1 problem; nothing was changed." in done.output


def test_publishing_a_changed_study_under_its_old_slug_advises_to_amend(published, run, toml):
    edit(toml, "target = 48", "target = 60")
    done = run("publish", toml)
    assert done.exit_code == 1
    assert "amend it with facevalue study amend, or give the new study another slug" in done.output


def test_a_preregistration_is_written_from_file_or_slug_and_its_gaps_are_counted(
    published, run, toml, tmp_path, engine
):
    out = tmp_path / "prereg.md"
    from_file = run("prereg", toml, "--format", "osf", "--out", out)
    assert from_file.exit_code == 0
    assert from_file.stderr == "6 passages are left to be written.\n"
    text = out.read_text(encoding="utf-8")
    assert f"Seed: {read_study(toml).protocol.seed}" in text
    assert run("prereg", "glance", "--format", "osf").stdout == text
    assert run("prereg", toml, "--format", "aspredicted").stdout.count("\n## ") == 9
    rehearse(engine)
    assert run("prereg", "glance").stdout == text, "rehearsals are no data"

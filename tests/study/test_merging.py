"""Exports of several labs become one, or it is said why they cannot."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from analysis.dataset import read_export
from study import flow
from study.cli import facevalue
from study.database import open_engine, reading, writing
from study.export import export_study
from study.importing import ImportRefused, merge_exports
from study.models import Session
from study.protocol import read_study
from tests.conftest import MOMENT
from tests.study.imports import assert_same_bytes, bring_back, change_rows, files_of, seal
from tests.study.own_study import edit
from tests.study.test_export import AMENDED, LATER, table
from tests.study.test_flow import complete, start, the_study
from tests.templates import copy_database

NEVER = LATER + timedelta(days=30)


@dataclass
class LabInstallation:
    """One lab's installation of the study, with people in it."""

    engine: object
    pictures: object
    opened_at: object

    def amend(self, folder, tmp, reason="More people."):
        toml = shutil.copytree(folder, tmp, dirs_exist_ok=True) / "study.toml"
        edit(toml, "target = 48", "target = 60")
        with writing(self.engine) as db:
            flow.amend(db, read_study(toml), reason=reason, since=1, now=AMENDED)

    def export(self, folder, **how):
        export_study(self.engine, "headshots-demo", folder, now=LATER, **how)
        return folder


@contextmanager
def installations(templates, study_folder, own):
    """Makes the installation of a lab: two people completed, one is under way, one declined."""
    made = []

    def make(name, *, folder=study_folder, at=MOMENT, people=True):
        (own / name).mkdir()
        template = templates.study(folder, "", at=at)
        engine = open_engine(copy_database(template, "", own / name))
        made.append(engine)
        if people:
            complete(engine, start(engine))
            complete(engine, start(engine))
            start(engine)
            with writing(engine) as db:
                flow.decline(db, the_study(db), namespace="live", now=MOMENT)
        return LabInstallation(engine, own / name, at)

    yield make
    for engine in made:
        engine.dispose()


@pytest.fixture
def lab(templates, study_folder, tmp_path):
    with installations(templates, study_folder, tmp_path) as make:
        yield make


@pytest.fixture(scope="module")
def exports_of_two(templates, study_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("labs")
    with installations(templates, study_folder, folder) as make:
        make("first").export(folder / "lund")
        make("second").export(folder / "graz")
    return folder


@pytest.fixture
def two(exports_of_two, tmp_path):
    return tuple(shutil.copytree(exports_of_two / name, tmp_path / name) for name in ("lund", "graz"))


def facts_of(folder):
    return json.loads((folder / "datapackage.json").read_text())["facevalue"]


def refused(*folders, **how):
    target = folders[0].parent / "refused"
    with pytest.raises(ImportRefused) as problems:
        merge_exports(folders, target, now=NEVER, **how)
    assert not target.exists()
    return list(problems.value.problems)


def without_lab(rows):
    return [{name: value for name, value in row.items() if name != "lab"} for row in rows]


def test_a_merged_export_holds_the_rows_of_all_in_their_order(two, tmp_path):
    merge_exports(two, tmp_path / "both", now=NEVER)
    for name in ("trials", "ratings", "participants", "events"):
        both = table(tmp_path / "both", name)
        assert without_lab(both) == without_lab([*table(two[0], name), *table(two[1], name)])
    assert table(tmp_path / "both", "stimuli") == table(two[0], "stimuli")
    labs = [row["lab"] for row in table(tmp_path / "both", "participants")]
    assert labs == ["lund"] * 3 + ["graz"] * 3
    assert {row["lab"] for row in table(two[0], "participants")} == {""}


def test_a_merged_export_says_what_it_was_merged_from(two, tmp_path):
    merge_exports(two, tmp_path / "both", now=NEVER, labs=["Lund", "Graz, Institut für Psychologie"])
    facts = facts_of(tmp_path / "both")
    sources = facts["merged_from"]
    assert [source["lab"] for source in sources] == ["Lund", "Graz, Institut für Psychologie"]
    for source, folder in zip(sources, two, strict=True):
        own = facts_of(folder)
        assert own["register"]["length"] > 0
        for name in ("register", "software", "exported_at", "counts", "departures", "protocol_versions"):
            assert source[name] == own[name], name
        assert len(source["sha256sums"]) == 64
    assert facts["register"] == {"head": "0" * 64, "length": 0}
    assert facts["departures"] == {"declined": 2}
    assert facts["protocol_versions"][0]["participants"] == 6
    assert "Merged from the exports of Lund, Graz" in (tmp_path / "both" / "README.md").read_text()
    assert "merged_from" not in facts_of(two[0])


def test_the_same_folders_give_the_same_bytes(two, tmp_path):
    merge_exports(two, tmp_path / "a", now=NEVER)
    merge_exports(two, tmp_path / "b", now=NEVER)
    assert_same_bytes(tmp_path / "a", tmp_path / "b")


def test_a_further_lab_gives_what_merging_all_at_once_gives(two, lab, tmp_path):
    third = lab("third", at=MOMENT - timedelta(days=2)).export(tmp_path / "oslo")
    merge_exports([*two, third], tmp_path / "at-once", now=NEVER)
    merge_exports(two, tmp_path / "both", now=NEVER)
    merge_exports([tmp_path / "both", third], tmp_path / "step-by-step", now=NEVER)
    assert_same_bytes(tmp_path / "at-once", tmp_path / "step-by-step")
    labs = [row["lab"] for row in table(tmp_path / "at-once", "participants")]
    assert labs == ["lund"] * 3 + ["graz"] * 3 + ["oslo"] * 3


def test_the_study_as_a_whole_runs_from_the_first_opening_to_the_last_closing(lab, tmp_path):
    early, late = lab("early"), lab("late", at=MOMENT - timedelta(days=2))
    with writing(early.engine) as db:
        flow.close_study(db, the_study(db), now=AMENDED)
    folders = [early.export(tmp_path / "a"), late.export(tmp_path / "b")]
    merge_exports(folders, tmp_path / "open", now=NEVER)
    facts = facts_of(tmp_path / "open")
    assert (facts["opened_at"], facts["closed_at"]) == ("2026-02-27T12:00:00.000000Z", None)
    with writing(late.engine) as db:
        flow.close_study(db, the_study(db), now=LATER)
    merge_exports([folders[0], late.export(tmp_path / "c")], tmp_path / "closed", now=NEVER)
    assert facts_of(tmp_path / "closed")["closed_at"] == "2026-03-02T12:00:00.000000Z"
    assert facts_of(tmp_path / "closed")["opened_as"] == "test"


def test_the_analysis_reads_a_merged_export(two, tmp_path):
    merge_exports(two, tmp_path / "both", now=NEVER)
    dataset = read_export(tmp_path / "both")
    assert dataset.participants["lab"].tolist() == ["lund"] * 3 + ["graz"] * 3
    checked = CliRunner().invoke(facevalue, ["analysis", "check", str(tmp_path / "both")])
    assert checked.exit_code == 0, checked.output


def test_a_merged_export_comes_back_like_any_other(two, engine, tmp_path):
    merge_exports(two, tmp_path / "both", now=NEVER)
    bring_back(engine, tmp_path / "both")
    with reading(engine) as db:
        assert list(db.scalars(select(Session.lab).order_by(Session.id))) == ["lund"] * 3 + ["graz"] * 3
        assert the_study(db).imported_from["merged_from"] == facts_of(tmp_path / "both")["merged_from"]
    export_study(engine, "headshots-demo", tmp_path / "again", now=NEVER)
    assert_same_bytes(tmp_path / "both", tmp_path / "again")


# ---- amendments ----


def test_a_lab_that_has_not_made_an_amendment_yet_is_merged_with_one_that_has(lab, study_folder, tmp_path):
    behind, ahead = lab("behind"), lab("ahead")
    ahead.amend(study_folder, tmp_path / "changed")
    start(ahead.engine, at=AMENDED)
    merge_exports([behind.export(tmp_path / "a"), ahead.export(tmp_path / "b")], tmp_path / "both", now=NEVER)
    versions = facts_of(tmp_path / "both")["protocol_versions"]
    assert [(version["reason"], version["participants"]) for version in versions] == [
        ("", 6),
        ("More people.", 1),
    ]
    assert files_of(tmp_path / "both") == files_of(tmp_path / "b")
    assert read_export(tmp_path / "both").provenance.versions[1].n_participants == 1


def test_two_labs_that_amended_in_different_ways_are_refused(lab, study_folder, tmp_path):
    one, other = lab("one"), lab("other")
    one.amend(study_folder, tmp_path / "changed")
    toml = shutil.copytree(study_folder, tmp_path / "else") / "study.toml"
    edit(toml, "target = 48", "target = 96")
    with writing(other.engine) as db:
        flow.amend(db, read_study(toml), reason="Many more.", since=1, now=AMENDED)
    folders = one.export(tmp_path / "a"), other.export(tmp_path / "b")
    hashes = [facts_of(folder)["protocol_hash"] for folder in folders]
    assert refused(*folders) == [
        f"{folders[1]}: expected the protocol {hashes[0]} of {folders[0]} as version 2, found {hashes[1]} "
        "(recruitment.target: 60 → 96); only exports of one protocol, or of one that an amendment made of "
        "it, can be merged"
    ]


def test_another_protocol_of_the_same_slug_is_refused_with_the_first_differences(lab, study_folder, tmp_path):
    changed = shutil.copytree(study_folder, tmp_path / "changed")
    edit(changed / "study.toml", "target = 48", "target = 60")
    edit(changed / "texts" / "debrief.md", "# Thank you", "# Many thanks")
    folders = (
        lab("one").export(tmp_path / "a"),
        lab("other", folder=changed).export(tmp_path / "b"),
    )
    problem = refused(*folders)[0]
    assert "(recruitment.target: 48 → 60; text texts/debrief.md); only exports of one protocol" in problem
    assert all(facts_of(folder)["protocol_hash"] in problem for folder in folders)


def test_another_study_is_refused(lab, study_folder, tmp_path):
    changed = shutil.copytree(study_folder, tmp_path / "changed")
    edit(changed / "study.toml", "headshots-demo", "another")
    other = lab("other", folder=changed)
    export_study(other.engine, "another", tmp_path / "b", now=LATER)
    problems = refused(lab("one").export(tmp_path / "a"), tmp_path / "b")
    assert problems == [
        f"{tmp_path / 'b'}: expected the study headshots-demo as in {tmp_path / 'a'}, found another; merge "
        "exports of one study only"
    ]


# ---- nobody twice ----


def test_an_export_is_not_merged_with_itself(two, tmp_path):
    copy = shutil.copytree(two[0], tmp_path / "copy")
    assert refused(two[0], copy) == [
        f"{copy}: expected another export, found the one of {two[0]}; give each once"
    ]


def test_an_empty_export_is_not_merged_with_itself_either(lab, tmp_path):
    empty = lab("empty", people=False).export(tmp_path / "none")
    assert "expected another export" in refused(empty, shutil.copytree(empty, tmp_path / "copy"))[0]


def test_sessions_that_are_in_two_exports_are_named(lab, tmp_path):
    one = lab("one")
    first = one.export(tmp_path / "a")
    start(one.engine)
    second = one.export(tmp_path / "b")
    problems = refused(first, second)
    sessions = ", ".join(row["session"] for row in table(first, "participants"))
    assert problems == [
        f"{second}: expected sessions of its own, found {sessions}, which are in {first} too; leave one of "
        "the two exports out"
    ]


def test_labs_of_one_name_are_refused(lab, tmp_path):
    folders = lab("one").export(tmp_path / "a" / "export"), lab("two").export(tmp_path / "b" / "export")
    assert "found 'export' as for" in refused(*folders)[0]
    assert "found ' '; name it with --lab" in refused(*folders, labs=["Lund", " "])[0]
    assert "--lab: expected 2 names, one for each export, found 1" in refused(*folders, labs=["Lund"])[0]


def test_one_export_is_not_enough(two):
    assert refused(two[0]) == ["expected at least two exports to merge, found 1"]


def test_faults_of_every_folder_are_listed_with_their_folder(two):
    for folder in two:
        change_rows(folder, "trials", lambda rows: rows[0].update(status="anwsered"))
        seal(folder)
    problems = refused(*two)
    for folder in two:
        assert any(
            problem.startswith(
                f"{folder}/data/study-headshotsdemo_description-trials_data.csv, row 2, column"
            )
            for problem in problems
        )


def test_pictures_that_differ_are_named(two):
    change_rows(two[1], "stimuli", lambda rows: rows[3].update(generator="another one"))
    seal(two[1])
    problems = refused(*two)
    assert problems == [
        f"{two[1]}: expected the stimulus ai_001 as in {two[0]}, found another generator; export the study "
        "again"
    ]


def test_the_command_merges_and_says_how_many_people_are_from_where(two, tmp_path):
    args = ["study", "merge", *map(str, two), "--lab", "Lund", "--lab", "Graz", "--out", str(tmp_path / "c")]
    done = CliRunner().invoke(facevalue, [*args, "--exported-at", "2026-03-05T00:00:00Z"])
    assert done.exit_code == 0, done.output
    assert "156 trials" in done.output
    assert done.output.endswith("Lund: 3 participants\nGraz: 3 participants\n")
    assert facts_of(tmp_path / "c")["exported_at"] == "2026-03-05T00:00:00.000000Z"
    again = CliRunner().invoke(facevalue, args)
    assert again.exit_code == 1
    assert "expected a new or empty folder, found files in" in again.output
    same = CliRunner().invoke(
        facevalue, ["study", "merge", str(two[0]), str(two[0]), "--out", str(tmp_path / "d")]
    )
    assert same.exit_code == 1
    assert "give each once\n1 problem; nothing was changed." in same.output

"""A de-identified copy is a valid export, the same each time, in which what was asked for is done."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from analysis.cli import analysis_commands
from analysis.dataset import read_export
from analysis.privacy.check import check_privacy
from analysis.privacy.deidentify import deidentify
from analysis.privacy.wishes import Wishes
from analysis.report import assemble, write_report
from analysis.simulated_export import write_checksums
from tests.analysis.privacy.conftest import add_event, change_rows, rows_of

AT = datetime(2026, 3, 1, tzinfo=UTC)
EVERYTHING = Wishes(
    drop=("q_mood", "decode_ms"),
    bands={"q_age": 10},
    merge_rare=3,
    times="day",
    text="blank",
    key=b"a secret",
)


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(analysis_commands, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def every_byte(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_the_copy_passes_the_check_and_the_report_runs_on_it(people, tmp_path, monkeypatch):
    # The chapter that takes longest asks for nothing that claims do not.
    monkeypatch.setattr(assemble, "ORDER", tuple(name for name in assemble.ORDER if name != "choices"))
    deidentify(people, tmp_path / "new", EVERYTHING, at=AT)
    status, said = run("check", tmp_path / "new")
    assert status == 0, said
    report = write_report(read_export(tmp_path / "new"), tmp_path / "report.html", n_resamples=100)
    assert report.failures == ()
    assert (tmp_path / "report.html").is_file()


def test_the_same_export_and_wishes_give_the_same_bytes(people, tmp_path):
    for name in ("one", "two"):
        deidentify(people, tmp_path / name, EVERYTHING, at=AT)
    assert every_byte(tmp_path / "one") == every_byte(tmp_path / "two")


def test_without_wishes_the_tables_are_copied_byte_for_byte(people, tmp_path):
    deidentify(people, tmp_path / "new", Wishes(), at=AT)
    before, after = every_byte(people), every_byte(tmp_path / "new")
    assert {name: data for name, data in after.items() if name.startswith("data/")} == {
        name: data for name, data in before.items() if name.startswith("data/")
    }


def test_columns_are_left_out_or_emptied_where_an_export_must_have_them(people, tmp_path):
    deidentify(people, tmp_path / "new", Wishes(drop=("q_mood", "participants.recruiter")), at=AT)
    rows = rows_of(tmp_path / "new", "participants")
    assert "q_mood" not in rows[0]
    assert {row["recruiter"] for row in rows} == {""}
    package = json.loads((tmp_path / "new" / "datapackage.json").read_text())
    assert "q_mood" not in json.dumps(package["resources"])


def test_ages_are_put_into_bands_and_rare_values_merged(people, tmp_path):
    deidentify(people, tmp_path / "new", Wishes(bands={"q_age": 10}, merge={"q_age": 3}), at=AT)
    ages = [row["q_age"] for row in rows_of(tmp_path / "new", "participants")]
    assert set(ages) == {"merged_rare"}
    deidentify(people, tmp_path / "bands", Wishes(bands={"q_age": 10}), at=AT)
    ages = [row["q_age"] for row in rows_of(tmp_path / "bands", "participants")]
    assert ages == ["20-29"] * 10 + ["30-39"] * 2


def test_times_are_cut_to_the_hour_in_csv_and_parquet_alike(people, tmp_path):
    deidentify(people, tmp_path / "new", Wishes(times="hour"), at=AT)
    assert all(
        row["received_at"].endswith(":00:00.000000Z") or not row["received_at"]
        for row in rows_of(tmp_path / "new", "trials")
    )
    typed = pd.read_parquet(tmp_path / "new" / "parquet" / "trials.parquet")["received_at"].dropna()
    assert (pd.to_datetime(typed, utc=True).dt.floor("h") == pd.to_datetime(typed, utc=True)).all()


def test_csv_and_parquet_of_the_copy_say_the_same(export, tmp_path):
    wishes = Wishes(times="day", key=b"a secret", bands={"trials.viewport_width_px": 100})
    deidentify(export, tmp_path / "new", wishes, at=AT)
    data = read_export(tmp_path / "new")
    for name in ("trials", "ratings", "participants"):
        typed = pd.read_parquet(tmp_path / "new" / "parquet" / f"{name}.parquet")
        read = getattr(data, name)
        for column in ("row_id", "participant", "session"):
            assert typed[column].tolist() == read[column].astype(object).tolist()
    typed = pd.read_parquet(tmp_path / "new" / "parquet" / "trials.parquet")
    shown = data.trials["shown_ms"]
    pd.testing.assert_series_equal(typed["shown_ms"], shown, check_dtype=False)


@pytest.mark.parametrize(
    ("text", "left"), [("blank", "[removed]"), ("redact", "I am at [removed: e-mail address]")]
)
def test_free_text_is_taken_out_or_only_what_identifies(say, tmp_path, text, left):
    deidentify(say("I am at jo@example.org"), tmp_path / "new", Wishes(text=text), at=AT)
    rows = rows_of(tmp_path / "new", "participants")
    assert [row["q_noticed"] for row in rows[:2]] == [left, ""]
    assert "jo@example.org" not in "".join(
        content.decode("utf-8", "ignore") for content in every_byte(tmp_path / "new").values()
    )


def test_what_was_said_a_second_time_is_taken_out_of_events_and_the_rest_stays(people, tmp_path):
    add_event(people, {"status": "answered", "ratings": "cues.pair=ask jo@example.org", "n": 2})
    for text, left in (("blank", "[removed]"), ("redact", "cues.pair=ask [removed: e-mail address]")):
        deidentify(people, tmp_path / text, Wishes(text=text), at=AT)
        detail = json.loads(rows_of(tmp_path / text, "events")[-1]["detail"])
        assert detail == {"n": 2, "ratings": left, "status": "answered"}


def test_new_identifiers_are_the_same_in_every_table_and_the_order_is_another(people, tmp_path):
    deidentify(people, tmp_path / "new", Wishes(key=b"a secret"), at=AT)
    old, new = rows_of(people, "participants"), rows_of(tmp_path / "new", "participants")
    names = [row["participant"] for row in new]
    assert names == sorted(names)
    assert not {row["participant"] for row in old} & set(names)
    assert {row["participant"] for row in rows_of(tmp_path / "new", "trials")} == set(names)
    assert [row["q_age"] for row in old] != [row["q_age"] for row in new]
    assert sorted(row["q_age"] for row in old) == sorted(row["q_age"] for row in new)
    assert {row["chain_head"] for row in new} == {row["place"] for row in new} == {""}


def test_new_identifiers_keep_every_answer_with_its_person(people, tmp_path):
    deidentify(people, tmp_path / "new", Wishes(key=b"a secret"), at=AT)

    def answers(folder: Path) -> list[tuple[str, list[str]]]:
        ages = {row["participant"]: row["q_age"] for row in rows_of(folder, "participants")}
        said: dict[str, list[str]] = {}
        for row in rows_of(folder, "ratings"):
            said.setdefault(ages[row["participant"]], []).append(
                f"{row['position']} {row['target']} {row['value']}"
            )
        return sorted(said.items())

    assert answers(tmp_path / "new") == answers(people)


def test_without_a_seed_identifiers_differ_from_copy_to_copy(people, tmp_path):
    for name in ("one", "two"):
        assert run("deidentify", people, tmp_path / name, "--new-ids")[0] == 0
    one, two = (rows_of(tmp_path / name, "participants") for name in ("one", "two"))
    assert not {row["participant"] for row in one} & {row["participant"] for row in two}


def test_the_copy_says_what_was_done_and_what_it_was_made_from(people, tmp_path):
    deidentify(people, tmp_path / "new", EVERYTHING, at=AT)
    package = json.loads((tmp_path / "new" / "datapackage.json").read_text())
    said = package["facevalue"]["deidentified"]
    assert said["at"] == "2026-03-01T00:00:00.000000Z"
    assert "In bands of 10, as text: participants.q_age." in said["done"]
    assert "stand for the original export" in said["chain"]
    for name in ("README.md", "CHANGES.md", "dataset_description.json"):
        assert "de-identified copy" in (tmp_path / "new" / name).read_text().lower()
    assert "a secret" not in json.dumps(package)


def test_files_made_from_the_original_are_left_out_and_named(people, tmp_path):
    (people / "wide").mkdir()
    (people / "wide" / "everybody.csv").write_text("age\n20\n")
    write_checksums(people)
    code, output = run("deidentify", people, tmp_path / "new", "--times", "day")
    assert code == 0
    assert "Not copied, because made from the original: wide/everybody.csv." in output
    assert not (tmp_path / "new" / "wide").exists()


def test_what_the_check_advises_is_enough_for_the_check(say, tmp_path):
    folder = say("write to jo@example.org")
    change_rows(folder, "participants", lambda row, n: row.update(frame_interval_ms=f"16.{60 + n}"))
    found = check_privacy(read_export(folder), folder, k=3)
    assert found.stops
    options = [part for finding in found.findings for option in finding.options for part in option.split()]
    options = [option for option in options if option != "--redact-text"]
    assert run("deidentify", folder, tmp_path / "new", *options)[0] == 0
    again = check_privacy(read_export(tmp_path / "new"), tmp_path / "new", k=3)
    assert not again.stops
    assert again.demographics.groups.n_below == 0
    told = {finding.about for finding in again.findings if finding.severity == "look"}
    assert not told & {"exact times", "order of arrival", "device fingerprint", "free text to read"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--drop", "q_hat"], "--drop q_hat: expected a column of the export, found none of that name"),
        (["--drop", "trials.block"], "--drop trials.block: an export cannot be read without it"),
        (["--drop", "participant"], "--new-ids gives new ones"),
        (["--band", "browser=10"], "--band participants.browser: expected a column of numbers"),
        (["--band", "q_age"], "expected COLUMN=NUMBER, such as q_age=10, found 'q_age'"),
        (["--merge-rare", "form=5"], "expected a column of free words, found one with fixed values"),
        (["--merge-rare", "few"], "expected a whole number or COLUMN=NUMBER, found 'few'"),
        (["--seed", "x"], "--seed belongs to --new-ids"),
        (["--blank-text", "--redact-text"], "leave --redact-text out"),
    ],
)
def test_a_wish_that_cannot_be_fulfilled_is_refused_and_nothing_is_written(people, tmp_path, options, said):
    code, output = run("deidentify", people, tmp_path / "new", *options)
    assert code != 0
    assert said in output
    assert [path.name for path in tmp_path.iterdir()] == ["people"]


def test_a_folder_that_holds_files_is_never_overwritten(people, tmp_path):
    code, output = run("deidentify", people, people)
    assert code == 1
    assert "expected a new or empty folder" in output

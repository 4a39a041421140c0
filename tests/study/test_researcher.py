"""The researcher's pages, on SQLite and PostgreSQL."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from study import flow
from study.database import reading, writing
from study.export_formats import FORMATS
from study.models import Session, Trial
from study.protocol import read_study
from study.researcher import reports
from study.researcher.progress import read_progress
from study.researcher.reports import content_state
from study.running import now
from tests.conftest import MOMENT, sqlite_alone
from tests.study.own_study import edit
from tests.study.test_flow import SHOWN, SMALL_DEVICE, complete, send, start, the_study, trial_message
from tests.study.test_places import change

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def link(engine, published):
    with writing(engine) as db:
        return f"/researcher/enter/{flow.open_link(db, the_study(db), now=now())}"


@pytest.fixture
def client(app):
    return app.test_client()


def press(client, link):
    token = TOKEN.search(client.get(link).text)[1]
    return client.post(link, data={"csrf_token": token})


@pytest.fixture
def inside(client, link):
    press(client, link)
    return client


def progress(engine, *, namespace="live", at=MOMENT):
    with reading(engine) as db:
        return read_progress(db, the_study(db), namespace=namespace, now=at)


def text(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.text))


def test_opening_the_link_uses_nothing_up_and_pressing_the_button_lets_in_once(app, client, link, published):
    for _ in range(3):
        page = client.get(link)
        assert page.text.count("<button") == 1
    entered = press(client, link)
    assert (entered.status_code, entered.headers["Location"]) == (303, f"/researcher/{published.slug}/")
    assert client.get(f"/researcher/{published.slug}/").status_code == 200
    again = press(app.test_client(), link)
    assert again.status_code == 403
    assert "facevalue study link SLUG" in again.text


def test_the_button_needs_the_token_of_its_page(client, link):
    assert client.post(link).status_code == 400


@pytest.mark.parametrize("page", ["", "export.zip", "report.html"])
def test_without_having_been_let_in_there_is_only_the_way_to_a_new_link(client, published, page):
    closed = client.get(f"/researcher/{published.slug}/{page}")
    assert closed.status_code == 403
    assert f"facevalue study link {published.slug}" in closed.text


def test_a_link_to_one_study_opens_no_other(inside):
    assert inside.get("/researcher/another/").status_code == 403


def test_the_page_holds_nothing_its_policy_forbids(inside, engine, published):
    complete(engine, start(engine, browser="Firefox 140"))
    page = inside.get(f"/researcher/{published.slug}/")
    assert "style-src 'self'" in page.headers["Content-Security-Policy"]
    assert not re.search(r"\sstyle=|<style|<script|\son[a-z]+=", page.text)


def test_an_untouched_study_has_a_page_too(inside, published):
    page = inside.get(f"/researcher/{published.slug}/")
    assert "0 of 48 completed" in text(page)
    assert "Nobody has come yet" in page.text
    assert "Nothing has been shown yet" in page.text


def test_statuses_steps_and_flow_count_the_same_people(published, engine):
    complete(engine, start(engine))
    stopped = start(engine)
    send(engine, stopped, [trial_message(1, 1)])
    start(engine)
    start(engine, device=SMALL_DEVICE)
    with writing(engine) as db:
        flow.enrol(db, the_study(db), flow.Visitor(), now=MOMENT)
        flow.decline(db, the_study(db), namespace="live", now=MOMENT)
    found = progress(engine, at=MOMENT + timedelta(minutes=2))
    counted = {status: n for status, n in found.statuses.items() if n}
    assert counted == {"consented": 1, "in_progress": 2, "completed": 1, "screened_out": 1}
    assert [stage.n for stage in found.flow] == [6, 5, 5, 3, 2, 1, 1]
    assert [(step.step, step.n, step.n_active) for step in found.steps] == [
        ("device", 1, 1),
        ("instructions", 0, 0),
        ("task", 2, 2),
        ("after", 0, 0),
    ]
    assert found.steps[0].minutes_since_last_seen == pytest.approx(2)
    assert {kind: n for kind, n in found.departures.items() if n} == {"declined": 1}
    assert (found.n_came, found.target, found.n_completed) == (6, 48, 1)
    assert [(day.n_consented, day.n_completed) for day in found.days] == [(5, 1)]


def test_people_silent_for_longer_than_their_place_is_held_count_as_dropped_out(published, engine):
    start(engine)
    assert progress(engine, at=MOMENT + timedelta(minutes=44)).n_dropped_out == 0
    assert progress(engine, at=MOMENT + timedelta(minutes=46)).n_dropped_out == 1


def test_each_namespace_is_counted_by_itself(published, engine):
    start(engine, namespace="robot")
    live, robot = progress(engine), progress(engine, namespace="robot")
    assert live.sessions_by_namespace == {"live": 0, "pilot": 0, "preview": 0, "robot": 1}
    assert (live.flow[0].n, robot.flow[0].n) == (0, 1)
    assert (live.target, robot.target) == (48, None)


def test_balance_is_even_when_every_list_has_been_completed(published, engine):
    n_lists = 12
    for _ in range(n_lists):
        complete(engine, start(engine))
    found = progress(engine)
    assert found.balance.n_pairs == 24
    (cell,) = found.balance.cells
    assert len(cell.rows) == 2 * 3 * 2
    assert {(row.fewest, row.most, row.n_answered) for row in cell.rows} == {(1, 1, 24)}
    assert (found.balance.widest, cell.others) == (0, ())
    assert (cell.n_completed, cell.n_places) == (n_lists, 48)
    assert (cell.n_lists, cell.n_lists_completed) == (n_lists, n_lists)
    assert (cell.fewest_per_list, cell.most_per_list) == (1, 1)


def test_balance_tells_cells_layouts_and_kinds_of_trials_apart(published, engine):
    import json

    with reading(engine) as db:
        blocks = json.loads(the_study(db).current.protocol)["blocks"]
    blocks[1] |= {"fillers": 1, "repeats": 2, "checks": 1, "pairs": 6}
    blocks[2] |= {"layout": "single", "pairs": 6}
    cells = [{"name": "short", "blocks": ["practice", "trust"]}, {"name": "whole", "weight": 3}]
    change(engine, blocks=blocks, cells=cells)
    sessions = [start(engine) for _ in range(4)]
    for session in sessions:
        with reading(engine) as db:
            rows = db.execute(
                select(Trial.position, Trial.block).join(Session).where(Session.session == session)
            )
            trust = [position for position, block in rows if block == "trust"]
        send(engine, session, [trial_message(position, position) for position in trust])
    short, whole = progress(engine).balance.cells
    assert [(cell.cell, cell.n_places) for cell in (short, whole)] == [("short", 12), ("whole", 36)]
    assert {row.block for row in short.rows} == {"trust"}
    assert {row.made_face for row in whole.rows if row.block == "detect"} == {"alone", "not shown"}
    assert sum(row.n_answered for row in short.rows) == 6
    assert sum(row.n_answered for row in whole.rows) == 18
    assert [(row.kind, row.n_answered) for row in whole.others] == [
        ("filler", 3),
        ("repeat", 6),
        ("check", 3),
    ]
    assert [row.most for row in whole.others] == [None, 0, 0]


def test_answers_of_people_under_way_are_counted_apart(published, engine):
    session = start(engine)
    send(engine, session, [trial_message(position, position) for position in range(1, 6)])
    rows = progress(engine).balance.cells[0].rows
    assert sum(row.n_answered for row in rows) == 3
    assert sum(row.n_answered_completed for row in rows) == 0


def test_timing_tells_planned_from_otherwise_and_from_unknown(published, engine):
    session = start(engine, browser="Firefox 140")
    shown = [
        {},
        {"shown_frames": 32, "late_frames": 1},
        {"shown_frames": 99, "frame_interval_ms": 8.4},
        {"hidden": True, "frame_interval_ms": None},
        {"evidence": "none", "shown_frames": None},
    ]
    messages = [trial_message(number, number) for number in range(1, 6)]
    for message, different in zip(messages, shown, strict=True):
        message["presentation"] = {**SHOWN, "frame_interval_ms": 16.68, **different}
    send(engine, session, messages)
    timing = progress(engine).timing
    everything = timing.everything
    assert (everything.n_as_planned, everything.n_otherwise, everything.n_unknown) == (1, 3, 1)
    assert (everything.n_late, everything.share_as_planned) == (1, 0.25)
    assert {error: n for error, n in timing.frame_errors.items() if n} == {0: 2, 2: 1, 4: 1}
    assert [(row.name, row.n_shown) for row in timing.by_evidence] == [("element_timing", 4), ("none", 1)]
    assert timing.by_evidence[1].share_as_planned is None
    assert [(row.name, row.n_shown) for row in timing.by_browser] == [("Firefox 140", 5)]
    by_refresh = [(row.name, row.n_shown, row.n_otherwise, row.n_late) for row in timing.by_refresh]
    assert by_refresh == [("60 Hz", 3, 1, 1), ("120 Hz", 1, 1, 0), ("unknown", 1, 1, 0)]


def test_the_page_shows_what_was_counted(inside, published, engine):
    complete(engine, start(engine, browser="Safari 18"))
    page = inside.get(f"/researcher/{published.slug}/")
    words = text(page)
    assert "1 of 48 completed" in words
    assert "Safari 18" in words
    assert "Answered every trial 1" in words
    assert "http-equiv" not in page.text
    assert 'http-equiv="refresh" content="30"' in inside.get(f"/researcher/{published.slug}/?refresh=1").text


def test_the_download_is_a_whole_export_of_one_namespace(inside, published, engine):
    session = start(engine)
    start(engine, namespace="robot")
    response = inside.get(f"/researcher/{published.slug}/export.zip")
    assert re.search(
        r"filename=headshots-demo-live-\d{8}-\d{4}\.zip", response.headers["Content-Disposition"]
    )
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        people = archive.read(
            "headshots-demo-live/data/study-headshotsdemo_description-participants_data.csv"
        )
    assert {name.split("/")[0] for name in names} == {"headshots-demo-live"}
    assert people.decode().count("\n") == 2
    assert session.encode() in people


def test_the_page_offers_every_further_format_and_the_download_has_those_that_are_ticked(inside, published):
    page = inside.get(f"/researcher/{published.slug}/").text
    offered = re.findall(r'<input type="checkbox" name="also" value="(\w+)"> ([^<]+)</label>', page)
    assert offered == [(name, further.title) for name, further in FORMATS.items()]
    response = inside.get(f"/researcher/{published.slug}/export.zip?also=spss&also=bids&also=unknown")
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        folders = {name.split("/")[1] for name in archive.namelist()}
    assert folders & {"wide", "spss", "bids", "unknown"} == {"spss", "bids"}


def test_a_format_that_cannot_hold_the_data_is_said_on_a_page(inside, published, monkeypatch):
    monkeypatch.setattr("study.export.formats.wide.MOST_COLUMNS", 10)
    response = inside.get(f"/researcher/{published.slug}/export.zip?also=wide&namespace=pilot")
    assert response.status_code == 422
    assert re.search(r"wide: expected at most 10 columns, found \d+; use the long tables", response.text)
    assert f'href="/researcher/{published.slug}/?namespace=pilot"' in response.text


def test_a_download_has_the_sessions_and_times_that_the_form_asks_for(inside, published, engine):
    done, later = start(engine), start(engine, at=MOMENT + timedelta(days=1))
    complete(engine, done, at=MOMENT + timedelta(minutes=5))
    address = f"/researcher/{published.slug}/export.zip"
    for form, sessions in (
        ("status=completed", {done}),
        ("status=completed&status=in_progress", {done, later}),
        ("since=2026-03-02&until=", {later}),
        ("until=2026-03-02&times=day", {done}),
        ("since=&until=&times=exact&status=nonsense", {done, later}),
    ):
        with zipfile.ZipFile(io.BytesIO(inside.get(f"{address}?{form}").data)) as archive:
            name = next(name for name in archive.namelist() if "participants_data.csv" in name)
            people = list(csv.DictReader(io.StringIO(archive.read(name).decode())))
        assert {row["session"] for row in people} == sessions, form
        assert all(("T00:00:00.000000Z" in row["consented_at"]) == ("day" in form) for row in people)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("since=yesterday", "since: expected a day such as 2026-03-01, found &#39;yesterday&#39;"),
        ("since=2026-03-02&until=2026-03-01", "expected an end after the beginning"),
    ],
)
def test_days_that_cannot_be_are_said_on_a_page(inside, published, form, words):
    response = inside.get(f"/researcher/{published.slug}/export.zip?{form}")
    assert response.status_code == 422
    assert words in response.text


def test_no_copy_of_a_download_stays_on_the_server(inside, published, engine, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "working"))
    (tmp_path / "working").mkdir()
    response = inside.get(f"/researcher/{published.slug}/export.zip")
    assert response.data[:2] == b"PK"
    response.close()
    assert list((tmp_path / "working").iterdir()) == []


@pytest.fixture
def analysis(monkeypatch):
    """Stands in for the analysis: counts its calls and writes a page, or fails with words."""
    calls = []

    def run(command, **_options):
        calls.append(command)
        if run.fails:
            return subprocess.CompletedProcess(command, 1, "", "expected ratings, found none")
        Path(command[-1]).write_text("<style>p{}</style><p>report</p>")
        return subprocess.CompletedProcess(command, 0, "", "")

    run.fails = False
    run.calls = calls
    monkeypatch.setattr(reports.subprocess, "run", run)
    return run


def test_the_report_is_made_once_for_the_same_data(inside, published, engine, analysis):
    address = f"/researcher/{published.slug}/report.html"
    complete(engine, start(engine))
    first = inside.get(address)
    assert first.text == "<style>p{}</style><p>report</p>"
    assert first.headers["Content-Security-Policy"].startswith("sandbox allow-downloads; default-src 'none'")
    assert "style-src 'unsafe-inline'" in first.headers["Content-Security-Policy"]
    inside.get(address)
    assert len(analysis.calls) == 1
    start(engine)
    inside.get(address)
    assert len(analysis.calls) == 2
    assert len(list((published.settings.data / "reports").iterdir())) == 1
    download = inside.get(address + "?download=1").headers["Content-Disposition"]
    assert download == "attachment; filename=headshots-demo-live-report.html"


def test_when_the_analysis_fails_the_page_says_what_it_said(inside, published, analysis):
    analysis.fails = True
    page = inside.get(f"/researcher/{published.slug}/report.html")
    assert page.status_code == 503
    assert "expected ratings, found none" in page.text
    assert list((published.settings.data / "reports").iterdir()) == []


def test_every_change_of_the_data_changes_the_state(published, engine):
    def state(namespace="live"):
        with reading(engine) as db:
            return content_state(db, the_study(db), namespace)

    seen = [state(), state("robot")]
    session = start(engine)
    seen.append(state())
    send(engine, session, [trial_message(1, 1)])
    seen.append(state())
    with writing(engine) as db:
        current = flow.session_by_id(db, session)
        flow.withdraw(db, current, erasures=published.settings.erasures, now=MOMENT)
    seen.append(state())
    assert len(set(seen)) == len(seen)
    assert state() == state()


@pytest.mark.journey
@sqlite_alone
def test_the_real_analysis_makes_the_report(inside, published, engine):
    for _ in range(2):
        complete(engine, start(engine))
    page = inside.get(f"/researcher/{published.slug}/report.html")
    assert page.status_code == 200, text(page)
    assert "First impressions of headshots" in page.text


def test_the_page_says_how_the_study_stands(published, engine, inside):
    said = text(inside.get(f"/researcher/{published.slug}/"))
    assert "version 1" in said
    assert "open since 2026-03-01" in said
    assert "This study was opened for a test, without the checks before going live." in said
    assert "Versions of the protocol" not in said
    with writing(engine) as db:
        flow.close_study(db, the_study(db), now=MOMENT + timedelta(days=2))
    assert "closed 2026-03-03" in text(inside.get(f"/researcher/{published.slug}/"))


def test_the_page_of_a_study_that_is_not_open_says_what_to_do(published, engine, inside):
    with writing(engine) as db:
        study = the_study(db)
        study.opened_at, study.opened_as = None, ""
    said = text(inside.get(f"/researcher/{published.slug}/"))
    assert "not open to participants yet" in said
    assert "Nobody can take part yet. facevalue study ready headshots-demo says what is missing" in said


def test_the_page_tells_amendments_with_reason_difference_and_people(published, engine, inside, tmp_path):
    start(engine)
    toml = shutil.copytree(published.folder, tmp_path / "changed") / "study.toml"
    edit(toml, "target = 48", "target = 60")
    with writing(engine) as db:
        flow.amend(db, read_study(toml), reason="More <people>.", since=1, now=MOMENT)
    page = inside.get(f"/researcher/{published.slug}/")
    assert "More &lt;people&gt;." in page.text
    said = text(page)
    assert "version 2" in said
    assert re.search(r"2 2026-03-01 12:00 [0-9a-f]{12} 0 More", said)
    assert "recruitment.target: 48 → 60" in said
    assert re.search(r"1 2026-03-01 12:00 [0-9a-f]{12} 1 As published\.", said)

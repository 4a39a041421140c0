"""The whole way: a folder of real headshots becomes a study, answers and a report."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from analysis.dataset import read_export
from analysis.results import analyse
from study.serving import STOP_SECONDS

pytestmark = pytest.mark.journey

FACEVALUE = Path(sys.executable).parent / "facevalue"


def run_demo(out: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [FACEVALUE, "demo", *arguments, "--out", str(out)],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "FACEVALUE_TEST_MARK": str(out), **environment},
    )


def left_running(out: Path) -> list[str]:
    """Command lines of processes that a demo started and did not end."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"FACEVALUE_TEST_MARK={out}".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text())
        except (OSError, PermissionError):
            continue
    return found


@pytest.fixture(scope="module")
def demo(shared, tmp_path_factory):
    """Results of twelve robots in the demo study over real pictures."""
    out = tmp_path_factory.mktemp("demo") / "results"
    done = run_demo(out, "--robots", "12", "--faces", str(shared / "faces"))
    assert done.returncode == 0, done.stdout + done.stderr
    return out, done


def test_the_demo_ends_by_itself_and_leaves_nothing_running(demo):
    out, done = demo
    assert done.stderr == ""
    assert sorted(path.name for path in out.iterdir()) == ["export", "report.html", "robots.json"]
    assert left_running(out) == []


def test_every_robot_completed_and_every_planned_trial_is_answered(demo):
    out, _ = demo
    dataset = read_export(out / "export")
    assert list(dataset.participants["status"]) == ["completed"] * 12
    assert set(dataset.participants["namespace"]) == {"robot"}
    assert len(dataset.trials) == 12 * 26
    assert set(dataset.trials["status"]) == {"answered"}
    assert dataset.trials["row_id"].is_unique


def test_the_demo_says_everywhere_that_it_is_a_demonstration(demo):
    out, _ = demo
    assert read_export(out / "export").provenance.opened_as == "demo"
    assert "This is a demonstration" in (out / "export" / "README.md").read_text()
    assert "As a demonstration, without the checks before going live" in (out / "report.html").read_text()


def test_the_demo_shows_each_pair_equally_often_everywhere(demo):
    out, _ = demo
    trials = read_export(out / "export").trials
    main = trials[~trials["practice"]]
    uses = main.groupby(["pair", "block", "exposure_ms", "left_origin"], observed=True).size()
    assert len(uses) == 24 * 2 * 3 * 2
    assert set(uses) == {1}


def test_no_recognisable_public_figure_is_in_the_demo(demo):
    out, _ = demo
    file = next((out / "export" / "data").glob("*stimuli_data.csv"))
    assert "congress" not in file.read_text().lower()
    with file.open() as rows:
        stimuli = list(csv.DictReader(rows))
    assert {row["origin"] for row in stimuli} == {"real", "ai"}
    assert all(row["licence"] and row["attribution"] for row in stimuli)


def test_the_report_recovers_what_the_robots_were_given(demo):
    """With a fixed seed and assignment the answers are the same at every run, so this cannot waver."""
    out, _ = demo
    truth = json.loads((out / "robots.json").read_text())["truth"]
    for estimate, true_value in recovered(analyse(read_export(out / "export")).main, truth):
        assert estimate.low <= true_value <= estimate.high, (estimate, true_value)


def recovered(main, truth):
    detection = {one.exposure_ms: one for one in main.detection.by_exposure}
    for exposure, d_prime in truth["d_prime"].items():
        yield detection[float(exposure)].d_prime, d_prime
    yield main.detection.overall.side_bias, truth["side_bias"]
    yield main.trust.overall.difference, truth["trust_difference"]


def test_every_number_of_the_report_comes_out_again_of_its_export(demo):
    out, _ = demo
    command = [FACEVALUE, "analysis", "verify", str(out / "export")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "report.html: all " in done.stdout
    assert "to the last digit" in done.stdout


def test_without_a_network_the_demo_says_so_and_uses_two_public_domain_portraits(tmp_path):
    out = tmp_path / "results"
    nowhere = {"FACEVALUE_CATALOGUE_URL": "http://127.0.0.1:9", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = run_demo(out, "--robots", "2", **nowhere)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "this is a study of edited portraits" in done.stdout
    dataset = read_export(out / "export")
    assert set(dataset.stimuli["origin"]) == {"real", "edited"}
    assert set(dataset.stimuli["licence"]) == {"Public domain"}
    assert "edited" in (out / "report.html").read_text()


def test_the_demo_prints_its_links_serves_them_and_ends_cleanly_on_ctrl_c(tmp_path):
    environment = {
        **os.environ,
        "FACEVALUE_TEST_MARK": str(tmp_path),
        "FACEVALUE_CATALOGUE_URL": "http://127.0.0.1:9",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "PYTHONUNBUFFERED": "1",
    }
    command = [FACEVALUE, "demo", "--no-browser", "--data", tmp_path / "demo"]
    process = subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        links = {}
        for line in process.stdout:
            name, _, rest = line.strip().partition(" ")
            links[name] = rest.split("(works")[0].strip()
            if line.startswith("Ctrl-C"):
                break
        page = answer_of(links["participant"])
        assert "First impressions of portraits" in page.text
        assert "works once" in answer_of(links["researcher"]).text
        assert (Path(links["data"]) / "facevalue.sqlite").is_file()
        asked = time.monotonic()
        # As a terminal does: all processes of the group are told.
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert time.monotonic() - asked < STOP_SECONDS
        assert process.returncode == 0, said
        assert "Traceback" not in said
        assert left_running(tmp_path) == []
    finally:
        process.kill()
    again = subprocess.run(
        [*command, "--faces", tmp_path], env=environment, capture_output=True, text=True, timeout=60
    )
    assert again.returncode == 2
    assert "there is a demo study in" in again.stderr


def answer_of(link: str) -> requests.Response:
    """The page at a link, as soon as the server is up."""
    for _ in range(100):
        try:
            return requests.get(link, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError(f"nothing answers at {link}")


def test_results_that_are_there_are_never_overwritten(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    done = run_demo(tmp_path, "--robots", "1")
    assert done.returncode == 2
    assert "expected a new or empty folder" in done.stderr
    assert (tmp_path / "notes.txt").read_text() == "mine"

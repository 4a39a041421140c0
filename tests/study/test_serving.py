"""The production server: it comes up, finishes what it has begun, and goes when it is asked to."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest
import requests
from sqlalchemy import func, select

from study.database import open_engine, reading
from study.models import Session
from study.serving import (
    STOP_SECONDS,
    ServerError,
    as_environment,
    child_server,
    free_port,
    server_process,
    usual_workers,
)
from study.settings import read_settings


@pytest.fixture
def dialect():
    return "sqlite"


def test_worker_processes_read_the_same_settings(tmp_path):
    settings = read_settings({"FACEVALUE_HTTPS": "1", "FACEVALUE_PROXIES": "2"}, data=tmp_path)
    assert read_settings(as_environment(settings)) == settings


@pytest.mark.parametrize("demand", [signal.SIGTERM, signal.SIGINT])
def test_a_request_under_way_is_finished_before_the_server_goes(published, demand):
    with server_process(published.settings) as (process, address):
        browser = requests.Session()
        page = browser.get(f"{address}/s/{published.slug}/", timeout=20).text
        token = re.search(r'name="csrf-token" content="([^"]+)"', page)[1]
        form = {"csrf_token": token, "consent": "yes", "agree": "yes", "age": "35"}
        replies = []

        def agree():
            url = f"{address}/s/{published.slug}/consent"
            replies.append(browser.post(url, data=form, allow_redirects=False, timeout=20))

        # Somebody else writes for a while, so that the request has to wait.
        with closing(sqlite3.connect(published.settings.data / "facevalue.sqlite")) as other:
            other.isolation_level = None
            other.execute("BEGIN IMMEDIATE")
            request = threading.Thread(target=agree)
            request.start()
            time.sleep(0.5)
            os.kill(process.pid, demand)
            time.sleep(0.5)
            assert replies == []
            other.execute("ROLLBACK")
        request.join(timeout=20)
        assert [reply.status_code for reply in replies] == [303]
        process.wait(timeout=STOP_SECONDS + 5)
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{address}/health", timeout=2)
    engine = open_engine(published.settings.database)
    with reading(engine) as db:
        assert db.scalar(select(func.count()).select_from(Session)) == 1
    engine.dispose()


def test_postgresql_is_given_a_process_for_each_core_and_sqlite_one(monkeypatch):
    for cores, n in ((1, 1), (2, 2), (64, 4)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _pid, cores=cores: set(range(cores)))
        assert usual_workers("postgresql+psycopg://x") == n
        assert usual_workers("sqlite:///x") == 1


def test_a_server_that_does_not_come_up_says_why(tmp_path):
    port = free_port(0)
    command = ["python3", "-c", "import sys; sys.exit('no room here')"]
    expected = pytest.raises(ServerError, match=r"(?s)stopped at once .status 1.*no room here")
    with expected, child_server(command, f"http://127.0.0.1:{port}", environment=os.environ):
        pass


def test_the_web_app_loads_no_library_for_tables_or_statistics():
    code = (
        "import sys, study.app, study.plan.order\n"
        "study.plan.order._assignment()([[1.0, 2.0], [2.0, 1.0]])\n"
        "heavy = ('pandas', 'scipy.optimize', 'matplotlib', 'pyarrow', 'cv2', 'alembic', 'PIL', 'requests')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr

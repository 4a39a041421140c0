"""Try everything at once: a stimulus set, a published study, a server; with robots, the results too."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

DEMO_STUDIES = Path(__file__).parent / "demo_studies"


@dataclass(frozen=True)
class PreparedDemo:
    """A demo study in its folder, published."""

    slug: str
    title: str
    study_folder: Path


@click.command("demo")
@click.option(
    "--faces",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of headshots with a sources.csv; without it the demo set is downloaded once.",
)
@click.option("--robots", type=click.IntRange(1, 1000), help="Let so many simulated participants take part.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="With --robots: folder for the results."
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the study and its data [./facevalue-demo].",
)
@click.option("--port", default=8765, show_default=True, help="Port to serve on; another one if it is taken.")
@click.option("--seed", default=1, show_default=True, help="With --robots: start of their random choices.")
@click.option("--browser/--no-browser", default=True, help="Open the participant link in the browser.")
def demo_command(
    faces: Path | None,
    robots: int | None,
    out: Path | None,
    data: Path | None,
    port: int,
    seed: int,
    browser: bool,
) -> None:
    """Run the demo study: in your browser, or with --robots N --out DIR through to the report."""
    if (robots is None) != (out is None):
        raise click.UsageError("--robots and --out belong together: --robots 12 --out results")
    with _in_sentences():
        if robots is not None and out is not None:
            run_with_robots(faces=faces, n=robots, out=out, seed=seed)
        else:
            serve_demo(faces=faces, data=data or Path("facevalue-demo"), port=port, browser=browser)


@contextmanager
def _in_sentences() -> Iterator[None]:
    """What can go wrong in a demo is said in its own words, not as a traceback."""
    from stimuli.manifest import StimulusError
    from study.protocol import ProtocolError
    from study.robots import RobotError
    from study.serving import ServerError

    try:
        yield
    except (StimulusError, ProtocolError, RobotError, ServerError) as error:
        raise click.ClickException(str(error)) from None
    except subprocess.CalledProcessError:
        # The report is a program of its own and has said what was wrong.
        raise click.ClickException("the report could not be made; the export is kept") from None


def serve_demo(*, faces: Path | None, data: Path, port: int, browser: bool) -> None:
    """Publish the demo study in ``data`` and serve it until Ctrl-C."""
    from study.links import participant_link, researcher_link
    from study.serving import free_port, serve
    from study.settings import read_settings

    if faces and (data / "study" / "study.toml").is_file():
        raise click.UsageError(
            f"--faces: there is a demo study in {data} already, with pictures of its own; "
            "name another folder with --data, or leave out --faces to go on with that study"
        )
    settings = read_settings({}, data=data)
    demo = prepare_demo(settings.data, database=settings.database, pictures=settings.pictures, faces=faces)
    port = free_port(port)
    address = f"http://127.0.0.1:{port}"
    link = participant_link(settings, demo.slug, address=address)
    click.echo(f"\n{demo.title}")
    click.echo(f"  participant  {link}")
    click.echo(f"  researcher   {researcher_link(settings, demo.slug, address=address)}   (works once)")
    click.echo(f"  data         {settings.data}")
    click.echo("Ctrl-C ends it; the data stay.\n")
    if browser:
        _open_when_up(link, address=address)
    serve(settings, host="127.0.0.1", port=port, quiet=True)
    click.echo("\nEnded. The data are kept; the same command goes on with them.")


def _open_when_up(link: str, *, address: str) -> None:
    # From here on this thread belongs to the server, so another one waits for its first answer.
    def wait_and_open() -> None:
        from study.serving import is_up

        if is_up(address, seconds=30):
            webbrowser.open(link)

    threading.Thread(target=wait_and_open, daemon=True).start()


def run_with_robots(*, faces: Path | None, n: int, out: Path, seed: int) -> None:
    """Robots complete the demo study; ``out`` receives export, report and what the robots were given."""
    if out.exists() and any(out.iterdir()):
        raise click.UsageError(f"--out: expected a new or empty folder, found files in {out}; name another")
    out.mkdir(parents=True, exist_ok=True)
    working = Path(tempfile.mkdtemp(prefix="facevalue-demo-"))
    try:
        _robots_to_report(working, faces=faces, n=n, out=out, seed=seed)
    finally:
        shutil.rmtree(working, ignore_errors=True)


def _robots_to_report(working: Path, *, faces: Path | None, n: int, out: Path, seed: int) -> None:
    from study.database import open_engine
    from study.export import Selection, export_study
    from study.links import participant_link
    from study.robots import RobotTruth, run_robots
    from study.running import now
    from study.serving import running_server
    from study.settings import read_settings

    settings = read_settings({}, data=working)
    demo = prepare_demo(working, database=settings.database, pictures=settings.pictures, faces=faces)
    with running_server(settings) as address:
        click.echo(f"{n} robots take part …")
        link = participant_link(settings, demo.slug, address=address, namespace="robot")
        outcome = run_robots(
            link, n=n, truth=RobotTruth(), seed=seed, stimulus_set=demo.study_folder / "stimuli"
        )
    outcome.write(out / "robots.json")
    engine = open_engine(settings.database)
    export_study(engine, demo.slug, out / "export", now=now(), selection=Selection(namespaces=("robot",)))
    engine.dispose()
    report = out / "report.html"
    subprocess.run(  # noqa: S603 - our own program with our own arguments
        [sys.executable, "-m", "analysis", "report", str(out / "export"), "-o", str(report)], check=True
    )
    click.echo(f"export   {out / 'export'}\nreport   {report}\ntruth    {out / 'robots.json'}")


def prepare_demo(folder: Path, *, database: str, pictures: Path, faces: Path | None) -> PreparedDemo:
    """Build the stimulus set unless it is there, and publish the demo study that fits it."""
    from stimuli.demo_set import build_demo_set
    from stimuli.progress import progress_bar
    from study import flow
    from study.database import migrate, open_engine, writing
    from study.protocol import read_study
    from study.running import now

    study_folder = folder / "study"
    if not (study_folder / "study.toml").is_file():
        shutil.rmtree(study_folder / "stimuli", ignore_errors=True)
        with progress_bar() as progress:
            built = build_demo_set(study_folder / "stimuli", faces=faces, progress=progress)
        click.echo(built.note)
        shutil.copytree(DEMO_STUDIES / built.kind, study_folder, dirs_exist_ok=True)
    study_file = read_study(study_folder / "study.toml")
    engine = open_engine(database)
    migrate(engine)
    with writing(engine) as db:
        study = flow.publish(db, study_file, pictures=pictures, now=now())
        if study.opened_at is None:
            # It has no ethics vote and no power analysis; whoever sees its data must see that too.
            flow.open_unchecked(db, study, opened_as="demo", now=now())
    engine.dispose()
    return PreparedDemo(slug=study.slug, title=study.current.title, study_folder=study_folder)

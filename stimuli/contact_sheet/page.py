"""Write the sheet: one page that needs nothing else, the same bytes for the same set."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from stimuli.check import CheckReport, check_report
from stimuli.contact_sheet import content
from stimuli.contact_sheet.blind import blind_pairs, key_csv
from stimuli.contact_sheet.embedded import embedded_pictures
from stimuli.contact_sheet.strips import MARGIN_PX, WIDTH_PX
from stimuli.contact_sheet.words import n_of, summary
from stimuli.manifest import StimulusError, StimulusSet
from stimuli.measured import measured_columns
from stimuli.progress import Progress, no_progress
from stimuli.sources import read_originals
from stimuli.tables import write_atomically

# Those whose version can change a picture or a number on the page.
_SOFTWARE = ("facevalue", "numpy", "scipy", "opencv-python-headless", "pillow")


class Page(str):
    """A whole HTML page; a notebook shows it in a frame of its own, apart from its own styles."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{escape(self)}" style="width: 100%; height: 50rem; border: 0" '
            'title="Sheet of a stimulus set"></iframe>'
        )


def write_sheet(
    folder: Path, path: Path, *, title: str = "", dated: str = "", progress: Progress = no_progress
) -> int:
    """Write the page about the set in ``folder`` to ``path``; the number of its bytes.

    ``folder`` may also hold originals with their sources.csv. ``dated`` is printed as it is; without
    it the page names no date, so that the same set always gives the same bytes.
    """
    stimulus_set = read_originals(folder)
    report = check_report(folder, progress=progress)
    return _write(path, sheet_html(stimulus_set, report, title=title, dated=dated, progress=progress))


def write_blind_sheet(
    folder: Path, path: Path, key_path: Path, *, title: str = "", progress: Progress = no_progress
) -> int:
    """Write the pairs without a word of what they are, and which picture is where into ``key_path``."""
    stimulus_set = read_originals(folder)
    pairs = blind_pairs(stimulus_set)
    if not pairs:
        raise StimulusError(f"{folder}: expected pairs, found none; run facevalue stimuli pair first")
    page = (
        environment()
        .get_template("blind_sheet.html.j2")
        .render(
            title=title or "Pairs of faces",
            pairs=pairs,
            pictures=embedded_pictures(stimulus_set, progress=progress),
        )
    )
    write_atomically(key_path, key_csv(pairs))
    return _write(path, page)


def sheet_html(
    stimulus_set: StimulusSet,
    report: CheckReport,
    *,
    title: str = "",
    dated: str = "",
    progress: Progress = no_progress,
) -> Page:
    """The whole page. Pictures are re-encoded to at most 480 x 600 pixels and inlined."""
    stimuli = stimulus_set.stimuli
    values = measured_columns(stimulus_set, known=report.measured, progress=progress)
    pairs = content.shown_pairs(stimulus_set, values)
    fillers = content.shown_fillers(stimulus_set, values)
    left = content.left_over(stimulus_set, fillers)
    origins = content.origins_of(stimuli)
    page = (
        environment()
        .get_template("sheet.html.j2")
        .render(
            title=title or stimulus_set.folder.resolve().name,
            dated=dated,
            summary=summary(stimuli, pairs, fillers, left, report),
            stimuli=stimuli,
            origins=origins,
            origin_counts=[sum(s.origin == origin for s in stimuli) for origin in origins],
            other=" and ".join(content.ORIGIN_NAMES[name] for name in origins if name != "real"),
            counts=content.counts(stimuli, origins),
            figures=content.figures(stimuli, values, report),
            alike=content.alike(values),
            problems=report.problems,
            pairs=pairs,
            fillers=fillers,
            left=left,
            rights=content.rights(stimuli),
            set_sha256=stimulus_set.sha256(),
            software={"Python": platform.python_version(), **{name: version(name) for name in _SOFTWARE}},
            pictures=embedded_pictures(stimulus_set, progress=progress),
        )
    )
    return Page(page)


@cache
def environment() -> Environment:
    """Templates of this package; everything from a table is escaped."""
    made = Environment(
        loader=PackageLoader("stimuli"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        tokens=_resource("tokens.css"),
        style=_resource("sheet.css"),
        origin_names=content.ORIGIN_NAMES,
        n_of=n_of,
        margin=MARGIN_PX,
        width=WIDTH_PX,
    )
    made.filters.update(signed=_signed, measure=_spelled)
    return made


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def _spelled(name: str) -> str:
    return name.replace("_", " ")


def _resource(name: str) -> Markup:
    text = (Path(__file__).parents[1] / "templates" / name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - our own files, not data


def _write(path: Path, page: str) -> int:
    encoded = page.encode("utf-8")
    write_atomically(path, encoded)
    return len(encoded)

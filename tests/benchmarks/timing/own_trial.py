"""facevalue's own trial: a real study behind the real server, walked through its public pages."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, select

from stimuli.manifest import Pair, Stimulus, StimulusSet, file_sha256, write_set
from study import flow
from study.database import migrate, open_engine, reading, writing
from study.models import Rating, Session, Trial
from study.protocol import read_study
from study.running import now
from study.serving import running_server
from study.settings import Settings
from study.timing import as_planned
from tests.benchmarks.timing.bench import Bench
from tests.benchmarks.timing.blocks import FIXATION_MS, MASK_MS, UNLIMITED_MS, Audit, Block, Told
from tests.benchmarks.timing.screen import ScreenError
from tests.browser.walking import Participant
from tests.conftest import ROOT

STUDY = """
title = "What was shown"
slug = "{slug}"
languages = ["en"]
seed = 7
stimulus_kind = "ai"
stimulus_set = "stimuli"

[texts]
information = "texts/information.md"
consent = "texts/consent.md"
instructions = "texts/instructions.md"
debrief = "texts/debrief.md"

[recruitment]
target = 5000

[analysis]
primary = []

[[blocks]]
name = "shown"
pairs = {n_pairs}
exposures_ms = {exposures_ms}
fixation_ms = {fixation_ms}
mask_ms = {mask_ms}
gap_ms = 30
intro = "texts/trust.md"
  [[blocks.questions]]
  id = "detect"
  kind = "side"
  text = "Which picture was made by AI?"
"""
PATIENCE_S = 20.0


@dataclass(frozen=True)
class Kind:
    """What makes a study of its own: blocks that differ in nothing here share one."""

    size: str
    exposures_ms: tuple[float, ...]
    n_trials: int

    @property
    def slug(self) -> str:
        exposures = "-".join(f"{exposure:g}" for exposure in self.exposures_ms)
        return f"{self.size}-{self.n_trials}-{exposures}"


def kind_of(block: Block) -> Kind:
    return Kind(block.size, block.exposures_ms, block.n_trials)


@dataclass
class OwnTrial:
    """Every block is a new participant, from the landing page to the last answer."""

    address: str
    engine: Engine
    name: str = "facevalue"
    n_pictures: int = 2
    needs_answers: bool = True
    _person: Participant | None = field(default=None, init=False)

    def open(self, bench: Bench, block: Block) -> None:
        bench.context.clear_cookies()
        self._person = Participant(bench.page)
        self._person.enter(f"{self.address}/s/{kind_of(block).slug}/")

    def begin(self, bench: Bench) -> None:  # noqa: ARG002 - the platforms' common form
        assert self._person
        self._person.begin()

    def go_on(self, bench: Bench) -> None:
        """Leave a notice (an interrupted trial) that waits for a press of its button."""
        button = bench.page.locator("#words .primary:not([aria-disabled])")
        if button.is_visible():
            button.click()

    def is_over(self, bench: Bench) -> bool:
        # A call into the browser, so that Playwright hears what it said meanwhile.
        bench.page.wait_for_timeout(1)
        rows = self._rows()
        return bool(rows) and all(trial.status != "planned" for trial, _ in rows)

    def collect(self, bench: Bench) -> list[Told]:
        end = time.monotonic() + PATIENCE_S
        while not self.is_over(bench):
            if time.monotonic() > end:
                waiting = sum(trial.status == "planned" for trial, _ in self._rows())
                raise ScreenError(f"facevalue: {waiting} trials were not saved within {PATIENCE_S:.0f} s")
            time.sleep(0.2)
        bench.leave()
        return [_told(trial, rt_ms) for trial, rt_ms in self._rows()]

    def _rows(self) -> list[tuple[Trial, float | None]]:
        assert self._person
        with reading(self.engine) as db:
            rows = db.execute(
                select(Trial, Rating.rt_ms)
                .outerjoin(Rating, Rating.trial_id == Trial.id)
                .join(Session, Session.id == Trial.session_id)
                .where(Session.session == self._person.session)
                .order_by(Trial.position)
            ).all()
            db.expunge_all()
            return [(trial, rt_ms) for trial, rt_ms in rows]


def _told(trial: Trial, rt_ms: float | None) -> Told:
    audit = Audit(
        evidence=trial.evidence,
        planned_frames=trial.planned_frames,
        shown_frames=trial.shown_frames,
        shown_ms=trial.shown_ms,
        onset_ms=trial.onset_ms,
        as_planned=as_planned(trial),
    )
    assert trial.right is not None
    exposure = UNLIMITED_MS if trial.exposure_ms is None else trial.exposure_ms
    return Told(_number(trial.left), _number(trial.right), exposure, rt_ms, audit)


def _stimulus_name(number: int) -> str:
    return f"picture_{number:04d}"


def _number(stimulus: str) -> int:
    return int(stimulus.rpartition("_")[2])


@contextmanager
def own_trial(folder: Path, pictures: Path, kinds: Sequence[Kind]) -> Iterator[OwnTrial]:
    """Publish a study of each kind and serve them; ``pictures`` holds a folder of files for each size."""
    settings = Settings(
        data=folder, database=f"sqlite:///{folder / 'study.sqlite'}", secret_key="a benchmark's"
    )
    engine = open_engine(settings.database)
    migrate(engine)
    for kind in kinds:
        file = _write_study(folder / kind.slug, kind, sorted((pictures / kind.size).glob("*.jpg")))
        with writing(engine) as db:
            study = flow.publish(db, read_study(file), pictures=settings.pictures, now=now())
            flow.open_unchecked(db, study, opened_as="benchmark", now=now())
    try:
        with running_server(settings) as address:
            yield OwnTrial(address, engine)
    finally:
        engine.dispose()


def _write_study(folder: Path, kind: Kind, files: Sequence[Path]) -> Path:
    """Pictures 2k and 2k + 1 are a pair, as on the pages of the peers."""
    images = folder / "stimuli" / "images"
    images.mkdir(parents=True)
    stimuli = []
    for number, file in enumerate(files[: 2 * kind.n_trials]):
        shutil.copy(file, images / file.name)
        origin = ("real", "ai")[number % 2]
        generator = "none: a test picture" if origin == "ai" else ""
        stimuli.append(
            Stimulus(
                _stimulus_name(number),
                f"images/{file.name}",
                file_sha256(file),
                origin,
                generator=generator,
                licence="CC0-1.0",
                source="made for the benchmark",
            )
        )
    pairs = [
        Pair(f"pair_{first // 2:04d}", stimuli[first].stimulus, stimuli[first + 1].stimulus, 0.0, False)
        for first in range(0, len(stimuli), 2)
    ]
    write_set(StimulusSet(folder / "stimuli", tuple(stimuli), tuple(pairs)))
    shutil.copytree(ROOT / "study" / "demo_studies" / "ai" / "texts", folder / "texts")
    study = folder / "study.toml"
    study.write_text(
        STUDY.format(
            slug=kind.slug,
            n_pairs=kind.n_trials,
            exposures_ms=[
                "unlimited" if exposure == UNLIMITED_MS else exposure for exposure in kind.exposures_ms
            ],
            fixation_ms=FIXATION_MS,
            mask_ms=MASK_MS,
        )
    )
    return study

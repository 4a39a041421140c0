"""Let robots take part in a served study, and say how it went."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from stimuli.manifest import Stimulus, read_set
from study.robots.connection import WalkError
from study.robots.mind import Mind
from study.robots.truth import RobotTruth
from study.robots.walk import VanishedError, Walk

# Any number: who vanishes is drawn apart from what robots answer.
_VANISHING = 7_304


@dataclass(frozen=True)
class RobotOutcome:
    """How one robot fared: completed, vanished, turned_away (the page's heading says why) or failed."""

    number: int
    status: str
    completion_code: str
    n_answered: int
    careless: bool
    seconds: float
    reason: str = ""


@dataclass(frozen=True)
class RobotReport:
    """What the robots were given and how each of them fared, in the order of their numbers."""

    truth: RobotTruth
    seed: int
    url: str
    outcomes: tuple[RobotOutcome, ...]
    seconds: float

    @property
    def n_completed(self) -> int:
        return sum(outcome.status == "completed" for outcome in self.outcomes)

    @property
    def n_vanished(self) -> int:
        return sum(outcome.status == "vanished" for outcome in self.outcomes)

    def as_json(self) -> dict[str, Any]:
        return {
            "truth": self.truth.as_json(),
            "seed": self.seed,
            "n": len(self.outcomes),
            "url": self.url,
            "seconds": round(self.seconds, 3),
            "robots": [asdict(outcome) for outcome in self.outcomes],
        }

    def write(self, file: Path) -> None:
        """Write truth and outcomes as JSON."""
        file.write_text(json.dumps(self.as_json(), indent=2) + "\n", encoding="utf-8")


class RobotError(RuntimeError):
    """Some robot could not complete and was not meant to vanish; ``report`` holds what became of each."""

    def __init__(self, report: RobotReport) -> None:
        self.report = report
        stopped = [one for one in report.outcomes if one.status not in ("completed", "vanished")]
        first = stopped[0]
        super().__init__(
            f"{len(stopped)} of {len(report.outcomes)} robots did not complete; "
            f"robot {first.number}: {first.reason}"
        )


def run_robots(
    url: str,
    *,
    n: int,
    truth: RobotTruth,
    seed: int,
    stimulus_set: Path,
    concurrency: int = 4,
    vanish: float = 0,
    entry_query: str = "",
    progress: Callable[[RobotOutcome], None] | None = None,
) -> RobotReport:
    """Let robots 1 to ``n`` go through the study at ``url``, a participant link.

    They enrol one after another, so that robot k always gets the k-th place, and answer ``concurrency`` at
    a time. The same seed, places and pictures give the same answers. ``stimulus_set`` is the folder the
    study was published from. About a share ``vanish`` of them leave without a word at a random trial. Raises
    RobotError when any other did not complete.
    """
    started = time.monotonic()
    address = url + (("&" if "?" in url else "?") + entry_query if entry_query else "")
    stimuli = {stimulus.sha256: stimulus for stimulus in read_set(stimulus_set).stimuli}
    robots = [
        _Robot(
            address, Mind(truth, seed=seed, number=k), stimuli, leaves_after=_leaves_after(vanish, seed, k)
        )
        for k in range(1, n + 1)
    ]
    for robot in robots:
        robot.enrol()
    with ThreadPoolExecutor(max_workers=max(1, concurrency)) as pool:
        outcomes = []
        for outcome in pool.map(_Robot.finish, robots):
            outcomes.append(outcome)
            if progress:
                progress(outcome)
    report = RobotReport(
        truth, seed, url.partition("?")[0], tuple(outcomes), seconds=time.monotonic() - started
    )
    if report.n_completed + report.n_vanished < n:
        raise RobotError(report)
    return report


def _leaves_after(vanish: float, seed: int, number: int) -> float | None:
    """After which share of its trials a robot vanishes; None when it stays."""
    leaves, when = np.random.default_rng([seed, number, _VANISHING]).random(2)
    return float(when) if leaves < vanish else None


class _Robot:
    """A mind on its way; what stops it is kept and told in the outcome."""

    def __init__(
        self, url: str, mind: Mind, stimuli: Mapping[str, Stimulus], leaves_after: float | None
    ) -> None:
        self._mind = mind
        self._walk = Walk(url, mind, stimuli, leaves_after=leaves_after)
        self._stopped = ""
        self._seconds = 0.0

    def enrol(self) -> None:
        begun = time.monotonic()
        try:
            self._walk.enrol()
        except WalkError as error:
            self._stopped = str(error)
        self._seconds = time.monotonic() - begun

    def finish(self) -> RobotOutcome:
        begun = time.monotonic()
        status, n_answered = "failed", 0
        if not self._stopped and not self._walk.enrolled:
            status, self._stopped = "turned_away", self._walk.heading
        elif not self._stopped:
            try:
                n_answered = self._walk.answer_everything()
                status = "completed" if self._walk.completion_code else "failed"
                self._stopped = "" if self._walk.completion_code else "found no completion code at the end"
            except VanishedError as error:
                status, self._stopped = "vanished", str(error)
            except WalkError as error:
                self._stopped = str(error)
        self._walk.close()
        return RobotOutcome(
            number=self._mind.number,
            status=status,
            completion_code=self._walk.completion_code,
            n_answered=n_answered,
            careless=self._mind.careless,
            seconds=round(self._seconds + time.monotonic() - begun, 3),
            reason=self._stopped,
        )

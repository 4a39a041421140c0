"""Simulate studies of every cell of a grid, side by side, and collect what each found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from analysis.power.answers import simulated_study
from analysis.power.assumptions import Assumptions
from analysis.power.grid import Cell
from analysis.power.kept import KeptOutcomes, Place, conditions
from analysis.power.models import Outcome, outcome, testing_model
from analysis.power.study import PlannedStudy

Progress = Callable[[int, int], None]
"""Called with the number of simulations done and wanted."""

# Small enough that little is lost when a run is stopped, large enough that sending it costs nothing.
_AT_ONCE = 10


def simulate_power(
    study: PlannedStudy,
    cells: Sequence[Cell],
    *,
    assumptions: Assumptions | None = None,
    n_simulations: int = 500,
    seed: int = 1,
    n_jobs: int | None = None,
    keep: Path | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """One row per simulated study: the cell's columns, number, estimate, se, df, n_kept.

    Simulations run through joblib: ``n_jobs`` processes (-1: one per core; ``None``: one, or what the
    surrounding ``joblib.parallel_config`` says, such as a Dask cluster). Each simulation draws from its own
    stream, made of the seed, the cell and its number, so the result is the same on any number of processes
    and in any order, and more simulations later begin with these. With ``keep`` every outcome is written to
    that file as it comes, and those already there are not simulated again.

    ``estimate`` and ``se`` are in the effect's unit (see ``Cell``), NaN where the model could not be fitted;
    ``df`` is Satterthwaite's, infinite for choices.
    """
    assumptions = assumptions or Assumptions()
    wanted = [(cell, number) for cell in cells for number in range(n_simulations)]
    kept = KeptOutcomes(keep, conditions(study, assumptions, seed)) if keep else None
    found: dict[Place, Outcome] = dict(kept.found) if kept else {}
    missing = [place for place in wanted if place not in found]
    n_done = len(wanted) - len(missing)
    tell = progress or _say_nothing
    tell(n_done, len(wanted))
    for outcomes in _simulated(missing, study, assumptions, seed, n_jobs):
        found.update(outcomes)
        if kept:
            kept.add(outcomes)
        n_done += len(outcomes)
        tell(n_done, len(wanted))
    rows = [{**asdict(cell), "number": number, **asdict(found[cell, number])} for cell, number in wanted]
    return pd.DataFrame(rows)


def _say_nothing(done: int, of: int) -> None:
    """Nobody wants to know."""


def _simulated(
    places: list[Place], study: PlannedStudy, assumptions: Assumptions, seed: int, n_jobs: int | None
) -> Iterator[list[tuple[Place, Outcome]]]:
    # Largest studies first, or the last process works on while the others are done.
    ordered = sorted(places, key=lambda place: -place[0].n_participants * place[0].n_trials)
    portions = [ordered[at : at + _AT_ONCE] for at in range(0, len(ordered), _AT_ONCE)]
    work = (delayed(_simulate)(portion, study, assumptions, seed) for portion in portions)
    yield from Parallel(n_jobs=n_jobs, return_as="generator_unordered")(work)


def _simulate(
    places: list[Place], study: PlannedStudy, assumptions: Assumptions, seed: int
) -> list[tuple[Place, Outcome]]:
    return [(place, _one(place, study, assumptions, seed)) for place in places]


def _one(place: Place, study: PlannedStudy, assumptions: Assumptions, seed: int) -> Outcome:
    cell, number = place
    data = simulated_study(cell, study, assumptions, np.random.default_rng(_stream(cell, number, seed)))
    return outcome(data, testing_model(cell.claim, study.claims[cell.claim]))


def _stream(cell: Cell, number: int, seed: int) -> np.random.SeedSequence:
    # Characters and the bits of the effect as whole numbers: the same on every machine.
    claim = int.from_bytes(cell.claim.encode(), "big")
    effect = int(np.float64(cell.effect).view(np.uint64))
    design = (cell.n_participants, cell.n_pairs, cell.n_trials)
    return np.random.SeedSequence([seed, claim, *design, effect, number])

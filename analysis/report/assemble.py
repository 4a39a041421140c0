"""Build every section of a report, on several cores; one that fails does not take the others with it."""

from __future__ import annotations

import pickle
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from analysis.dataset import Dataset
from analysis.fitted import FittedModel
from analysis.report.content import Figure, Paragraph, Section, Table, quoted
from analysis.report.inputs import Inputs, inputs_of
from analysis.report.references import references_section
from analysis.report.sections import AFTER_OTHERS, ORDER, SLOW
from analysis.results import N_RESAMPLES
from analysis.software import software_versions

_Part = TypeVar("_Part", Paragraph, Table, Figure, FittedModel)
Progress = Callable[["Built"], None]


@dataclass(frozen=True)
class Built:
    """What became of one section; ``failure`` says in a sentence what went wrong, ``trace`` where."""

    name: str
    section: Section | None
    seconds: float
    cpu_seconds: float
    failure: str = ""
    trace: str = field(default="", repr=False)


@dataclass(frozen=True)
class Report:
    """All sections of a report, and what they were computed from.

    ``built`` says how long each took, which is in none of the formats: the same data, seed and versions give
    the same bytes.
    """

    inputs: Inputs
    sections: tuple[Section, ...]
    software: Mapping[str, str]
    built: tuple[Built, ...] = ()

    @property
    def failures(self) -> tuple[Built, ...]:
        return tuple(one for one in self.built if one.failure)

    @property
    def models(self) -> tuple[FittedModel, ...]:
        return tuple(self.parts(FittedModel))

    def parts(self, kind: type[_Part]) -> Iterator[_Part]:
        """All parts of one kind, in order."""
        return (part for section in self.sections for part in section.parts if isinstance(part, kind))


def section_modules() -> dict[str, ModuleType]:
    """The modules of ``ORDER`` that this installation has."""
    home = "analysis.report.sections"
    return {name: import_module(f"{home}.{name}") for name in ORDER if find_spec(f"{home}.{name}")}


def build_report(
    dataset: Dataset,
    *,
    seed: int | None = None,
    n_resamples: int = N_RESAMPLES,
    namespace: str | None = None,
    measures: Path | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Report:
    """The report of a dataset. The number of jobs changes how long it takes, and nothing else.

    ``seed`` of the bootstrap defaults to the one frozen in the protocol. ``progress`` is told of each section
    as it is done.
    """
    inputs = inputs_of(dataset, seed=seed, n_resamples=n_resamples, namespace=namespace, measures=measures)
    built = _all(inputs, tuple(section_modules()), jobs, progress)
    found = _sections(built)
    listed = references_section(found)
    return Report(
        inputs=inputs,
        sections=(*found, *([listed] if listed else [])),
        software=software_versions(),
        built=tuple(built),
    )


def _sections(built: Iterable[Built]) -> tuple[Section, ...]:
    return tuple(section for section in map(_shown, built) if section is not None)


def _all(inputs: Inputs, names: Sequence[str], jobs: int, progress: Progress | None) -> list[Built]:
    first = [name for name in names if name not in AFTER_OTHERS]
    done: list[Built] = []
    for one in _beside(inputs, first, jobs) if jobs > 1 else (build_section(name, inputs) for name in first):
        done.append(one)
        if progress is not None:
            progress(one)
    done.sort(key=lambda one: names.index(one.name))
    for name in (name for name in names if name in AFTER_OTHERS):
        done.append(build_section(name, inputs, _sections(done)))
        if progress is not None:
            progress(done[-1])
    return sorted(done, key=lambda one: names.index(one.name))


def _beside(inputs: Inputs, names: Sequence[str], jobs: int) -> Iterator[Built]:
    """Sections as they are done. Processes, because matplotlib's settings belong to all threads of one."""
    from joblib import Parallel, delayed

    slowest_first = sorted(names, key=lambda name: SLOW.index(name) if name in SLOW else len(SLOW))
    with tempfile.TemporaryDirectory(prefix="facevalue-report-") as folder:
        # Written once and read once in each process: sent along with every section it costs more than many.
        path = Path(folder, "inputs")
        path.write_bytes(pickle.dumps(inputs, protocol=5))
        work = Parallel(n_jobs=jobs, batch_size=1, return_as="generator_unordered")
        yield from work(delayed(_in_worker)(name, path) for name in slowest_first)


def _in_worker(name: str, path: Path) -> Built:
    return build_section(name, _inputs_in(path))


@lru_cache(maxsize=1)
def _inputs_in(path: Path) -> Inputs:
    found: Inputs = pickle.loads(path.read_bytes())  # noqa: S301 - written by the parent process
    return found


def build_section(name: str, inputs: Inputs, others: Sequence[Section] = ()) -> Built:
    """One section, or what went wrong with it; ``others`` for one that tells what those found."""
    from threadpoolctl import threadpool_limits

    begun, used = time.perf_counter(), time.process_time()
    section, failure, trace = None, "", ""
    module = section_modules()[name]  # loads the libraries, of which only those that are there can be limited
    # One thread for linear algebra whatever the number of jobs: its sums depend on the number of threads.
    with threadpool_limits(limits=1):
        try:
            section = module.section_after(inputs, others) if name in AFTER_OTHERS else module.section(inputs)
        except Exception as error:  # whatever it is, the other sections are still worth reading
            failure, trace = _words(error), traceback.format_exc()
    return Built(name, section, time.perf_counter() - begun, time.process_time() - used, failure, trace)


def _shown(built: Built) -> Section | None:
    if not built.failure:
        return built.section
    text = (
        f"**This section could not be made.** {quoted(built.failure)}. Everything else in this report was "
        "computed without it. Please report this with the version and the text of the error."
    )
    return Section(built.name, _title(built.name), (Paragraph(text, tone="note"),))


def _title(name: str) -> str:
    words = name.replace("_", " ")
    return words[0].upper() + words[1:]


def _words(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(last.filename).name}, line {last.lineno})"

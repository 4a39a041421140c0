"""A report is put together from its sections: in order, the same on any number of cores, and never lost."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import threadpoolctl
from click.testing import CliRunner

from analysis.cli import analysis_commands
from analysis.dataset import Dataset
from analysis.report import Report, assemble, build_report, render_html, render_json
from analysis.report.content import Section
from analysis.report.inputs import Inputs
from analysis.report.references import REFERENCES, cited, reference
from analysis.report.sections import AFTER_OTHERS, ORDER, SLOW
from analysis.results import Results
from tests.analysis.usual import whole_report


@pytest.fixture(scope="module")
def whole_and_order(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, list[str]]:
    return whole_report(tmp_path_factory)


@pytest.fixture(scope="module")
def whole(whole_and_order: tuple[Report, list[str]]) -> Report:
    """All chapters, built in two processes."""
    return whole_and_order[0]


@pytest.fixture(scope="module")
def built(whole_and_order: tuple[Report, list[str]]) -> list[str]:
    """Names of the chapters of ``whole`` in the order in which they were done."""
    return whole_and_order[1]


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A report whose trust section cannot be made."""

    def section(inputs: Inputs) -> Section:
        raise ZeroDivisionError("no *pairs* <b>left</b>")

    monkeypatch.setattr(assemble, "ORDER", ("question", "trust", "pairs", "provenance"))
    modules = dict(assemble.section_modules()) | {"trust": SimpleNamespace(section=section)}
    monkeypatch.setattr(assemble, "section_modules", lambda: modules)


def test_sections_stand_in_the_declared_order_and_references_last(whole: Report) -> None:
    names = [section.name.replace("-", "_") for section in whole.sections]
    assert names == [*(name for name in ORDER if name in names), "references"]
    assert set(SLOW) <= set(ORDER)
    assert whole.failures == ()


def test_every_module_of_a_section_is_in_the_order_and_builds_one() -> None:
    folder = Path(assemble.__file__).parent / "sections"
    there = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert there == set(assemble.section_modules())
    for name, module in assemble.section_modules().items():
        assert callable(module.section_after if name in AFTER_OTHERS else module.section)


def test_names_of_tables_figures_and_models_are_unique_in_a_report(whole: Report) -> None:
    parts = [part for section in whole.sections for part in section.parts]
    for kind in {type(part) for part in parts}:
        names = [part.name for part in parts if type(part) is kind and hasattr(part, "name")]
        assert len(names) == len(set(names))


def test_the_number_of_processes_changes_nothing(whole: Report, built: list[str], report: Report) -> None:
    assert sorted(built) == sorted(assemble.section_modules())
    # What takes longest has a test of its own, of its processes too.
    names = set(ORDER) - set(AFTER_OTHERS) - {"choices"}
    # ``report`` was built in one process; what is not in it is built here.
    here = {one.name: one.section for one in report.built if one.name in names}
    here |= {name: assemble.build_section(name, whole.inputs).section for name in names - here.keys()}
    one, two = (
        dataclasses.replace(whole, sections=tuple(each for each in sections if each is not None))
        for sections in (
            [here[one.name] for one in whole.built if one.name in names],
            [one.section for one in whole.built if one.name in names],
        )
    )
    assert render_json(one) == render_json(two)
    assert render_html(one) == render_html(two)


def test_libraries_are_loaded_before_their_threads_are_limited(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that come later keep all their threads, and their sums other last digits."""
    done: list[str] = []
    modules, limits = assemble.section_modules(), threadpoolctl.threadpool_limits
    monkeypatch.setattr(assemble, "section_modules", lambda: done.append("loaded") or modules)
    monkeypatch.setattr(
        threadpoolctl, "threadpool_limits", lambda **to: done.append("limited") or limits(**to)
    )
    assemble.build_section("question", report.inputs)
    assert done == ["loaded", "limited"]


def test_another_seed_moves_the_intervals_only_a_little(
    dataset: Dataset, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assemble, "ORDER", ("trust",))

    def trust(of: Report) -> Any:
        return next(part.data for part in of.parts(assemble.Table) if part.name == "trust").iloc[-1]

    one, two = trust(build_report(dataset, n_resamples=200, seed=99)), trust(report)
    assert one["difference"] == two["difference"]
    assert one["low"] != two["low"]
    assert one["low"] == pytest.approx(two["low"], abs=0.2)


def test_a_section_that_fails_says_so_and_loses_no_other(failing: None, dataset: Dataset) -> None:
    broken = build_report(dataset, n_resamples=200)
    assert [one.name for one in broken.failures] == ["trust"]
    page = render_html(broken)
    assert "This section could not be made." in page
    assert "ZeroDivisionError: no *pairs* &lt;b&gt;left&lt;/b&gt; (test_assemble.py, line" in page
    assert "1 section could not be made" in page
    assert "ZeroDivisionError" in render_json(broken)
    names = [one.name for one in broken.sections]
    assert names == ["question", "trust", "pairs", "provenance", "references"]


def test_the_command_writes_the_rest_and_fails(failing: None, export: Path, tmp_path: Path) -> None:
    arguments = ["report", str(export), "-o", str(tmp_path / "r.html"), "--resamples", "100", "--jobs", "1"]
    done = CliRunner().invoke(analysis_commands, arguments)
    assert done.exit_code == 1
    assert "1 section could not be made:\ntrust: ZeroDivisionError: no *pairs*" in done.output
    assert "Pair by pair" in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_the_sections_say_the_same_numbers_as_the_functions_behind_them(
    report: Report, results: Results
) -> None:
    tables = {part.name: part.data for part in report.parts(assemble.Table)}
    assert results.main.detection is not None
    assert tables["detection"]["pooled_d_prime"].iloc[-1] == results.main.detection.overall.d_prime.estimate
    compared = tables["with-and-without-exclusions"].set_index("result")
    raw = results.without_exclusions.trust
    assert raw is not None
    line = compared.loc["Trust difference (points)"]
    assert line["estimate_without"] == raw.overall.difference.estimate
    assert line["n_trials_without"] > line["n_trials_with"]


def test_only_what_is_cited_is_listed_and_keys_lead_to_it(whole: Report) -> None:
    works = cited(whole.sections)
    keys = {key for section in whole.sections for key in section.references}
    assert {reference(key) for key in keys} == set(works)
    assert all(reference(key) in REFERENCES.values() for key in keys)
    assert list(works) == sorted(works, key=str.casefold)
    assert reference("holm-1979") == reference("holm1979") == REFERENCES["holm1979"]
    assert reference("nobody2000") == "nobody2000"
    without = dataclasses.replace(whole.sections[0], references=())
    assert cited([without]) == ()

"""The first fit on a machine compiles its loops in two processes; nothing hangs on the second one."""

import gc
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from analysis.mixed import block_loops, compiling, fit_mixed, row_loops
from analysis.mixed.kept import compiled
from tests.analysis.mixed.crossed import simulate_crossed

RESPONSES = {"gaussian": "z", "bernoulli": "yes", "ordinal": "rating"}


def small_fit(family, random="(1 + ai | participant) + (1 | stimulus)"):
    data = simulate_crossed(12, 8, 16, seed=1)
    return fit_mixed(f"{RESPONSES[family]} ~ ai + {random}", data, family=family)


@pytest.mark.parametrize("family", compiling.ROW_LOOPS)
@pytest.mark.parametrize("random", ["(1 + ai | participant) + (1 | stimulus)", "(1 | participant)"])
def test_fits_call_the_loops_with_the_types_they_are_compiled_for(family, random):
    small_fit(family, random)
    declared = compiling.BLOCK_LOOPS | compiling.ROW_LOOPS[family]
    assert {loop.__name__: loop.signatures for loop in declared} == {
        loop.__name__: [signature] for loop, signature in declared.items()
    }


def test_every_loop_that_is_called_from_outside_is_compiled_first():
    loops = {
        loop
        for module in (block_loops, row_loops)
        for name, loop in vars(module).items()
        if hasattr(loop, "signatures") and not name.startswith("_")
    }
    declared = set(compiling.BLOCK_LOOPS).union(*compiling.ROW_LOOPS.values())
    assert declared == loops


FIRST_FIT = """
from analysis.mixed import row_loops
from tests.analysis.mixed.test_compiling import small_fit
fit = small_fit("bernoulli")
print(fit.converged, *(sum(row_loops.bernoulli_rows.stats[place].values()) for place in (1, 2)))
"""


def test_the_first_fit_finds_the_loops_over_rows_compiled_by_the_process_beside(tmp_path):
    code = "import joblib; joblib.cpu_count = lambda: 2\n" + FIRST_FIT
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["True", "1", "0"]  # converged, found, compiled here


def test_a_machine_with_one_core_begins_no_other_process(monkeypatch):
    monkeypatch.setattr("joblib.cpu_count", lambda: 1)
    assert compiling._compiling_rows("gaussian") is None


class Uncompiled:
    """A loop of which nothing is kept; notes for each compilation whether garbage was collected."""

    def __init__(self):
        self.compiled = []
        self.stats = SimpleNamespace(cache_misses={(): 1}, cache_path="/somewhere")

    def compile(self, _signature):
        self.compiled.append(gc.isenabled())


@pytest.fixture
def nothing_compiled(monkeypatch):
    """As in a new process on a machine where nothing is kept."""
    loop = Uncompiled()
    monkeypatch.setattr(compiling, "_looked", False)
    monkeypatch.setattr(block_loops, "spread", loop)
    monkeypatch.setattr(compiling, "BLOCK_LOOPS", {loop: ()})
    return loop.compiled


def test_a_loop_that_can_be_kept_nowhere_is_compiled_all_the_same():
    namespace = {}
    exec(compile("def twice(x):\n    return 2 * x", "/there/is/no/file.py", "exec"), namespace)  # noqa: S102
    loop = compiled(error_model="numpy")(namespace["twice"])
    assert loop(2) == 4
    assert not loop.stats.cache_path


def test_what_is_kept_nowhere_is_compiled_in_no_other_process(nothing_compiled, monkeypatch):
    monkeypatch.setattr(block_loops.spread.stats, "cache_path", None)
    compiling.compile_first("gaussian")
    assert nothing_compiled == []


@pytest.mark.parametrize("interpreter", [sys.executable, "/there/is/no/python"])
def test_a_process_beside_that_fails_costs_no_fit(nothing_compiled, interpreter, monkeypatch):
    monkeypatch.setattr("joblib.cpu_count", lambda: 2)
    monkeypatch.setattr(sys, "executable", interpreter)
    compiling.compile_first("no such family")
    assert nothing_compiled == [False, False]


def test_a_process_beside_that_hangs_is_ended(nothing_compiled, monkeypatch):
    sleeping = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(compiling, "_compiling_rows", lambda _: sleeping)
    monkeypatch.setattr(compiling, "_PATIENCE_S", 0.01)
    compiling.compile_first("gaussian")
    assert sleeping.returncode is not None


def test_garbage_collection_is_left_as_it_was(nothing_compiled, monkeypatch):
    monkeypatch.setattr(compiling, "_compiling_rows", lambda _: None)
    compiling.compile_first("gaussian")
    assert gc.isenabled()
    monkeypatch.setattr(compiling, "_looked", False)
    gc.disable()
    try:
        compiling.compile_first("gaussian")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_only_the_first_fit_of_a_process_looks(nothing_compiled, monkeypatch):
    monkeypatch.setattr(compiling, "_compiling_rows", lambda _: None)
    compiling.compile_first("gaussian")
    compiling.compile_first("ordinal")
    assert len(nothing_compiled) == 2

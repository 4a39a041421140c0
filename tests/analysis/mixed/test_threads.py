"""BLAS gets threads only where they pay, and never two libraries at once."""

from types import SimpleNamespace

import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from analysis.mixed.threads import measured_threads


def layout(n_blocks, n_dense):
    return SimpleNamespace(shape_e=(n_blocks, 2), n_dense=n_dense)


def threads_of_every_library():
    import scipy.linalg  # noqa: F401 - loads its BLAS

    blas = ThreadpoolController().select(user_api="blas")
    return {each["filepath"]: each["num_threads"] for each in blas.info()}


@pytest.fixture
def two_threads():
    with threadpool_limits(2, user_api="blas"):
        yield threads_of_every_library()


def test_a_study_of_usual_size_is_fitted_on_one_thread(two_threads):
    with measured_threads(layout(300, 400)):
        assert set(threads_of_every_library().values()) == {1}
    assert threads_of_every_library() == two_threads


def test_a_large_study_gets_threads_in_one_library_only(two_threads):
    with measured_threads(layout(5000, 1000)):
        found = threads_of_every_library()
    numpys, scipys = ([found[path] for path in found if f"/{name}" in path] for name in ("numpy", "scipy"))
    assert set(numpys) <= {1}
    assert set(scipys) <= {2}
    assert numpys
    assert scipys
    assert threads_of_every_library() == two_threads

"""Garbage is not looked for while the first fit of a process may compile its loops."""

import gc

import pytest

from analysis.mixed import collection


@pytest.fixture(autouse=True)
def as_a_new_process(monkeypatch):
    monkeypatch.setattr(collection, "_fits_begun", 0)


def test_collection_pauses_in_the_first_fit_only():
    seen = []
    for _ in range(2):
        with collection.none_at_first():
            seen.append(gc.isenabled())
    assert seen == [False, True]
    assert gc.isenabled()


def test_collection_goes_on_after_a_first_fit_that_failed():
    with pytest.raises(ArithmeticError), collection.none_at_first():
        raise ArithmeticError
    assert gc.isenabled()


def test_who_has_switched_collection_off_keeps_it_off():
    gc.disable()
    try:
        with collection.none_at_first():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()

"""How often one address may ask: so often in a minute, then again in the next."""

from __future__ import annotations

import pytest

from study.limits import Counter


@pytest.fixture
def clock():
    class Clock:
        now = 100.0

        def __call__(self):
            return self.now

    return Clock()


def asked(counter, n, *, what="enter", address="one"):
    return [counter.allows(what, address, per_minute=3) for _ in range(n)]


def test_so_many_are_let_through_in_a_minute_and_no_more(clock):
    assert asked(Counter(clock), 5) == [True] * 3 + [False] * 2


def test_a_minute_after_the_first_it_begins_anew(clock):
    counter = Counter(clock)
    asked(counter, 4)
    clock.now += 59.9
    assert asked(counter, 1) == [False]
    clock.now += 0.2
    assert asked(counter, 4) == [True] * 3 + [False]


def test_addresses_and_what_they_ask_for_are_counted_apart(clock):
    counter = Counter(clock)
    asked(counter, 4)
    assert asked(counter, 1, address="two") == [True]
    assert asked(counter, 1, what="guess") == [True]


def test_addresses_that_came_no_more_are_forgotten(clock):
    counter = Counter(clock)
    for number in range(100):
        asked(counter, 1, address=str(number))
    clock.now += 61
    asked(counter, 1)
    assert len(counter._windows) == 1

"""Places: every round holds every list once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from study.assignment import places, session_seed


@given(st.integers(1, 30), st.integers(0, 4), st.integers(0, 2**40))
def test_every_round_holds_every_list_once(n_lists, rounds, seed):
    made = places(n_lists=n_lists, n_places=n_lists * rounds, seed=seed)
    for number in range(rounds):
        lists = [place.list_number for place in made if place.round == number]
        assert sorted(lists) == list(range(n_lists))


@given(st.integers(1, 30), st.integers(1, 60), st.integers(0, 59), st.integers(0, 2**40))
def test_places_made_in_two_steps_are_those_made_in_one(n_lists, n_places, cut, seed):
    cut = min(cut, n_places)
    whole = places(n_lists=n_lists, n_places=n_places, seed=seed)
    parts = places(n_lists=n_lists, n_places=cut, seed=seed) + places(
        n_lists=n_lists, n_places=n_places - cut, seed=seed, first=cut
    )
    assert parts == whole


def test_sessions_of_different_places_and_namespaces_have_different_seeds():
    seeds = {
        session_seed(study_seed=1, namespace=namespace, ordinal=ordinal)
        for namespace in ("live", "robot")
        for ordinal in range(500)
    }
    assert len(seeds) == 1000
    assert max(seeds) < 2**63

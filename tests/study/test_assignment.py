"""Places: every round of a cell holds every list once, and cells come by their weights."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from study.assignment import CellShare, places_of_cells, seat_at, seats, session_seed

SEEDS = st.integers(0, 2**40)


@st.composite
def shares(draw: st.DrawFn) -> tuple[CellShare, ...]:
    n = draw(st.integers(1, 4))
    return tuple(CellShare(f"cell{k}", draw(st.integers(1, 6)), draw(st.integers(1, 12))) for k in range(n))


@given(shares(), st.integers(0, 200), SEEDS)
def test_every_round_of_a_cell_holds_every_list_once(given_shares, n, seed):
    made = list(seats(given_shares, n=n, seed=seed))
    for share in given_shares:
        mine = [seat for seat in made if seat.cell == share.cell]
        assert [seat.number for seat in mine] == list(range(len(mine)))
        for number in range(len(mine) // share.n_lists):
            lists = [seat.list_number for seat in mine if seat.round == number]
            assert sorted(lists) == list(range(share.n_lists))


@given(shares(), st.integers(1, 150), SEEDS)
def test_however_many_places_there_are_cells_have_them_by_weight(given_shares, target, seed):
    held = places_of_cells(given_shares, target=target, seed=seed)
    assert sum(held.values()) == target
    weights = sum(share.weight for share in given_shares)
    for share in given_shares:
        assert abs(held[share.cell] - target * share.weight / weights) < 2


@given(shares(), st.integers(0, 150), SEEDS)
def test_a_place_stands_for_the_same_whenever_it_is_made(given_shares, ordinal, seed):
    whole = list(seats(given_shares, n=ordinal + 1, seed=seed))
    assert seat_at(given_shares, ordinal, seed=seed) == whole[-1]
    assert list(seats(given_shares, n=1, seed=seed, first=ordinal)) == whole[-1:]


@given(SEEDS)
def test_which_cell_comes_next_is_drawn_anew_in_every_block(seed):
    two = (CellShare("told", 1, 4), CellShare("not_told", 1, 4))
    cells = [seat.cell for seat in seats(two, n=200, seed=seed)]
    blocks = Counter(tuple(cells[k : k + 2]) for k in range(0, 200, 2))
    assert set(blocks) == {("told", "not_told"), ("not_told", "told")}
    assert min(blocks.values()) > 20


def test_sessions_of_different_places_and_namespaces_have_different_seeds():
    seeds = {
        session_seed(study_seed=1, namespace=namespace, ordinal=ordinal)
        for namespace in ("live", "robot")
        for ordinal in range(500)
    }
    assert len(seeds) == 1000
    assert max(seeds) < 2**63

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stimuli.manifest import Stimulus
from stimuli.pair import PairingRule, age_years, match_pairs, pair_distance
from stimuli.sources import read_sources


def face(id: str, origin: str, *, gender="female", age="", ethnicity="", band="") -> Stimulus:
    extra = {"stated_age": age} if age else {}
    return Stimulus(
        id, f"{id}.jpg", "0" * 64, origin, gender=gender, age_band=band, ethnicity=ethnicity, extra=extra
    )


ages = st.integers(18, 80).map(str) | st.just("")
people = st.lists(
    st.tuples(st.sampled_from(["female", "male"]), ages, st.sampled_from(["", "x", "y"])), max_size=4
)
small_sets = st.builds(
    lambda real, ai: [
        *(face(f"r{i}", "real", gender=g, age=a, ethnicity=e) for i, (g, a, e) in enumerate(real)),
        *(face(f"a{i}", "ai", gender=g, age=a, ethnicity=e) for i, (g, a, e) in enumerate(ai)),
    ],
    people,
    people,
)


def best_by_hand(stimuli, rule) -> tuple[int, float]:
    """Most pairs possible, and their least total distance, by trying every assignment."""
    best = (0, 0.0)
    for gender in ("female", "male"):
        real = [s for s in stimuli if s.origin == "real" and s.gender == gender]
        ai = [s for s in stimuli if s.origin == "ai" and s.gender == gender]
        if len(real) > len(ai):
            real, ai = ai, real
        options = []
        for chosen in permutations(ai, len(real)):
            distances = [pair_distance(a, b, rule, {}) for a, b in zip(real, chosen, strict=True)]
            kept = [d for d in distances if rule.max_distance is None or d <= rule.max_distance + 1e-9]
            options.append((-len(kept), sum(kept)))
        n_negative, total = min(options)
        best = (best[0] - n_negative, best[1] + total)
    return best


@settings(max_examples=60, deadline=None)
@given(small_sets, st.sampled_from([None, 0.5, 2.0]))
def test_no_other_assignment_is_better(stimuli, max_distance):
    rule = PairingRule(max_distance=max_distance)
    matching = match_pairs(stimuli, rule=rule)
    n_pairs, total = best_by_hand(stimuli, rule)
    assert len(matching.pairs) == n_pairs
    assert matching.total_distance == pytest.approx(total, abs=1e-5)


@settings(max_examples=40, deadline=None)
@given(small_sets, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(stimuli, random):
    shuffled = list(stimuli)
    random.shuffle(shuffled)
    assert match_pairs(shuffled) == match_pairs(stimuli)


@settings(max_examples=40, deadline=None)
@given(small_sets)
def test_each_stimulus_is_in_one_pair_or_in_the_list_of_unpaired(stimuli):
    matching = match_pairs(stimuli)
    paired = [id for pair in matching.pairs for id in (pair.first, pair.second)]
    left = [unpaired.stimulus for unpaired in matching.unpaired]
    assert sorted(paired + left) == sorted(s.stimulus for s in stimuli)


def test_gender_is_exact_and_the_real_picture_comes_first(shared):
    faces = read_sources(shared / "faces")
    matching = match_pairs(faces.stimuli)
    assert len(matching.pairs) == 26
    for pair in matching.pairs:
        first, second = faces.stimulus(pair.first), faces.stimulus(pair.second)
        assert (first.origin, second.origin) == ("real", "ai")
        assert first.gender == second.gender


def test_distance_counts_years_ethnicity_and_luminance():
    first = face("r", "real", age="30", ethnicity="white")
    second = face("a", "ai", age="34", ethnicity="black")
    rule = PairingRule(age_per_year=0.1, ethnicity=1, luminance_per_step=0.05)
    assert pair_distance(first, second, rule, {"r": 60, "a": 50}) == pytest.approx(0.4 + 1 + 0.5)
    assert pair_distance(first, face("a", "ai", age="34"), rule, {}) == pytest.approx(0.4)


def test_an_unstated_age_costs_and_an_age_band_counts_by_its_middle():
    assert pair_distance(face("r", "real"), face("a", "ai", age="30"), PairingRule(), {}) == 1.0
    assert age_years(face("r", "real", band="20-29")) == 25


def test_the_worst_pairs_become_practice():
    stimuli = [face("r1", "real", age="20"), face("r2", "real", age="40"), face("r3", "real", age="60")]
    stimuli += [face("a1", "ai", age="20"), face("a2", "ai", age="47"), face("a3", "ai", age="61")]
    matching = match_pairs(stimuli, n_practice=1)
    assert [(p.pair, p.distance, p.practice) for p in matching.pairs] == [
        ("p01", 0.0, False),
        ("p02", 0.7, True),
        ("p03", 0.1, False),
    ]
    with pytest.raises(ValueError, match="expected from 0 to 3 practice pairs, found 4"):
        match_pairs(stimuli, n_practice=4)


def test_every_unpaired_picture_says_why():
    stimuli = [
        face("r1", "real", age="20"),
        face("r2", "real", gender=""),
        face("r3", "real", gender="male"),
        face("a1", "ai", age="20"),
        face("a2", "ai", age="70"),
    ]
    reasons = {left.stimulus: left.reason for left in match_pairs(stimuli).unpaired}
    assert reasons == {
        "r2": "gender not stated, but must be equal in a pair",
        "r3": "no AI picture with gender male",
        "a2": "all 1 real pictures with gender female are in better pairs",
    }
    strict = match_pairs([*stimuli[3:], face("r4", "real", age="40")], rule=PairingRule(max_distance=1))
    assert {left.reason for left in strict.unpaired} == {
        "no free real picture with gender female within distance 1",
        "no free AI picture with gender female within distance 1",
    }


def test_an_unknown_exact_column_is_refused():
    with pytest.raises(ValueError, match="among gender, ethnicity, age_band; found mood"):
        PairingRule(exact=("mood",))

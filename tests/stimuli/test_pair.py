"""Pairs are the best there are, whatever the rule, and say why a picture has none."""

import doctest
import importlib
import time
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stimuli.manifest import Stimulus
from stimuli.pair import (
    Criterion,
    Fillers,
    PairingRule,
    RuleError,
    age_years,
    criteria,
    fillers,
    limits,
    match_pairs,
)
from stimuli.sources import read_sources


def face(id: str, origin: str, *, gender="female", age="", ethnicity="", band="", identity="", **more):
    return Stimulus(
        id,
        f"{id}.jpg",
        "0" * 64,
        origin,
        gender=gender,
        age_band=band,
        ethnicity=ethnicity,
        identity=identity,
        extra={"stated_age": age, **more} if age or more else {},
    )


def rule(match="gender,age,ethnicity", **options):
    return PairingRule(criteria(match), **options)


# ---- the optimum, by trying everything ------------------------------------------------------

# Weights that no other sum of weights equals: the best choice is then the only one.
people = st.lists(
    st.tuples(
        st.sampled_from(["female", "male"]),
        st.integers(18, 80).map(str) | st.just(""),
        st.sampled_from(["", "x", "y"]),
        st.sampled_from(["", "", "Ada", "Bo"]),
    ),
    max_size=4,
)


@st.composite
def small_sets(draw):
    """Up to four real and four AI faces, and a measure that makes every distance different."""
    stimuli = [
        face(f"{kind[0]}{i}", kind, gender=g, age=a, ethnicity=e, identity=who)
        for kind in ("real", "ai")
        for i, (g, a, e, who) in enumerate(draw(people))
    ]
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    return stimuli, {"luminance": {s.stimulus: float(rng.normal(60, 10)) for s in stimuli}}


rules = st.builds(
    rule,
    st.sampled_from(["gender,age,ethnicity=2,luminance", "age=0.5,luminance=2", "gender=1,luminance"]),
    within=st.sampled_from([{}, {"age": 20.0}, {"luminance": 8.0}]),
    max_distance=st.sampled_from([None, 1.0, 2.5]),
    same_identity=st.booleans(),
)


def spread(numbers_by_kind) -> float:
    """The pooled standard deviation within kinds, written as a loop."""
    variances = []
    for numbers in numbers_by_kind:
        if len(numbers) > 1:
            mean = sum(numbers) / len(numbers)
            variances.append(sum((x - mean) ** 2 for x in numbers) / (len(numbers) - 1))
    if variances and sum(variances) > 0:
        return (sum(variances) / len(variances)) ** 0.5
    everything = [x for numbers in numbers_by_kind for x in numbers]
    mean = sum(everything) / len(everything) if everything else 0
    return (sum((x - mean) ** 2 for x in everything) / len(everything)) ** 0.5 or 1.0 if everything else 1.0


class ByHand:
    """Distances and permissions of a rule, one pair of pictures at a time."""

    def __init__(self, stimuli, rule, measured):
        self.stimuli, self.rule, self.measured = stimuli, rule, measured
        self.columns = {column: self.values(column) for column in rule.columns}
        self.units = {column: self.unit(column) for column in rule.columns}

    def values(self, column):
        if column in self.measured:
            return self.measured[column]
        if column == "age":
            return {s.stimulus: age_years(s) for s in self.stimuli}
        return {s.stimulus: getattr(s, column) or None for s in self.stimuli}

    def unit(self, column):
        stated = [[v for v in self.of_kind(column, kind) if v is not None] for kind in ("real", "ai")]
        if any(isinstance(value, str) for values in stated for value in values):
            return 1.0
        return spread(stated)

    def of_kind(self, column, kind):
        return [self.columns[column][s.stimulus] for s in self.stimuli if s.origin == kind]

    @staticmethod
    def apart(a, b):
        if a is None or b is None:
            return None
        return abs(a - b) if not isinstance(a, str) else float(a != b)

    def typical(self, column):
        both = [self.apart(a, b) for a in self.of_kind(column, "real") for b in self.of_kind(column, "ai")]
        stated = [apart for apart in both if apart is not None]
        return sum(stated) / len(stated) / self.units[column] if stated else 0.0

    def distance(self, first, second):
        total = 0.0
        for column, weight in self.rule.weights.items():
            apart = self.apart(*(self.columns[column][s.stimulus] for s in (first, second)))
            total += weight * (self.typical(column) if apart is None else apart / self.units[column])
        return total

    def allowed(self, first, second, *, same_identity):
        for column in self.rule.exact:
            if not self.columns[column][first.stimulus] == self.columns[column][second.stimulus] != None:  # noqa: E711
                return False
        for column, limit in self.rule.within.items():
            apart = self.apart(*(self.columns[column][s.stimulus] for s in (first, second)))
            if apart is None or apart > limit + 1e-9:
                return False
        same = bool(first.identity) and first.identity == second.identity
        known = bool(first.identity and second.identity)
        if same_identity is not same and (known or same_identity):
            return False
        limit = self.rule.max_distance
        return limit is None or self.distance(first, second) <= limit + 1e-9

    def matchings(self):
        """Every way to pair some real with some AI pictures: number, total distance, ids."""
        real = [s for s in self.stimuli if s.origin == "real"]
        ai = [s for s in self.stimuli if s.origin == "ai"]
        for size in range(min(len(real), len(ai)) + 1):
            for chosen in combinations(real, size):
                for beside in permutations(ai, size):
                    pairs = list(zip(chosen, beside, strict=True))
                    same = self.rule.same_identity
                    if all(self.allowed(a, b, same_identity=same) for a, b in pairs):
                        yield pairs, sum(self.distance(a, b) for a, b in pairs)

    def within_kind(self, pool, size):
        """The best way to pair pictures of one kind: most pairs up to ``size``, least distance."""
        best = (0, 0.0)
        edges = [
            (a, b, self.distance(a, b))
            for a, b in combinations(pool, 2)
            if self.allowed(a, b, same_identity=False)
        ]
        for n in range(1, size + 1):
            for chosen in combinations(edges, n):
                ends = [s.stimulus for a, b, _ in chosen for s in (a, b)]
                if len(set(ends)) == len(ends):
                    best = min(best, (-n, sum(distance for *_, distance in chosen)))
        return -best[0], best[1]


@settings(max_examples=150, deadline=None)
@given(small_sets(), rules)
def test_no_other_choice_of_pairs_is_better(small, rule):
    stimuli, measured = small
    matching = match_pairs(stimuli, rule=rule, measured=measured)
    best = min((-len(pairs), total) for pairs, total in ByHand(stimuli, rule, measured).matchings())
    assert len(matching.pairs) == -best[0]
    assert matching.total_distance == pytest.approx(best[1], abs=1e-4)


@settings(max_examples=100, deadline=None)
@given(small_sets(), rules, st.builds(Fillers, st.integers(0, 2), st.integers(0, 2)))
def test_with_fillers_no_other_choice_is_better_either(small, rule, wanted):
    """First room for the fillers, then many pairs, then near pairs, then the nearest fillers."""
    stimuli, measured = small
    matching = match_pairs(stimuli, rule=rule, measured=measured, fillers=wanted)
    by_hand = ByHand(stimuli, rule, measured)

    def room(pairs):
        """How many fillers the exact columns leave room for."""
        taken = {s.stimulus for pair in pairs for s in pair}
        places = {"real": 0, "ai": 0}
        for kind in places:
            left = [s for s in stimuli if s.origin == kind and s.stimulus not in taken]
            keys = [tuple(by_hand.columns[c][s.stimulus] for c in rule.exact) for s in left]
            places[kind] = sum(keys.count(key) // 2 for key in set(keys) if all(key))
        return min(wanted.real, places["real"]) + min(wanted.ai, places["ai"])

    options = [(-room(pairs), -len(pairs), total, pairs) for pairs, total in by_hand.matchings()]
    _, n_pairs, total, pairs = min(options, key=lambda option: option[:3])
    assert len(matching.pairs) == -n_pairs
    assert matching.total_distance == pytest.approx(total, abs=1e-4)
    taken = {s.stimulus for pair in pairs for s in pair}
    for kind, size in (("real", wanted.real), ("ai", wanted.ai)):
        pool = [s for s in stimuli if s.origin == kind and s.stimulus not in taken]
        made = [filler for filler in matching.fillers if filler.origin == kind]
        n_best, least = by_hand.within_kind(pool, size)
        assert len(made) == n_best
        assert sum(filler.distance for filler in made) == pytest.approx(least, abs=1e-4)


@settings(max_examples=60, deadline=None)
@given(small_sets(), rules, st.builds(Fillers, st.integers(0, 1), st.integers(0, 1)), st.randoms())
def test_the_order_of_rows_does_not_matter(small, rule, wanted, random):
    stimuli, measured = small
    shuffled = list(stimuli)
    random.shuffle(shuffled)
    assert match_pairs(shuffled, rule=rule, measured=measured, fillers=wanted) == match_pairs(
        stimuli, rule=rule, measured=measured, fillers=wanted
    )


@settings(max_examples=60, deadline=None)
@given(small_sets(), rules, st.builds(Fillers, st.integers(0, 2), st.integers(0, 2)))
def test_each_stimulus_is_in_one_pair_or_filler_or_says_why_not(small, rule, wanted):
    stimuli, measured = small
    matching = match_pairs(stimuli, rule=rule, measured=measured, fillers=wanted)
    shown = [id for p in (*matching.pairs, *matching.fillers) for id in (p.first, p.second)]
    left = [unpaired.stimulus for unpaired in matching.unpaired]
    assert sorted(shown + left) == sorted(s.stimulus for s in stimuli)


@pytest.mark.parametrize(("kept", "given_up"), [("female", "male"), ("male", "female")])
def test_room_for_a_filler_is_made_where_the_pairs_are_worse(kept, given_up):
    stimuli = [
        face(f"{origin}_{gender}_{age}", origin, gender=gender, age=str(age + apart * (origin == "ai")))
        for gender, apart in ((kept, 1), (given_up, 9))
        for origin in ("real", "ai")
        for age in (20, 40)
    ]
    matching = match_pairs(stimuli, rule=rule("gender,age"), fillers=Fillers(real=1))
    assert {pair.first.split("_")[1] for pair in matching.pairs} == {kept}
    assert [filler.first.split("_")[1] for filler in matching.fillers] == [given_up]


def test_the_nearest_fillers_are_found_among_many():
    """Only near neighbours are looked at; an independent program looks at all pictures."""
    networkx = pytest.importorskip("networkx")
    rng = np.random.default_rng(5)
    stimuli = [face(f"r{i:02d}", "real", age=str(age)) for i, age in enumerate(rng.integers(18, 80, 15))]
    measured = {"luminance": {s.stimulus: float(rng.normal()) for s in stimuli}}
    matching = match_pairs(
        stimuli, rule=rule("gender,age,luminance"), measured=measured, fillers=Fillers(real=7)
    )
    by_hand = ByHand(stimuli, rule("gender,age,luminance"), measured)
    graph = networkx.Graph()
    for a, b in combinations(stimuli, 2):
        graph.add_edge(a.stimulus, b.stimulus, weight=-by_hand.distance(a, b))
    best = networkx.max_weight_matching(graph, maxcardinality=True)
    assert len(matching.fillers) == len(best) == 7
    least = -sum(graph.edges[edge]["weight"] for edge in best)
    assert sum(filler.distance for filler in matching.fillers) == pytest.approx(least, abs=1e-4)


def test_five_hundred_with_five_hundred_take_seconds():
    rng = np.random.default_rng(2)
    stimuli = [
        face(f"{kind}{i}", kind, gender=("female", "male")[i % 2], age=str(rng.integers(18, 80)))
        for kind in ("real", "ai")
        for i in range(500)
    ]
    measured = {"luminance": {s.stimulus: float(rng.normal()) for s in stimuli}}
    start = time.process_time()
    matching = match_pairs(
        stimuli, rule=rule("gender=1,age,luminance"), measured=measured, fillers=Fillers(real=4, ai=4)
    )
    assert time.process_time() - start < 10
    assert (len(matching.pairs), len(matching.fillers)) == (492, 8)


# ---- what distance means --------------------------------------------------------------------


def test_numbers_count_in_standard_deviations_and_words_once():
    stimuli = [
        face("r1", "real", age="30", ethnicity="white"),
        face("r2", "real", age="50", ethnicity="white"),
        face("a1", "ai", age="34", ethnicity="black"),
        face("a2", "ai", age="54", ethnicity="white"),
    ]
    deviation = 200**0.5  # of 30 and 50, and of 34 and 54
    first, second = match_pairs(stimuli, rule=rule("age=2,ethnicity=3")).pairs
    assert first.distance == pytest.approx(2 * 4 / deviation + 3, abs=1e-5)
    assert second.extra == {"distance_age": f"{2 * 4 / deviation:.6f}", "distance_ethnicity": "0"}


def test_what_is_not_stated_counts_like_an_average_combination():
    stimuli = [face("r1", "real", ethnicity="x"), face("r2", "real"), face("a1", "ai", ethnicity="x")]
    stimuli += [face("a2", "ai", ethnicity="y")]
    pairs = match_pairs(stimuli, rule=rule("ethnicity")).pairs
    assert [(p.first, p.second, p.distance) for p in pairs] == [("r1", "a1", 0.0), ("r2", "a2", 0.5)]


def test_an_age_is_the_years_stated_or_the_middle_of_the_band():
    assert age_years(face("r", "real", age="24", band="20-29")) == 24
    assert age_years(face("r", "real", band="20-29")) == 25
    assert age_years(face("r", "real")) is None


def test_columns_that_only_the_researcher_knows_can_be_matched():
    stimuli = [face("r1", "real", lens="85 mm"), face("r2", "real", lens="35 mm")]
    stimuli += [face("a1", "ai", lens="35 mm"), face("a2", "ai", lens="85 mm")]
    pairs = match_pairs(stimuli, rule=rule("lens=exact")).pairs
    assert [(p.first, p.second) for p in pairs] == [("r1", "a2"), ("r2", "a1")]


def test_a_column_of_the_table_goes_before_a_measure_of_the_same_name():
    stimuli = [face("r1", "real", luminance="10"), face("a1", "ai", luminance="10")]
    stimuli += [face("a2", "ai", luminance="70")]
    measured = {"luminance": {"r1": 1.0, "a1": 99.0, "a2": 1.0}}
    (pair,) = match_pairs(stimuli, rule=rule("luminance"), measured=measured).pairs
    assert pair.second == "a1"


def test_a_measure_that_a_picture_does_not_have_counts_as_not_stated():
    stimuli = [face("r1", "real"), face("r2", "real"), face("a1", "ai"), face("a2", "ai")]
    measured = {"luminance": {"r1": 10.0, "r2": float("nan"), "a1": 10.0, "a2": 30.0}}
    pairs = match_pairs(stimuli, rule=rule("luminance"), measured=measured).pairs
    assert [(p.first, p.second) for p in pairs] == [("r1", "a1"), ("r2", "a2")]


def test_pairs_show_two_people_unless_they_are_to_show_one():
    stimuli = [face("r1", "real", identity="Ada"), face("r2", "real", identity="Bo")]
    stimuli += [face("a1", "ai", identity="Ada"), face("a2", "ai", identity="Bo"), face("a3", "ai")]
    matching = match_pairs(stimuli)
    assert all((p.first, p.second) not in {("r1", "a1"), ("r2", "a2")} for p in matching.pairs)
    assert any(note.startswith("2 people are in both real and AI pictures") for note in matching.notes)
    same = match_pairs(stimuli, rule=rule(same_identity=True))
    assert [(p.first, p.second) for p in same.pairs] == [("r1", "a1"), ("r2", "a2")]
    assert same.unpaired[0].reason == "no identity stated, but a pair must show one person"


def test_of_several_ai_pictures_of_a_person_the_most_alike_is_taken():
    stimuli = [face("r1", "real", identity="Ada"), face("a1", "ai", identity="Ada")]
    stimuli += [face("a2", "ai", identity="Ada")]
    measured = {"luminance": {"r1": 50.0, "a1": 70.0, "a2": 52.0}}
    matching = match_pairs(stimuli, rule=rule("luminance", same_identity=True), measured=measured)
    assert [p.second for p in matching.pairs] == ["a2"]
    assert [u.reason for u in matching.unpaired] == ["all 1 real pictures that fit are in better pairs"]


# ---- practice, edited sets, reasons, balance -------------------------------------------------


def test_the_worst_pairs_become_practice():
    stimuli = [face("r1", "real", age="20"), face("r2", "real", age="40"), face("r3", "real", age="60")]
    stimuli += [face("a1", "ai", age="20"), face("a2", "ai", age="47"), face("a3", "ai", age="61")]
    matching = match_pairs(stimuli, n_practice=1)
    assert [(p.pair, p.practice) for p in matching.pairs] == [("p01", False), ("p02", True), ("p03", False)]
    with pytest.raises(ValueError, match="expected from 0 to 3 practice pairs, found 4"):
        match_pairs(stimuli, n_practice=4)


def edited(original: str, defect: str, dose: float) -> Stimulus:
    return Stimulus(
        f"{original}_{defect}_{dose}",
        "e.jpg",
        "0" * 64,
        "edited",
        edited_from=original,
        defect=defect,
        dose=dose,
    )


def test_edited_pictures_stand_beside_their_own_original_every_condition_equally_often():
    conditions = [("skin", 0.4), ("skin", 0.8), ("lighting", 0.4)]
    stimuli = [face(f"r{i}", "real") for i in range(6)]
    stimuli += [edited(f"r{i}", *condition) for i in range(6) for condition in conditions]
    matching = match_pairs(stimuli)
    assert [p.second.split("_")[0] for p in matching.pairs] == [p.first for p in matching.pairs]
    shown = [p.second.split("_", 1)[1] for p in matching.pairs]
    assert {shown.count(one) for one in shown} == {2}
    assert len(set(shown)) == 3
    assert matching.unpaired[0].reason == "r0 is beside another of its edited versions"


def test_a_condition_that_few_originals_have_goes_to_those():
    stimuli = [face(f"r{i}", "real") for i in range(3)]
    stimuli += [edited("r0", "skin", 0.4), edited("r1", "skin", 0.4), edited("r1", "skin", 0.8)]
    stimuli += [edited("r9", "skin", 0.4)]
    matching = match_pairs(stimuli)
    assert [p.second for p in matching.pairs] == ["r0_skin_0.4", "r1_skin_0.8"]
    reasons = {u.stimulus: u.reason for u in matching.unpaired}
    assert reasons["r2"] == "no edited version of it"
    assert reasons["r9_skin_0.4"] == "its original, r9, is not in the set"


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
        "a2": "all 1 real pictures with gender female that fit are in better pairs",
    }
    limited = match_pairs([*stimuli, face("r4", "real", age="40")], rule=rule(within={"age": 5}))
    reasons = {left.stimulus: left.reason for left in limited.unpaired}
    assert reasons["r4"].startswith(
        "no AI picture with gender female within the limits; the nearest, a1, is 0."
    )


def test_fillers_that_cannot_be_made_are_told():
    stimuli = [face("r1", "real"), face("r2", "real"), face("r3", "real", gender="male"), face("a1", "ai")]
    matching = match_pairs(stimuli, fillers=Fillers(real=2, ai=1))
    assert len(matching.fillers) == 1
    assert matching.notes[0] == "age is stated for no real picture, so pairs are not matched in it"
    assert "1 of 2 real-real fillers: no two more real pictures" in matching.notes[-2]
    assert matching.notes[-1].startswith("0 of 1 AI-AI fillers")


def test_the_balance_says_what_pairing_has_made_alike():
    stimuli = [face(f"r{age}", "real", age=str(age), ethnicity="x") for age in (20, 30, 40)]
    stimuli += [face(f"a{age}", "ai", age=str(age), ethnicity="y") for age in (20, 30, 40, 70, 80)]
    age, ethnicity = match_pairs(stimuli, rule=rule("age,ethnicity")).balances
    assert (age.column, age.before[0].mean, age.before[1].mean) == ("age", 30, 48)
    assert age.difference_before == pytest.approx(18 / ((10**2 + 25.884**2) / 2) ** 0.5, abs=1e-3)
    assert age.difference_after == 0
    assert (ethnicity.difference_after, ethnicity.agree) == (1.0, 0.0)


def test_gender_is_exact_and_the_real_picture_comes_first(shared):
    faces = read_sources(shared / "faces")
    matching = match_pairs(faces.stimuli)
    assert len(matching.pairs) == 26
    for pair in matching.pairs:
        first, second = faces.stimulus(pair.first), faces.stimulus(pair.second)
        assert (first.origin, second.origin) == ("real", "ai")
        assert first.gender == second.gender


# ---- what is written on the command line ----------------------------------------------------


def test_gender_must_be_equal_unless_it_has_a_weight():
    assert criteria("gender,age") == (Criterion("gender", None), Criterion("age", 1.0))
    assert criteria("gender=2, age=exact") == (Criterion("gender", 2.0), Criterion("age", None))


@pytest.mark.parametrize(
    ("read", "text", "message"),
    [
        (criteria, "age=-1,age,mood=often", "--match: age is named 2 times; name it once"),
        (criteria, "age=-1,age,mood=often", "a number above 0; found 'age=-1'"),
        (criteria, "age=-1,age,mood=often", "a number above 0; found 'mood=often'"),
        (limits, "age", "--within: expected COLUMN=LIMIT with a limit of 0 or more, found 'age='"),
        (
            fillers,
            "real=many,edited=2",
            "--fillers: expected real=N or ai=N with a whole number, found 'real=",
        ),
        (fillers, "real=many,edited=2", "found 'edited=2'"),
    ],
)
def test_everything_wrong_with_an_option_is_said_at_once(read, text, message):
    with pytest.raises(RuleError) as error:
        read(text)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("match", "within", "message"),
    [
        (
            "mood,age,shoe",
            {},
            "expected columns of manifest.csv or measures of a picture, found mood, shoe; ",
        ),
        ("gender", {"ethnicity": 3}, "--within ethnicity: expected numbers, found 'y'; use ethnicity=exact"),
        ("age=exact", {"age": 3}, "--within age: it must be equal already"),
        ("luminance=exact", {}, "luminance=exact: measures are never quite equal"),
    ],
)
def test_a_rule_that_does_not_fit_the_set_is_refused(match, within, message):
    stimuli = [face("r1", "real", age="30", ethnicity="x"), face("a1", "ai", age="30", ethnicity="y")]
    with pytest.raises(RuleError) as error:
        match_pairs(stimuli, rule=rule(match, within=within), measured={"luminance": {"r1": 1.0, "a1": 2.0}})
    assert message in str(error.value)


@pytest.mark.parametrize("module", ["stimuli.pair.rule", "stimuli.pair.traits"])
def test_examples_in_docstrings_are_true(module):
    result = doctest.testmod(importlib.import_module(module))
    assert result.attempted > 0
    assert result.failed == 0

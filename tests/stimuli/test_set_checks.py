"""What check says about people, attributes, rights and faces of a set."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from stimuli.check import check_set
from stimuli.check.attributes import CHANCE, attribute_problems, independence_p
from stimuli.check.duplicates import NEAR_DUPLICATE
from stimuli.check.faces import count_faces
from stimuli.check.identities import identity_problems
from stimuli.check.pairing import pairing_problems
from stimuli.check.rights import rights_problems
from stimuli.manifest import Pair, Stimulus, StimulusSet
from stimuli.picture import read_picture


def a_set(stimuli, pairs=()) -> StimulusSet:
    return StimulusSet("nowhere", tuple(stimuli), tuple(pairs))


def people(origin: str, *identities: str) -> list[Stimulus]:
    return [
        Stimulus(f"{origin}_{i}", f"{origin}{i}.jpg", "", origin, identity=n)
        for i, n in enumerate(identities)
    ]


def paired(*ends: tuple[int, int]) -> list[Pair]:
    return [Pair(f"p{n}", f"real_{a}", f"ai_{b}", None, False) for n, (a, b) in enumerate(ends)]


def test_people_on_both_sides_are_reported_until_they_are_paired_with_themselves():
    both = [*people("real", "Ann", "Bob"), *people("ai", "Ann", "Bob")]
    (unpaired,) = identity_problems(a_set(both))
    assert unpaired.sentence == "2 people are on both sides, real and AI (Ann, Bob)"
    assert unpaired.remedy == "pair each with themselves, or keep one side"
    (crossed,) = identity_problems(a_set(both, paired((0, 1), (1, 0))))
    assert "2 people are on both sides, real and AI, but not beside themselves (Ann, Bob)" in crossed.sentence
    assert not list(identity_problems(a_set(both, paired((0, 0), (1, 1)))))


def test_pairs_that_are_only_partly_of_one_person_are_reported():
    mixed = [*people("real", "Ann", "Bob"), *people("ai", "Ann", "Cleo")]
    (problem,) = identity_problems(a_set(mixed, paired((0, 0), (1, 1))))
    assert problem.sentence.startswith("1 of 2 real-AI pairs show one person twice, the others two people")


def test_a_person_shown_twice_as_real_is_reported_and_edited_twins_are_not():
    twice = people("real", "Ann", "Ann", "Bob")
    edited = Stimulus("e", "e.jpg", "", "edited", identity="Bob", edited_from="real_2")
    (problem,) = identity_problems(a_set([*twice, edited]))
    assert (
        problem.sentence
        == "1 people are in several real pictures (Ann), which are not independent of each other"
    )


def described(origin: str, genders: str, **facts: str) -> list[Stimulus]:
    names = {"f": "female", "m": "male"}
    return [
        Stimulus(f"{origin}_{i}", f"{origin}{i}.jpg", "", origin, gender=names[g], **facts)
        for i, g in enumerate(genders)
    ]


def test_a_gender_that_goes_with_origin_is_reported_with_its_shares():
    (problem,) = attribute_problems(
        a_set([*described("real", "f" * 14 + "m" * 6), *described("ai", "m" * 20)])
    )
    assert problem.sentence == "gender goes with origin: female is ai 0%, real 70% (p = 0.0002)"
    assert "pair --match gender=exact" in problem.remedy


def test_a_gender_that_goes_with_the_generator_is_reported():
    ai = described("ai", "f" * 20 + "m" * 20)
    ai = [replace(s, generator="one" if s.gender == "male" else "two") for s in ai]
    real = described("real", "fm" * 20)
    assert ["gender goes with generator" in p.sentence for p in attribute_problems(a_set([*real, *ai]))] == [
        True
    ]


def test_pairs_of_different_gender_are_reported():
    made = a_set([*described("real", "fm"), *described("ai", "mm")], paired((0, 0), (1, 1)))
    (problem,) = attribute_problems(made)
    assert problem.sentence == "1 pairs show different genders (p0)"


def test_exact_p_by_hand():
    # Of the 70 ways to deal 4 + 4, one to each side all alike: 2 / 70.
    assert independence_p(list("aaaabbbb"), list("xxxxyyyy")) == pytest.approx(2 / 70, abs=0.01)
    assert independence_p(list("abababab"), list("xxyyxxyy")) == 1


def test_random_attributes_raise_false_alarms_as_seldom_as_stated():
    rng = np.random.default_rng(0)
    n_sets, alarms = 150, 0
    for _ in range(n_sets):
        stimuli = [
            Stimulus(
                f"s{i}", f"{i}.jpg", "", ("real", "ai")[i % 2],
                gender=str(rng.choice(["female", "male"])),
                age_band=str(rng.choice(["20-29", "30-39", "40-49"])),
                ethnicity=str(rng.choice(list("abcd"))),
            )
            for i in range(40)
        ]  # fmt: skip
        alarms += bool(list(attribute_problems(a_set(stimuli))))
    assert alarms / n_sets <= CHANCE + 3 * (CHANCE / n_sets) ** 0.5


def test_rights_are_asked_for_once_each():
    stimuli = [
        Stimulus("a", "a.jpg", "", "real", consent="signed"),
        Stimulus("b", "b.jpg", "", "real", licence="CC BY-ND 4.0", attribution="B", consent="signed"),
        Stimulus("c", "c.jpg", "", "real", licence="CC-BY-4.0", consent="signed"),
        Stimulus("d", "d.jpg", "", "real", licence="by agreement, NDA", attribution="D"),
        Stimulus("e", "e.jpg", "", "ai", licence="CC0 1.0"),
    ]
    assert [(p.severity, p.kind, p.sentence) for p in rights_problems(stimuli)] == [
        ("error", "licence", "has no licence"),
        ("warning", "licence", "1 pictures under a CC BY licence have no attribution (c)"),
        ("warning", "licence", "1 pictures may not be cut: their licence allows no derivatives, ND (b)"),
        ("warning", "consent", "1 pictures of real people state no consent (d)"),
        ("warning", "generator", "1 AI pictures do not say which model made them (e)"),
    ]


def test_a_twin_beside_a_stranger_is_reported():
    stimuli = [*people("real", "", ""), Stimulus("e", "e.jpg", "", "edited", edited_from="real_0")]
    (stranger, _) = pairing_problems(a_set(stimuli, [Pair("p", "real_1", "e", None, False)]))
    assert stranger.sentence == "pair p shows e beside real_1, but it was made from real_0"


def test_no_face_and_two_faces_are_warnings(tmp_path, preparation, noise_picture):
    stimulus_set = preparation.stimulus_set
    face = Image.fromarray(read_picture(stimulus_set.folder / stimulus_set.stimuli[0].file))
    both = Image.new("RGB", (2 * face.width, face.height))
    both.paste(face, (0, 0))
    both.paste(face.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (face.width, 0))
    both.save(tmp_path / "two.png")
    face.save(tmp_path / "one.png")
    noise_picture(tmp_path / "none.png")
    said = {p.file: (p.severity, p.sentence) for p in check_set(tmp_path) if p.kind == "face"}
    assert said == {
        "none.png": ("warning", "no face found"),
        "two.png": ("warning", "seems to show 2 faces"),
    }


def test_each_shared_face_is_one_face(preparation):
    stimulus_set = preparation.stimulus_set
    counts = [count_faces(read_picture(stimulus_set.folder / s.file)) for s in stimulus_set.stimuli]
    assert counts == [1] * len(stimulus_set.stimuli)


def test_near_duplicates_are_nearer_than_chance_would_bring_any_two_pictures():
    assert NEAR_DUPLICATE < 0.5 - 6 * 0.5 / 256**0.5

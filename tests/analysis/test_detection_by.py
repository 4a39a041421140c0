"""Detection by kinds of pictures, tags and cells: truths found again, small levels apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.detection_by import cell_grouping, made_doses, picture_groupings
from analysis.detection_by_tag import UNTAGGED, detection_by_tag
from analysis.detection_levels import detection_by_level
from analysis.detection_model import model_detection, pair_judgements, single_judgements
from analysis.intervals import resample
from analysis.single_faces import face_judgements
from tests.analysis.detection_tables import simulated_choices, simulated_faces

N_PAIRS = 48


def stimuli_of(table: pd.DataFrame, **attributes: object) -> pd.DataFrame:
    """A row per made face, in the order of pairs, with its attributes."""
    names = sorted({name for name in (*table["left"], *table["right"]) if name.endswith("-ai")})
    empty = dict.fromkeys(("generator", "defect", "dose", "artifacts", "gender", "age_band", "ethnicity"))
    return pd.DataFrame({"stimulus": names, **empty, **attributes})


@pytest.fixture(scope="module")
def choices() -> pd.DataFrame:
    """Pairs by turns without a gain, with one of 0.8, and with one of 1.6."""
    gains = np.arange(N_PAIRS) % 3 * 0.8
    return simulated_choices(
        d_prime=0.3, n_pairs=N_PAIRS, n_participants=50, gain_of_pairs=gains, pair_sd=0.2, seed=2
    )


def test_kinds_of_made_faces_have_the_sensitivity_they_were_made_with(choices: pd.DataFrame) -> None:
    model = model_detection(pair_judgements(choices))
    stimuli = stimuli_of(choices, generator=["old", "new", "newest"] * (N_PAIRS // 3))
    (grouping,) = picture_groupings(model.judgements, stimuli)
    weights = resample(choices["participant"], choices["pair"], seed=1, n_resamples=100)
    found = detection_by_level(model, grouping, weights)
    truth = {"old": 0.3, "new": 1.1, "newest": 1.9}
    for one in found.levels:
        assert one.d_prime.low < truth[one.level] < one.d_prime.high
        assert (one.d_prime.n_pairs, one.d_prime.n_trials) == (16, 800)
        at = choices["pair"].isin([f"q{k:03d}" for k in range(N_PAIRS) if list(truth)[k % 3] == one.level])
        assert one.share_correct.estimate == pytest.approx(choices.loc[at, "correct"].mean())
    assert found.test is not None
    assert (found.test.df, found.test.p < 1e-6) == (2, True)


def test_a_kind_of_few_pairs_is_pooled_and_not_in_the_test(choices: pd.DataFrame) -> None:
    model = model_detection(pair_judgements(choices))
    names = ["few"] * 4 + ["one", "two"] * ((N_PAIRS - 4) // 2)
    (grouping,) = picture_groupings(model.judgements, stimuli_of(choices, gender=names))
    weights = resample(choices["participant"], choices["pair"], seed=1, n_resamples=100)
    found = detection_by_level(model, grouping, weights)
    few = next(one for one in found.levels if one.level == "few")
    assert few.note == "fewer than 5 pairs: pooled answers, not of the model"
    assert few.d_prime.method.startswith("pooled d'")
    assert found.test is not None
    assert found.test.df == 1


def test_columns_without_levels_or_with_one_for_each_picture_are_no_grouping(choices: pd.DataFrame) -> None:
    judgements = pair_judgements(choices)
    each = [f"model {number}" for number in range(N_PAIRS)]
    stimuli = stimuli_of(choices, generator=each, gender="female", dose=0.6)
    assert list(picture_groupings(judgements, stimuli)) == []
    assert (made_doses(judgements, stimuli) == 0.6).all()


def test_made_faces_shown_alone_are_compared_with_all_real_ones() -> None:
    data = simulated_faces(n_faces=40, n_participants=30)
    judged = face_judgements(data)
    made = sorted(set(judged.loc[judged["made"], "left"]))
    stimuli = data.stimuli.assign(
        generator=data.stimuli["stimulus"].map(
            {name: "a" if place < 10 else "b" for place, name in enumerate(made)}
        )
    )
    model = model_detection(single_judgements(judged))
    (grouping,) = picture_groupings(model.judgements, stimuli)
    weights = resample(judged["participant"], judged["pair"], seed=1, n_resamples=100)
    found = detection_by_level(model, grouping, weights)
    assert [one.share_correct.n_stimuli for one in found.levels] == [30, 30]
    mean = np.mean([one.d_prime.estimate for one in found.levels])
    assert mean == pytest.approx(model.d_prime.estimate, abs=0.03)


def test_a_tag_adds_what_it_was_made_to_add_also_beside_other_tags() -> None:
    has_skin, has_hair = np.arange(N_PAIRS) % 2 == 0, np.arange(N_PAIRS) % 3 == 0
    table = simulated_choices(
        d_prime=0.4, n_pairs=N_PAIRS, n_participants=60, gain_of_pairs=0.9 * has_skin, pair_sd=0.2, seed=3
    )
    both = zip(has_skin, has_hair, strict=True)
    tags = [" ".join(["skin"] * int(skin) + ["hair"] * int(hair)) or None for skin, hair in both]
    model = model_detection(pair_judgements(table))
    weights = resample(table["participant"], table["pair"], seed=1, n_resamples=100)
    found = detection_by_tag(model, stimuli_of(table, artifacts=tags), weights)
    assert found is not None
    assert set(found.effects) == {"skin", "hair"}
    assert found.effects["skin"].low < 0.9 < found.effects["skin"].high
    assert found.effects["hair"].low < 0.0 < found.effects["hair"].high
    levels = {one.level: one for one in found.levels.levels}
    assert levels["skin"].share_correct.n_pairs == has_skin.sum()
    assert levels[UNTAGGED].d_prime.low < 0.4 < levels[UNTAGGED].d_prime.high
    assert found.levels.test is not None
    assert found.levels.test.df == 2


def test_nothing_tagged_is_no_table(choices: pd.DataFrame) -> None:
    model = model_detection(pair_judgements(choices))
    weights = resample(choices["participant"], choices["pair"], seed=1, n_resamples=10)
    assert detection_by_tag(model, stimuli_of(choices), weights) is None


def test_cells_are_levels_only_where_there_are_several(choices: pd.DataFrame) -> None:
    judgements = pair_judgements(choices)
    people = pd.DataFrame({"participant": sorted(set(choices["participant"]))})
    assert cell_grouping(judgements, people.assign(cell="told")) is None
    cells = people.assign(cell=np.where(people.index < 25, "told", "untold"))
    grouping = cell_grouping(judgements, cells)
    assert grouping is not None
    assert grouping.order == ("told", "untold")
    assert (grouping.labels == "told").sum() == 25 * N_PAIRS

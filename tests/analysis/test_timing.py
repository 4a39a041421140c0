"""Presented as planned: one published rule, with unknown as an answer of its own."""

from itertools import product
from typing import get_args

import pandas as pd
import pytest

from analysis.dataset import Dataset
from analysis.timing import presented_as_planned, timing_card
from study.messages import Presentation
from study.models import Trial
from study.timing import as_planned


def trial(**changes: object) -> dict[str, object]:
    as_planned = {
        "participant": "p1",
        "status": "answered",
        "evidence": "element_timing",
        "exposure_ms": 100.0,
        "planned_frames": 6.0,
        "shown_frames": 6.0,
        "shown_ms": 100.0,
        "frame_interval_ms": 16.7,
        "late_frames": 0.0,
        "hidden": False,
        "blurred": False,
        "resized": False,
    }
    return as_planned | changes


def trials(*rows: dict[str, object]) -> pd.DataFrame:
    table = pd.DataFrame(rows)
    return table.astype({"hidden": "boolean", "blurred": "boolean", "resized": "boolean"})


PEOPLE = pd.DataFrame({"participant": ["p1", "p2"], "browser": ["Chrome 156", None]})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"evidence": "simulated"}, True),
        ({"evidence": "frame_clock"}, True),
        ({"evidence": "frame_clock", "shown_frames": 7.0}, False),
        ({"shown_frames": 7.0}, False),
        ({"shown_frames": 5.0}, False),
        ({"hidden": True}, False),
        ({"blurred": True}, False),
        ({"resized": True}, False),
        ({"exposure_ms": float("nan"), "planned_frames": float("nan"), "shown_frames": float("nan")}, True),
        ({"exposure_ms": float("nan"), "shown_frames": float("nan"), "blurred": True}, False),
        ({"evidence": "none"}, None),
        ({"evidence": "none", "shown_frames": 9.0}, None),
        ({"evidence": None, "status": "planned"}, None),
    ],
)
def test_the_rule_holds_case_by_case(changes: dict[str, object], expected: bool | None) -> None:
    (answer,) = presented_as_planned(trials(trial(**changes)))
    assert (None if answer is pd.NA else bool(answer)) == expected


def test_the_web_app_and_the_analysis_apply_one_rule() -> None:
    """The app tells people at once what the analysis will say later; the two are written apart."""
    cases = [
        {"evidence": evidence, "exposure_ms": exposure, "planned_frames": planned, "shown_frames": shown}
        | {"hidden": hidden, "blurred": blurred, "resized": resized}
        for evidence in [*get_args(get_args(Presentation.model_fields["evidence"].annotation)[0]), None]
        for exposure, planned in [(100.0, 6), (None, None)]
        for shown in (None, 0, 5, 6, 7)
        for hidden, blurred, resized in product([False, True], repeat=3)
    ]
    columns = {"exposure_ms": float, "planned_frames": float, "shown_frames": float}
    later = presented_as_planned(trials(*cases).astype(columns))
    at_once = [as_planned(Trial(**case)) for case in cases]
    assert [None if verdict is pd.NA else bool(verdict) for verdict in later] == at_once
    assert {True, False, None} == set(at_once)


def test_the_card_counts_late_early_and_unknown_trials() -> None:
    card = timing_card(
        trials(
            trial(),
            trial(shown_frames=8.0),
            trial(shown_frames=5.0),
            trial(evidence="none", shown_frames=float("nan")),
            trial(participant="p2", hidden=True),
            trial(status="planned", evidence=None),
        ),
        PEOPLE,
    )
    assert (card.n_trials, card.n_as_planned, card.n_not_as_planned, card.n_unknown) == (5, 1, 3, 1)
    assert card.frame_errors == {-1: 1, 0: 2, 2: 1}
    assert card.evidence == {"element_timing": 4, "none": 1}
    assert card.n_disturbed == 1
    assert list(card.participants["n_not_as_planned"]) == [2, 1]


def test_browsers_and_refresh_rates_are_counted_apart() -> None:
    card = timing_card(
        trials(
            trial(late_frames=2.0),
            trial(frame_interval_ms=8.3, shown_frames=9.0),
            trial(participant="p2", frame_interval_ms=float("nan"), evidence="none"),
        ),
        PEOPLE,
    )
    browsers = [(one.name, one.n_trials, one.n_as_planned, one.n_late) for one in card.browsers]
    assert browsers == [("Chrome 156", 2, 1, 1), ("unknown", 1, 0, 0)]
    rates = [(one.name, one.n_as_planned, one.n_not_as_planned, one.n_unknown) for one in card.refresh_rates]
    assert rates == [("60 Hz", 1, 0, 0), ("120 Hz", 0, 1, 0), ("unknown", 0, 0, 1)]
    assert card.n_late == 1


def test_the_counts_of_the_card_add_up_on_a_whole_study(dataset: Dataset) -> None:
    card = timing_card(dataset.trials, dataset.participants)
    assert card.n_trials == card.n_as_planned + card.n_not_as_planned + card.n_unknown
    assert card.n_trials == sum(one.n_trials for one in card.exposures) == card.participants["n_trials"].sum()
    for groups in (card.browsers, card.refresh_rates):
        assert sum(one.n_trials for one in groups) == card.n_trials
    assert card.exposures[-1].exposure_ms == float("inf")


def test_a_tenth_of_late_trials_is_found_again(dataset: Dataset) -> None:
    shown = dataset.trials[dataset.trials["status"] == "answered"]
    limited = shown[shown["exposure_ms"].notna()]
    assert 1 - presented_as_planned(limited).mean() == pytest.approx(0.1, abs=0.04)

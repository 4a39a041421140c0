"""Tables collected elsewhere are analysed like exports, or everything wrong with them is said at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.confidence import confident_choices
from analysis.dataset import Coded, Dataset, Face, FacePair, from_table
from analysis.detection import pair_choices
from analysis.exclusions import apply_exclusions
from analysis.problems import ExportError, Problem, TableError
from analysis.protocol import ExclusionRules
from analysis.report import assemble, build_report, render_html
from analysis.schema import TABLES
from analysis.single_faces import face_judgements
from analysis.trust import trust_pairs

ORIGIN = Coded("is_ai", {0: "real", 1: "ai"})
SAID = Coded("said_ai", {0: "real", 1: "ai"})


def faces() -> pd.DataFrame:
    """Three people who judge four faces each, the third with one answer missing."""
    rows = [
        (person, f"f{face}", face % 2, (face + (person == 12) * (face == 3)) % 2, 1.5 + face, 5, 10 * person)
        for person in (10, 11, 12)
        for face in range(4)
    ]
    names = ["who", "picture", "is_ai", "said_ai", "seconds", "sure", "age"]
    table = pd.DataFrame(rows, columns=names).astype({"said_ai": float})
    table.loc[11, "said_ai"] = np.nan
    return table


def of_faces(table: pd.DataFrame, **other: Any) -> Dataset:
    arguments = {
        "name": "faces.csv",
        "participant": "who",
        "shown": Face("picture", ORIGIN),
        "detect": SAID,
        "rt_s": "seconds",
        "about_participant": ["age"],
        **other,
    }
    return from_table(table, **arguments)


def problems_of(table: pd.DataFrame, **other: Any) -> list[str]:
    with pytest.raises(TableError) as caught:
        of_faces(table, **other)
    return [str(problem) for problem in caught.value.problems]


def test_single_faces_are_scored_and_timed() -> None:
    judged = face_judgements(of_faces(faces()))
    assert len(judged) == 11
    first = judged.iloc[0]
    assert (first["participant"], first["left"], first["pair"]) == ("10", "f0", "f0")
    assert (first["rt_ms"], first["correct"]) == (1500.0, True)
    assert np.isinf(judged["exposure_ms"]).all()


def test_the_tables_have_every_column_of_an_export_and_the_callers_own() -> None:
    data = of_faces(faces(), about_stimulus=[], confidence="sure")
    for name, columns in TABLES.items():
        assert {column.name for column in columns} <= set(getattr(data, name).columns)
    assert list(data.participants["age"]) == [100, 110, 120]
    assert list(data.participants["n_answered"]) == [4, 4, 4]
    assert list(data.stimuli["origin"]) == ["real", "ai", "real", "ai"]
    assert data.protocol.questions()["confidence"].maximum == 5


def test_a_row_without_any_answer_is_a_trial_not_answered() -> None:
    exclusions = apply_exclusions(of_faces(faces()))
    removed = exclusions.table.set_index("rule").loc["not_answered", "n_trials"]
    assert (removed, len(exclusions.kept.trials)) == (1, 11)


def test_attention_checks_exclude_by_the_declared_rule() -> None:
    table = faces().assign(wanted=np.nan)
    table.loc[[3, 7, 11], "wanted"] = [1.0, 1.0, 1.0]
    table.loc[7, "said_ai"], table.loc[11, "said_ai"] = 0.0, 1.0
    data = of_faces(
        table,
        asked_answer=Coded("wanted", {0: "real", 1: "ai"}),
        exclusions=ExclusionRules(max_failed_checks=0),
    )
    kept = apply_exclusions(data).kept
    assert set(kept.participants["participant"]) == {"10", "12"}
    assert set(kept.trials["trial_kind"]) == {"target"}


def flat(dataset: Dataset) -> pd.DataFrame:
    """An export's pairs as somebody else would have written them down."""
    judged = confident_choices(dataset).merge(
        trust_pairs(dataset)[["participant", "pair", "trust_real", "trust_made"]], on=["participant", "pair"]
    )
    return judged.assign(
        said=np.where(judged["said_left"], "L", "R"),
        left_origin=np.where(judged["made_left"], "ai", "real"),
        right_origin=np.where(judged["made_left"], "real", "ai"),
        exposure_ms=judged["exposure_ms"].replace(np.inf, np.nan),
    )


PAIR_ARGUMENTS: dict[str, Any] = {
    "name": "pairs.csv",
    "participant": "participant",
    "detect": Coded("said", {"L": "left", "R": "right"}),
    "confidence": "confidence",
    "exposure_ms": "exposure_ms",
    "position": "position",
    "ratings": {"trust": {"real": "trust_real", "ai": "trust_made"}},
}


def test_pairs_written_down_and_read_again_give_the_same_choices_and_ratings(dataset: Dataset) -> None:
    table = flat(dataset)
    shown = FacePair("pair", "left", "right", left_origin="left_origin", right_origin="right_origin")
    again = from_table(table, shown=shown, **PAIR_ARGUMENTS)
    columns = ["participant", "position", "pair", "left", "right", "exposure_ms", "made_left", "said_left"]
    key = ["participant", "position"]
    expected = table.assign(exposure_ms=table["exposure_ms"].fillna(np.inf)).sort_values(key)
    found = pair_choices(again).sort_values(key)
    pd.testing.assert_frame_equal(
        found[columns].reset_index(drop=True), expected[columns].reset_index(drop=True), check_dtype=False
    )
    assert confident_choices(again)["confidence"].to_list() == expected["confidence"].to_list()
    assert trust_pairs(again)["difference"].mean() == pytest.approx(
        (table["trust_made"] - table["trust_real"]).mean(), abs=1e-12
    )


def test_a_pair_may_be_told_by_the_side_of_its_made_picture(dataset: Dataset) -> None:
    table = flat(dataset).assign(side=lambda each: np.where(each["made_left"], 0, 1))
    by_side = from_table(
        table, shown=FacePair("pair", made_side=Coded("side", {0: "left", 1: "right"})), **PAIR_ARGUMENTS
    )
    choices = pair_choices(by_side)
    assert (choices["correct"].mean(), len(choices)) == (table["correct"].mean(), len(table))
    assert set(choices["left"]) <= {
        f"{pair} {origin}" for pair in set(table["pair"]) for origin in ("real", "ai")
    }


def test_the_report_is_made_of_it_like_of_an_export(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The chapter that takes longest asks for nothing that claims do not.
    monkeypatch.setattr(assemble, "ORDER", tuple(name for name in assemble.ORDER if name != "choices"))
    shown = FacePair("pair", "left", "right", left_origin="left_origin", right_origin="right_origin")
    report = build_report(from_table(flat(dataset), shown=shown, **PAIR_ARGUMENTS), n_resamples=100)
    page = render_html(report)
    assert "pairs.csv" in page
    assert "read from a table, which does not tell how pictures were timed, ordered and balanced" in page
    assert "counterbalancing" not in page
    assert {"trust", "confidence"} <= {section.name for section in report.sections}
    assert report.failures == ()
    assert "Nothing was declared with this platform" in page


def test_the_table_given_stays_as_it_is() -> None:
    table = faces()
    before = table.copy()
    of_faces(table)
    pd.testing.assert_frame_equal(table, before)


def test_every_problem_is_named_at_once_with_column_and_row() -> None:
    table = faces().astype({"seconds": object, "who": object})
    table.loc[1, "said_ai"] = 7
    table.loc[2, "seconds"], table.loc[3, "seconds"] = "fast", -1
    table.loc[4, "who"] = None
    table.loc[9, "age"] = 3
    table.loc[5, "is_ai"] = 0
    assert problems_of(table, confidence="certainty") == [
        "faces.csv, column who, row 6: expected a value in every row, found nothing; correct the table",
        "faces.csv, column seconds, row 4: expected a number, found 'fast'; correct the table",
        "faces.csv, column seconds, row 5: expected at least 0, found -1; correct the table",
        "faces.csv, column said_ai, row 3: expected one of 0 (real), 1 (ai), found 7.0; "
        "correct the table or detect",
        "faces.csv: expected a column certainty (for confidence), found the columns who, picture, is_ai, "
        "said_ai, seconds, sure, age; give confidence as the column is called",
        "faces.csv, column age, row 11: expected one value for each participant, found 3; correct the table",
        "faces.csv, column is_ai, row 7: expected one value for each stimulus, found 'real'; "
        "correct the table",
    ]


def test_values_without_meaning_ask_for_one() -> None:
    (problem,) = problems_of(faces(), shown=Face("picture", "is_ai"))
    assert problem == (
        "faces.csv, column is_ai, row 2: expected one of real, ai, edited, found 0 (and 11 more rows alike); "
        'correct the table, or tell what its values mean: origin=Coded("is_ai", {…})'
    )


def test_a_meaning_that_is_no_word_of_ours_is_refused() -> None:
    (problem,) = problems_of(faces(), detect=Coded("said_ai", {0: "real", 1: "fake"}))
    assert problem == (
        "faces.csv, column said_ai: expected meanings among real, ai in detect, found 'fake'; correct detect"
    )


def test_a_position_that_comes_twice_is_refused() -> None:
    (problem,) = problems_of(faces().assign(place=[1, 2, 3, 4, 1, 2, 3, 3, 1, 2, 3, 4]), position="place")
    assert "column place, row 9: expected each position of a participant once, found 3.0" in problem


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rt_ms": "a", "rt_s": "b"}, "rt_ms and rt_s: give one of them"),
        ({"detect": None}, "expected answers to analyse: give detect, ratings, or both"),
        ({"ratings": {"detect": "sure"}}, "ratings: detect has an argument of its own"),
        ({"ratings": {"trust": {"left": "sure", "up": "sure"}}}, "ratings['trust']: expected a column, or"),
    ],
)
def test_arguments_that_cannot_be_meant_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        of_faces(faces(), **arguments)
    assert message in str(caught.value)
    assert not isinstance(caught.value, ExportError)


def test_a_pair_is_told_in_one_way_only() -> None:
    with pytest.raises(ValueError, match="found neither or both"):
        FacePair("pair", left="left")
    with pytest.raises(ValueError, match="found neither or both"):
        FacePair("pair", left="left", made_side="side")


@given(
    row=st.integers(0, 11),
    column=st.sampled_from(["who", "picture", "is_ai", "said_ai", "seconds", "sure", "age"]),
    junk=st.one_of(st.none(), st.text(max_size=3), st.floats(), st.integers(-5, 5), st.booleans()),
    dropped=st.sets(st.sampled_from(["who", "picture", "is_ai", "said_ai", "seconds"]), max_size=2),
)
@settings(max_examples=25, deadline=None)
def test_whatever_is_in_the_table_it_is_read_or_its_problems_are_told(
    row: int, column: str, junk: Any, dropped: set[str]
) -> None:
    table = faces().astype(object)
    table.at[row, column] = junk
    problems: tuple[Problem, ...] = ()
    try:
        data = of_faces(table.drop(columns=list(dropped)), confidence="sure", ratings={"trust": "sure"})
    except TableError as error:
        problems = error.problems
    if dropped:
        assert len([one for one in problems if "expected a column" in str(one)]) == len(dropped)
    assert all(one.remedy for one in problems)
    assert problems or len(data.trials) == 12

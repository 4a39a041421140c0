"""Measures of pictures are read from the export or from a file, or all that is wrong with them is said."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from analysis.dataset import Dataset
from analysis.picture_measures import measures_of, read_measures
from analysis.problems import TableError


def measured(dataset: Dataset, **columns: object) -> Dataset:
    return replace(dataset, stimuli=dataset.stimuli.assign(**columns))


def written(folder: Path, text: str) -> Path:
    path = folder / "measures.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_exports_own_columns_become_numbers_and_an_empty_cell_is_unknown(dataset: Dataset) -> None:
    texts = [str(n / 4) for n in range(len(dataset.stimuli))]
    texts[1] = ""
    table = measures_of(measured(dataset, measure_contrast=texts, note="x"))
    assert list(table) == ["contrast"]
    assert table.index.tolist() == dataset.stimuli["stimulus"].tolist()
    assert table["contrast"].iloc[[0, 2]].tolist() == [0.0, 0.5]
    assert pd.isna(table["contrast"].iloc[1])


def test_an_export_without_measures_gives_an_empty_table(dataset: Dataset) -> None:
    assert measures_of(dataset).shape == (len(dataset.stimuli), 0)


def test_a_file_takes_the_place_of_the_exports_columns_and_may_hold_other_pictures_too(
    dataset: Dataset, tmp_path: Path
) -> None:
    one = dataset.stimuli["stimulus"].iloc[0]
    path = written(tmp_path, f"file,stimulus,measure_sharpness\nx,{one},2.5\nx,elsewhere,3\n")
    table = measures_of(measured(dataset, measure_contrast="1"), path)
    assert list(table) == ["sharpness"]
    assert len(table) == len(dataset.stimuli)
    assert table["sharpness"].dropna().to_dict() == {one: 2.5}


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "",
            [
                "expected a column stimulus, found no header",
                "expected columns measure_<name>, found no header",
            ],
        ),
        (
            "id,sharpness\n1,2\n",
            ["expected a column stimulus, found id, sharpness", "columns measure_<name>"],
        ),
        ("stimulus,measure_a,measure_a\nx,1,2\n", ["column measure_a: expected each column once, found 2"]),
        ("stimulus,measure_a\n", ["expected a row for each picture, found none"]),
        ("stimulus,measure_a\nx,1\ny,1,2\n", ["row 3: expected 2 cells, found 3"]),
        (
            "stimulus,measure_a,measure_b\nx,1,2\n,dark,2\nx,inf,nan\n",
            [
                "column stimulus, row 3: expected a picture's id, found nothing",
                "column stimulus, row 4: expected each picture once, found 'x'",
                "column measure_a, row 3: expected a finite number or nothing, found 'dark' (and 1 more row",
                "column measure_b, row 4: expected a finite number or nothing, found 'nan'",
            ],
        ),
    ],
)
def test_everything_wrong_with_a_file_is_said_at_once(
    text: str, sentences: list[str], tmp_path: Path
) -> None:
    with pytest.raises(TableError) as error:
        read_measures(written(tmp_path, text))
    assert len(error.value.problems) == len(sentences)
    for sentence in sentences:
        assert sentence in str(error.value)


def test_a_file_that_is_missing_or_no_text_is_said(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="expected a CSV file of measures, found no such file"):
        read_measures(tmp_path / "nothing.csv")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff")
    with pytest.raises(TableError, match="expected a CSV file in UTF-8"):
        read_measures(tmp_path / "picture.png")


def test_measures_of_other_pictures_or_of_other_versions_are_refused(
    dataset: Dataset, tmp_path: Path
) -> None:
    with pytest.raises(TableError, match="such as practice-real, found others, such as z"):
        measures_of(dataset, written(tmp_path, "stimulus,measure_a\nz,1\n"))
    one = dataset.stimuli["stimulus"].iloc[0]
    shown = measured(dataset, sha256="a" * 64)
    path = written(tmp_path, f"stimulus,sha256,measure_a\n{one},{'b' * 64},1\n")
    with pytest.raises(TableError, match=f"the picture {one} as it was shown .sha256 aaaaaaaaaaaa"):
        measures_of(shown, path)
    same = written(tmp_path, f"stimulus,sha256,measure_a\n{one},{'A' * 64},1\n")
    assert measures_of(shown, same)["a"].sum() == 1


def test_a_text_among_the_exports_measures_is_named_with_its_row(dataset: Dataset) -> None:
    texts = ["1.0"] * len(dataset.stimuli)
    texts[2] = "bright"
    with pytest.raises(
        TableError, match="column measure_light, row 4: expected a finite number or nothing, found 'b"
    ):
        measures_of(measured(dataset, measure_light=texts))

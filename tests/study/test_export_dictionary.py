"""The data dictionary of an export: every column, and the words participants read, in each language."""

from __future__ import annotations

import csv
import re

import pytest

from study.codebook import Column, TableBook, codebook
from study.export.formats.dictionary import Spoken, write_dictionary
from study.protocol import read_study


@pytest.fixture(scope="module")
def exported(everything):
    return everything.exported


def entries(exported, language):
    with (exported / f"data_dictionary_{language}.csv").open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_column_of_every_table_is_in_it_in_its_order(exported, language):
    columns = [(row["table"], row["column"]) for row in entries(exported, language) if row["type"] != "value"]
    expected = [
        (name, column)
        for name in ("trials", "ratings", "participants", "stimuli", "events")
        for column in next((exported / "data").glob(f"*-{name}_data.csv"))
        .read_text(encoding="utf-8")
        .partition("\n")[0]
        .split(",")
    ]
    assert columns == expected


def test_every_code_of_a_column_has_its_meaning(exported):
    rows = entries(exported, "en")
    for book in codebook():
        for column in book.columns:
            found = [
                (row["value"], row["meaning"])
                for row in rows
                if (row["table"], row["column"]) == (book.name, column.name)
                and row["type"] == "value"
                and not row["block"]
            ]
            assert found == list(column.values), column.name


def test_questions_and_items_are_in_the_words_of_each_language(exported):
    def words(language, **wanted):
        return [
            row["meaning"]
            for row in entries(exported, language)
            if all(row[name] == value for name, value in wanted.items())
        ]

    question = {"table": "ratings", "column": "question", "block": "two", "value": "trust"}
    assert words("en", **question) == ["How trustworthy does this person look?"]
    assert words("de", **question) == ["How trustworthy does this person look? (auf Deutsch)"]
    end = {"column": "value", "block": "one", "question": "lifelike", "value": "10"}
    assert words("de", **end) == ["Completely (auf Deutsch)"]
    assert words("de", column="q_makes", value="yes") == ["Yes (auf Deutsch)"]
    assert words("de", column="q_tired", value="0") == ["Wide awake (auf Deutsch)"]
    assert words("de", column="q_tools", type="codes") == ["Questionnaire: With what? (auf Deutsch)"]


def test_the_page_to_print_has_its_headings_and_types_in_its_language(exported):
    page = (exported / "data_dictionary_de.html").read_text(encoding="utf-8")
    assert '<html lang="de" dir="ltr">' in page
    for words in ("Datenwörterbuch", "<th>Bedeutung</th>", "<td>ganze Zahl</td>", "Fragen zu den Gesichtern"):
        assert words in page
    assert '<p lang="en" dir="ltr">Random identifier of the session.</p>' in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("language", "opening", "heading"),
    [
        ("ar", '<html lang="ar" dir="rtl">', "قاموس البيانات"),
        ("it", '<html lang="it" dir="ltr">', "Data dictionary"),
    ],
)
def test_a_language_written_from_right_to_left_or_unknown_to_facevalue_has_a_page_too(
    exported, tmp_path, language, opening, heading
):
    protocol = read_study(exported.parent / "study" / "study.toml").protocol
    write_dictionary(tmp_path, codebook(protocol), Spoken(language, protocol.title, protocol))
    page = (tmp_path / f"data_dictionary_{language}.html").read_text(encoding="utf-8")
    assert opening in page
    assert f"<p>{heading} ·" in page


def test_words_that_look_like_markup_stay_words(tmp_path, exported):
    protocol = read_study(exported.parent / "study" / "study.toml").protocol
    book = TableBook(
        "trials", "A <row>.", (Column("x", "string", "a < b & <b>c</b>", values=(("<", "<i>"),)),)
    )
    write_dictionary(tmp_path, [book], Spoken("en", "<title>", protocol))
    page = (tmp_path / "data_dictionary_en.html").read_text(encoding="utf-8")
    assert not re.search(r"<(b|i|row|title>[^<]*<title)>", page)
    assert "a &lt; b &amp; &lt;b&gt;c&lt;/b&gt;" in page

"""The page about the export says what the export is."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.schema import TABLES
from study.codebook import Column, as_markdown, codebook

PAGE = (Path(__file__).parents[2] / "docs" / "export.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("book", codebook(), ids=lambda book: book.name)
def test_every_table_is_in_the_docs_as_the_codebook_has_it(book):
    assert f"### {book.name}\n\n{book.row}\n\n{as_markdown(book)}\n" in PAGE


@pytest.mark.parametrize("book", codebook(), ids=lambda book: book.name)
def test_a_row_begins_with_its_identifier_and_names_study_and_protocol(book):
    assert book.column_names[0] == "row_id"
    assert {"study", "protocol_hash"} <= set(book.column_names)
    assert len(set(book.column_names)) == len(book.columns)


@pytest.mark.parametrize("book", codebook(), ids=lambda book: book.name)
def test_units_stand_beside_every_duration_and_length(book):
    def unit(column: Column) -> str:
        if column.name == "picture_file_width_px":
            return "px"
        return {"ms": "ms", "px": "CSS px", "frames": "frames"}.get(column.name.rpartition("_")[2], "")

    assert [column.unit for column in book.columns] == [unit(column) for column in book.columns]


def test_the_analysis_knows_every_column_of_an_export_in_its_order():
    written = {book.name: [column.name for column in book.columns] for book in codebook()}
    read = {name: [column.name for column in columns] for name, columns in TABLES.items()}
    assert read == written

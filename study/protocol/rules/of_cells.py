"""Rules about between-subject cells and the blocks they list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from study.protocol.finding import Finding, meant
from study.protocol.people import Cell
from study.protocol.rules.names import given, named, unique, unique_entries
from study.protocol.study_protocol import StudyProtocol
from study.toml_lines import Place


def cell_rules(study: StudyProtocol) -> Iterator[Iterable[Finding]]:
    cells = given(study, "cells")
    yield unique(named(cells, ("cells",), "name"), "a name")
    yield _every_block_is_used(study)
    yield _told_is_read(study)
    yield _cells_differ(study)
    for position, cell in enumerate(cells):
        place: Place = ("cells", position)
        for rule in _RULES:
            yield rule(study, cell, place)


def _blocks_exist(study: StudyProtocol, cell: Cell, place: Place) -> Iterator[Finding]:
    known = [name for name, _ in named(study.blocks, (), "name")]
    for position, name in enumerate(cell.blocks):
        if name not in known:
            yield Finding(
                (*place, "blocks", position),
                f'expected the name of a block ({", ".join(known)}), found "{name}"',
                meant(name, known, "correct it or add such a block"),
            )


def _no_block_twice(_study: StudyProtocol, cell: Cell, place: Place) -> Iterator[Finding]:
    yield from unique_entries(cell.blocks, (*place, "blocks"))


def _has_a_main_block(study: StudyProtocol, cell: Cell, place: Place) -> Iterator[Finding]:
    # A cell without blocks of its own has all of them; that there is a main one among these is another rule.
    listed = [block for block in study.blocks if getattr(block, "name", None) in cell.blocks]
    if listed and all(block.practice for block in listed):
        yield Finding(
            (*place, "blocks"),
            "expected at least one block that is analysed, found practice only",
            "add a block without practice",
        )


def _told_has_its_text(study: StudyProtocol, cell: Cell, place: Place) -> Iterator[Finding]:
    if cell.disclosure != "none" and study.texts.told is None:
        yield Finding(
            (*place, "disclosure"),
            f'expected texts.told for people to read where disclosure = "{cell.disclosure}", found none',
            'write told = "texts/told.md" under [texts]',
        )


def _labels_belong_to_labelled(_study: StudyProtocol, cell: Cell, place: Place) -> Iterator[Finding]:
    if "labels" in cell.model_fields_set and cell.disclosure != "labelled":
        yield Finding(
            (*place, "labels"),
            f'expected labels where disclosure = "labelled" only, found disclosure = "{cell.disclosure}"',
            'remove labels, or write disclosure = "labelled"',
            "warning",
        )


def _labels_give_no_answer_away(study: StudyProtocol, cell: Cell, place: Place) -> Iterator[Finding]:
    if cell.disclosure != "labelled" or cell.labels != "true":
        return
    for block in study.blocks:
        in_cell = not cell.blocks or block.name in cell.blocks
        if in_cell and any(question.kind in ("side", "origin") for question in block.questions):
            yield Finding(
                (*place, "disclosure"),
                f"expected no question that true labels answer, found one about origin in block {block.name}",
                'list other blocks in the cell, or write labels = "random"',
                "warning",
            )


def _every_block_is_used(study: StudyProtocol) -> Iterator[Finding]:
    if not study.cells or not all(cell.blocks for cell in study.cells):
        return
    used = {name for cell in study.cells for name in cell.blocks}
    if used - {block.name for block in study.blocks}:
        return  # One of the unknown names may be this block's.
    for position, block in enumerate(study.blocks):
        if block.name not in used:
            yield Finding(
                ("blocks", position, "name"),
                f'expected every block in some cell, found "{block.name}" in none',
                "list it in a cell's blocks, or remove it",
                "warning",
            )


def _told_is_read(study: StudyProtocol) -> Iterator[Finding]:
    if study.texts.told is not None and all(cell.disclosure == "none" for cell in study.cells):
        yield Finding(
            ("texts", "told"),
            "expected a cell whose people read it, found no cell with a disclosure",
            'remove told, or write disclosure = "told" in a cell',
            "warning",
        )


def _cells_differ(study: StudyProtocol) -> Iterator[Finding]:
    seen: dict[tuple[object, ...], str] = {}
    for position, cell in enumerate(study.cells):
        labels = cell.labels if cell.disclosure == "labelled" else ""
        lived = (cell.disclosure, labels, cell.blocks)
        if (other := seen.setdefault(lived, cell.name)) != cell.name:
            yield Finding(
                ("cells", position),
                f"expected cells that differ, found {cell.name} the same as {other}",
                "change one of them, or use weight for more places of a cell",
                "warning",
            )


_RULES = (
    _blocks_exist,
    _no_block_twice,
    _has_a_main_block,
    _told_has_its_text,
    _labels_belong_to_labelled,
    _labels_give_no_answer_away,
)

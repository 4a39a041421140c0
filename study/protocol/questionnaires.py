"""Questionnaires: items of six kinds, and the conditions under which they are asked."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from study.protocol.part import Identifier, Option, Part, Words


class Condition(Part):
    """When an item is asked: an earlier answer is one of some values, or within limits."""

    item: Identifier = Field(description="An item asked before this one.")
    is_one_of: tuple[str, ...] = Field((), description="Asked after any of these answers.")
    is_none_of: tuple[str, ...] = Field((), description="Not asked after any of these answers.")
    at_least: float | None = Field(None, description="Asked after a number of at least this.")
    at_most: float | None = Field(None, description="Asked after a number of at most this.")


class Item(Part):
    """One questionnaire item."""

    id: Identifier = Field(description="The export column is q_ followed by this.")
    kind: Literal["text", "number", "choice", "choices", "likert", "vas"] = Field(
        description="text: free text; number: a whole number; choice: one option; choices: any of them; "
        "likert: steps of agreement; vas: a point on a line, 0 to 100 unless said otherwise."
    )
    text: Words = Field(min_length=1, max_length=500, description="The item as the participant reads it.")
    options: tuple[Option, ...] = Field((), description="What can be chosen, for choice and choices.")
    minimum: int | None = Field(None, description="Lowest value, for number, likert and vas.")
    maximum: int | None = Field(None, description="Highest value, for number, likert and vas.")
    minimum_label: Words = Field("", max_length=60, description="Words at the low end, for likert and vas.")
    maximum_label: Words = Field("", max_length=60, description="Words at the high end, for likert and vas.")
    optional: bool = Field(False, description="Whether the item may be left without an answer.")
    max_length: int = Field(1000, ge=1, le=5000, description="Longest free text, in characters.")
    show_if: Condition | None = Field(None, description="Ask only after a certain answer to an earlier item.")

    @property
    def is_whole_number(self) -> bool:
        return self.kind in ("number", "likert", "vas")

    @property
    def limits(self) -> tuple[int | None, int | None]:
        """Lowest and highest value; a vas runs from 0 to 100 unless the file says otherwise."""
        if self.kind != "vas":
            return self.minimum, self.maximum
        return (0 if self.minimum is None else self.minimum, 100 if self.maximum is None else self.maximum)


class Questionnaire(Part):
    """One page of items, before or after the blocks."""

    name: Identifier = Field(description="Name of the questionnaire.")
    title: Words = Field("", max_length=200, description="Heading of the page.")
    when: Literal["before", "after"] = Field(
        "after", description="Before the practice, or after the last block."
    )
    items: tuple[Item, ...] = Field(min_length=1, description="What is asked, in this order.")

"""What all parts of a study file have in common: frozen, typed, nothing unknown in them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
IDENTIFIER = r"^[a-z][a-z0-9_]*$"
LANGUAGE = r"^[a-z]{2}$"
DAY = r"^\d{4}-\d{2}-\d{2}$"
CODE = r"^[A-Za-z0-9-]{4,40}$"
CURRENCY = r"^[A-Z]{3}$"
ADDRESS = r"^https://[^\s]+$"

IN_WORDS: Mapping[str, str] = MappingProxyType(
    {
        SLUG: "lower-case letters, digits and single hyphens, such as my-study",
        IDENTIFIER: "lower-case letters, digits and _, beginning with a letter, such as my_block",
        LANGUAGE: "two lower-case letters, such as de",
        DAY: "a day, such as 2027-06-30",
        CODE: "4 to 40 letters, digits or hyphens",
        CURRENCY: "three capital letters, such as EUR",
        ADDRESS: "an address that begins with https:// and holds no space",
    }
)
"""What each pattern asks for, as people say it."""


class Spoken:
    """Marks words that participants read: further languages of a study translate them."""


Slug = Annotated[str, Field(pattern=SLUG, max_length=40)]
Identifier = Annotated[str, Field(pattern=IDENTIFIER, max_length=40)]
ExposureMs = Annotated[float, Field(gt=0, le=600_000)]
Language = Annotated[str, Field(pattern=LANGUAGE)]
Words = Annotated[str, Spoken()]


class Part(BaseModel):
    """One table of study.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Option(Part):
    """One answer a participant can pick."""

    code: Identifier = Field(description="What is stored and exported.")
    label: Words = Field(min_length=1, max_length=200, description="What the participant reads.")

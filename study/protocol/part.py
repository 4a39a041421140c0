"""What all parts of a study file have in common: frozen, typed, nothing unknown in them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
ExposureMs = Annotated[float, Field(gt=0, le=600_000)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class Part(BaseModel):
    """One table of study.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Option(Part):
    """One answer a participant can pick."""

    code: Identifier = Field(description="What is stored and exported.")
    label: str = Field(min_length=1, max_length=200, description="What the participant reads.")


def repeated(names: list[str]) -> list[str]:
    """Names that come more than once, sorted."""
    return sorted({name for name in names if names.count(name) > 1})

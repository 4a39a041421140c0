"""What an export says of itself in datapackage.json, typed and checked."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from study.chain import FIRST
from study.importing.problems import Problems

PACKAGE = "datapackage.json"

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]


class _Facts(BaseModel):
    # Later releases may say more; what is not known here is left alone.
    model_config = ConfigDict(frozen=True, extra="ignore")


class RegisterFacts(_Facts):
    """Head and length of the register of sessions."""

    head: Digest
    length: Count


#: That of a study that several labs ran: each of them kept its own.
NO_REGISTER = RegisterFacts(head=FIRST, length=0)


class VersionFacts(_Facts):
    """One version of the protocol, and how many of the exported people followed it."""

    number: int
    protocol_hash: Digest
    frozen_at: AwareDatetime
    reason: str
    participants: Count


class SourceFacts(_Facts):
    """What is kept of an export once its rows are elsewhere; ``lab`` where several were merged."""

    lab: str = ""
    exported_at: AwareDatetime
    sha256sums: Digest
    software: dict[str, str]
    register_of_sessions: RegisterFacts = Field(alias="register")
    published_at: AwareDatetime
    opened_as: str | None
    opened_at: AwareDatetime | None
    closed_at: AwareDatetime | None
    readiness: list[Any]
    namespaces: list[Literal["live", "pilot", "preview", "robot"]] = Field(min_length=1)
    protocol_versions: list[VersionFacts] = Field(min_length=1)
    counts: dict[str, Count]
    participants_by_status: dict[str, Count]
    departures: dict[str, Count]


class Facts(SourceFacts):
    """Everything an export says of itself; ``merged_from`` where it is that of several labs."""

    study: str
    title: str
    protocol_hash: Digest
    seed: int
    merged_from: list[SourceFacts] | None = None
    selection: dict[str, Any] | None = None
    deidentified: dict[str, Any] | None = None


def read_facts(package: Any, *, sha256sums: str, published_at: Any, problems: Problems) -> Facts | None:
    """The facts of an export; None when any of them is missing or of another kind, each being a problem."""
    said = package.get("facevalue") if isinstance(package, dict) else None
    if not isinstance(said, dict):
        problems.add(PACKAGE, "an object under facevalue", repr(said))
        return None
    try:
        return Facts.model_validate({**said, "sha256sums": sha256sums, "published_at": published_at})
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            place = ".".join(str(part) for part in fault["loc"])
            problems.add(PACKAGE, f"facevalue.{place} ({fault['msg']})", _short(fault["input"]))
        return None


def _short(value: Any) -> str:
    words = repr(value)
    return words if len(words) <= 60 else f"{words[:60]}…"


def as_json(facts: SourceFacts, *, lab: str = "") -> dict[str, Any]:
    """The facts as they are kept in the database and stand in a merged export."""
    kept = {name: getattr(facts, name) for name in SourceFacts.model_fields}
    source = SourceFacts.model_construct(**kept).model_copy(update={"lab": lab or facts.lab})
    said = source.model_dump(by_alias=True)
    return {name: _written(value) for name, value in said.items() if name != "lab" or value}


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        # As in the other files of an export.
        return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, dict):
        return {name: _written(one) for name, one in value.items()}
    return [_written(one) for one in value] if isinstance(value, list) else value

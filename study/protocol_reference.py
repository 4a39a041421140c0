"""Every setting of study.toml as Markdown tables, from the definition itself."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from study.protocol import (
    Analysis,
    Block,
    Cell,
    CellStopping,
    Condition,
    Device,
    Eligibility,
    Exclusions,
    Hypothesis,
    Item,
    Option,
    OutcomeCodes,
    Power,
    Question,
    Questionnaire,
    Recruitment,
    Retention,
    Stopping,
    StudyProtocol,
    Texts,
)

SECTIONS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("The study", StudyProtocol),
    ("`[texts]`", Texts),
    ("`[recruitment]`", Recruitment),
    ("`[recruitment.codes]`", OutcomeCodes),
    ("`[eligibility]`", Eligibility),
    ("`[stopping]`", Stopping),
    ("`[[stopping.cells]]`", CellStopping),
    ("`[retention]`", Retention),
    ("`[device]`", Device),
    ("`[[cells]]`", Cell),
    ("`[[blocks]]`", Block),
    ("`[[blocks.questions]]`", Question),
    ("`[[questionnaires]]`", Questionnaire),
    ("`[[questionnaires.items]]`", Item),
    ("`show_if` of items", Condition),
    ("`options` of questions and items", Option),
    ("`[[hypotheses]]`", Hypothesis),
    ("`[analysis]`", Analysis),
    ("`[analysis.power]`", Power),
    ("`[exclusions]`", Exclusions),
)


def reference() -> str:
    """One table for each part of the file: setting, kind, default, meaning."""
    return "\n".join(_section(title, part) for title, part in SECTIONS)


def _section(title: str, part: type[BaseModel]) -> str:
    rows = [_row(name, field) for name, field in part.model_fields.items()]
    return "\n".join(
        [f"### {title}", "", "| setting | kind | default | meaning |", "|---|---|---|---|", *rows, ""]
    )


def _row(name: str, field: FieldInfo) -> str:
    return f"| `{name}` | {_kind(field.annotation)} | {_default(field)} | {field.description} |"


def _kind(annotation: Any) -> str:
    plain = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    if annotation in plain:
        return plain[annotation]
    if get_origin(annotation) is Literal:
        return " or ".join(f'`"{value}"`' for value in get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    if get_origin(annotation) is Annotated:
        return _kind(get_args(annotation)[0])
    inner = [part for part in get_args(annotation) if part is not type(None)]
    optional = len(inner) < len(get_args(annotation))
    return _kind(inner[0]) if optional else "list"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.default
    if isinstance(default, BaseModel) or default in (None, "", ()):
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, tuple):
        return "`[" + ", ".join(f'"{value}"' for value in default) + "]`"
    return f'`"{default}"`' if isinstance(default, str) else f"`{default}`"

"""Steps that cannot be taken, and why a study that came from an export takes none: it has neither pictures
nor seeds."""

from __future__ import annotations

from study.models import Study


class FlowError(ValueError):
    """A step that cannot be taken now; the text says why."""


def why_not(study: Study, what: str) -> str | None:
    """Why an imported study cannot do ``what`` ("be opened"), and what to do; None for any other study."""
    if not study.is_imported:
        return None
    return (
        f"{study.slug} was imported from an export, without pictures and seeds, and cannot {what}; do it in "
        "the installation that ran the study, or publish its study file under another slug"
    )


def refuse_imported(study: Study, what: str) -> None:
    """FlowError for an imported study."""
    words = why_not(study, what)
    if words is not None:
        raise FlowError(words)

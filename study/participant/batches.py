"""Answers as the browser sends them, and what it is told of them."""

from __future__ import annotations

from typing import Any

from study import flow

MOST_MESSAGES = 50


def batch_of(body: Any) -> list[Any] | None:
    """The messages of a request; None when it holds no list of at most MOST_MESSAGES."""
    batch = body.get("messages") if isinstance(body, dict) else None
    return batch if isinstance(batch, list) and len(batch) <= MOST_MESSAGES else None


def said_of(outcome: flow.MessageOutcome) -> dict[str, Any]:
    """Which messages are safe now, and which can never be stored, with the reason."""
    refused = [{"number": number, "reason": reason} for number, reason in outcome.refused]
    return {"acknowledged": outcome.acknowledged, "refused": refused}

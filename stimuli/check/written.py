"""A check as JSON, for other programs and for a paper's supplement."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

from stimuli.check.report import CheckReport
from stimuli.measures import described


def report_json(report: CheckReport) -> str:
    """Problems, confounds, what was measured by file, and the measures explained; null for no number."""
    facts = {**asdict(report), "measures": [asdict(measure) for measure in described()]}
    return json.dumps(_without_nan(facts), indent=2, ensure_ascii=False)


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value

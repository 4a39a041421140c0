"""The report: all results on one page that needs nothing else, or all numbers as JSON."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from analysis import figures
from analysis.dataset import Dataset
from analysis.estimate import Estimate
from analysis.pages import render_page
from analysis.pairs import exposure_words
from analysis.results import N_RESAMPLES, MainResults, Results, analyse
from analysis.timing import RULE
from analysis.wording import OPENED_WORDS, RULE_WORDS, exclusion_words, made_faces

MINUS = "−"
NONE = "–"


def write_report(
    dataset: Dataset,
    path: Path,
    *,
    format: str = "html",
    seed: int | None = None,
    n_resamples: int = N_RESAMPLES,
    namespace: str | None = None,
) -> Results:
    """Analyse ``dataset`` and write the report. The same data, seed and versions give the same bytes."""
    results = analyse(dataset, seed=seed, n_resamples=n_resamples, namespace=namespace)
    text = render_json(results) if format == "json" else render_html(results)
    Path(path).write_text(text, encoding="utf-8")
    return results


def render_html(results: Results) -> str:
    """The report as one HTML page without any outside resource. All rounding happens here."""
    filters: dict[str, Callable[..., str]] = {
        "number": number,
        "signed": signed,
        "percent": percent,
        "interval": interval,
        "percent_interval": percent_interval,
        "p": p_words,
        "exposure": exposure_or_all,
        "count": count,
    }
    made = made_faces(results.protocol.stimulus_kind)
    return render_page(
        "report.html.j2",
        filters,
        results=results,
        main=results.main,
        raw=results.without_exclusions,
        protocol=results.protocol,
        timing=results.timing,
        made=made,
        Made=made[0].upper() + made[1:],
        comparison=comparison(results.main, results.without_exclusions),
        rules=exclusion_words(results.protocol.exclusions),
        rule_words=RULE_WORDS,
        cells=sorted(set(results.exclusions.kept.participants["cell"].dropna())),
        deadlines=[
            f"block “{block.name}” ({block.answer_deadline_ms / 1000:g}\u00a0s)"
            for block in results.protocol.blocks
            if block.answer_deadline_ms and not block.practice
        ],
        timing_rule=RULE,
        figures=_figures(results),
        opened_words=OPENED_WORDS.get(results.provenance.opened_as, ""),
        is_robot=results.namespace == "robot" or set(results.timing.evidence) == {"simulated"},
        level=f"{100 * (1 - results.protocol.analysis.alpha):g} %",
        test_level=f"{100 * (1 - 2 * results.protocol.analysis.alpha):g} %",
    )


def render_json(results: Results) -> str:
    """All numbers of the report, unrounded. Unlimited exposures are ``"unlimited"``, missing is null."""
    return json.dumps(_plain(results), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One main result with and without the declared exclusions; ``share`` is shown in percent."""

    name: str
    kept: Estimate | None
    everything: Estimate | None
    signed: bool = True
    share: bool = False


def comparison(kept: MainResults, everything: MainResults) -> tuple[Comparison, ...]:
    """Every main result twice."""
    rows: list[Comparison] = []

    def add(name: str, pick: Any, part: str, *, signed: bool = True, share: bool = False) -> None:
        first, second = (
            None if results is None else pick(results)
            for results in (getattr(kept, part), getattr(everything, part))
        )
        if first is not None or second is not None:
            rows.append(Comparison(name, first, second, signed=signed, share=share))

    add("Trust difference (points)", lambda one: one.overall.difference, "trust")
    add("Trust trend (points per doubling)", lambda one: one.trend, "trust")
    add("Sensitivity d′, pooled (z)", lambda one: one.overall.d_prime, "detection")
    add("Sensitivity d′, mean of participants (z)", lambda one: one.overall.mean_d_prime, "detection")
    add("Gain in d′, longest minus shortest (z)", lambda one: one.gain, "detection")
    add("Side bias c (z, positive: right)", lambda one: one.overall.side_bias, "detection")
    add("Correct (%)", lambda one: one.overall.share_correct, "detection", signed=False, share=True)
    add("Single faces: sensitivity d′, pooled (z)", lambda one: one.overall.d_prime, "faces")
    add("Single faces: d′, mean of participants (z)", lambda one: one.overall.mean_d_prime, "faces")
    add("Single faces: criterion c (z, positive: reluctant)", lambda one: one.overall.criterion, "faces")
    add("Type-2 area", lambda one: one.type2_auc, "confidence", signed=False)
    return tuple(rows)


def number(value: float | None, digits: int = 2) -> str:
    if value is None or not math.isfinite(value):
        return NONE
    return f"{value:.{digits}f}".replace("-", MINUS)


def signed(value: float | None, digits: int = 2) -> str:
    if value is None or not math.isfinite(value):
        return NONE
    text = f"{value:+.{digits}f}"
    return text.lstrip("+-") if float(text) == 0 else text.replace("-", MINUS)


def percent(value: float | None, digits: int = 1) -> str:
    return number(None if value is None else 100 * value, digits)


def interval(estimate: Any, digits: int = 2) -> str:
    """``[low, high]`` of an estimate or an equivalence test."""
    if estimate is None or not math.isfinite(estimate.low):
        return NONE
    return f"[{number(estimate.low, digits)}, {number(estimate.high, digits)}]"


def percent_interval(estimate: Any, digits: int = 1) -> str:
    if estimate is None or not math.isfinite(estimate.low):
        return NONE
    return f"[{percent(estimate.low, digits)}, {percent(estimate.high, digits)}]"


def count(n: int) -> str:
    """A count with narrow spaces between thousands, which never break over two lines."""
    return f"{int(n):,}".replace(",", "\u202f")


def p_words(value: float | None) -> str:
    """``p = .012``, ``p < .001``; nothing for a p value that does not exist."""
    if value is None or not math.isfinite(value):
        return NONE
    return "p < .001" if value < 0.001 else "p = " + f"{value:.3f}".removeprefix("0")


def exposure_or_all(exposure_ms: float | None) -> str:
    return "all exposures" if exposure_ms is None else exposure_words(exposure_ms)


def _figures(results: Results) -> dict[str, Markup]:
    main = results.main
    drawn: dict[str, str] = {}
    if main.detection is not None:
        drawn["sensitivity"] = figures.sensitivity_figure(main.detection)
        drawn["accuracy"] = figures.accuracy_figure(main.detection)
    if main.trust is not None:
        drawn["trust"] = figures.trust_figure(main.trust)
        question = results.protocol.questions()["trust"]
        scale = (question.minimum or 1.0, question.maximum or 7.0)
        name = "edited" if results.protocol.stimulus_kind == "edited" else "AI"
        drawn["trust_levels"] = figures.trust_levels_figure(main.trust, made=name, scale=scale)
    if main.confidence is not None:
        drawn["confidence"] = figures.confidence_figure(main.confidence)
    if results.timing.frame_errors:
        drawn["timing"] = figures.timing_figure(results.timing.frame_errors)
    drawn["flow"] = figures.flow_figure(results.exclusions.flow, RULE_WORDS)
    return {name: Markup(svg) for name, svg in drawn.items()}  # noqa: S704 - drawn here, holds no data text


def _plain(value: Any) -> Any:
    if isinstance(value, pd.DataFrame):
        return [_plain(record) for record in value.to_dict("records")]
    if isinstance(value, Dataset):
        return {"n_participants": len(value.participants), "n_trials": len(value.trials)}
    if dataclasses.is_dataclass(value):
        fields = [field.name for field in dataclasses.fields(value) if field.name != "draws"]
        return {name: _plain(getattr(value, name)) for name in fields}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return _plain_scalar(value)


def _plain_scalar(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        if math.isinf(value):
            return "unlimited"
        return None if math.isnan(value) else value
    if value is None or value is pd.NA:
        return None
    return value if isinstance(value, str | int | bool) else str(value)

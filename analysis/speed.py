"""How fast are answers? Response times on the log scale, people and pictures crossed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.dataset import Dataset
from analysis.detection import pair_choices
from analysis.estimate import Estimate, Sample, model_estimate
from analysis.fitted import FittedModel, fitted_model
from analysis.pairs import TRIAL_KEY, exposure_words
from analysis.single_faces import face_judgements

if TYPE_CHECKING:
    from analysis.mixed import DeclaredFit

METHOD = "mixed model of log response time, REML, Satterthwaite degrees of freedom"


@dataclass(frozen=True)
class TimeEffect:
    """A factor on the response time: 1.10 means 10 % slower. ``p`` is of the null 1.

    ``ratio`` is the exponential of the log scale, interval included; ``p`` and ``df`` are the model's.
    """

    term: str
    about: str
    ratio: Estimate
    p: float
    df: float


@dataclass(frozen=True)
class ResponseTimes:
    """Response times of one question.

    ``typical_ms``: geometric mean of an average person and average pictures, at the average of all
    predictors. ``summary``: exposure_ms, n_trials, median_ms, mean_ms, quartile_1_ms, quartile_3_ms of raw
    times. ``n_unusable``: times that are missing or not above 0. ``note`` says why there is no model.
    """

    question: str
    typical_ms: Estimate | None
    effects: tuple[TimeEffect, ...]
    summary: pd.DataFrame
    model: FittedModel | None
    n_unusable: int
    note: str = ""


def response_times(dataset: Dataset) -> pd.DataFrame:
    """One row per timed answer to any question asked with a scale, a side or an origin.

    Columns: participant, session, position, pair, stimulus (empty: the pair as a whole), left, right,
    layout, question, kind, exposure_ms (infinity: unlimited), made (-.5, .5: the rated face is made; 0: not
    about one face), later (the answer had other answers of its trial before it), rt_ms, log_rt, correct
    (-.5, .5; NaN where no answer is right).
    """
    kinds = {(b.name, q.id): q.kind for b in dataset.protocol.blocks for q in b.questions}
    ratings = dataset.ratings
    kind = pd.Series(list(zip(ratings["block"], ratings["question"], strict=True)), index=ratings.index).map(
        kinds
    )
    columns = [*TRIAL_KEY, "target", "stimulus", "question", "rt_ms", "order"]
    rows = ratings[columns].assign(kind=kind)[kind.isin(["scale", "side", "origin"])]
    about = dataset.trials[
        [*TRIAL_KEY, "layout", "pair", "left", "right", "left_origin", "right_origin", "exposure_ms"]
    ]
    table = rows.merge(about, on=TRIAL_KEY)
    made = np.select(
        [table["target"].isin(["left", "face"]), table["target"] == "right"],
        [np.where(table[f"{side}_origin"] == "real", -0.5, 0.5) for side in ("left", "right")],
        0.0,
    )
    usable = (table["rt_ms"] > 0).to_numpy()
    first = table.groupby(TRIAL_KEY)["order"].transform("min")
    table = table.assign(
        exposure_ms=table["exposure_ms"].fillna(np.inf),
        made=made,
        later=(table["order"] > first).astype(float),
        log_rt=np.log(table["rt_ms"].where(usable)),
    ).drop(columns=["left_origin", "right_origin", "order"])
    return _with_correct(table, dataset)


def time_models(times: pd.DataFrame, *, level: float = 0.95) -> tuple[ResponseTimes, ...]:
    """A model for each question, detection first. Needs the columns of ``response_times``.

    ``log_rt ~ made + correct + later + exposure + (1 + made | participant) + (1 | stimulus)``, each predictor
    only where it varies, pairs in the place of stimuli for questions about a pair, and the slope of the
    rated face protected. Nothing is trimmed: the log scale bounds what slow answers weigh, and fast ones were
    excluded by the declared rule or not at all.
    """
    order = sorted(times["question"].unique(), key=lambda name: (_is_opinion(times, name), str(name)))
    return tuple(_of_question(times[times["question"] == name], str(name), level) for name in order)


def log_time_model(
    times: pd.DataFrame,
    fixed: str,
    *,
    random: str,
    name: str,
    question: str,
    about: Mapping[str, str] | None = None,
    level: float = 0.95,
) -> tuple[tuple[TimeEffect, ...], Estimate, FittedModel]:
    """Effects as ratios, the typical time in ms, and the model of ``log_rt ~ fixed + random``.

    ``about`` says in words what a term compares. Raises ``ValueError`` where the model cannot be fitted.
    """
    from analysis.mixed import fit_declared

    protected = ["made"] if "made |" in random else []
    declared = fit_declared(f"log_rt ~ {fixed} + {random}", times, protected=protected)
    if not declared.fit.converged:
        raise ValueError(" ".join(declared.fit.messages))
    sample = sample_of_times(times)
    table = declared.fit.fixed
    effects = tuple(
        TimeEffect(
            str(term),
            (about or {}).get(str(term), str(term)),
            _exponential(row, sample, level, unit="ratio"),
            float(row["p"]),
            float(row["df"]),
        )
        for term, row in table.iterrows()
        if term != "Intercept"
    )
    typical = _typical(declared, sample, level)
    return effects, typical, fitted_model(name, question, declared, level=level)


def _with_correct(table: pd.DataFrame, dataset: Dataset) -> pd.DataFrame:
    judged = pd.concat(
        [
            pair_choices(dataset)[[*TRIAL_KEY, "correct"]].assign(question="detect"),
            _judged_questions(dataset),
        ]
    )
    right = judged["correct"].astype(float) - 0.5
    merged = table.merge(judged.assign(correct=right), on=[*TRIAL_KEY, "question"], how="left")
    return merged.sort_values([*TRIAL_KEY, "question"], kind="stable").reset_index(drop=True)


def _judged_questions(dataset: Dataset) -> pd.DataFrame:
    first = {
        block.name: next((q.id for q in block.questions if q.kind == "origin"), None)
        for block in dataset.protocol.blocks
    }
    judged = face_judgements(dataset)
    return judged[[*TRIAL_KEY, "correct"]].assign(question=judged["block"].map(first))


def _is_opinion(times: pd.DataFrame, question: Any) -> bool:
    return bool(times.loc[times["question"] == question, "correct"].isna().all())


def _of_question(times: pd.DataFrame, question: str, level: float) -> ResponseTimes:
    usable = times[times["log_rt"].notna()]
    summary, n_unusable = _summary(usable), len(times) - len(usable)
    if usable.empty:
        return ResponseTimes(question, None, (), summary, None, n_unusable, "no response times")
    fixed, random, about = _formula(usable)
    note = ""
    if not random:
        note = "one person and one picture: nothing varies that could be a sample"
    elif usable["log_rt"].nunique() < 2:
        note = "all response times are alike"
    if note:
        return ResponseTimes(question, None, (), summary, None, n_unusable, note)
    try:
        effects, typical, model = log_time_model(
            usable.assign(exposure=usable["exposure_ms"].map(exposure_names(usable))),
            fixed,
            random=random,
            name=f"speed-{question}",
            question=f"What makes answers to “{question}” slower or faster?",
            about=about,
            level=level,
        )
    except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        return ResponseTimes(question, None, (), summary, None, n_unusable, str(error))
    return ResponseTimes(question, typical, effects, summary, model, n_unusable)


def _formula(times: pd.DataFrame) -> tuple[str, str, dict[str, str]]:
    """Fixed part, random part, and what each term compares; predictors that do not vary are left out."""
    item = "stimulus" if times["stimulus"].notna().all() else "pair"
    about = {"made": "made face, against real", "correct": "correct, against wrong answers"}
    about["later"] = "answered after another one of the trial, against first"
    if (times["made"] == 0).any():
        about.pop("made")
    terms = [name for name in about if times[name].notna().all() and times[name].nunique() > 1]
    about = {name: about[name] for name in terms}
    levels = np.sort(times["exposure_ms"].unique())
    if len(levels) > 1:
        terms.append("exposure")
        names = exposure_names(times)
        about |= {
            f"exposure[T.{names[level]}]": f"{exposure_words(level)}, against {exposure_words(levels[0])}"
            for level in levels[1:]
        }
    slope = next((name for name in ("made", "correct") if name in terms), None)
    parts = []
    if times["participant"].nunique() > 1:
        parts.append(f"(1 + {slope} | participant)" if slope else "(1 | participant)")
    if times[item].nunique() > 1:
        parts.append(f"(1 | {item})")
    return " + ".join(terms) or "1", " + ".join(parts), about


def exposure_names(times: pd.DataFrame) -> dict[float, str]:
    """Names of exposures in whose order as texts the shortest comes first: it is compared with."""
    levels = np.sort(times["exposure_ms"].unique())
    return {float(level): f"{place}: {exposure_words(level)}" for place, level in enumerate(levels, start=1)}


def _summary(times: pd.DataFrame) -> pd.DataFrame:
    rows = times.groupby("exposure_ms")["rt_ms"].agg(
        n_trials="size",
        quartile_1_ms=lambda rt: rt.quantile(0.25),
        median_ms="median",
        quartile_3_ms=lambda rt: rt.quantile(0.75),
        mean_ms="mean",
    )
    return rows.reset_index()


def sample_of_times(times: pd.DataFrame) -> Sample:
    """What answers of one question rest on; of a question about a pair, both pictures count."""
    pictures = (
        times["stimulus"] if times["stimulus"].notna().all() else pd.concat([times["left"], times["right"]])
    )
    return Sample(
        n_participants=int(times["participant"].nunique()),
        n_pairs=int(times["pair"].nunique()),
        n_stimuli=int(pictures.nunique()),
        n_trials=len(times),
    )


def _exponential(row: Any, sample: Sample, level: float, *, unit: str) -> Estimate:
    log = model_estimate(row["estimate"], row["se"], row["df"], sample, level=level, unit=unit, method=METHOD)
    return _back(log)


def _back(log: Estimate) -> Estimate:
    """From the log scale to ratios or ms; the standard error goes, the interval is exact."""
    centre, low, high = (float(np.exp(each)) for each in (log.estimate, log.low, log.high))
    return replace(log, estimate=centre, low=low, high=high, se=float("nan"))


def _typical(declared: DeclaredFit, sample: Sample, level: float) -> Estimate:
    """The average linear predictor of all rows; its degrees of freedom are those of the intercept."""
    fit = declared.fit
    weights = fit.model.design.x.mean(axis=0)
    value = float(weights @ fit.estimates.beta)
    se = float(np.sqrt(weights @ fit.estimates.fixed_covariance @ weights))
    df = float(fit.fixed["df"]["Intercept"])
    return _back(
        model_estimate(value, se, df, sample, level=level, unit="ms", method=f"{METHOD}; geometric mean")
    )

"""Every reasonable analysis of each claim side by side: does the conclusion hang on one choice?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from analysis.claims.answers import Answers
from analysis.claims.finding import Finding, Untested
from analysis.claims.judging import TESTS
from analysis.claims.specification import DECLARED, Exposures, Model, Specification
from analysis.claims.verdict import Verdict
from analysis.dataset import Dataset
from analysis.estimate import Estimate
from analysis.exclusions import apply_exclusions
from analysis.pairs import TRIAL_KEY
from analysis.protocol import ExclusionRules

#: Answers later than this are left out by one of the choices.
SLOW_MS = 10_000.0
#: Answers sooner than this are left out by one of the choices, beside what the study declared.
FAST_MS = 400.0

MODELS: tuple[Model, ...] = ("mixed", "intercepts", "means", "bootstrap")
#: Choices of data: name → what is changed of the declared specification; the rules are those declared.
DATA: Mapping[str, Specification] = {
    "declared exclusions": DECLARED,
    "no exclusions": replace(DECLARED, exclusions=ExclusionRules()),
    "completed sessions only": replace(DECLARED, completed_only=True),
    f"no answer before {FAST_MS:g} ms": replace(DECLARED, min_rt_ms=FAST_MS),
    f"no answer after {SLOW_MS / 1000:g} s": replace(DECLARED, max_rt_ms=SLOW_MS),
}
_ORDINAL_DATA = ("declared exclusions", "no exclusions", "completed sessions only")
#: Answers times specifications from which starting processes pays.
_WORTH_PROCESSES = 2_000_000
_RATED = ("distrust", "milliseconds", "turned-away")
_EXPOSURES: Mapping[str, tuple[Exposures, ...]] = {
    "distrust": ("shortest", "longest"),
    "closer-look": ("ends",),
    "confidence": ("shortest", "longest"),
    "turned-away": ("shortest", "longest"),
}

Outcome = Finding | Untested
Job = tuple[str, str, Specification]
"""A claim, the name of a set of exclusion rules, and a specification."""


@dataclass(frozen=True)
class Universe:
    """One analysis: the specification, and the name of its choice of data."""

    data: str
    specification: Specification


@dataclass(frozen=True)
class ClaimMultiverse:
    """All analyses of one claim.

    ``table`` has one row per specification: data, model, measure, exposures, estimate, low, high, p, unit,
    verdict, n_participants, n_trials, declared (the report's own), agrees (with the declared one's verdict),
    impossible (why; empty where there is a result). Verdicts are before correction for other claims.
    """

    claim: str
    unit: str
    null: float
    verdict: Verdict
    table: pd.DataFrame

    @property
    def possible(self) -> pd.DataFrame:
        return self.table[self.table["impossible"] == ""]

    @property
    def share_agreeing(self) -> float:
        """Share (0-1) of the possible specifications that come to the declared one's verdict."""
        return float(self.possible["agrees"].mean()) if len(self.possible) else float("nan")

    @property
    def reasons(self) -> Mapping[str, int]:
        """Why specifications are impossible, and how many are for each reason."""
        return dict(Counter(reason for reason in self.table["impossible"] if reason))


@dataclass(frozen=True)
class Multiverse:
    """``exclusions`` has one row per claim and set of rules: claim, rules (declared, none, without …),
    estimate, low, high, p, unit, n_participants, n_trials."""

    claims: tuple[ClaimMultiverse, ...]
    exclusions: pd.DataFrame


def universes(claim: str) -> tuple[Universe, ...]:
    """The specifications of a claim: every model with every choice of data, and single further changes.

    Ratings are also tried by an ordinal model, and claims about all exposures at some of them only, these
    with the declared data. The declared specification comes first.
    """
    found = [
        Universe(name, replace(change, model=model)) for name, change in DATA.items() for model in MODELS
    ]
    if claim in _RATED:
        found += [Universe(name, replace(DATA[name], measure="ordinal")) for name in _ORDINAL_DATA]
    for exposures in _EXPOSURES.get(claim, ()):
        found += [
            Universe("declared exclusions", Specification(model=model, exposures=exposures))
            for model in MODELS
        ]
    return tuple(found)


def multiverse(
    dataset: Dataset,
    *,
    claims: Sequence[str] | None = None,
    namespace: str | None = None,
    n_jobs: int | None = None,
) -> Multiverse:
    """All specifications of all claims that can be tested.

    ``dataset`` is as read, before any exclusion. ``n_jobs`` processes share the work (``None``: two for large
    studies, else one); the result does not depend on their number.
    """
    rules = _rule_sets(dataset.protocol.exclusions)
    answers = {
        name: Answers(_slim(apply_exclusions(dataset, rules=each, namespace=namespace).kept), alone=True)
        for name, each in rules.items()
    }
    wanted = [claim for claim in (claims or TESTS) if _is_possible(claim, answers["declared"])]
    jobs = [
        *((claim, _rules_of(one), one.specification) for claim in wanted for one in universes(claim)),
        *((claim, name, DECLARED) for claim in wanted for name in rules if name not in ("declared", "none")),
    ]
    found = _outcomes(jobs, answers, n_jobs)
    return Multiverse(
        claims=tuple(
            _summed_up(
                claim,
                {one: found[claim, _rules_of(one), one.specification] for one in universes(claim)},
            )
            for claim in wanted
        ),
        exclusions=pd.DataFrame(
            [
                {"claim": claim, "rules": name, **_numbers(found[claim, name, _as_declared(name)])}
                for claim in wanted
                for name in rules
            ],
            columns=["claim", "rules", *_NUMBERS],
        ),
    )


def _outcomes(jobs: Sequence[Job], answers: Mapping[str, Answers], n_jobs: int | None) -> dict[Job, Outcome]:
    """The outcome of every job; in processes of their own where that is worth starting them.

    Jobs that come to the same answers, because a rule or a limit concerns none of them, are done once.
    """
    same = {job: _simplest(job, answers) for job in jobs}
    found = _distinct_outcomes(list(dict.fromkeys(same.values())), answers, n_jobs)
    return {job: found[one] for job, one in same.items()}


def _simplest(job: Job, answers: Mapping[str, Answers]) -> Job:
    """The same job without rules and limits that leave out nothing."""
    claim, rules, one = job
    kept, declared = answers[rules].kept, answers["declared"].kept
    if len(kept.trials) == len(declared.trials) and len(kept.participants) == len(declared.participants):
        rules = "declared"
    rt, status = kept.ratings["rt_ms"], kept.participants["status"]
    if one.min_rt_ms is not None and not (rt < one.min_rt_ms).any():
        one = replace(one, min_rt_ms=None)
    if one.max_rt_ms is not None and not (rt > one.max_rt_ms).any():
        one = replace(one, max_rt_ms=None)
    if one.completed_only and (status == "completed").all():
        one = replace(one, completed_only=False)
    return claim, rules, replace(one, exclusions=None)


def _distinct_outcomes(
    jobs: Sequence[Job], answers: Mapping[str, Answers], n_jobs: int | None
) -> dict[Job, Outcome]:
    n_answers = len(answers["declared"].kept.ratings)
    processes = n_jobs or (2 if n_answers * len(jobs) > _WORTH_PROCESSES else 1)
    portions: dict[tuple[str, str, Model], list[Job]] = {}
    for job in jobs:
        claim, rules, specification = job
        portions.setdefault((claim, rules, specification.model), []).append(job)
    # Those that take longest first, or one process works on while the other is done.
    ordered = sorted(portions.values(), key=lambda each: -sum(_cost(job) for job in each))
    done = Parallel(n_jobs=processes)(
        delayed(_done)([(claim, one) for claim, _, one in portion], answers[portion[0][1]])
        for portion in ordered
    )
    return {
        job: outcome
        for portion, outcomes in zip(ordered, done, strict=True)
        for job, outcome in zip(portion, outcomes, strict=True)
    }


def _done(wanted: Sequence[tuple[str, Specification]], answers: Answers) -> list[Outcome]:
    found = [TESTS[claim](answers, one) for claim, one in wanted]
    return [replace(one, model=None) if isinstance(one, Finding) else one for one in found]


def _cost(job: Job) -> float:
    claim, _, specification = job
    by_model = {"mixed": 4.0, "intercepts": 2.0, "bootstrap": 1.0, "means": 0.2}[specification.model]
    return by_model * (1.0 if claim in _RATED and specification.measure == "points" else 4.0)


def _is_possible(claim: str, answers: Answers) -> bool:
    return isinstance(TESTS[claim](answers, Specification(model="means")), Finding)


def _as_declared(rules: str) -> Specification:
    return DATA["no exclusions"] if rules == "none" else DECLARED


def _slim(kept: Dataset) -> Dataset:
    """Without the columns that no claim looks at, and without events: it is sent to other processes."""
    ratings = [*TRIAL_KEY, "block", "target", "question", "value", "value_number", "rt_ms", "order"]
    sides = [f"{side}{part}" for side in ("left", "right") for part in ("", "_origin", "_label")]
    trials = [*TRIAL_KEY, "block", "layout", "pair", *sides, "cell", "exposure_ms"]
    return replace(
        kept,
        ratings=kept.ratings[ratings],
        trials=kept.trials[trials],
        participants=kept.participants[["participant", "status"]],
        events=kept.events.iloc[:0],
    )


def _rule_sets(declared: ExclusionRules) -> dict[str, ExclusionRules]:
    """Declared, none, and the declared ones with one left out at a time."""
    off = ExclusionRules()
    on = [rule.name for rule in fields(declared) if getattr(declared, rule.name) != getattr(off, rule.name)]
    left_out = {f"without {name}": replace(declared, **{name: getattr(off, name)}) for name in on}
    return {"declared": declared, "none": off, **left_out}


def _rules_of(universe: Universe) -> str:
    return "declared" if universe.specification.exclusions is None else "none"


_NUMBERS = ("estimate", "low", "high", "p", "unit", "n_participants", "n_trials", "verdict", "impossible")


def _numbers(one: Outcome) -> dict[str, object]:
    nan = float("nan")
    if isinstance(one, Untested):
        nothing = (nan, nan, nan, nan, "", 0, 0, "", one.reason)
        return dict(zip(_NUMBERS, nothing, strict=True))
    e: Estimate = one.estimate
    numbers = (e.estimate, e.low, e.high, one.p_value, e.unit, e.n_participants, e.n_trials)
    return dict(zip(_NUMBERS, (*numbers, one.verdict.value, _without(one)), strict=True))


def _without(one: Finding) -> str:
    """Why a finding is none: no interval, or not by the model that was asked for."""
    if not np.isfinite(one.estimate.low):
        return "It gives no interval."
    fell_back = [note for note in one.notes if "instead" in note]
    return fell_back[0] if fell_back else ""


def _summed_up(claim: str, outcomes: Mapping[Universe, Outcome]) -> ClaimMultiverse:
    rows = pd.DataFrame(list(_rows(outcomes)))
    declared = next(iter(outcomes.values()))
    if isinstance(declared, Untested):
        rows["agrees"] = False
        return ClaimMultiverse(claim, "", 0.0, Verdict.INCONCLUSIVE, rows)
    rows["agrees"] = rows["verdict"] == declared.verdict.value
    return ClaimMultiverse(claim, declared.estimate.unit, declared.null, declared.verdict, rows)


def _rows(outcomes: Mapping[Universe, Outcome]) -> Iterator[dict[str, object]]:
    for number, (universe, one) in enumerate(outcomes.items()):
        specification = universe.specification
        yield {
            "data": universe.data,
            "model": specification.model,
            "measure": specification.measure,
            "exposures": specification.exposures,
            **_numbers(one),
            "declared": number == 0,
        }

"""Apply the declared exclusion rules, and account for every row that is set aside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from analysis.dataset import Dataset
from analysis.pairs import TRIAL_KEY
from analysis.protocol import ExclusionRules, Protocol
from analysis.schema import NAMESPACES
from analysis.timing import SESSION_KEY, presented_as_planned, sessions_with_evidence

#: Someone who gives one and the same answer to at least this many questions of a kind is constant.
MIN_ANSWERS_FOR_CONSTANT = 10
TABLE_COLUMNS = ["rule", "unit", "who", "n_participants", "n_trials", "n_ratings"]


@dataclass(frozen=True)
class FlowStep:
    """What is left after a rule was applied."""

    rule: str
    n_participants: int
    n_trials: int
    n_ratings: int


@dataclass(frozen=True)
class Exclusions:
    """The kept data, and where everything else went.

    ``table`` has one row per rule, in the order applied: rule, unit (participant or trial),
    who (participants concerned), and how many participants, trials and ratings the rule removed.
    Each removed row is counted once, under the first rule that caught it; ``n_participants`` counts
    only those removed as a whole. ``flow`` says what is left after each rule.
    """

    kept: Dataset
    table: pd.DataFrame
    flow: tuple[FlowStep, ...]
    namespace: str
    rules: ExclusionRules


def main_namespace(participants: pd.DataFrame) -> str:
    """The namespace a report is about: live data if there are any, else robot, pilot, preview."""
    present = set(participants["namespace"])
    order = ("live", "robot", "pilot", "preview")
    return next((name for name in order if name in present), "live")


def apply_exclusions(
    dataset: Dataset, *, rules: ExclusionRules | None = None, namespace: str | None = None
) -> Exclusions:
    """Set aside what is not part of the main analysis, then what the declared rules exclude.

    Always set aside: other namespaces than ``namespace`` (default ``main_namespace``), people who
    withdrew or were screened out, practice, trials other than targets, trials never answered.
    ``rules`` default to those frozen in the protocol; ``ExclusionRules()`` applies none of them.
    """
    rules = dataset.protocol.exclusions if rules is None else rules
    chosen = namespace or main_namespace(dataset.participants)
    if chosen not in NAMESPACES:
        raise ValueError(f"namespace: expected one of {', '.join(NAMESPACES)}, got {chosen!r}")
    ledger = _Ledger(dataset)
    people = dataset.participants
    ledger.drop_people("other_namespace", people["namespace"] != chosen)
    ledger.drop_people("withdrawn", people["status"] == "withdrawn")
    ledger.drop_people("screened_out", people["status"] == "screened_out")
    ledger.drop_trials("practice", lambda trials: trials["practice"].astype(bool))
    if rules.max_failed_checks is not None:
        failed = failed_checks(ledger.trials, ledger.ratings, dataset.protocol)
        ledger.drop_ids("max_failed_checks", failed.index[failed > rules.max_failed_checks])
    ledger.drop_trials("not_a_target", lambda trials: trials["trial_kind"] != "target")
    if rules.min_share_answered is not None:
        share = share_answered(ledger.trials)
        ledger.drop_ids("min_share_answered", share.index[share < rules.min_share_answered])
    if rules.constant_responder:
        ledger.drop_ids("constant_responder", constant_responders(ledger.ratings))
    _drop_unusable(ledger, rules)
    return ledger.close(chosen, rules)


def with_repeats(dataset: Dataset, exclusions: Exclusions) -> Dataset:
    """The kept people with their target trials *and* repeats, by the same rules for trials.

    ``exclusions`` of ``dataset``. Repeats have no say in who is left out; they are for test and retest.
    """
    ledger = _Ledger(dataset)
    kept = set(exclusions.kept.participants["participant"])
    ledger.drop_people("not_kept", ~dataset.participants["participant"].isin(kept))
    ledger.drop_trials("practice", lambda trials: trials["practice"].astype(bool))
    ledger.drop_trials("neither", lambda trials: ~trials["trial_kind"].isin(["target", "repeat"]))
    _drop_unusable(ledger, exclusions.rules)
    return ledger.close(exclusions.namespace, exclusions.rules).kept


def _drop_unusable(ledger: _Ledger, rules: ExclusionRules) -> None:
    """Trials never answered, and those that the declared rules for single trials exclude."""
    ledger.drop_trials("not_answered", lambda trials: trials["status"] == "planned")
    if rules.interrupted:
        ledger.drop_trials("interrupted", lambda trials: trials["status"] == "interrupted")
    if rules.not_presented_as_planned:
        ledger.drop_trials("not_presented_as_planned", _known_not_as_planned)
    if rules.presentation_unclear:
        telling = sessions_with_evidence(ledger.recorded)
        ledger.drop_trials("presentation_unclear", lambda trials: _unclear(trials, telling))
    if rules.min_rt_ms is not None:
        too_fast = fast_trials(ledger.ratings, min_rt_ms=rules.min_rt_ms)
        ledger.drop_trials(
            "min_rt_ms", lambda trials: pd.MultiIndex.from_frame(trials[TRIAL_KEY]).isin(too_fast)
        )


def share_answered(trials: pd.DataFrame) -> pd.Series[Any]:
    """Share of planned trials answered (0-1), by participant. Practice is the caller's to leave out."""
    return (trials["status"] == "answered").groupby(trials["participant"]).mean()


def failed_checks(trials: pd.DataFrame, ratings: pd.DataFrame, protocol: Protocol) -> pd.Series[Any]:
    """Number of attention checks failed, by participant; people without checks are not in it.

    A check asks for one answer to the first question of its block whose answers are fixed: a scale, a side
    or an origin. It is failed when that question has another answer for any face it was asked of. A check
    that was interrupted, or that nobody answered in time, is not counted: nothing was chosen there.
    """
    asked_of = {
        block.name: next((q.id for q in block.questions if q.kind in ("scale", "side", "origin")), None)
        for block in protocol.blocks
    }
    checks = trials.loc[trials["trial_kind"] == "check", [*TRIAL_KEY, "asked_answer"]]
    about = ratings["block"].map(asked_of) == ratings["question"]
    answers = checks.merge(ratings.loc[about, [*TRIAL_KEY, "value"]], on=TRIAL_KEY)
    answers["failed"] = answers["value"] != answers["asked_answer"]
    by_check = answers.groupby(TRIAL_KEY)["failed"].any()
    return by_check.groupby("participant").sum()


def constant_responders(ratings: pd.DataFrame) -> list[str]:
    """Participants who gave all their trust ratings the same number, or always chose the same side.

    Only where they answered at least ``MIN_ANSWERS_FOR_CONSTANT`` of that question: ten choices at
    random are all on one side for one participant in 500.
    """
    asked = ratings[ratings["question"].isin(["trust", "detect"])]
    answers = asked.groupby(["participant", "question"])["value"].agg(["size", "nunique"])
    constant = answers[(answers["size"] >= MIN_ANSWERS_FOR_CONSTANT) & (answers["nunique"] == 1)]
    return sorted(set(constant.index.get_level_values("participant")))


def fast_trials(ratings: pd.DataFrame, *, min_rt_ms: float) -> pd.MultiIndex:
    """Trials with any rating given less than ``min_rt_ms`` after the pictures appeared.

    The whole trial goes: whoever answers one question before they can have seen the pictures was not
    looking at them.
    """
    return pd.MultiIndex.from_frame(ratings.loc[ratings["rt_ms"] < min_rt_ms, TRIAL_KEY])


def _known_not_as_planned(trials: pd.DataFrame) -> pd.Series[Any]:
    return ~presented_as_planned(trials).fillna(True).astype(bool)


def _unclear(trials: pd.DataFrame, telling: pd.MultiIndex) -> pd.Series[Any]:
    """Timed exposures without evidence, in sessions whose browser gave it of other trials."""
    could_tell = pd.MultiIndex.from_frame(trials[SESSION_KEY]).isin(telling)
    return presented_as_planned(trials).isna() & trials["exposure_ms"].notna() & could_tell


class _Ledger:
    """The remaining rows, and one line for every rule that has been applied to them."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self.participants = dataset.participants
        self.trials = dataset.trials
        self.ratings = dataset.ratings
        self.recorded = dataset.trials
        self._lines: list[dict[str, Any]] = []
        self._flow = [self._step("recorded")]

    def drop_people(self, rule: str, wrong: pd.Series[Any]) -> None:
        self.drop_ids(rule, self._dataset.participants.loc[wrong, "participant"])

    def drop_ids(self, rule: str, participants: Any) -> None:
        ids = set(participants)
        gone = self.participants["participant"].isin(ids)
        self._remove(
            rule,
            "participant",
            who=self.participants.loc[gone, "participant"],
            participants=self.participants[~gone],
            trials=self.trials[~self.trials["participant"].isin(ids)],
            ratings=self.ratings[~self.ratings["participant"].isin(ids)],
        )

    def drop_trials(self, rule: str, wrong: Callable[[pd.DataFrame], Any]) -> None:
        gone = pd.Series(wrong(self.trials), index=self.trials.index).fillna(False).astype(bool)
        removed = pd.MultiIndex.from_frame(self.trials.loc[gone, TRIAL_KEY])
        orphaned = pd.MultiIndex.from_frame(self.ratings[TRIAL_KEY]).isin(removed)
        self._remove(
            rule,
            "trial",
            who=self.trials.loc[gone, "participant"],
            trials=self.trials[~gone],
            ratings=self.ratings[~orphaned],
        )

    def close(self, namespace: str, rules: ExclusionRules) -> Exclusions:
        events = self._dataset.events
        kept = replace(
            self._dataset,
            participants=self.participants.reset_index(drop=True),
            trials=self.trials.reset_index(drop=True),
            ratings=self.ratings.reset_index(drop=True),
            events=events[events["participant"].isin(self.participants["participant"])].reset_index(
                drop=True
            ),
        )
        table = pd.DataFrame(self._lines, columns=TABLE_COLUMNS)
        return Exclusions(kept, table, tuple(self._flow), namespace, rules)

    def _remove(
        self,
        rule: str,
        unit: str,
        *,
        who: pd.Series[Any],
        participants: pd.DataFrame | None = None,
        trials: pd.DataFrame | None = None,
        ratings: pd.DataFrame,
    ) -> None:
        before = self._flow[-1]
        self.participants = self.participants if participants is None else participants
        self.trials = self.trials if trials is None else trials
        self.ratings = ratings
        after = self._step(rule)
        line = {
            "rule": rule,
            "unit": unit,
            "who": tuple(sorted(set(who))),
            "n_participants": before.n_participants - after.n_participants,
            "n_trials": before.n_trials - after.n_trials,
            "n_ratings": before.n_ratings - after.n_ratings,
        }
        self._lines.append(line)
        self._flow.append(after)

    def _step(self, rule: str) -> FlowStep:
        return FlowStep(rule, len(self.participants), len(self.trials), len(self.ratings))

"""Are people put off even when they cannot say why?"""

from __future__ import annotations

import numpy as np

from analysis.claims.answers import Answers, Choices, answers_of
from analysis.claims.finding import Beside, Finding, Untested
from analysis.claims.ratings import Ratings, rating_slope, ratings_of
from analysis.claims.reasons import first, not_asked
from analysis.claims.specification import DECLARED, Specification
from analysis.claims.trust import rated_finding
from analysis.dataset import Dataset
from analysis.estimate import sample_of
from analysis.intervals import ratio, resample
from analysis.pairs import TRIAL_KEY

_N_RESAMPLES = 1000
#: Answers to a question about cues that name none.
_NO_CUE = ("none_named", "none", "")


def subconscious(kept: Dataset, specification: Specification = DECLARED) -> Finding | Untested:
    """Trust in made minus real faces where this very person did not detect the made one.

    Pairs: those whose made face the person did not pick, in the same trial or in another block. Single faces:
    made and real faces that the person called real. Beside it how the difference changes from not detected to
    detected within people, and, where cues were asked, the share of correct detections with no cue named.

    Choosing trials by a response is a selection: the faces that are missed are the better-made ones, and
    among the trials that count as detected, or missed, some are lucky guesses. See docs/claims.md.
    """
    return subconscious_in(answers_of(kept, specification), specification)


def subconscious_in(answers: Answers, specification: Specification) -> Finding | Untested:
    told = _no_cue_named(answers, specification)
    ratings, choices = ratings_of(answers, "trust", specification), answers.choices(specification)
    reason = not_asked(answers.protocol, "trust", "detect")
    if reason or choices is None:
        return Untested("subconscious", reason or "No answers about which face is made are left.", told)
    if ratings.layout != choices.layout:
        return Untested(
            "subconscious",
            "Trust was rated in one layout and the made face told in the other; it needs both about the "
            "same pairs, or the same single faces.",
            told,
        )
    both = _both(ratings, choices)
    missed = both.of(both.table[~both.table["detected"]])
    if reason := first(_never_both(both), missed.lacking):
        return Untested("subconscious", reason, told)
    finding = rated_finding(
        answers,
        missed,
        specification,
        id="subconscious",
        measure="Trust in {made} minus real ones, "
        + ("pairs whose made face was not detected" if missed.layout == "pair" else "faces called real"),
        question="Are made faces that were not detected trusted less than real ones?",
        with_ordinal=False,
    )
    moderation = _moderation(answers, both, specification)
    return Finding(
        **{**vars(finding), "beside": (*moderation, *told), "additions": _cue_words(told)},
    )


def _both(ratings: Ratings, choices: Choices) -> Ratings:
    """Ratings of pairs, or faces, that the same person judged too: ``detected``, or called AI."""
    unit = "pair" if ratings.layout == "pair" else "stimulus"
    judged = choices.table
    seen = judged["correct"] if ratings.layout == "pair" else judged["answer"] > 0
    by_person = (
        judged.assign(detected=seen.astype(bool))
        .sort_values(TRIAL_KEY)
        .drop_duplicates(["participant", unit])[["participant", unit, "detected"]]
    )
    return ratings.of(ratings.table.merge(by_person, on=["participant", unit]))


def _never_both(both: Ratings) -> str:
    if len(both.table):
        return ""
    return (
        "Nobody both rated trust in a pair and judged which of its faces is made; it needs both questions in "
        "one block, or two blocks that show a person the same pairs."
    )


def _moderation(answers: Answers, both: Ratings, specification: Specification) -> tuple[Beside, ...]:
    """Difference where detected minus where not, within people: around each person's share detected."""
    if not answers.tells_beside(specification):
        return ()
    detected = both.table["detected"].astype(float)
    within = detected - detected.groupby(both.table["participant"]).transform("mean")
    centred = both.of(both.table.assign(detected=within.round(9)))
    if centred.table["detected"].nunique() < 2 or centred.lacking:
        return ()
    found = rating_slope(
        answers,
        centred,
        specification,
        over="detected",
        in_unit=True,
        name="subconscious-moderation",
        question="Is the trust difference another where the same person detects the made face?",
        unit="points",
    )
    label = "Trust difference where detected minus where not, within people"
    return (Beside(label, found.estimate, found.model),)


def _no_cue_named(answers: Answers, specification: Specification) -> tuple[Beside, ...]:
    """Share of correct detections on which no cue was named, of blocks that ask for cues."""
    choices = answers.choices(specification)
    blocks = [block.name for block in answers.protocol.blocks if any(q.id == "cues" for q in block.questions)]
    if choices is None or not blocks or not answers.tells_beside(specification):
        return ()
    trials = answers.kept.trials
    asked = trials.loc[trials["block"].isin(blocks), TRIAL_KEY]
    right = choices.table[choices.table["correct"].astype(bool)].merge(asked, on=TRIAL_KEY)
    named = answers.answered("cues")[[*TRIAL_KEY, "value"]].rename(columns={"value": "cues"})
    right = right.merge(named, on=TRIAL_KEY, how="left")
    if not len(right):
        return ()
    none = right["cues"].fillna("").str.strip().str.lower().isin(_NO_CUE).to_numpy(dtype=float)
    weights = resample(
        right["participant"], right["pair"], seed=answers.seed, n_resamples=_N_RESAMPLES, level=answers.level
    )
    n_none, n = weights.totals(weights.sums(right, [none, np.ones(len(right))]))
    share = weights.estimate(
        ratio(n_none, n), sample_of(right), unit="share", method="share of correct detections"
    )
    return (Beside("Share of correct detections with no cue named", share, null=None),)


def _cue_words(told: tuple[Beside, ...]) -> tuple[str, ...]:
    if not told:
        return ()
    share = told[0].estimate.estimate
    return (f"No cue was named on {100 * share:.0f} % of correct detections.",)

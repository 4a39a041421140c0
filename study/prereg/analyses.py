"""The planned tests and models, what counts as what, and who and what is left out."""

from __future__ import annotations

from collections.abc import Iterator

from study.prereg.design import claim_words
from study.prereg.planned import Planned
from study.prereg.wording import bullets, counted, exposures, listed, paragraphs, sentence, to_be_written

_ARTIFACTS = ("skin", "background", "body", "expression", "consistency")
_HIRING = ("hire", "hireable", "contact", "turned_away", "invite", "employ")


def models(planned: Planned) -> str:
    """The mixed model that tests each claim, its random effects, and what follows if it cannot be fitted."""
    return paragraphs(
        "Each claim is tested by one mixed model in which participants and pairs (or pictures) are crossed "
        "random effects, so that the conclusions speak about other people and other pictures: ratings by "
        "linear models (REML, Satterthwaite's degrees of freedom), choices by probit models (maximum "
        "likelihood, Laplace approximation, normal tests), whose coefficients are in units of d′.",
        bullets(_test(planned, claim) for claim in _claims(planned)),
        "Random effects are maximal for the effect, without correlations. If a fit is singular, random "
        "slopes whose variance is estimated as 0 are dropped, the smallest first, until the fit is regular "
        "or what is estimated as 0 is an intercept; slopes for the origin of the face are never dropped. "
        "The structure that remains is reported. If the model has no finite estimate (some answers are "
        "predicted perfectly) or does not converge, the estimate is from a bootstrap over participants and "
        "pairs: both are drawn with replacement, "
        "independently of each other, and each trial weighs the product of the two counts (1000 draws, "
        "percentile intervals, seed of the study; Owen 2007).",
        "How far each result hangs on these choices is reported beside it: other models, ratings as ordered "
        "categories, other exclusions, each exclusion rule left out in turn.",
    )


def _claims(planned: Planned) -> list[str]:
    """Primary claims in their order, then those of further hypotheses."""
    stated = [hypothesis.claim for hypothesis in planned.protocol.hypotheses]
    return list(dict.fromkeys([*planned.protocol.analysis.primary, *stated]))


def _test(planned: Planned, claim: str) -> str:
    gap = to_be_written("how it is tested; the study does not ask what the report's test needs")
    return f"**{claim}** ({claim_words(planned, claim)}): {_model_of(planned, claim) or gap}"


def _model_of(planned: Planned, claim: str) -> str:
    """The test of a claim in words; empty where the study does not ask what it needs."""
    rated, told = planned.asks("trust"), planned.asks("detect")
    if claim in ("distrust", "milliseconds") and rated:
        return _about_trust(planned, claim)
    if claim == "closer-look" and told and len(planned.exposures_ms) > 1:
        return _about_looks(planned)
    if claim == "subconscious" and rated and told:
        return (
            "the trust difference by the same model, of pairs (or single faces) whose made face this "
            "participant did not detect, against 0; the change from not detected to detected within "
            "participants is reported beside it."
        )
    if claim in _ARTIFACTS and told:
        return _about_artifacts()
    hiring = next((name for name in _HIRING if planned.asks(name)), "")
    if claim == "turned-away" and hiring:
        return f"the rating “{hiring}” of made minus real faces, against 0, by the model of trust."
    if claim == "confidence" and told and planned.asks("confidence"):
        return (
            "being right on confidence around the participant's own mean, `correct ~ confidence + (1 + "
            "confidence || participant) + (1 + confidence || pair)`, probit, its slope against 0; the type-2 "
            "area is reported beside it."
        )
    return ""


def _about_trust(planned: Planned, claim: str) -> str:
    rated = (
        "the mean of trust in the made minus the real face of a pair, `difference ~ 1 + (1 | participant) + "
        "(1 | pair)`"
        if "pair" in _layouts(planned, "trust")
        else "trust in made against real faces, `trust ~ made + (1 + made || participant) + (1 + made || "
        "pair)`"
    )
    if claim == "milliseconds":
        return (
            f"{rated}, at the shortest exposure ({exposures([planned.exposures_ms[0]])}), against 0; its "
            "slope per doubling of the exposure is reported beside it."
        )
    return (
        f"{rated}, over all exposures, against 0. A cumulative probit model of the single ratings, its "
        "effect put back into points, is the check of whether the conclusion hangs on ratings as numbers; it "
        "does not replace the test."
    )


def _about_looks(planned: Planned) -> str:
    shortest, longest = planned.exposures_ms[0], planned.exposures_ms[-1]
    in_pairs = "pair" in _layouts(planned, "detect")
    # Sides are drawn anew for everyone: a pair can have no preference for one.
    level = "0" if in_pairs else "1"
    differ = f"(1 + made + made:look || participant) + ({level} + made + made:look || pair)"
    answer = (
        "the answer is right or left and made the side of the made face, so that coefficients are divided by "
        "√2"
        if in_pairs
        else "the answer is real or made, and made the origin of the face"
    )
    return (
        f"the change of d′ from the shortest exposure ({exposures([shortest])}) to the longest "
        f"({exposures([longest])}), against 0: `answer ~ made * look + {differ}`, probit, where look runs "
        f"from −0.5 to 0.5 over the logarithm of all exposures; {answer}."
    )


def _about_artifacts() -> str:
    return (
        "d′ of pictures that carry the artifact minus d′ of made pictures without any, `answer ~ made * "
        "artifact`, against 0; of edited pictures the change of d′ with the dose of the edit, `answer ~ made "
        "* dose`, or d′ itself where there is one dose. Random effects as for the other models. Trust is "
        "reported beside it."
    )


def _layouts(planned: Planned, question: str) -> set[str]:
    return {block.layout for block, _ in planned.questions[question]}


def inference(planned: Planned) -> str:
    """Alpha, correction, smallest effect and equivalence, in the order in which they are asked."""
    plan = planned.protocol.analysis
    several = len(plan.primary) > 1
    correction = (
        f"The p values of the primary claims, {listed(plan.primary)}, are corrected together by Holm's "
        "method; a declared claim that could not be tested still counts."
        if several
        else f"There is one primary claim, {plan.primary[0]}, so nothing is corrected."
        if plan.primary
        else to_be_written("the primary claims")
    )
    level = f"{100 * (1 - 2 * plan.alpha):g} %"
    equivalence = (
        f"The smallest trust difference of interest is {plan.smallest_effect:g} points. A difference whose "
        f"{level} interval lies inside ±{plan.smallest_effect:g} counts as equivalent to none (two one-sided "
        f"tests at {plan.alpha:g}; Schuirmann 1987); this is asked first, so that a difference too small to "
        "matter supports nothing, however surely it is not 0."
        if planned.asks("trust")
        else ""
    )
    return paragraphs(
        f"The two-sided error rate is {plan.alpha:g}. {correction} All other tests are exploratory, are not "
        "corrected, and are called so.",
        equivalence,
        "Otherwise a claim is supported if the estimate differs from the value of no effect in the direction "
        "claimed, contradicted if it differs in the other, and the result is inconclusive if neither.",
    )


def left_out(planned: Planned) -> str:
    """The rules in the order in which they are applied; each result is reported without them too."""
    rules = planned.protocol.exclusions
    return paragraphs(
        "Never part of the analysis:",
        bullets(sentence(f"{what}.") for what in _never_analysed(planned)),
        "Then, in this order:",
        bullets(_rules(planned)) if any(rules.model_dump().values()) else "No further rule is declared.",
        "Each removed row is counted once, under the first rule that caught it. Every main result is "
        "reported with and without these rules.",
    )


def _never_analysed(planned: Planned) -> Iterator[str]:
    blocks = planned.main_blocks
    if any(block.practice for block in planned.protocol.blocks):
        yield "practice trials"
    if any(block.fillers for block in blocks):
        yield "fillers"
    if any(block.repeats for block in blocks):
        yield "repeats, which serve reliability only"
    if any(block.checks for block in blocks):
        yield "attention checks"
    yield "sessions of pilots, previews and simulated participants"
    yield "people who did not qualify"
    yield "people who withdrew, whose answers are erased"
    yield "trials never answered"


def _rules(planned: Planned) -> Iterator[str]:
    rules = planned.protocol.exclusions
    if rules.max_failed_checks is not None:
        yield f"People who failed more than {counted(rules.max_failed_checks, 'attention check')}."
    if rules.min_share_answered:
        yield f"People who answered less than {100 * rules.min_share_answered:g} % of their trials."
    if rules.constant_responder:
        yield (
            "People who gave at least ten trust ratings and all of them alike, or made at least ten choices "
            "and all on one side."
        )
    if rules.interrupted:
        yield "Trials whose exposure was interrupted."
    if rules.not_presented_as_planned:
        yield (
            "Trials shown for another number of frames than planned, or with the page hidden, out of focus "
            "or resized, by the browser's own presentation times."
        )
    if rules.presentation_unclear:
        yield (
            "Trials of which the browser did not tell how they were shown, where it told of others; people "
            "whose browser never tells are kept and counted."
        )
    elif rules.not_presented_as_planned:
        yield "Trials without evidence of how they were shown are kept and counted."
    if rules.min_rt_ms:
        yield (
            f"Trials on which any question was answered less than {rules.min_rt_ms:g} ms after the faces "
            "appeared."
        )


def missing_data(planned: Planned) -> str:
    kept = f"{100 * planned.protocol.exclusions.min_share_answered:g} %"
    return (
        "Nothing is imputed. Every planned trial is a row of the data, answered or not; unanswered ones have "
        "no value and enter no estimate. People who stop early are analysed if they answered at least "
        f"{kept} of their trials. How many trials are missing is reported."
    )


def transformations(planned: Planned) -> str:
    coded = f"Origin is coded −0.5 (real) and 0.5 ({planned.made}) in the models"
    exposure = (
        "; exposures enter by their logarithm, and an unlimited one stands one average step beyond the "
        "longest limited one, but is no part of slopes per doubling"
        if len(planned.exposures_ms) > 1
        else ""
    )
    return f"{coded}{exposure}. Ratings are not transformed, and response times are used for exclusions only."


def other_analyses(planned: Planned) -> str:
    """What is exploratory, beyond hypotheses and primary claims."""
    parts = ["calibration of confidence"] if planned.asks("confidence") else []
    parts += ["what people say gave it away"] if planned.asks("cues") else []
    parts += ["results pair by pair", "the questionnaire" if planned.protocol.items else ""]
    parts += ["test-retest reliability"] if any(block.repeats for block in planned.main_blocks) else []
    parts += ["comparison of the cells"] if len(planned.protocol.cells) > 1 else []
    return f"Exploratory, and reported as such: {listed(filter(None, parts))}."


def deviations(planned: Planned) -> str:
    """How a change would be seen, and those there have been."""
    told = [f"Version {number}: {reason.strip()}" for number, reason in planned.amendments]
    so_far = paragraphs("Amendments so far:", bullets(told)) if told else ""
    return paragraphs(
        "Any change of the protocol after freezing is an amendment with a reason, a date and a list of "
        "every difference; each row of the data carries the hash of the protocol its participant followed. "
        "The platform refuses to amend the design and the measures once anybody has taken part, rehearsals "
        "included, and the hypotheses, the analysis and the exclusions once the first participant has begun. "
        "Where the analysis departs from this plan, the publication will say so and give the planned result "
        "beside it.",
        so_far,
    )


def fingerprints(planned: Planned) -> str:
    """What makes the plan checkable: hashes and seed."""
    return paragraphs(
        "The frozen protocol behind this text:",
        bullets(
            sentence(line)
            for line in (
                f"protocol hash (sha256): `{planned.protocol_hash}`",
                f"stimulus set (sha256 of its tables and pictures): `{planned.set_sha256}`, "
                f"{planned.n_stimuli} pictures in {planned.n_pairs} pairs, {planned.n_practice_pairs} of "
                "them for practice",
                f"seed: {planned.protocol.seed}",
            )
        ),
    )

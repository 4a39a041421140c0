"""The claims of the field in words: what is claimed, what a verdict means, why one cannot be tested."""

from __future__ import annotations

import pandas as pd

from analysis.protocol import ExclusionRules, Protocol

CLAIM_TEXTS: dict[str, str] = {
    "distrust": "{made} are trusted less than real ones",
    "milliseconds": "the distrust of {made} is there within milliseconds",
    "closer-look": "{made} look fine at a glance and fall apart on inspection",
    "subconscious": "people are put off by {made} even when they cannot say why",
    "skin": "plastic, over-smoothed skin gives {made} away",
    "background": "pasted background, mismatched lighting and depth of field give {made} away",
    "body": "wrong body, clothing or proportions give {made} away",
    "expression": "a stiff, soulless expression gives {made} away",
    "consistency": "{made} are detected better where lighting, texture or symmetry is inconsistent",
    "turned-away": "{made} turn employers and clients away",
    "confidence": "people know when they are right about {made}",
}

_NO_DIFFERENCE = (
    "Any difference in trust {when}is smaller, in both directions, than the smallest effect "
    "declared beforehand."
)

#: claim → verdict → sentence
SENTENCES: dict[str, dict[str, str]] = {
    "distrust": {
        "supported": "{Made} were trusted less than real ones.",
        "contradicted": "{Made} were trusted more than real ones.",
        "equivalent to no difference": _NO_DIFFERENCE.replace("{when}", ""),
        "inconclusive": "Whether {made} are trusted less than real ones is not settled by these data.",
    },
    "milliseconds": {
        "supported": "{Made} were trusted less than real ones after no more than {short}.",
        "contradicted": "After {short}, {made} were trusted more than real ones.",
        "equivalent to no difference": _NO_DIFFERENCE.replace("{when}", "after {short} "),
        "inconclusive": "Whether {made} are trusted less after {short} is not settled by these data.",
    },
    "closer-look": {
        "supported": "{Made} were told apart better {long} than {short}.",
        "contradicted": "{Made} were told apart less well {long} than {short}.",
        "inconclusive": "Whether {made} are told apart better {long} than {short} stays open.",
    },
    "confidence": {
        "supported": "People were more confident in the choices they got right.",
        "contradicted": "People were more confident in the choices they got wrong.",
        "inconclusive": "Whether people are more confident when they are right is not settled by these data.",
    },
}

#: claim → tags of artifacts, or parts of a defect's name, that pictures would need
_ARTIFACTS: dict[str, tuple[str, ...]] = {
    "skin": ("skin",),
    "background": ("background", "lighting"),
    "body": ("body", "proportion"),
    "expression": ("expression",),
    "consistency": ("lighting", "skin", "texture", "symmetry"),
}
_HIRING = ("hire", "hireable", "contact", "turned_away")
_NOT_YET = "The answers are in the export, but this report has no analysis of them."


#: how a study was opened → what a reader must know of it
OPENED_WORDS = {
    "study": "After every check before going live had passed",
    "demo": "As a demonstration, without the checks before going live: no ethics vote, no power analysis",
    "test": "For a test, without the checks before going live",
    "unchecked": "By a release that had no checks before going live",
}


def made_faces(stimulus_kind: str) -> str:
    """What the made faces are called: edited photographs are never called AI."""
    return "edited portraits" if stimulus_kind == "edited" else "AI headshots"


def reason_not_tested(claim: str, protocol: Protocol, stimuli: pd.DataFrame) -> str:
    """Why the study's questions, trials or pictures cannot speak about a claim."""
    questions = protocol.questions()
    exposures = {ms for block in protocol.blocks if not block.practice for ms in block.exposures_ms}
    if claim in _ARTIFACTS:
        return _reason_by_artifact(claim, stimuli)
    if claim == "turned-away":
        asked = any(question in questions for question in _HIRING)
        return _NOT_YET if asked else "The study does not ask whom one would hire or contact."
    needed = {
        "distrust": ("trust",),
        "milliseconds": ("trust",),
        "closer-look": ("detect",),
        "confidence": ("detect", "confidence"),
        "subconscious": ("trust", "detect", "cues"),
    }[claim]
    missing = [question for question in needed if question not in questions]
    if missing:
        return f"The study does not ask for {' or '.join(_QUESTION_WORDS[name] for name in missing)}."
    if claim == "subconscious":
        return _NOT_YET
    if reason := _reason_by_question(claim, protocol):
        return reason
    if claim == "closer-look" and len(exposures) < 2:
        return "The pictures were shown at one exposure only, so there is no closer look to compare."
    if claim == "milliseconds" and not any(ms is not None and ms < 1000 for ms in exposures):
        return "No picture was shown for less than a second."
    return "No answers to the questions it needs are left after exclusions."


def _reason_by_question(claim: str, protocol: Protocol) -> str:
    """Why questions that are asked are not asked in the way a claim needs; empty where they are."""
    wanted = "trust" if claim in ("distrust", "milliseconds") else "detect"
    asked = [
        (block, question)
        for block in protocol.blocks
        if not block.practice
        for question in block.questions
        if question.id == wanted
    ]
    if all(block.layout == "single" for block, _ in asked):
        return "Faces were shown one at a time, and this report tests the claim within pairs only."
    if wanted == "detect" and all(question.kind != "side" for _, question in asked):
        return (
            "Each face of a pair was judged on its own, and this report tests choices between the two only."
        )
    if wanted == "detect" and all(question.both_neither for _, question in asked):
        return "Both and neither could be chosen, and this report tests choices between the two faces only."
    return ""


_QUESTION_WORDS = {
    "trust": "trust in each face",
    "detect": "the made face of a pair",
    "confidence": "confidence",
    "cues": "what gave the made face away",
}


def _reason_by_artifact(claim: str, stimuli: pd.DataFrame) -> str:
    tags = _ARTIFACTS[claim]
    told = stimuli["artifacts"].fillna("").astype(str) + " " + stimuli["defect"].fillna("").astype(str)
    if not told.str.contains("|".join(tags)).any():
        return f"No picture is tagged with an artifact or made with a defect of {' or '.join(tags)}."
    return "Pictures are tagged, but this report does not compare pictures by artifact or defect."


#: rule → what stands in the exclusion table and at the flow figure
RULE_WORDS: dict[str, str] = {
    "recorded": "Recorded",
    "other_namespace": "Other namespace",
    "withdrawn": "Withdrawn",
    "screened_out": "Screened out",
    "practice": "Practice",
    "max_failed_checks": "Failed checks",
    "not_a_target": "Filler, repeat, check",
    "min_share_answered": "Too few answered",
    "constant_responder": "Constant answers",
    "not_answered": "Never answered",
    "interrupted": "Interrupted",
    "not_presented_as_planned": "Not shown as planned",
    "min_rt_ms": "Answered too fast",
}


def exclusion_words(rules: ExclusionRules) -> dict[str, str]:
    """What each line of the exclusion table means, with the declared numbers; rules that are off say so."""
    share, rt = rules.min_share_answered, rules.min_rt_ms
    return {
        "other_namespace": "Pilots, previews and robots beside the data this report is about",
        "withdrawn": "Withdrew their consent; nothing of theirs is used",
        "screened_out": "Did not pass the device check or did not qualify",
        "practice": "Practice trials, never analysed",
        "max_failed_checks": f"Failed more than {rules.max_failed_checks} attention checks",
        "not_a_target": "Trials that serve other purposes than the main questions",
        "min_share_answered": f"Answered less than {100 * (share or 0):g} % of their trials",
        "constant_responder": "At least 10 trust ratings all alike, or at least 10 choices all on one side",
        "not_answered": "Planned, but the participant stopped before",
        "interrupted": "Exposure was interrupted",
        "not_presented_as_planned": "Evidence says the pictures were not shown as planned",
        "min_rt_ms": f"A question was answered less than {rt or 0:g} ms after the pictures appeared",
    }

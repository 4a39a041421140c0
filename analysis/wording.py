"""Words of the report: what the made faces are called, how a study was opened, what a rule means."""

from __future__ import annotations

from analysis.protocol import ExclusionRules

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
    "presentation_unclear": "Not known how shown",
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
        "presentation_unclear": "The browser did not tell how the pictures were shown, but told of others",
        "min_rt_ms": f"A question was answered less than {rt or 0:g} ms after the pictures appeared",
    }

"""The claims in words: what is claimed, and what each verdict on it means."""

from __future__ import annotations

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
    "Any difference in {what} {when}is smaller, in both directions, than the smallest effect "
    "declared beforehand."
)
_TRUST = _NO_DIFFERENCE.replace("{what}", "trust")


def _given_away(by: str) -> dict[str, str]:
    """Sentences about a picture's artifact: {compared} says with which pictures."""
    return {
        "supported": f"{{Made}} {by} were told apart better {{compared}}.",
        "contradicted": f"{{Made}} {by} were told apart less well {{compared}}.",
        "inconclusive": f"Whether {{made}} {by} are told apart better {{compared}} stays open.",
    }


#: claim → verdict → sentence
SENTENCES: dict[str, dict[str, str]] = {
    "distrust": {
        "supported": "{Made} were trusted less than real ones.",
        "contradicted": "{Made} were trusted more than real ones.",
        "equivalent to no difference": _TRUST.replace("{when}", ""),
        "inconclusive": "Whether {made} are trusted less than real ones is not settled by these data.",
    },
    "milliseconds": {
        "supported": "{Made} were trusted less than real ones after no more than {short}.",
        "contradicted": "After {short}, {made} were trusted more than real ones.",
        "equivalent to no difference": _TRUST.replace("{when}", "after {short} "),
        "inconclusive": "Whether {made} are trusted less after {short} is not settled by these data.",
    },
    "closer-look": {
        "supported": "{Made} were told apart better {long} than {short}.",
        "contradicted": "{Made} were told apart less well {long} than {short}.",
        "inconclusive": "Whether {made} are told apart better {long} than {short} stays open.",
    },
    "subconscious": {
        "supported": "{Made} were trusted less even by people who had taken them for real.",
        "contradicted": "People who had taken {made} for real trusted them more than real ones.",
        "equivalent to no difference": _TRUST.replace("{when}", "where {made} were taken for real "),
        "inconclusive": "Whether {made} that were taken for real are trusted less is not settled by these "
        "data.",
    },
    "skin": _given_away("with over-smoothed skin"),
    "background": _given_away("with a wrong background, lighting or depth of field"),
    "body": _given_away("with a wrong body, clothing or proportions"),
    "expression": _given_away("with a stiff expression"),
    "consistency": _given_away("with inconsistent lighting, texture or symmetry"),
    "turned-away": {
        "supported": "People were less willing to hire or contact the people in {made}.",
        "contradicted": "People were more willing to hire or contact the people in {made}.",
        "equivalent to no difference": _NO_DIFFERENCE.replace(
            "{what}", "willingness to hire or contact"
        ).replace("{when}", ""),
        "inconclusive": "Whether people turn away from {made} is not settled by these data.",
    },
    "confidence": {
        "supported": "People were more confident in the choices they got right.",
        "contradicted": "People were more confident in the choices they got wrong.",
        "inconclusive": "Whether people are more confident when they are right is not settled by these data.",
    },
}

"""How a visit ended, as the recruiter is told: a code, and a link that takes it back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from study.protocol import Outcome, OutcomeCodes, Recruitment

# docs.prolific.com, "The study object", completion codes.
PROLIFIC_URL = "https://app.prolific.com/submissions/complete?cc={code}"

#: The outcome of each status of a session and of each kind of departure; what is not here has none yet.
OUTCOMES: Mapping[str, Outcome] = {
    "completed": "completed",
    "screened_out": "screened_out",
    "failed_checks": "failed_checks",
    # Silence for too long may well have been a failure of ours, and honest people are paid.
    "lapsed": "technical_failure",
    "technical_failure": "technical_failure",
    "declined": "no_consent",
    "under_age": "screened_out",
    "took_part_before": "screened_out",
    "withdrawn": "withdrew",
}
# A return link without {code} cannot say how it ended: it stands for full credit.
CREDITED = frozenset({"completed", "technical_failure"})

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
#: Fields of the consent form, which a parameter of a link must not take the place of.
RESERVED = frozenset({"agree", "age", "as", "consent", "csrf_token", "key"})


@dataclass(frozen=True)
class WayBack:
    """What a person takes back: the recruiter's name, the code, and the link that carries it, if any."""

    recruiter: str
    outcome: Outcome
    code: str
    link: str | None


def outcome_code(codes: OutcomeCodes, status: str) -> str | None:
    """The code for a status or a kind of departure; None where there is nothing to take back yet."""
    outcome = OUTCOMES.get(status)
    return getattr(codes, outcome) if outcome else None


def way_back(recruitment: Recruitment, status: str, parameters: Mapping[str, str]) -> WayBack | None:
    """Code and return link for a status or a kind of departure; ``parameters`` are those of the link."""
    outcome = OUTCOMES.get(status)
    if outcome is None:
        return None
    code = str(getattr(recruitment.codes, outcome))
    return WayBack(recruitment.recruiter, outcome, code, return_link(recruitment, outcome, parameters))


def return_link(recruitment: Recruitment, outcome: Outcome, parameters: Mapping[str, str]) -> str | None:
    """Where the person returns to; None when there is nowhere, or a parameter is not known.

    The target comes from the frozen protocol alone: what the link brought along is percent-encoded and can
    stand in path and query only, so it changes neither scheme nor host.
    """
    template = recruitment.return_url or (PROLIFIC_URL if recruitment.recruiter == "prolific" else None)
    if template is None or return_url_problems(template):
        return None
    names = placeholders(template)
    if "code" not in names and outcome not in CREDITED:
        return None
    values = {**parameters, "code": str(getattr(recruitment.codes, outcome))}
    if not names <= values.keys():
        return None
    return _PLACEHOLDER.sub(lambda found: quote(values[found[1]], safe=""), template)


def placeholders(template: str) -> frozenset[str]:
    """Names in braces that a parameter of a link can fill.

    >>> sorted(placeholders("https://x.org/?a={code}&b={survey_code}"))
    ['code', 'survey_code']
    """
    return frozenset(name for name in _PLACEHOLDER.findall(template) if _usable(name))


def return_url_problems(template: str) -> tuple[str, ...]:
    """Everything that keeps a return_url from being used; empty when it can be.

    >>> return_url_problems("https://{host}/done")
    ('expected a fixed host, found a placeholder in {host}; write the host out',)
    """
    problems = []
    try:
        parts = urlsplit(template)
    except ValueError:
        return (f"expected an address, found {template!r}; correct it",)
    if parts.scheme != "https" or not parts.netloc:
        problems.append(f"expected an address that begins with https://, found {template!r}")
    if "{" in parts.netloc or "}" in parts.netloc:
        problems.append(f"expected a fixed host, found a placeholder in {parts.netloc}; write the host out")
    if "@" in parts.netloc or "\\" in template:
        problems.append("expected a plain host and path, found @ before the path or a backslash; remove it")
    unusable = [name for name in _PLACEHOLDER.findall(template) if not _usable(name)]
    if unusable or re.search(r"[{}]", _PLACEHOLDER.sub("", template)):
        found = ", ".join(f"{{{name}}}" for name in unusable) or "a single brace"
        problems.append(f"expected placeholders such as {{code}} or {{survey_code}}, found {found}")
    return tuple(problems)


def _usable(name: str) -> bool:
    return bool(_NAME.fullmatch(name)) and name not in RESERVED

"""Who comes: the parameters of a recruiter's link, and which of them names the person."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from study.protocol import Recruitment
from study.recruiters.outcomes import placeholders

LONGEST = 200
# A placeholder that the service has not filled in, such as %SURVEY_CODE%, names nobody.
_IDENTIFIER = re.compile(rf"[A-Za-z0-9._:~@+-]{{1,{LONGEST}}}")


@dataclass(frozen=True)
class Recruiter:
    """A way in: the parameters its links carry, and the one that names the person, if any."""

    parameters: tuple[str, ...] = ()
    person: str | None = None


# Prolific: docs.prolific.com, "The study object", external_study_url. SONA: sona-systems.com, "Using the
# survey code feature". MTurk: docs.aws.amazon.com, "How Mechanical Turk tasks are rendered".
RECRUITERS: Mapping[str, Recruiter] = {
    "plain": Recruiter(),
    "personal": Recruiter(("key",), "key"),
    "prolific": Recruiter(("PROLIFIC_PID", "STUDY_ID", "SESSION_ID"), "PROLIFIC_PID"),
    "sona": Recruiter(("survey_code",), "survey_code"),
    "mturk": Recruiter(("workerId", "assignmentId", "hitId"), "workerId"),
}
#: Parameters that name a person, whatever the recruiter.
PERSONS = frozenset(recruiter.person for recruiter in RECRUITERS.values() if recruiter.person)
PREVIEW = "ASSIGNMENT_ID_NOT_AVAILABLE"


@dataclass(frozen=True)
class Arrival:
    """What a link says. ``carried`` goes on with the consent form as it came; ``identifiers`` are kept.

    ``missing`` names the parameter without which nobody knows who comes; ``preview`` is true while a
    worker only looks at a task.
    """

    carried: Mapping[str, str]
    identifiers: Mapping[str, str]
    missing: str | None
    preview: bool


def read_arrival(recruitment: Recruitment, given: Mapping[str, str]) -> Arrival:
    """Take from ``given`` what the study's recruiter and its return_url use, and nothing else.

    A value that is empty, longer than 200 characters or not an identifier counts as not given. Of a
    personal link only the sha256 of its key is kept.
    """
    recruiter = RECRUITERS[recruitment.recruiter]
    wanted = (*recruiter.parameters, *sorted(placeholders(recruitment.return_url or "") - {"code"}))
    carried = {name: given[name] for name in wanted if _IDENTIFIER.fullmatch(given.get(name, ""))}
    missing = recruiter.person if recruiter.person and recruiter.person not in carried else None
    return Arrival(
        carried=carried,
        identifiers={name: key_hash(v) if name == "key" else v for name, v in carried.items()},
        missing=missing,
        preview=recruitment.recruiter == "mturk" and carried.get("assignmentId") == PREVIEW,
    )


def key_hash(key: str) -> str:
    """What is kept of the key of a personal link."""
    return hashlib.sha256(key.encode()).hexdigest()

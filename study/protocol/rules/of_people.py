"""Rules about languages, recruitment and stopping."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from types import MappingProxyType

from study.protocol.finding import Finding, meant
from study.protocol.rules.names import given, unique_entries
from study.protocol.study_protocol import StudyProtocol

SPOKEN_BY_FACEVALUE = ("en", "de", "es", "fr", "ar")
"""Languages of facevalue's own pages: buttons, keys, messages."""

LINK_PARAMETERS = MappingProxyType(
    {
        "plain": (),
        "personal": (),
        "prolific": ("PROLIFIC_PID", "STUDY_ID", "SESSION_ID"),
        "sona": ("survey_code",),
        "mturk": ("workerId", "assignmentId", "hitId"),
    }
)
"""What each recruiter's links bring along, for return_url to hold in braces."""


def people_rules(study: StudyProtocol) -> Iterator[Iterable[Finding]]:
    yield unique_entries(given(study, "languages"), ("languages",))
    yield _facevalue_speaks(study)
    yield _codes_differ(study)
    yield _sona_credits_by_link(study)
    yield _placeholders_are_known(study)
    yield _braces_can_be_filled(study)
    yield _code_comes_back(study)
    yield _last_day_exists(study)
    yield _enough_may_begin(study)
    yield _cells_that_stop_exist(study)
    yield _not_after_itself(study)


def _facevalue_speaks(study: StudyProtocol) -> Iterator[Finding]:
    for position, language in enumerate(study.languages):
        if language not in SPOKEN_BY_FACEVALUE:
            yield Finding(
                ("languages", position),
                f"expected a language of facevalue's own pages ({', '.join(SPOKEN_BY_FACEVALUE)}), "
                f'found "{language}"',
                "choose one of them, or accept that buttons and messages are in English there",
                "warning",
            )


def _codes_differ(study: StudyProtocol) -> Iterator[Finding]:
    codes = study.recruitment.codes
    first: dict[str, str] = {}
    for outcome in type(codes).model_fields:
        code = getattr(codes, outcome)
        if (other := first.setdefault(code, outcome)) != outcome:
            # Of two that are equal, point at the one that the file says.
            said = outcome if outcome in codes.model_fields_set else other
            equal = other if said == outcome else outcome
            yield Finding(
                ("recruitment", "codes", said),
                f'expected a code of its own for each outcome, found "{code}" for {equal} too',
                "give one of them another code",
            )


def _sona_credits_by_link(study: StudyProtocol) -> Iterator[Finding]:
    recruitment = study.recruitment
    if recruitment.recruiter == "sona" and "{survey_code}" not in (recruitment.return_url or ""):
        yield Finding(
            ("recruitment", "return_url"),
            "expected SONA's completion address with {survey_code}, by which it grants credit, "
            f"found {recruitment.return_url or 'none'}",
            "copy the completion URL of your SONA study and write {survey_code} where it says XXXX",
        )


def _placeholders_are_known(study: StudyProtocol) -> Iterator[Finding]:
    recruitment = study.recruitment
    known = ("code", *LINK_PARAMETERS[recruitment.recruiter])
    among = ", ".join(f"{{{name}}}" for name in known)
    for name in re.findall(r"\{(\w+)\}", recruitment.return_url or ""):
        if name not in known:
            yield Finding(
                ("recruitment", "return_url"),
                f'expected {among} in braces where recruiter = "{recruitment.recruiter}", found {{{name}}}',
                meant(name, known, f"correct it, or make sure that every link brings {name} along"),
                "warning",
            )


def _braces_can_be_filled(study: StudyProtocol) -> Iterator[Finding]:
    address = study.recruitment.return_url or ""
    left = re.sub(r"\{\w+\}", "", address)
    if "{" in left or "}" in left:
        yield Finding(
            ("recruitment", "return_url"),
            "expected names in braces, such as {code}, found a brace that is none",
            "write the name between { and }",
        )
    host = address.removeprefix("https://").partition("/")[0]
    if "{" in host or "@" in host:
        yield Finding(
            ("recruitment", "return_url"),
            f"expected a host that is written out, found {host}",
            "put what is in braces after the host, in path or query",
        )


def _code_comes_back(study: StudyProtocol) -> Iterator[Finding]:
    recruitment = study.recruitment
    if recruitment.return_url and recruitment.recruiter != "sona" and "{code}" not in recruitment.return_url:
        yield Finding(
            ("recruitment", "return_url"),
            "expected {code}, which tells the recruiter how it ended, found an address without it",
            "write {code} where the recruiter wants the completion code",
            "warning",
        )


def _last_day_exists(study: StudyProtocol) -> Iterator[Finding]:
    parts = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", study.stopping.last_day or "")
    if parts is None:
        return
    year, month, day = (int(part) for part in parts.groups())
    if not (year >= 1 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        yield Finding(
            ("stopping", "last_day"),
            f"expected a day of the calendar, found {study.stopping.last_day}",
            "correct month or day",
        )


def _enough_may_begin(study: StudyProtocol) -> Iterator[Finding]:
    most, target = study.stopping.most_started, study.recruitment.target
    if most is not None and most < target:
        yield Finding(
            ("stopping", "most_started"),
            f"expected at least recruitment.target ({target}), found {most}",
            "raise most_started or lower target, or the target is never reached",
        )


def _cells_that_stop_exist(study: StudyProtocol) -> Iterator[Finding]:
    known = [cell.name for cell in study.cells]
    ruled = [rule.cell for rule in study.stopping.cells]
    for position, cell in enumerate(ruled):
        place = ("stopping", "cells", position, "cell")
        if cell not in known:
            names = ", ".join(known) or "there are none"
            yield Finding(
                place,
                f'expected the name of a cell ({names}), found "{cell}"',
                "correct it, or remove the rule",
            )
        elif cell in ruled[:position]:
            yield Finding(
                place, f'expected one rule for each cell, found another for "{cell}"', "remove one of them"
            )


def _not_after_itself(study: StudyProtocol) -> Iterator[Finding]:
    for position, slug in enumerate(study.eligibility.not_after):
        if slug == study.slug:
            yield Finding(
                ("eligibility", "not_after", position),
                f'expected another study, found "{slug}", which is this one',
                'remove it; again = "refuse" keeps people from taking part twice',
            )

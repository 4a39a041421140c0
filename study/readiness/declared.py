"""What a study has to declare before it is opened: texts, codes, power, an end, retention."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from study.protocol import OutcomeCodes, StudyProtocol
from study.readiness.check import Check, some, verdict
from study.readiness.texts import agreed_texts, example_texts

_SERVICES = ("prolific", "sona", "mturk")


def declared_checks(
    protocol: StudyProtocol, texts: Mapping[str, str], study_toml: str, *, now: datetime
) -> tuple[Check, ...]:
    """What the study file and its texts alone can tell."""
    return (
        agreed_texts(protocol, texts, examples=example_texts()),
        outcome_codes(protocol),
        power(protocol),
        stopping(protocol, now=now),
        retention(study_toml),
    )


def outcome_codes(protocol: StudyProtocol) -> Check:
    """No two outcomes share a code; a recruiting service gets codes nobody can guess from the manual."""
    recruiter = protocol.recruitment.recruiter
    codes: dict[str, str] = protocol.recruitment.codes.model_dump()
    faults = [
        f"{' and '.join(name for name in codes if codes[name] == code)} share the code {code}"
        for code, count in Counter(codes.values()).items()
        if count > 1
    ]
    usual: dict[str, str] = OutcomeCodes().model_dump()
    unchanged = [name for name in codes if codes[name] == usual[name]]
    if recruiter in _SERVICES and unchanged:
        faults.append(f"the codes of {some(unchanged, 6)} are the defaults, which anybody can look up")
    where = f"at {recruiter}" if recruiter in _SERVICES else f"for a study with {recruiter} links"
    return verdict(
        "codes",
        faults,
        found=f"{len(codes)} different codes {where}",
        remedy="write codes of your own under [recruitment.codes], and the same at the recruiter",
    )


def power(protocol: StudyProtocol) -> Check:
    """The power analysis is stated."""
    stated = protocol.analysis.power
    found = "" if stated is None else f"power {stated.power:g} for an effect of {stated.effect:g}"
    return verdict(
        "power",
        [] if stated else ["no power analysis is stated"],
        found=found,
        remedy="write effect, power and method under [analysis.power]",
    )


def stopping(protocol: StudyProtocol, *, now: datetime) -> Check:
    """The study can reach its target before it has to stop."""
    target, rule = protocol.recruitment.target, protocol.stopping
    faults = []
    if rule.last_day is not None and rule.last_day < now.date().isoformat():
        faults.append(f"the last day to begin, {rule.last_day}, is over")
    if rule.most_started is not None and rule.most_started < target:
        faults.append(f"at most {rule.most_started} people may begin, {target} are to complete")
    ends = [f"{target} completed participants"]
    ends += [f"{rule.most_started} begun"] if rule.most_started else []
    ends += [f"the end of {rule.last_day}"] if rule.last_day else []
    return verdict(
        "stopping",
        faults,
        found=f"ends with {', or '.join(ends)}",
        remedy="correct last_day or most_started under [stopping], or target under [recruitment]",
    )


def retention(study_toml: str) -> Check:
    """How long identifiers are kept was decided for this study, not left to the default."""
    stated: Any = tomllib.loads(study_toml).get("retention", {})
    days = stated.get("identifiers_days")
    unfinished = stated.get("unfinished_days")
    kept = f"unfinished answers {unfinished} days" if unfinished else "unfinished answers without limit"
    return verdict(
        "retention",
        [] if days is not None else ["the study file does not say how long identifiers are kept"],
        found=f"identifiers kept {days} days, {kept}",
        remedy="write identifiers_days under [retention], as the information text promises it",
    )

"""What recruiters put into their links, and what their people take back."""

from __future__ import annotations

from collections.abc import Mapping

from itsdangerous import BadSignature, URLSafeSerializer

from study.protocol import OutcomeCodes

# https://researcher-help.prolific.com: URL parameters of a study link.
PARAMETERS = ("PROLIFIC_PID", "STUDY_ID", "SESSION_ID")


def identifiers(parameters: Mapping[str, str]) -> dict[str, str]:
    """The recruiter's identifiers among the parameters of a link, each at most 200 characters."""
    return {name: parameters[name][:200] for name in PARAMETERS if parameters.get(name)}


def outcome_code(codes: OutcomeCodes, status: str) -> str | None:
    """The code for a status; None where there is nothing to take back."""
    return {"completed": codes.completed, "screened_out": codes.screened_out}.get(status)


def namespace_token(secret_key: str, *, slug: str, namespace: str) -> str:
    """A signed word for a link that leads into the pilot, preview or robot namespace."""
    return URLSafeSerializer(secret_key, salt="namespace").dumps([slug, namespace])


def namespace_of(secret_key: str, token: str, *, slug: str) -> str:
    """The namespace a link leads to; live without a token or with one that was not signed here."""
    if not token:
        return "live"
    try:
        named, namespace = URLSafeSerializer(secret_key, salt="namespace").loads(token)
    except (BadSignature, ValueError, TypeError):
        return "live"
    return str(namespace) if named == slug else "live"

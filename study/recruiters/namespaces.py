"""Signed words in links that lead into the pilot, preview and robot namespaces."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeSerializer


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

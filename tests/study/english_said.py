"""The English sentences of pages, scripts and flow; looking through all files for them takes seconds."""

from functools import cache

from study.language.refresh import extract


@cache
def extracted():
    """What ``extract`` finds; nobody may change it."""
    return extract()


def all_said():
    return [message for message in extracted() if message.id]

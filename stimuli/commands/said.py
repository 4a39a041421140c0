"""What all commands share: how a folder is named, and how an error is said."""

from __future__ import annotations

import functools
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

FOLDER = click.Path(path_type=Path, file_okay=False)


def says_what_is_wrong(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn errors about pictures and tables into messages and exit status 1."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        from stimuli.catalogue import CatalogueUnreachable
        from stimuli.manifest import StimulusError

        try:
            with _quiet_libraries():
                return command(*args, **kwargs)
        except (StimulusError, CatalogueUnreachable, ValueError, OSError) as error:
            raise click.ClickException(str(error)) from None

    return wrapped


@contextmanager
def _quiet_libraries() -> Iterator[None]:
    """Libraries that open pictures tell oddities to the terminal; what matters is said by us."""
    logger = logging.getLogger("PIL")
    silence = logging.NullHandler()
    logger.addHandler(silence)
    try:
        with warnings.catch_warnings():
            for module in ("PIL", "pillow_heif", "openpyxl"):
                warnings.filterwarnings("ignore", module=rf"{module}\b")
            yield
    finally:
        logger.removeHandler(silence)

"""What all commands share: how a folder is named, and how an error is said."""

from __future__ import annotations

import functools
from collections.abc import Callable
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
            return command(*args, **kwargs)
        except (StimulusError, CatalogueUnreachable, ValueError, OSError) as error:
            raise click.ClickException(str(error)) from None

    return wrapped

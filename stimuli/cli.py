"""Commands for people who bring pictures: new, get, check, prepare, pair, measure, sheet, degrade."""

from __future__ import annotations

import click

from stimuli.commands.check import check
from stimuli.commands.degrade import degrade
from stimuli.commands.get import get
from stimuli.commands.measure import measure
from stimuli.commands.new import new
from stimuli.commands.pair import pair
from stimuli.commands.prepare import prepare
from stimuli.commands.sheet import sheet


@click.group("stimuli")
def stimuli_commands() -> None:
    """Check, prepare and pair headshots."""


for command in (new, get, check, prepare, pair, measure, sheet, degrade):
    stimuli_commands.add_command(command)

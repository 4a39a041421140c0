"""`python -m analysis`: the same commands without the rest of the platform."""

from analysis.cli import analysis_commands

analysis_commands(prog_name="python -m analysis")

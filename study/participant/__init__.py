"""Pages and JSON for participants; each view reads the request, calls the flow once, and renders."""

from study.participant import departures, entrance, leaving, steps, task
from study.participant.visit import blueprint

__all__ = ["blueprint", "departures", "entrance", "leaving", "steps", "task"]

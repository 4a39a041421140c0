"""What the machine was doing meanwhile: processor time of everybody, of the benchmark, and stolen."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class MachineUse:
    """Load average over the last minute, and shares of all processors over the time measured.

    ``others_share``: used by processes that the benchmark did not start. ``steal_share``: given to other
    virtual machines. ``work_ms``: what a fixed piece of work took in the page before the first trial.
    """

    load_average: float
    busy_share: float
    others_share: float
    steal_share: float
    work_ms: float | None = None


@dataclass(frozen=True)
class _Ticks:
    total: int
    busy: int
    steal: int
    own: int


class MachineWatch:
    """Measures from its making to each call of ``use``."""

    def __init__(self) -> None:
        self._begin = _ticks()

    def use(self) -> MachineUse:
        now = _ticks()
        total = max(1, now.total - self._begin.total)
        busy = (now.busy - self._begin.busy) / total
        # A process that ended between the two looks takes its ticks with it, so this may be a little low.
        own = max(0, now.own - self._begin.own) / total
        steal = (now.steal - self._begin.steal) / total
        return MachineUse(os.getloadavg()[0], busy, max(0.0, busy - own), steal)


def _ticks() -> _Ticks:
    fields = [int(field) for field in (PROC / "stat").read_text().splitlines()[0].split()[1:9]]
    user, nice, system, _idle, _waiting, irq, softirq, steal = fields
    busy = user + nice + system + irq + softirq
    return _Ticks(sum(fields), busy, steal, _own_ticks())


def _own_ticks() -> int:
    """Ticks used so far by this process and everything it started."""
    parents, used = {}, {}
    for stat in PROC.glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        # The name, in parentheses, may hold spaces.
        fields = text.rpartition(")")[2].split()
        pid = int(stat.parent.name)
        parents[pid] = int(fields[1])
        used[pid] = int(fields[11]) + int(fields[12])
    return sum(ticks for pid, ticks in used.items() if _descends(pid, os.getpid(), parents))


def _descends(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    while pid > 1:
        if pid == ancestor:
            return True
        pid = parents.get(pid, 0)
    return False

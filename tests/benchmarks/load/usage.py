"""What a server costs: CPU seconds and memory of a process and all it started, from /proc."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


@dataclass(frozen=True)
class Memory:
    """Megabytes of a process tree: resident, and proportional (pages that several share count once)."""

    rss_mb: float
    pss_mb: float


def tree_of(pid: int) -> list[int]:
    """A process and all its living descendants."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of a process tree so far, with that of descendants that have ended."""
    ticks = 0
    for one in tree_of(pid):
        if fields := _stat(one):
            # utime, stime, and both of the children that were waited for
            ticks += sum(int(number) for number in fields[11:15])
    return ticks / _TICK


def memory(pid: int) -> Memory:
    rss = pss = 0
    for one in tree_of(pid):
        try:
            lines = (_PROC / str(one) / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:]}
        rss += sizes["Rss"]
        pss += sizes["Pss"]
    return Memory(rss / 1024, pss / 1024)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; empty when the process has gone."""
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []

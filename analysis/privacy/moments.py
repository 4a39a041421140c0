"""Times of day in an export, and the order in which people came."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from analysis.dataset import Dataset
from analysis.privacy.finding import Finding, people
from analysis.schema import TABLES

EXACT, HOUR, DAY = "exact", "hour", "day"


def time_columns() -> tuple[tuple[str, str], ...]:
    """Every column of an export that holds a moment, with its table."""
    return tuple(
        (table, column.name)
        for table, columns in TABLES.items()
        for column in columns
        if column.kind == "datetime"
    )


def resolution(times: pd.Series) -> str | None:
    """day where every time is midnight UTC, hour where every one is a full hour, else exact; None: empty."""
    known = pd.to_datetime(times.dropna(), utc=True)
    if known.empty:
        return None
    for name, unit in ((DAY, "D"), (HOUR, "h")):
        if (known == known.dt.floor(unit)).all():
            return name
    return EXACT


def time_finding(dataset: Dataset) -> Finding:
    """Exact times can be laid beside a recruiter's list of who came when."""
    found: dict[str, list[str]] = {EXACT: [], HOUR: [], DAY: []}
    for table, column in time_columns():
        frame: pd.DataFrame = getattr(dataset, table)
        fine = resolution(frame[column]) if column in frame.columns else None
        if fine:
            found[fine].append(f"{table}.{column}")
    if not found[EXACT]:
        coarse = HOUR if found[HOUR] else DAY
        said = f"no exact times: to the {coarse} or coarser" if found[HOUR] + found[DAY] else "no times"
        return Finding("fine", "times", said)
    return Finding(
        "look",
        "exact times",
        "times are given to the second or finer",
        ", ".join(found[EXACT]),
        "The recruiter's list says who came at which second, with their account: laid beside it, every row "
        "has a name. The lab, the recruiter and whoever gets their list can do it.",
        "Give the day, which is enough for nearly every analysis. Response times are not touched.",
        ("--times day",),
    )


def order_finding(dataset: Dataset) -> Finding:
    """Whether the order of rows, or a running number, tells who came first."""
    signs = list(_signs_of_order(dataset))
    if not signs:
        return Finding("fine", "order of rows", "rows do not tell who came when")
    return Finding(
        "look",
        "order of arrival",
        f"{people(len(dataset.participants))} in the order in which they came",
        "; ".join(signs),
        "The order of rows beside the recruiter's list gives each row its person, even without times.",
        "Give everybody new identifiers, in the order of which the rows are sorted.",
        ("--new-ids",),
    )


def _signs_of_order(dataset: Dataset) -> Iterator[str]:
    participants = dataset.participants
    consented = participants["consented_at"].dropna()
    if consented.nunique() > 1 and consented.is_monotonic_increasing:
        yield "rows of participants"
    if participants["place"].dropna().nunique() > 1:
        yield "participants.place"
    if (participants["list"].notna() & (participants["list"] == participants["place"])).sum() > 1:
        yield "participants.list"
    events = dataset.events[dataset.events["session"].notna()]
    numbers = events["row_id"].astype(object).str.extract(r"(\d+)$")[0].dropna()
    if events["session"].nunique() > 1 and numbers.is_unique:
        yield "the numbers within events.row_id"

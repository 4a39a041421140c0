"""What is held against the export, each in a process of its own: pandas, and reading it in analysis."""

from __future__ import annotations

import sys
from pathlib import Path

PIECE = 50_000

#: The two large tables with what an export adds to them, straight from the database.
QUERIES = {
    "trials": """
        SELECT sessions.participant, sessions.session, sessions.namespace, sessions.cell,
               sessions.list_number AS list, protocol_versions.protocol_hash,
               a.origin AS left_origin, b.origin AS right_origin, trials.*
        FROM sessions
        JOIN protocol_versions ON protocol_versions.id = sessions.version_id
        JOIN trials ON trials.session_id = sessions.id
        LEFT JOIN stimuli AS a ON a.study_id = sessions.study_id AND a.stimulus = trials."left"
        LEFT JOIN stimuli AS b ON b.study_id = sessions.study_id AND b.stimulus = trials."right"
        WHERE sessions.namespace = 'live'
        ORDER BY sessions.id, trials.position""",
    "ratings": """
        SELECT sessions.participant, sessions.session, sessions.namespace, sessions.cell,
               protocol_versions.protocol_hash, trials.position, trials.block, trials.practice, trials.pair,
               trials."left", trials."right", ratings.*
        FROM sessions
        JOIN protocol_versions ON protocol_versions.id = sessions.version_id
        JOIN trials ON trials.session_id = sessions.id
        JOIN ratings ON ratings.trial_id = trials.id
        WHERE sessions.namespace = 'live'
        ORDER BY sessions.id, trials.position, ratings."order\"""",
}


def by_pandas(address: str, folder: Path) -> None:
    import pandas as pd
    from sqlalchemy import create_engine, text

    folder.mkdir()
    engine = create_engine(address)
    with engine.connect().execution_options(stream_results=True) as connection:
        for table, query in QUERIES.items():
            pieces = pd.read_sql(text(query), connection, chunksize=PIECE)
            for number, piece in enumerate(pieces):
                piece.to_csv(folder / f"{table}.csv", mode="a", header=number == 0, index=False)


def read(folder: Path) -> None:
    from analysis.dataset import read_export

    read_export(folder)


if __name__ == "__main__":
    if sys.argv[1] == "pandas":
        by_pandas(sys.argv[2], Path(sys.argv[3]))
    else:
        read(Path(sys.argv[2]))

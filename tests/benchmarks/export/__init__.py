"""How long an export takes and how much memory, by rows: ``python -m tests.benchmarks.export``.

An installation gets people who answered 130 trials each, 2.5 ratings a trial, by multiplying one who went
through the flow (:mod:`tests.benchmarks.export.crowd`); a million trials by default. Then, in turn and each
in a process of its own: the export; the same rows through pandas (``read_sql`` and ``to_csv`` in pieces:
trials and ratings only, as CSV only, so less than half of the work); and ``analysis.read_export`` of the
export. Seconds are wall time, CPU that of the process; memory is its highest resident size. PostgreSQL's own
processes are not counted.

    python -m tests.benchmarks.export                         # SQLite and PostgreSQL, a million trials
    python -m tests.benchmarks.export --trials 100000 --rounds 3 --databases sqlite
"""

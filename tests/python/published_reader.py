"""Reads a published database without pause until a file appears; ends with 1 at the first mixed state.

Usage: published_reader.py DATABASE STOP_FILE. Prints the number of reads, how often the file had to be opened again
because it was published while DuckDB opened it (docs/refresh.md), then the run ids that were seen, one a line. A file
`seen-RUN_ID` appears beside STOP_FILE for each of them.
"""

import os
import sys
from pathlib import Path

import duckdb

STATE = """
    select
        (select run_id from marts.publication),
        (select max(run_id) from marts.runs where result = 'published'),
        (select as_of_date from marts.publication),
        (select list(distinct as_of_date) from marts.customers),
        (select list(distinct as_of_date) from marts.segment_members),
        (select list(distinct as_of_date) from marts.segment_performance),
        (select count(*) from marts.customers) = (select count(*) from marts.customer_lifecycle)
"""


def main(database: str, stop: Path) -> int:
    """Reads until `stop` exists; returns the exit code."""
    seen, reads, reopened = [], 0, 0
    while not stop.exists():
        file_number = os.stat(database).st_ino
        try:
            connection = duckdb.connect(database, read_only=True)
        except duckdb.Error:
            if os.stat(database).st_ino == file_number:
                raise
            reopened += 1
            continue
        with connection:
            run_id, newest, as_of, *days, is_whole = connection.execute(STATE).fetchall()[0]
        if newest != run_id or any(day != [as_of] for day in days) or not is_whole:
            print(f"mixed: {run_id} {newest} {as_of} {days} {is_whole}")
            return 1
        reads += 1
        if not seen or seen[-1] != run_id:
            seen.append(run_id)
            stop.with_name(f"seen-{run_id}").touch()
    print(reads, reopened, *seen, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))

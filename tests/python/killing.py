"""Refreshes that are killed at random instants, and what must hold afterwards."""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import duckdb

POLL_SECONDS = 0.001
KILLS_PER_RECOVERY = 5


def differing_marts(one: Path, other: Path) -> list[str]:
    """The marts that two published files do not agree on, row for row; accounts of runs are not compared."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only)")
        connection.execute(f"attach '{other}' as other (read_only)")
        query = "select table_name from duckdb_tables() where database_name = ? and schema_name = 'marts' order by 1"
        marts, others = (
            [name for (name,) in connection.execute(query, [name]).fetchall()] for name in ("one", "other")
        )
        if marts != others:
            return sorted(set(marts) ^ set(others))
        return [mart for mart in marts if mart not in ("publication", "runs") and _differ(connection, mart)]


def _differ(connection: duckdb.DuckDBPyConnection, mart: str) -> bool:
    left, right = f"one.marts.{mart}", f"other.marts.{mart}"
    difference = f"(from {left} except all from {right}) union all (from {right} except all from {left})"
    return bool(connection.execute(f"select count(*) from ({difference})").fetchall()[0][0])


def wait_for_publishing(process: subprocess.Popen, versions: Path) -> None:
    """Waits until a run begins to write its version, or has ended."""
    while process.poll() is None and not list(versions.glob(".*.tmp")):
        time.sleep(POLL_SECONDS)


def kill(process: subprocess.Popen) -> bool:
    """Kills the process group; whether it was still at work."""
    was_at_work = process.poll() is None
    if was_at_work:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return was_at_work


def kill_refreshes(
    count: int,
    seed: int,
    start: Callable[[int], subprocess.Popen],
    versions: Path,
    seconds_of_a_run: float,
    check: Callable[[], None],
    recover: Callable[[int], None],
) -> Counter:
    """Starts refreshes and kills them, a third of them while they publish, the others at any time.

    `start` begins the refresh of a number, `check` looks at what is published, `recover` finishes a refresh and
    looks at its result; it comes after every few kills. Returns how many runs were killed when.
    """
    chance = random.Random(seed)
    tally: Counter = Counter()
    for number in range(count):
        process = start(number)
        if number % 3 == 2:
            wait_for_publishing(process, versions)
            time.sleep(chance.uniform(0, 0.3))
            moment = "publishing"
        else:
            time.sleep(chance.uniform(0.2, seconds_of_a_run))
            moment = "before publishing"
        tally[moment if kill(process) else "ended before"] += 1
        check()
        if number % KILLS_PER_RECOVERY == KILLS_PER_RECOVERY - 1:
            recover(number)
    return tally

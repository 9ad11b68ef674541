"""Refreshes that are killed at random instants, and what must hold afterwards."""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

POLL_SECONDS = 0.001
KILLS_PER_RECOVERY = 5


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

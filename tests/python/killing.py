"""Refreshes that are killed at random instants, and what must hold afterwards."""

import itertools
import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from spine.publish.store import Store
from spine.run.database import landing_dir_of

POLL_SECONDS = 0.001
KILLS_PER_RECOVERY = 5
MOMENTS = ("landing", "building and testing", "publishing")
ENDED = "ended before"


def wait_for(process: subprocess.Popen, folder: Path, pattern: str) -> None:
    """Waits until a run that has just begun puts something into a folder, or has ended."""
    left_by_others = set(folder.glob(pattern))
    while process.poll() is None and set(folder.glob(pattern)) <= left_by_others:
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
    store: Store,
    seconds_of_a_run: float,
    check: Callable[[], None],
    recover: Callable[[int], None],
) -> Counter:
    """Starts refreshes and kills `count`: a third while they land CSV, a third while they publish, a third in between.

    `start` begins the refresh of a number, `check` looks at what is published, `recover` finishes a refresh and
    looks at its result; it comes after every few runs. Returns how many were killed when, and how many were faster.
    """
    chance = random.Random(seed)
    tally: Counter = Counter()
    landing_dir = landing_dir_of(store.working)
    for number in itertools.takewhile(lambda _: tally.total() - tally[ENDED] < count, itertools.count()):
        moment = MOMENTS[number % 3]
        process = start(number)
        if moment == "landing":
            wait_for(process, landing_dir, ".*-*")
            time.sleep(chance.uniform(0, 0.1))
        elif moment == "publishing":
            wait_for(process, store.versions, ".*.tmp")
            time.sleep(chance.uniform(0, 0.3))
        else:
            wait_for(process, landing_dir, ".*-*")
            time.sleep(chance.uniform(0.3, seconds_of_a_run))
        if not kill(process):
            moment = ENDED
        tally[moment] += 1
        check()
        if number % KILLS_PER_RECOVERY == KILLS_PER_RECOVERY - 1:
            recover(number)
    return tally

"""One run at a time: a lock that ends with its process, however that ends."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from spine.errors import SpineError
from spine.store import Store

PAUSE_SECONDS = 0.2


class AnotherRunIsAtWork(SpineError):
    """The database is being refreshed by another process."""

    exit_code = 3


@contextmanager
def only_run(store: Store, command: str, started_at: str, wait_seconds: float = 0) -> Iterator[None]:
    """Holds the lock of a database, after waiting for at most `wait_seconds`.

    Raises AnotherRunIsAtWork, naming the process, when another holds it.
    """
    store.home.mkdir(exist_ok=True)
    give_up_at = time.monotonic() + wait_seconds
    while (file := _held(store)) is None:
        if time.monotonic() >= give_up_at:
            raise AnotherRunIsAtWork(_who(store))
        time.sleep(PAUSE_SECONDS)
    with file:
        json.dump({"process": os.getpid(), "command": command, "started_at": started_at}, file)
        file.flush()
        try:
            yield
        finally:
            store.lock.unlink(missing_ok=True)


def holder(store: Store) -> dict | None:
    """The process, command and start of the run at work; None when nobody is."""
    try:
        with store.lock.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                found = json.loads(file.read() or "{}")
                return found if isinstance(found, dict) and found.keys() >= {"process", "command", "started_at"} else {}
    except (OSError, ValueError):
        pass
    return None


def _held(store: Store) -> TextIO | None:
    """The lock file, held and empty; None when another process holds it."""
    file = store.lock.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The last holder may have removed the file between our opening it and holding it.
        if os.fstat(file.fileno()).st_ino == store.lock.stat().st_ino:
            file.truncate(0)
            return file
    except (BlockingIOError, FileNotFoundError):
        pass
    file.close()
    return None


def _who(store: Store) -> str:
    run = holder(store) or {}
    what = f"process {run['process']} (spine {run['command']} since {run['started_at']})" if run else "another process"
    return f"{store.db}: {what} is at work on it. Wait for it with --wait, or try again later."

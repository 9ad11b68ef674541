"""One run at a time: a lock that ends with its process, however that ends."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from spine.errors import SpineError, UsageError
from spine.publish.runs import timestamp
from spine.publish.store import Store

PAUSE_SECONDS = 0.2


class AnotherRunIsAtWork(SpineError):
    """The database is being refreshed by another process."""

    exit_code = 3


@contextmanager
def only_run(store: Store, command: str, wait_seconds: float = 0) -> Iterator[None]:
    """Holds the lock of a database, after waiting for at most `wait_seconds`.

    Raises AnotherRunIsAtWork, naming the process, when another holds it.
    """
    remedy = "Try again later." if command == "watch" else "Wait for it with --wait, or try again later."
    with _held(store.lock, command, wait_seconds, f"{store.db}: {{}} is at work on it. {remedy}"):
        yield


@contextmanager
def only_watch(store: Store) -> Iterator[None]:
    """Has one process watch a database, which works on it now and then.

    Raises AnotherRunIsAtWork, naming the process, when another does.
    """
    with _held(store.watch_lock, "watch", 0, f"{store.db}: {{}} watches it already."):
        yield


def holder(lock: Path) -> dict | None:
    """The process, command and start of who holds a lock, {} if that is not said; None when nobody does."""
    try:
        with lock.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return None
            except BlockingIOError:
                found = json.loads(file.read() or "{}")
    except OSError:
        return None
    except ValueError:
        return {}
    return found if isinstance(found, dict) and found.keys() >= {"process", "command", "started_at"} else {}


@contextmanager
def _held(lock: Path, command: str, wait_seconds: float, refusal: str) -> Iterator[None]:
    if lock.parent.exists() and not lock.parent.is_dir():
        raise UsageError(f"{lock.parent}: is where spine keeps its own files, and no folder; move it away.")
    lock.parent.mkdir(exist_ok=True)
    started_at, give_up_at = timestamp(), time.monotonic() + wait_seconds
    while (file := _opened(lock)) is None:
        # `spine status` takes the lock for an instant to see whether it is held. That is not another run: try again.
        if time.monotonic() >= give_up_at and (other := holder(lock)) is not None:
            raise AnotherRunIsAtWork(refusal.format(_named(other)))
        time.sleep(PAUSE_SECONDS)
    with file:
        json.dump({"process": os.getpid(), "command": command, "started_at": started_at}, file)
        file.flush()
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def _opened(lock: Path) -> TextIO | None:
    """The lock file, held and empty; None when another process holds it."""
    file = lock.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The last holder may have removed the file between our opening it and holding it.
        if os.fstat(file.fileno()).st_ino == lock.stat().st_ino:
            file.truncate(0)
            return file
    except (BlockingIOError, FileNotFoundError):
        pass
    file.close()
    return None


def _named(run: dict | None) -> str:
    return f"process {run['process']} (spine {run['command']} since {run['started_at']})" if run else "another process"

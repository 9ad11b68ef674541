"""Ctrl-C and SIGTERM, heard for certain.

The exception that a signal raises is not safe below us: dbt can swallow it while it parses, and DuckDB turns it into
an error of its own. So the signal is remembered, and raised again until the command has ended.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

# Longer than dbt takes to cancel its queries and close the database.
RAISED_AGAIN_SECONDS = 4.0
_given: list[int] = []


@contextmanager
def listening() -> Iterator[None]:
    """Turns both signals into KeyboardInterrupt while the block runs."""
    _given.clear()
    before = {number: signal.signal(number, _on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    before[signal.SIGALRM] = signal.signal(signal.SIGALRM, _raise)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def is_interrupt(error: BaseException) -> bool:
    """Whether an error is what a signal has come to."""
    return isinstance(error, KeyboardInterrupt) or bool(_given)


def exit_code() -> int:
    """What a shell expects of a process that the signal has ended."""
    return 128 + (_given[0] if _given else signal.SIGINT)


def _on_signal(number: int, frame: object) -> None:
    _given.append(number)
    signal.setitimer(signal.ITIMER_REAL, RAISED_AGAIN_SECONDS, RAISED_AGAIN_SECONDS)
    _raise(number, frame)


def _raise(number: int, frame: object) -> None:
    raise KeyboardInterrupt

"""A backfill in a process of its own, to be killed: python killed_days.py FOLDER DATABASE FROM TO HOW.

It says which day has been made, line by line. HOW is "waits", after the second day, or "dies" by itself, when what the
last day has left is written and not yet moved from the log into the file.
"""

import datetime
import os
import sys
import time
from pathlib import Path

import pytest
from quick_days import Said, load_quick
from spine.history import days as days_module
from spine.publish.store import Store

folder, db, first, last, how = sys.argv[1:]
quick, until = load_quick(Path(folder)), datetime.date.fromisoformat(last)
patch = pytest.MonkeyPatch()
quick.install(patch)
take_over = days_module._take_over


def die_after_the_last_day(connection: object, *rest: str) -> None:
    """What a day has left is written, and the process is gone before it can close the file."""
    connection.execute("set wal_autocheckpoint = '1GB'")
    take_over(connection, *rest)
    query = "select day from history.marts.made"
    if connection.execute(query).fetchall()[0][0] == until - datetime.timedelta(days=1):
        os._exit(9)


def tell(number: int) -> None:
    """Says how many days have been made, and waits to be killed after the second."""
    print(number, flush=True)
    if how == "waits" and number == 2:
        time.sleep(600)


if how == "dies":
    patch.setattr(days_module, "_take_over", die_after_the_last_day)
quick.refresh(Store(Path(db)), until, Said(tell), ledger_from=datetime.date.fromisoformat(first))

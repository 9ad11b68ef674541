"""Whether what was published can still be read whole.

DuckDB keeps a checksum with every block of a file and looks at it when it reads the block, so reading every table finds
any block that has changed. When a file has been read whole, its size and its time of change are noted; as long as both
are the same it counts as readable without being read again. So a disk that gives back other bytes than were written, or
a program that sets the time of change back, goes unnoticed until somebody has the file read anew.
"""

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path

import duckdb

from spine.errors import DiskFull, UsageError
from spine.publish.runs import read_object, size_and_time, write_whole
from spine.publish.store import Store
from spine.raw.views import quoted_name
from spine.run.database import connect_read_only, is_damaged, reason_of

_MARTS = """
    select table_name from duckdb_tables()
    where database_name = current_database() and schema_name = 'marts'
    order by table_name
"""
_READ_WHOLE = "select bit_xor(hash(whole_row)) from marts.{} as whole_row"


class DamagedPublication(UsageError):
    """A published file does not hold what was written to it; a kept version can take its place."""


def refuse_unreadable(
    store: Store, run_id: str, path: Path, name: str, is_anew: bool = False, marts: Sequence[str] = ()
) -> None:
    """Reads every table of a published file of a run whole, unless it is as it was when that was last done.

    `name` is what the file is called in a message; `is_anew` reads it in any case; of `marts`, if given, only these.

    Raises DamagedPublication naming the table that is damaged, UsageError for a file that cannot be opened.
    """
    mark = size_and_time(path)
    if not is_anew and read_object(store.read_whole).get(run_id) == mark:
        return
    read_whole(path, name, marts)
    with contextlib.suppress(OSError, DiskFull):  # without the note the file is read again next time
        _note(store, run_id, mark)


def read_whole(path: Path, name: str, marts: Sequence[str] = ()) -> None:
    """Reads every table of a file whole, or, if given, only some `marts`; raises as `refuse_unreadable`."""
    mart = None
    try:
        with connect_read_only(path) as connection:
            for mart in marts or [name for (name,) in connection.execute(_MARTS).fetchall()]:
                connection.execute(_READ_WHOLE.format(quoted_name(mart))).fetchall()
    except duckdb.Error as error:
        if not is_damaged(str(error)):
            raise UsageError(f"{name}: {reason_of(error)}") from error
        what = f"marts.{mart} cannot be read: the file is damaged." if mart else reason_of(error)
        raise DamagedPublication(f"{name}: {what}") from error


def fault_of_version(store: Store, run_id: str, is_anew: bool = True) -> str | None:
    """Why a kept version cannot be read whole; None if it can."""
    try:
        refuse_unreadable(store, run_id, store.version(run_id), f"version {run_id}", is_anew)
    except UsageError as error:
        return str(error)
    return None


def _note(store: Store, run_id: str, mark: list[int]) -> None:
    """Notes how a file was when it was read whole; what was noted of versions that are gone is dropped."""
    noted = {one: of_it for one, of_it in read_object(store.read_whole).items() if store.version(one).exists()}
    write_whole(store.read_whole, json.dumps({**noted, run_id: mark}))

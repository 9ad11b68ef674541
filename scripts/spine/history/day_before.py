"""What was published of an earlier day: the input `history` of a build."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from spine.errors import UsageError
from spine.publish import runs
from spine.publish.publication import Publication, versions_until
from spine.publish.readable import read_whole, refuse_unreadable
from spine.publish.store import Store
from spine.run.history import LEDGER, columns_lacking

_DAYS = "select max(as_of_date) from marts.segments"
_IS_FULL = "select run_id = full_run_id from marts.publication"
_BEGUN = "select min(day) from marts.segment_daily"


@dataclass(frozen=True)
class DayBefore:
    """A file that holds the tables of the source `history`: of which business day, and of which run."""

    path: Path
    day: datetime.date
    run_id: str


def day_before(store: Store, published: Publication | None, as_of: datetime.date) -> DayBefore | None:
    """The newest full build of a day before `as_of`, up to what is published; None where the ledger begins.

    A version that is damaged is passed over: the days since the one before it are made again.

    Raises UsageError where days of the ledger that is published are no longer kept, or a file is of another release.
    """
    if published is None:
        return None
    last = max(as_of, datetime.date.fromisoformat(published.as_of_date))
    for run_id, path in _files(store, published):
        found = _of_earlier_day(store, run_id, path, as_of, last)
        if found:
            return found
    begun = _begun(store.db)
    if begun is not None and begun < as_of:
        raise UsageError(
            f"--db {store.db}: its ledger began on {begun}, and nothing is kept of a day before {as_of} that it could "
            f"go on from. `spine backfill --from {begun} --to {last}`, with the rules and files of this run, "
            "makes these days anew."
        )
    return None


def _files(store: Store, published: Publication) -> Iterator[tuple[str, Path]]:
    """What a run may go on from, the newest first: versions, each with what it went on from itself if that is kept.

    What is published stands for its version, should that be gone.
    """
    kept, rolled_back = versions_until(store, published), _rolled_back(store, published)
    if published.run_id not in kept:
        yield published.run_id, store.db
    for run_id in reversed([one for one in kept if one not in rolled_back]):
        yield run_id, store.version(run_id)
        yield run_id, store.history(run_id)


def _rolled_back(store: Store, published: Publication) -> set[str]:
    """The runs whose versions a rollback had put out of force when the run in place published, and all later runs."""
    in_force, since = [], {}
    for run in runs.load_all(store):
        if run.result == runs.PUBLISHED:
            in_force = since[run.run_id] = [*in_force, run.run_id]
        elif run.result == runs.ROLLED_BACK:
            in_force = since.get((run.reason or "").removeprefix("to "), in_force)
    return since.keys() - set(since.get(published.run_id, since))


def _of_earlier_day(
    store: Store, run_id: str, path: Path, as_of: datetime.date, last: datetime.date
) -> DayBefore | None:
    """The file, if it is there, whole, of a full build with a ledger and of a day before `as_of`.

    Raises UsageError for one of another release, with the backfill up to the `last` day that makes its ledger anew.
    """
    if not path.exists():
        return None
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            day = _value(connection, _DAYS)
            if day is None or day >= as_of or not _has_ledger(connection):
                return None
            is_version = path != store.history(run_id)
            if is_version and not _value(connection, _IS_FULL):
                return None
            begun = _value(connection, _BEGUN)
            lacking = columns_lacking(connection, connection.execute("select current_database()").fetchall()[0][0])
    except duckdb.Error:  # damaged, or of a release that did not know of days
        return None
    if lacking:
        raise UsageError(
            f"{path}: was published by a release whose ledger has no {', '.join(lacking)}. "
            f"`spine backfill --from {begun} --to {last}`, with the rules and files of this run, makes it anew."
        )
    try:
        if is_version:
            refuse_unreadable(store, run_id, path, f"version {run_id}")
        else:
            read_whole(path, str(path))
    except UsageError:
        return None
    return DayBefore(path, day, run_id)


def days_given_up(store: Store, newest: str) -> str | None:
    """What to bear in mind where the version that was rolled back from, of the run `newest`, has an earlier ledger."""
    begun, begun_there = _begun(store.db), _begun(store.version(newest))
    if begun_there is None or (begun is not None and begun <= begun_there):
        return None
    return (
        f"note: the ledger begins on {begun or 'no day'} now, and on {begun_there} in that version. What is published "
        f"next goes on from the one in place: `spine backfill --from {begun_there}` makes the days before it anew."
    )


def _has_ledger(connection: duckdb.DuckDBPyConnection) -> bool:
    query = "select count(*) from duckdb_tables() where schema_name = 'marts' and table_name = ?"
    return bool(connection.execute(query, [LEDGER]).fetchall()[0][0])


def _value(connection: duckdb.DuckDBPyConnection, query: str) -> object:
    return connection.execute(query).fetchall()[0][0]


def _begun(db: Path) -> datetime.date | None:
    """The first day of the ledger that is published; None without one."""
    with duckdb.connect(str(db), read_only=True) as connection:
        if not _has_ledger(connection):
            return None
        return _value(connection, _BEGUN)

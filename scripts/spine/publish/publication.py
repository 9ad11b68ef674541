"""Publishing: the marts in a file of their own, put in place by one atomic rename."""

import contextlib
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import duckdb

from spine.errors import UsageError
from spine.publish.readable import DamagedPublication, fault_of_version, refuse_unreadable
from spine.publish.runs import Run, timestamp
from spine.publish.store import Store, make_read_only, remove
from spine.raw.views import quoted_name, quoted_text
from spine.run.database import (
    connect_read_only,
    is_damaged,
    reason_of,
    refuse_other_file,
    remove_database,
    write_fault,
)

# What DuckDB 1.1 and later can open.
STORAGE_VERSION = "v1.0.0"

_PUBLICATION = """
    create table published.marts.publication as
    select
        ? as run_id,
        cast(? as date) as as_of_date,
        ? as rule_version,
        cast(? as timestamp) as published_at,
        ? as full_run_id
"""
_RUNS = """
    create table published.marts.runs (
        run_id varchar,
        command varchar,
        started_at timestamp,
        ended_at timestamp,
        as_of_date date,
        result varchar,
        reason varchar,
        rule_version varchar,
        files map(varchar, bigint),
        rows_in map(varchar, bigint),
        rows_set_aside map(varchar, bigint),
        stage_seconds map(varchar, double),
        nodes map(varchar, bigint)
    )
"""
# What publishing adds of its own; docs/refresh.md has the columns.
_OWN_COMMENTS = {
    "publication": "One row: the run that this file is of, and its day.",
    "runs": "One row per run, the newest 200: what it read, how it ended, how long it took.",
}
_COMMENTS = """
    select 'table' as kind, table_name, null as column_name, comment
    from duckdb_tables() where database_name = 'working' and schema_name = 'marts' and comment is not null
    union all
    select 'view', view_name, null, comment
    from duckdb_views() where database_name = 'working' and schema_name = 'marts' and comment is not null
    union all
    select 'column', table_name, column_name, comment
    from duckdb_columns() where database_name = 'working' and schema_name = 'marts' and comment is not null
    order by 2, 3 nulls first
"""
_ADD_RUNS = "insert into published.marts.runs values "
_ONE_RUN = f"({', '.join(['?'] * 8 + ['map(?, ?)'] * 5)})"


@dataclass(frozen=True)
class Publication:
    """What a published file says of itself; times are UTC.

    `full_run_id` is the run that judged all customers; if it is another one, a slice has been published since.
    """

    run_id: str
    as_of_date: str
    rule_version: str
    published_at: str
    full_run_id: str | None = None


def read_publication(store: Store) -> Publication | None:
    """What is published now; None if nothing is.

    Raises UsageError for a file that `spine refresh` did not write, or that cannot be opened.
    """
    refuse_other_file(store.db)
    try:
        return _publication_of(store.db, f"--db {store.db}") if store.db.exists() else None
    except DamagedPublication as error:
        raise DamagedPublication(f"{error} {_way_back(store, kept_versions(store))}") from error


def refuse_damaged(store: Store, published: Publication, is_anew: bool = False) -> None:
    """Reads the published file whole if it is not as it was when that was last done, or in any case if `is_anew`.

    Raises DamagedPublication that says what to do.
    """
    try:
        refuse_unreadable(store, published.run_id, store.db, f"--db {store.db}", is_anew)
    except DamagedPublication as error:
        raise DamagedPublication(f"{error} {_way_back(store, versions_until(store, published))}") from error


def versions_until(store: Store, published: Publication) -> list[str]:
    """The ids of the runs whose versions are kept, the oldest first, up to that of what is published."""
    return [run_id for run_id in kept_versions(store) if run_id <= published.run_id]


def newest_readable(store: Store, run_ids: list[str]) -> str | None:
    """The newest of some versions, given from the oldest on, that can be read whole; None without any."""
    return next((run_id for run_id in reversed(run_ids) if fault_of_version(store, run_id) is None), None)


def _way_back(store: Store, run_ids: list[str]) -> str:
    """What to do about a damaged published file: which version can take its place."""
    if run_id := newest_readable(store, run_ids):
        return f"`spine rollback --to {run_id}` puts a kept version in its place."
    return "No kept version can be read: remove the file, and `spine refresh` builds and publishes all anew."


def _publication_of(path: Path, name: str) -> Publication:
    try:
        with connect_read_only(path) as connection:
            found = connection.execute("from marts.publication")
            stated = dict(zip([column[0] for column in found.description], found.fetchall()[0], strict=True))
            return Publication(*(stated.get(one.name) and str(stated[one.name]) for one in fields(Publication)))
    except duckdb.CatalogException as error:
        raise UsageError(
            f"{name}: was not published by `spine refresh`; is it a database of `spine build`? "
            "Name one that was published; `refresh`, `watch` and `backfill` also take a name that is free."
        ) from error
    except duckdb.Error as error:
        kind = DamagedPublication if is_damaged(str(error)) else UsageError
        raise kind(f"{name}: {reason_of(error)}") from error


def write_version(store: Store, run: Run, earlier: list[Run]) -> None:
    """Copies the marts of the working database, and the accounts of all runs, into the version of this run.

    Raises DiskFull, or UsageError when it cannot be written; no version is there then.
    """
    _write(store, run, lambda half_written: _copy_marts(store, half_written, run, earlier))


def write_version_of_slice(store: Store, run: Run, earlier: list[Run], full_run_id: str, marts: Sequence[str]) -> None:
    """The version of the full build with the rows of the slice in the place of those of the touched customers.

    Raises as `write_version`.
    """

    def write(half_written: Path) -> None:
        shutil.copyfile(store.version(full_run_id), half_written)
        _replace_rows(store, half_written, run, earlier, marts)

    _write(store, run, write)


def _write(store: Store, run: Run, write: Callable[[Path], None]) -> None:
    store.versions.mkdir(parents=True, exist_ok=True)
    version = store.version(run.run_id)
    half_written = version.with_name(f".{version.name}.tmp")
    try:
        write(half_written)
        _flush(half_written)
        make_read_only(half_written)  # whoever opened it for writing would leave a log that spoils the next version
        half_written.replace(version)
    except (duckdb.Error, OSError) as error:
        remove_database(half_written)  # it only takes room
        raise write_fault(version, error) from error


def _replace_rows(store: Store, target: Path, run: Run, earlier: list[Run], marts: Sequence[str]) -> None:
    """Puts the customers of the slice in the place of those to whom their ids belonged."""
    with duckdb.connect() as connection:
        connection.execute(f"attach {quoted_text(str(target))} as published")
        connection.execute(f"attach {quoted_text(str(store.slice))} as slice (read_only)")
        connection.execute("begin")  # else every change waits for the disk
        for mart in map(quoted_name, marts):
            connection.execute(
                f"delete from published.marts.{mart} where customer_id in (from slice.replaced_customers)"
            )
            connection.execute(
                f"insert into published.marts.{mart} by name "
                f"from slice.marts.{mart} where customer_id in (from slice.replaced_customers)"
            )
        connection.execute(
            "update published.marts.publication set run_id = ?, published_at = ?", [run.run_id, timestamp()]
        )
        connection.execute("delete from published.marts.runs")
        _account_for(connection, [*earlier, run])


def _copy_marts(store: Store, target: Path, run: Run, earlier: list[Run]) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach {quoted_text(str(store.working))} as working (read_only)")
        options = f"(storage_version {quoted_text(STORAGE_VERSION)})"
        connection.execute(f"attach {quoted_text(str(target))} as published {options}")
        connection.execute("create schema published.marts")
        for table in mart_names(connection, "working"):
            name = quoted_name(table)
            connection.execute(f"create table published.marts.{name} as from working.marts.{name}")
        connection.execute("use published")
        for statement in mart_views(connection, "working").values():
            connection.execute(statement)
        connection.execute("use memory")
        _copy_comments(connection)
        stated = [run.run_id, run.as_of_date, run.rule_version, timestamp(), run.run_id]
        connection.execute("begin")
        connection.execute(_PUBLICATION, stated)
        connection.execute(_RUNS)
        for table, comment in _OWN_COMMENTS.items():
            connection.execute(f"comment on table published.marts.{table} is {quoted_text(comment)}")
        _account_for(connection, [*earlier, run])


def _copy_comments(connection: duckdb.DuckDBPyConnection) -> None:
    """Gives the published tables, views and columns the descriptions that those of the working database have."""
    for kind, mart, column, comment in connection.execute(_COMMENTS).fetchall():
        name = f"published.marts.{quoted_name(mart)}" + (f".{quoted_name(column)}" if column else "")
        connection.execute(f"comment on {kind} {name} is {quoted_text(comment)}")


def _account_for(connection: duckdb.DuckDBPyConnection, all_runs: list[Run]) -> None:
    """Adds the accounts of runs, and has the file reach the disk whole."""
    values = [value for one in all_runs for value in _row(one)]
    connection.execute(_ADD_RUNS + ", ".join([_ONE_RUN] * len(all_runs)), values)
    connection.execute("commit")
    connection.execute("checkpoint published")
    connection.execute("detach published")


def mart_names(connection: duckdb.DuckDBPyConnection, database: str) -> list[str]:
    """The tables of schema `marts` of an attached database."""
    query = "select table_name from duckdb_tables() where database_name = ? and schema_name = 'marts' order by 1"
    return [name for (name,) in connection.execute(query, [database]).fetchall()]


def mart_views(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, str]:
    """The views of schema `marts` of an attached database, by name the statement that makes each in any database.

    DuckDB 1.5 names the database before each table that a view reads; DuckDB 2.0 does not.
    """
    query = """
        select view_name, replace(sql, database_name || '.marts.', 'marts.')
        from duckdb_views()
        where database_name = ? and schema_name = 'marts'
        order by 1
    """
    return dict(connection.execute(query, [database]).fetchall())


def _row(run: Run) -> list:
    maps = (run.files, run.rows_in, run.rows_set_aside, run.stage_seconds, run.nodes)
    plain = [run.run_id, run.command, run.started_at, run.ended_at, run.as_of_date, run.result, run.reason]
    return [*plain, run.rule_version, *[part for one in maps for part in (list(one), list(one.values()))]]


def switch_to(store: Store, run_id: str, written: Sequence[str] = ()) -> None:
    """Puts a version in place after reading it whole. Who has the old one open goes on reading it.

    Of a copy of a version that was read whole, it is enough to read the marts that were `written` since.

    Raises DamagedPublication for a version that cannot be read, UsageError for one that cannot be opened or was not
    published, and when somebody has written to the published file.
    """
    _publication_of(store.version(run_id), f"version {run_id}")
    refuse_unreadable(store, run_id, store.version(run_id), f"version {run_id}", True, written)
    log = Path(f"{store.db}.wal")
    if log.exists():
        raise UsageError(
            f"{log}: somebody has opened the published database for writing, and what was written would be lost. "
            "Open it read-only; remove this file when nobody needs it."
        )
    following = store.db.with_name(f".{store.db.name}.next")
    following.unlink(missing_ok=True)
    try:
        os.link(store.version(run_id), following)
    except OSError:  # a file system without hard links
        shutil.copy2(store.version(run_id), following)
        _flush(following)
    following.replace(store.db)
    following.unlink(missing_ok=True)  # a rename between two names of one file leaves both
    with contextlib.suppress(OSError):  # some file systems cannot do that for a folder
        _flush(store.db.parent)


def kept_versions(store: Store) -> list[str]:
    """The ids of the runs whose versions are kept, the oldest first."""
    return sorted(path.stem for path in store.versions.glob("*.duckdb") if not path.name.startswith("."))


def rolled_back_from(store: Store, published: Publication | None) -> str | None:
    """The newest run whose version is kept, if an older one is in place."""
    newest = kept_versions(store)[-1:]
    return newest[0] if published and newest and newest[0] > published.run_id else None


def prune_versions(store: Store, keep: int, needed: set[str]) -> None:
    """Removes all but the newest versions and those of the runs that are `needed`."""
    versions = kept_versions(store)
    kept = {*needed, *versions[-keep:]}
    for run_id in versions:
        if run_id not in kept:
            store.version(run_id).unlink()
    prune_histories(store)


def prune_histories(store: Store) -> None:
    """Removes the histories of runs whose versions are no longer kept."""
    kept = kept_versions(store)
    for path in store.histories.glob("*"):
        if path.name.removesuffix(".wal").removesuffix(".duckdb") not in kept:
            remove(path)


def remove_leftovers(store: Store) -> None:
    """Removes what a killed run left half written."""
    store.db.with_name(f".{store.db.name}.next").unlink(missing_ok=True)
    for folder in (store.versions, store.runs):
        for path in folder.glob(".*"):
            remove(path)


def _flush(path: Path) -> None:
    """Has what was written reach the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

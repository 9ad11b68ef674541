"""The database file: whether it can be built into, and reading it."""

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
from dbt.adapters.duckdb.credentials import DuckDBCredentials

from spine.errors import DiskFull, SpineError, UsageError, is_disk_full, says_disk_full
from spine.raw_types import is_utf8
from spine.raw_views import quoted_text


class DatabaseInUse(UsageError):
    """Another process has the database open. That passes: who keeps trying will get in."""


# `spine watch` lets go of the working database sooner when another run is at work.
GIVES_WAY_SECONDS = 5
PAUSE_SECONDS = 0.1

# DuckDB calls a database by its file: `marts.customers` would be ambiguous in marts.duckdb.
SCHEMAS = ("raw", "raw_changes", "spine_functions", "rules", "staging", "intermediate", "marts")


def landing_dir_of(db: Path) -> Path:
    """Where CSV files are landed as Parquet: next to the database."""
    return Path(f"{db}.landed")


def checked_record_of(db: Path) -> Path:
    """Where is kept what is known of the Parquet files: next to the database."""
    return Path(f"{db}.checked.json")


def refuse_unusable_database(db: Path) -> None:
    """Raises UsageError when the file cannot be built into, saying why; leaves nothing behind."""
    refuse_path(db)
    if Path(f"{db}.spine").is_dir() and db.exists():
        raise UsageError(f"--db {db}: is published by `spine refresh`; build into another file.")
    is_new = not db.exists()
    try:
        with duckdb.connect(str(db)) as connection:
            name = connection.execute("select current_database()").fetchall()[0][0]
            strangers = _schemas_of_others(connection)
            if is_new:
                db.unlink()  # while it is ours: afterwards another run may have made it
    except duckdb.Error as error:
        raise write_fault(f"--db {db}", error) from error
    if name in SCHEMAS or name != DuckDBCredentials.path_derived_database_name(str(db)):
        raise UsageError(
            f"--db {db}: a database file cannot be called that (DuckDB would call the database '{name}'). "
            "Take another name, such as segment_spine.duckdb."
        )
    if strangers:
        raise UsageError(
            f"--db {db}: its schema {strangers[0]} holds tables that this project did not make and might replace. "
            "Build into another file; the raw tables can be attached or copied there."
        )


def _schemas_of_others(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The schemas that a build writes and that hold something, in a database that was never built into."""
    query = """
        select distinct table_schema from information_schema.tables
        where table_catalog = current_database() and list_contains(?, table_schema)
            and not exists (
                select 1 from information_schema.schemata
                where catalog_name = current_database() and schema_name = 'spine_functions'
            )
        order by 1
    """
    written = [schema for schema in SCHEMAS if schema != "raw"]  # of which a refusal of its own speaks
    return [schema for (schema,) in connection.execute(query, [written]).fetchall()]


def refuse_path(db: Path) -> None:
    """Raises UsageError when there can be no database at the path."""
    if not is_utf8(str(db)):
        raise UsageError(
            "--db: the path is not UTF-8, or this terminal's language settings do not say so. "
            "Choose another path, or set LC_ALL=C.UTF-8."
        )
    try:
        if db.is_dir():
            raise UsageError(f"--db {db}: is a folder; name a file in it, such as {db / 'segment_spine.duckdb'}.")
        if not db.parent.is_dir():
            raise UsageError(f"--db {db}: the folder {db.parent} does not exist.")
        if db.exists() and not db.is_file():
            raise UsageError(f"--db {db}: is not a file.")
        if not os.access(db.parent, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
            raise UsageError(f"--db {db}: the folder {db.parent} may not be written by this user.")
    except OSError as error:
        raise UsageError(f"--db {db}: cannot be opened: {error.strerror}.") from error
    except ValueError as error:  # a NUL character in the path
        raise UsageError("--db: is not a path.") from error


def is_open_elsewhere(message: str) -> bool:
    """Whether a message of DuckDB says that another process, or another connection here, has a file open."""
    return "set lock on file" in message or "different configuration" in message


def reason_of(error: BaseException) -> str:
    """Why DuckDB could not open a file, in words that say what to do."""
    message = str(error)
    if is_open_elsewhere(message):
        return "another process has the database open; close it there and try again."
    if "version number" in message or "storage version" in message.lower() or "newer" in message:
        return "was written by a newer DuckDB than this one; build into another file or update DuckDB."
    if "not a valid DuckDB database" in message:
        return "is not a DuckDB database; name another file."
    if is_damaged(message):
        return "is damaged; restore it from a copy, or remove it and build again."
    if "ermission denied" in message or "Read-only file system" in message:
        return "may not be written by this user."
    if says_disk_full(message):
        return "cannot be written: the disk is full."
    return f"cannot be opened as a DuckDB database ({type(error).__name__})."


def is_damaged(message: str) -> bool:
    """Whether a message of DuckDB says that a file does not hold what was written to it."""
    signs = ("checksum", "Corrupt", "Could not read enough bytes", "not a valid DuckDB database")
    return any(words in message for words in signs)


def write_fault(what: object, error: duckdb.Error | OSError) -> SpineError:
    """What to raise where a file cannot be written: DiskFull, or a UsageError with the reason."""
    if is_disk_full(error):
        return DiskFull(what)
    if isinstance(error, OSError):
        return UsageError(f"{what}: cannot be written: {error.strerror}.")
    return UsageError(f"{what}: {reason_of(error)}")


def is_whole(db: Path) -> bool:
    """Whether a database can be gone on with, or made; one that a killed run or a full disk has spoiled is built anew.

    Raises DatabaseInUse when somebody else has it open, and does not give way.
    """
    give_up_at = time.monotonic() + GIVES_WAY_SECONDS
    while db.exists():
        try:
            duckdb.connect(str(db)).close()
            break
        except duckdb.Error as error:
            if not is_open_elsewhere(str(error)):
                return False
            if time.monotonic() >= give_up_at:
                raise DatabaseInUse(f"{db}: {reason_of(error)}") from error
            time.sleep(PAUSE_SECONDS)
    return True


def bring_to_rest(db: Path) -> None:
    """Tidies up beside a database that a killed run, or a full disk, has left: its log is merged into it.

    If that cannot be done the database is removed, and the next run builds it anew. One that is open stays as it is.
    """
    log, spilled = Path(f"{db}.wal"), Path(f"{db}.tmp")
    if _KEPT.connection is not None or not (log.exists() or spilled.exists()):
        return
    with contextlib.suppress(DatabaseInUse):
        if not is_whole(db) or log.exists():
            remove_database(db)
        shutil.rmtree(spilled, ignore_errors=True)


def remove_database(db: Path) -> None:
    """Removes a database with its log."""
    for path in (db, Path(f"{db}.wal")):
        path.unlink(missing_ok=True)


@dataclass
class _Kept:
    is_in_force: bool = False
    connection: duckdb.DuckDBPyConnection | None = None
    file_number: int | None = None


_KEPT = _Kept()


@contextmanager
def keeping_open() -> Iterator[None]:
    """Has `keep_open` keep databases open, until the block ends."""
    _KEPT.is_in_force = True
    try:
        yield
    finally:
        _KEPT.is_in_force = False
        let_go()


def keep_open(db: Path) -> None:
    """Keeps a database open in this process: what is read of it stays in memory for all who open it here.

    Without `keeping_open` it is only looked whether it can be opened. Raises DatabaseInUse, or UsageError for a file
    that cannot be opened.
    """
    file_number = db.stat().st_ino
    if _KEPT.file_number not in (None, file_number):  # somebody has put another file in its place
        let_go()
    if _KEPT.connection is None:
        try:
            connection = duckdb.connect(str(db))
        except duckdb.Error as error:
            kind = DatabaseInUse if is_open_elsewhere(str(error)) else UsageError
            raise kind(f"{db}: {reason_of(error)}") from error
        if _KEPT.is_in_force:
            connection.execute(f"set memory_limit = {quoted_text(os.environ.get('SPINE_MEMORY_LIMIT', '6GB'))}")
            _KEPT.connection, _KEPT.file_number = connection, file_number
        else:
            connection.close()


def let_go() -> None:
    """Closes what was kept open, so that other processes can open it."""
    connection, _KEPT.connection, _KEPT.file_number = _KEPT.connection, None, None
    if connection is not None:
        connection.close()


@contextmanager
def reader(db: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection.

    Raises UsageError when there is no such database, or it cannot be opened now.
    """
    refuse_path(db)
    if not db.is_file():
        raise UsageError(f"--db {db}: there is no such database; build it with `spine build --db {db}`.")
    try:
        connection = duckdb.connect(str(db), read_only=True)
    except duckdb.Error as error:
        raise UsageError(f"--db {db}: {reason_of(error)}") from error
    with connection:
        yield connection

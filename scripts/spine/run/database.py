"""The database file: whether it can be built into, and reading it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from spine.errors import DiskFull, SpineError, UsageError, is_disk_full, says_disk_full
from spine.publish.store import home_of
from spine.raw.types import is_utf8


class DatabaseInUse(UsageError):
    """Another process has the database open. That passes: a later try gets in."""


# DuckDB calls a database by its file: `marts.customers` would be ambiguous in marts.duckdb.
SCHEMAS = ("raw", "spine_functions", "rules", "staging", "intermediate", "marts")
# A database begins with a checksum, and then these letters.
_LETTERS, _LETTERS_BEGIN_AT = b"DUCK", 8
_NO_DATABASE = "is not a DuckDB database; name another file."


def landing_dir_of(db: Path) -> Path:
    """Where CSV files are landed as Parquet: next to the database."""
    return Path(f"{db}.landed")


def adapted_dir_of(db: Path) -> Path:
    """Where the exports of other systems are made into a raw folder: next to the database."""
    return Path(f"{db}.adapted")


def checked_record_of(db: Path) -> Path:
    """Where is kept what is known of the Parquet files: next to the database."""
    return Path(f"{db}.checked.json")


def currency_of(db: Path) -> str | None:
    """The reporting currency that a database was built with; None where that is not written down."""
    query = "select setting from spine_functions.built_with where name = 'reporting_currency'"
    try:
        with duckdb.connect(str(db), read_only=True) as connection:
            found = connection.execute(query).fetchall()
    except duckdb.Error:
        return None
    return found[0][0] if found else None


def reporting_currency(connection: duckdb.DuckDBPyConnection) -> str:
    """The currency of the money in the marts; empty where there are no segments."""
    query = "select coalesce(max(reporting_currency), '') from marts.segment_performance"
    return connection.execute(query).fetchall()[0][0]


def refuse_unusable_database(db: Path) -> None:
    """Raises UsageError when the file cannot be built into, saying why; leaves nothing behind."""
    from dbt.adapters.duckdb.credentials import DuckDBCredentials  # dbt takes seconds to import

    refuse_path(db)
    if home_of(db).is_dir() and db.exists():
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
    if name != DuckDBCredentials.path_derived_database_name(str(db)):
        raise _no_name_of_a_database(db)
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


def refuse_path(db: Path, is_written: bool = True) -> None:
    """Raises UsageError when there can be no database at the path; one that is only read may lie in any folder."""
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
        if is_written and db.name.split(".")[0].lower() in SCHEMAS:
            raise _no_name_of_a_database(db)
        is_effective = os.access in os.supports_effective_ids
        if is_written and not os.access(db.parent, os.W_OK | os.X_OK, effective_ids=is_effective):
            raise UsageError(f"--db {db}: the folder {db.parent} may not be written by this user.")
        refuse_other_file(db)
    except OSError as error:
        raise UsageError(f"--db {db}: cannot be opened: {error.strerror}.") from error
    except ValueError as error:  # a NUL character in the path
        raise UsageError("--db: is not a path.") from error


def refuse_other_file(db: Path) -> None:
    """Raises UsageError for a file that is no database. DuckDB opens a CSV or Parquet file as a database in memory.

    Where `spine refresh` has published, such a file is a damaged database: a kept version can take its place.
    """
    if home_of(db).is_dir() or not db.is_file() or db.stat().st_size == 0:
        return
    with db.open("rb") as file:
        beginning = file.read(_LETTERS_BEGIN_AT + len(_LETTERS))
    if beginning[_LETTERS_BEGIN_AT:] != _LETTERS:
        raise UsageError(f"--db {db}: {_NO_DATABASE}")


def _no_name_of_a_database(db: Path) -> UsageError:
    return UsageError(
        f"--db {db}: a database file cannot be called that: DuckDB calls a database by its file, and schemas have some "
        "names. Take another name, such as segment_spine.duckdb."
    )


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
        return _NO_DATABASE
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


def remove_database(db: Path) -> None:
    """Removes a database with its log and what it has spilled. Who has it open goes on reading it."""
    for path in (db, Path(f"{db}.wal")):
        path.unlink(missing_ok=True)
    shutil.rmtree(f"{db}.tmp", ignore_errors=True)


def remove_half_built(db: Path) -> None:
    """Removes a database that a killed run, or a full disk, has left with a log or spilled data beside it."""
    if Path(f"{db}.wal").exists() or Path(f"{db}.tmp").exists():
        remove_database(db)


def connect_read_only(db: Path) -> duckdb.DuckDBPyConnection:
    """Opens a database that a run may publish meanwhile.

    DuckDB 2.0 opens the path once for the header of the file and again for its blocks. If a version is put in place in
    between, the two do not fit and DuckDB reports a fault; then the file now at the path is opened.

    Raises duckdb.Error when the file at the path cannot be opened.
    """
    while True:
        file_number = db.stat().st_ino
        try:
            return duckdb.connect(str(db), read_only=True)
        except duckdb.Error:
            if db.stat().st_ino == file_number:
                raise


@contextmanager
def reader(db: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection.

    Raises UsageError when there is no such database, or it cannot be opened now.
    """
    refuse_path(db, is_written=False)
    way_back = " If it was published, see `spine status`." if home_of(db).is_dir() else ""
    if not db.is_file():
        raise UsageError(f"--db {db}: there is no such database; build it with `spine build --db {db}`.{way_back}")
    try:
        connection = connect_read_only(db)
    except duckdb.Error as error:
        raise UsageError(f"--db {db}: {reason_of(error)}{way_back if is_damaged(str(error)) else ''}") from error
    with connection:
        yield connection

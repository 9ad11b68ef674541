"""Lands CSV tables: each once into one Parquet file of text columns, its broken records set aside.

Python's csv module is the only reader of what users bring. Clean records are written to a normalised CSV
file that can be read in one way only; DuckDB turns that into Parquet, and must count the same records.
"""

import datetime
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from spine.errors import DiskFull, InputRefused, SpineError, is_disk_full
from spine.raw.contract import Column, Table
from spine.raw.csv_header import CsvFault
from spine.raw.csv_normalised import NormalisedFile
from spine.raw.csv_records import read_records
from spine.raw.types import Part, RawFolder, RawTable, days_of_files, file_mark
from spine.raw.views import (
    FILE_DATED_ON,
    UNREADABLE_ROWS,
    landed_file,
    parquet_scan,
    quoted_name,
    quoted_path,
    quoted_text,
    rest_as_json,
)

# Goes up when the same files would be landed differently; everything is then landed again.
LANDING_VERSION = 4
STATE_FILE = "landed.json"

_WORK_PREFIX = ".landing-"
# The landing folders that this process holds, so that no other run replaces files that its views read.
_HELD: dict[Path, int] = {}


@dataclass
class Landing:
    """The work of landing the changed tables of a folder."""

    folder: RawFolder
    connection: duckdb.DuckDBPyConnection
    work: Path
    unreadable: NormalisedFile


def land_tables(folder: RawFolder, landing_dir: Path) -> list[str]:
    """Lands every CSV table whose files have changed; returns the faults found in their rows.

    The folder is held until `release_landings`, or until the process ends.

    Raises SpineError when the landing folder cannot be written, or another process holds it.
    """
    tables = {table.name: table for table in folder.tables.values() if table.kind == "csv"}
    if not tables and not landing_dir.exists():
        return []
    try:
        hold(landing_dir)
        state = _load_state(landing_dir)
        marks = {name: _fingerprint(table) for name, table in tables.items()}
        # While the folder has faults a missing table may come back: its landed file is kept.
        kept = {
            name: entry
            for name, entry in state.items()
            if (name not in marks and folder.faults)
            or (entry["fingerprint"] == marks.get(name) and _count_landed(landing_dir, name) == entry["rows"])
        }
        changed = [table for name, table in tables.items() if name not in kept]
        if not changed and kept.keys() == state.keys():
            return []
        return _land_changed(folder, landing_dir, changed, kept, marks)
    except OSError as error:
        if is_disk_full(error):
            raise DiskFull(landing_dir) from error
        raise SpineError(f"The CSV files cannot be landed in {landing_dir}: {error.strerror}.") from error


def release_landings() -> None:
    """Lets other processes have the landing folders that this one held."""
    while _HELD:
        os.close(_HELD.popitem()[1])


def hold(landing_dir: Path) -> None:
    """Keeps other processes out of a folder until `release_landings`.

    Raises SpineError when another process holds it.
    """
    landing_dir.mkdir(parents=True, exist_ok=True)
    if landing_dir in _HELD:
        return
    handle = os.open(landing_dir, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise SpineError(
            f"{landing_dir}: another run of spine or dbt on this database is using it; wait for that to end."
        ) from None
    _HELD[landing_dir] = handle


def _count_landed(landing_dir: Path, name: str) -> int | None:
    """How many rows a landed file has; None for one that is not there or damaged."""
    query = f"select num_rows from parquet_file_metadata({quoted_path(landed_file(landing_dir, name))})"
    try:
        return duckdb.execute(query).fetchall()[0][0]
    except duckdb.Error:
        return None


def _land_changed(
    folder: RawFolder,
    landing_dir: Path,
    changed: list[RawTable],
    kept: dict[str, dict],
    marks: dict[str, list],
) -> list[str]:
    # Changed tables are recorded last, so that a landing that is killed is repeated.
    _save_state(landing_dir, kept)
    faults, fresh = [], {}
    internal = folder.contract.table(UNREADABLE_ROWS)
    with _work_folder(landing_dir) as work, duckdb.connect() as connection:
        unreadable = NormalisedFile(work / f"{UNREADABLE_ROWS}.csv", len(internal.columns))
        landing = Landing(folder, connection, work, unreadable)
        for table in changed:
            try:
                counts = _land_table(landing, table)
                if _fingerprint(table) != marks[table.name]:
                    raise InputRefused([f"{table.name}: its files changed while they were being read."])
                os.replace(work / f"{table.name}.parquet", landed_file(landing_dir, table.name))
                fresh[table.name] = {"fingerprint": marks[table.name], **counts}
            except InputRefused as refusal:
                faults += refusal.faults
        unreadable.close()
        landed = kept | fresh
        _replace_unreadable(landing, landing_dir, internal, kept, fresh)
    for table in folder.contract.user_tables:
        if table.name not in landed:
            landed_file(landing_dir, table.name).unlink(missing_ok=True)
    _save_state(landing_dir, landed)
    return faults


def _land_table(landing: Landing, table: RawTable) -> dict[str, int]:
    """Writes a table's Parquet file into the work folder and returns its counts.

    Raises InputRefused with the faults of all of its files.
    """
    files: dict[tuple, NormalisedFile] = {}
    faults, broken, days = [], 0, days_of_files(table)
    for part in table.parts:
        columns, others = (
            tuple((column.name, column.position) for column in columns) for columns in (part.columns, part.others)
        )
        shape = (part.width, columns, others, days.get(part.path))
        if shape not in files:
            path = landing.work / f"{table.name}-{len(files)}.csv"
            files[shape] = NormalisedFile(path, part.width)
        try:
            broken += read_records(part, files[shape].write, _set_aside_into(landing, table, part)).broken
        except CsvFault as fault:
            faults.append(f"{landing.folder.shown(part.path)}: {fault}")
    for file in files.values():
        file.close()
    rows = sum(file.rows for file in files.values())
    if landing.folder.contract.table(table.name).required and not rows and not faults:
        faults.append(f"{table.name}: is required and holds no row that can be read ({broken} set aside).")
    if faults:
        raise InputRefused(faults)
    _write_parquet(landing, table, files, rows)
    return {"rows": rows, "unreadable": broken}


def _set_aside_into(landing: Landing, table: RawTable, part: Part) -> Callable[[int, str, str], None]:
    shown = landing.folder.shown(part.path)
    return lambda number, reason, row_json: landing.unreadable.write(
        [[table.name, shown, str(number), reason, row_json]]
    )


def _write_parquet(landing: Landing, table: RawTable, files: dict[tuple, NormalisedFile], rows: int) -> None:
    rest = landing.folder.contract.table(table.name).rest_column
    selects = [
        f"select {_landed_columns(table, dict(columns), rest, dict(others))}, {_as_date(day)} as {FILE_DATED_ON} "
        f"from {file.scan()}"
        for (_, columns, others, day), file in files.items()
    ]
    target = landing.work / f"{table.name}.parquet"
    written = _copy(landing.connection, " union all ".join(selects), target)
    if written != rows:
        raise InputRefused([f"{table.name}: {rows} records were read, but {written} were landed."])
    for file in files.values():
        file.path.unlink()


def _as_date(day: datetime.date | None) -> str:
    return f"date '{day}'" if day else "cast(null as date)"


def _landed_columns(table: RawTable, positions: dict[str, int], rest: Column | None, others: dict[str, int]) -> str:
    """The fields of a file as columns: those of the contract, and all others as one."""
    fields = {name: f"f{position}" for name, position in positions.items()}
    columns = {name: fields.get(name, "cast(null as varchar)") for name in table.column_names}
    if rest:
        columns[rest.name] = rest_as_json({name: f"f{position}" for name, position in others.items()})
    return ", ".join(f"{field} as {quoted_name(name)}" for name, field in columns.items())


def _copy(connection: duckdb.DuckDBPyConnection, query: str, target: Path) -> int:
    """Writes a query's rows as Parquet and returns how many there were."""
    try:
        statement = f"copy ({query}) to {quoted_text(str(target))} (format parquet)"
        return connection.execute(statement).fetchall()[0][0]
    except duckdb.Error as error:
        if is_disk_full(error):
            raise DiskFull(target) from None
        # `from None`, and the first line only: the further lines of DuckDB's error quote the row.
        raise SpineError(f"{target.stem} cannot be landed: {str(error).splitlines()[0]}") from None


def _replace_unreadable(
    landing: Landing, landing_dir: Path, internal: Table, kept: dict[str, dict], fresh: dict[str, dict]
) -> None:
    """Rewrites the rows set aside: the old ones of unchanged tables and the new ones."""
    target = landed_file(landing_dir, internal.name)
    columns = [
        f"cast(f{place} as {column.null_type}) as {quoted_name(column.name)}"
        for place, column in enumerate(internal.columns)
    ]
    queries = [_rows_of(f"(select {', '.join(columns)} from {landing.unreadable.scan()})", fresh)]
    if _count_landed(landing_dir, internal.name) is not None:
        queries.append(_rows_of(parquet_scan([target]), kept))
    new_file = landing.work / target.name
    query = f"{' union all '.join(queries)} order by table_name, file_name, row_number"
    _copy(landing.connection, query, new_file)
    os.replace(new_file, target)


def _rows_of(source: str, tables: dict[str, dict]) -> str:
    names = ", ".join(quoted_text(name) for name in tables) or "''"
    return f"select * from {source} where table_name in ({names})"


def _fingerprint(table: RawTable) -> list:
    """What a landed table depends on: this code, the columns to be landed, and the files as they are."""
    files = [[str(part.path), *file_mark(part.path)] for part in table.parts]
    return [LANDING_VERSION, list(table.column_names), files]


def _load_state(landing_dir: Path) -> dict[str, dict]:
    """The tables on record; a record that cannot be read, or lacks its rows set aside, counts as none."""
    if _count_landed(landing_dir, UNREADABLE_ROWS) is None:
        return {}
    try:
        tables = json.loads((landing_dir / STATE_FILE).read_text(encoding="utf-8"))["tables"]
        return {name: entry for name, entry in tables.items() if "fingerprint" in entry}
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _save_state(landing_dir: Path, tables: dict[str, dict]) -> None:
    new_file = landing_dir / f".{STATE_FILE}.{os.getpid()}"
    new_file.write_text(json.dumps({"tables": tables}, indent=1), encoding="utf-8")
    os.replace(new_file, landing_dir / STATE_FILE)


@contextmanager
def _work_folder(landing_dir: Path) -> Iterator[Path]:
    """A folder on the same disk as the landing, so that results are moved in one step."""
    for left in landing_dir.glob(f"{_WORK_PREFIX}*"):
        if not _is_alive(left.name.removeprefix(_WORK_PREFIX).split("-")[0]):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{_WORK_PREFIX}{os.getpid()}-", dir=landing_dir) as work:
        yield Path(work)


def _is_alive(process_id: str) -> bool:
    """Whether the process that a work folder is named after still runs."""
    try:
        os.kill(int(process_id), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True

"""Raw input: a folder of Parquet and CSV files, or a schema of a database, made to look like the contract.

The public interface:

    contract = load_contract()                              # spine.raw.contract
    folder = prepare(raw_dir, landing_dir, contract)        # check and land; raises InputRefused
    for statement in view_statements(folder, landing_dir):  # schema `raw`, one view per contract table
        connection.execute(statement)

`prepare` checks names, headers, footers and types, lands CSV as Parquet, and sets broken records aside. It reports the
faults of the files and those of their contents together.

The same for the tables of a schema: `check_schema(connection, schema_name, contract) -> RawFolder`, whose
views need no landing folder. `RawFolder.notes` holds what is worth saying but no fault. No message holds a
value of the input: names, row numbers and counts only.
"""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from spine.errors import InputRefused
from spine.raw.contract import Contract
from spine.raw.csv_header import inspect_csv
from spine.raw.csv_landing import land_tables, release_landings
from spine.raw.files import Candidate, find_exports, find_files
from spine.raw.parquet import CheckedFiles, inspect_parquet
from spine.raw.schema import check_schema
from spine.raw.types import IS_MISSING, RawFolder, RawTable
from spine.raw.views import UNREADABLE_ROWS, landed_file, parquet_scan, view_statements

__all__ = [
    "RawFolder",
    "check_schema",
    "count_rows",
    "held",
    "notes_of_export",
    "prepare",
    "prepare_exports",
    "release_landings",
    "view_statements",
]

_HELD: list[RawFolder] = []


def prepare(
    raw_dir: str | Path,
    landing_dir: str | Path,
    contract: Contract,
    checked_record: Path | None = None,
    may_be_set_aside: Callable[[Path], bool] = lambda path: False,
) -> RawFolder:
    """Checks a folder and lands its CSV tables; `checked_record` spares what was checked before a second look.

    Raises InputRefused with the faults of the files and of their rows together; files that `may_be_set_aside` are left
    away instead, if something is wrong with them.
    """
    for listed in _HELD:
        if listed.root == Path(os.path.abspath(raw_dir)):
            return listed
    folder = _inspect(raw_dir, contract, checked_record)
    for path in filter(may_be_set_aside, list(folder.faults_of_files)):
        folder.leave_aside(path)
    faults = folder.faults + land_tables(folder, Path(landing_dir))
    _refuse(faults, folder.notes)
    return folder


def prepare_exports(export_dir: Path, landing_dir: Path, export: Contract, files: Collection[Path]) -> RawFolder:
    """Checks the files of a folder of exports, each told by its columns, and lands those that are CSV.

    Raises InputRefused with all faults: of the files, of their rows, and of rows that cannot be read as rows.
    """
    folder = RawFolder(export, root=Path(os.path.abspath(export_dir)))
    fault = _folder_fault(folder.root)
    _refuse([fault] if fault else [])
    candidates = find_exports(folder, files)
    with duckdb.connect() as connection:
        for name, candidate in candidates.items():
            _inspect_table(connection, folder, name, candidate, CheckedFiles(None))
    folder.notes[:] = notes_of_export(folder)
    if not folder.tables and not folder.faults:
        known = "; ".join(f"{table.name} ({', '.join(table.required_names)})" for table in export.user_tables)
        folder.faults.append(f"{folder.root}: no file has the columns of a table that this source knows: {known}.")
    folder.faults += [
        f"{table.name}: no file has its columns ({', '.join(table.required_names)}). Bring the export that has them."
        for table in export.user_tables
        if table.required and table.name not in candidates and folder.tables
    ]
    folder.faults += land_tables(folder, landing_dir)
    _refuse(folder.faults, folder.notes)
    if any(table.kind == "csv" for table in folder.tables.values()):
        _refuse(_unreadable(landing_dir))
    return folder


def notes_of_export(folder: RawFolder) -> list[str]:
    """What is worth saying of an export: not which of its many columns are passed over, but which are missing."""
    return [note for note in folder.notes if not _is_of_columns(note, folder.contract)] + _absent_columns(folder)


def _is_of_columns(note: str, export: Contract) -> bool:
    return any(note.startswith(f"{table.name}: columns ") for table in export.user_tables)


def _absent_columns(folder: RawFolder) -> list[str]:
    notes = []
    for table in folder.tables.values():
        absent = [
            column.name
            for column in folder.contract.table(table.name).columns
            if not (column.is_rest or column.is_alternative or column.name in table.column_names)
        ]
        if absent:
            notes.append(f"{table.name}: not given, taken as empty: {', '.join(absent)}.")
    return notes


def _unreadable(landing_dir: Path) -> list[str]:
    query = f"select file_name, row_number, reason from {_landed(landing_dir, UNREADABLE_ROWS)} order by all"
    return [
        f"{file}: record {number} cannot be read: {reason}. Mend or export it again."
        for file, number, reason in _rows(query)
    ]


@contextmanager
def held(folder: RawFolder) -> Iterator[None]:
    """While the block runs, `prepare` returns this folder for its path and lists no files again.

    So a run reads the files that it has listed and no others, whatever lands or goes meanwhile.
    """
    _HELD.append(folder)
    try:
        yield
    finally:
        _HELD.remove(folder)


def count_rows(folder: RawFolder, landing_dir: Path) -> dict[str, int]:
    """The rows that each table of a prepared folder brings, those that cannot be read included."""
    landed = {table.name for table in folder.tables.values() if table.kind == "csv"}
    counts = {table.name: 0 for table in folder.contract.user_tables}
    counts |= {table.name: sum(part.rows for part in table.parts) for table in folder.tables.values()}
    if landed:
        counts |= {name: _rows(f"select count(*) from {_landed(landing_dir, name)}")[0][0] for name in landed}
        by_table = f"select table_name, count(*) from {_landed(landing_dir, UNREADABLE_ROWS)} group by table_name"
        for name, unreadable in _rows(by_table):
            counts[name] += unreadable
    return counts


def _landed(landing_dir: Path, table_name: str) -> str:
    return parquet_scan([landed_file(landing_dir, table_name)])


def _rows(query: str) -> list[tuple]:
    return duckdb.execute(query).fetchall()


def _inspect(raw_dir: str | Path, contract: Contract, checked_record: Path | None = None) -> RawFolder:
    """What a folder holds, with its faults."""
    folder = RawFolder(contract, root=Path(os.path.abspath(raw_dir)))
    fault = _folder_fault(folder.root)
    if fault:
        folder.faults.append(fault)
        return folder
    candidates, found = find_files(folder)
    checked = CheckedFiles(checked_record)
    with duckdb.connect() as connection:
        for table in contract.user_tables:
            if table.name in candidates:
                _inspect_table(connection, folder, table.name, candidates[table.name], checked)
    checked.keep()
    _require_tables(folder, found)
    return folder


def _inspect_table(
    connection: duckdb.DuckDBPyConnection, folder: RawFolder, name: str, candidate: Candidate, checked: CheckedFiles
) -> None:
    table, paths = folder.contract.table(name), list(candidate.paths)
    if candidate.kind == "parquet":
        parts = inspect_parquet(connection, folder, table, paths, checked)
    else:
        parts = inspect_csv(folder, table, paths)
    if parts:
        folder.tables[name] = RawTable(name, candidate.kind, parts)


def _require_tables(folder: RawFolder, found: set[str]) -> None:
    for table in folder.contract.user_tables:
        if table.required and table.name not in found:
            folder.faults.append(
                f"{table.name}: {IS_MISSING} Bring {table.name}.parquet or {table.name}.csv in {folder.root}."
            )


def _folder_fault(root: Path) -> str | None:
    try:
        if not root.exists():
            return f"RAW_DIR {root}: there is no such folder."
        if not root.is_dir():
            return f"RAW_DIR {root}: is not a folder."
        os.listdir(root)
    except OSError as error:
        return f"RAW_DIR {root}: cannot be opened: {error.strerror}."
    return None


def _refuse(faults: list[str], notes: Sequence[str] = ()) -> None:
    """Raises InputRefused with the faults; notes may tell what became of a missing table."""
    if faults:
        raise InputRefused([*faults, *(f"note: {note}" for note in notes)])

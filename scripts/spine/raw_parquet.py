"""Reads the columns of Parquet files from their footers."""

from functools import cache
from pathlib import Path

import duckdb

from spine.contract import Table
from spine.raw_columns import column_faults, column_note
from spine.raw_types import FoundColumn, Part, RawFolder, file_mark, is_utf8, match_columns, printable
from spine.raw_views import parquet_scan, quoted_name, quoted_path


def inspect_parquet(
    connection: duckdb.DuckDBPyConnection, folder: RawFolder, table: Table, paths: list[Path]
) -> tuple[Part, ...]:
    """The usable Parquet files of a table; what is wrong with the others is added to the folder's faults."""
    parts = [part for path in paths if (part := _inspect_file(connection, folder, table, path))]
    all_usable = paths and len(parts) == len(paths)
    if table.required and all_usable and not any(_has_rows(connection, path) for path in paths):
        folder.faults.append(f"{folder.shown(paths[0])}: '{table.name}' is required and holds no rows.")
    return tuple(parts)


def _inspect_file(connection: duckdb.DuckDBPyConnection, folder: RawFolder, table: Table, path: Path) -> Part | None:
    shown = folder.shown(path)
    if not is_utf8(str(path)):
        folder.faults.append(f"{shown}: has a name, or lies in a folder with one, that is not UTF-8. Rename it.")
        return None
    try:
        described = connection.execute(f"describe select * from {parquet_scan([path])}").fetchall()
        names = _top_level_names(connection, path)
    except duckdb.Error as error:
        folder.faults.append(f"{shown}: cannot be read as Parquet: {_reason(error)}")
        return None
    # DESCRIBE renames names that differ only in case; the footer's own names show that they are doubled.
    found = match_columns([row[0] for row in described], [row[1] for row in described], table.columns)
    faults = column_faults(shown, names, found, table) or _text_faults(shown, path, found)
    folder.faults.extend(faults)
    if not faults:
        folder.note(column_note(names, found, table))
    return None if faults else Part(found, path=path)


def _text_faults(shown: str, path: Path, found: tuple[FoundColumn, ...]) -> list[str]:
    """The text columns that cannot be read: a build would stop half way, with a message that quotes the value."""
    names = tuple((column.name, column.real_name) for column in found if column.sql_type == "VARCHAR")
    return [
        f"{shown}: column '{name}' holds text that is not UTF-8. Write the file anew with UTF-8 text."
        for name in _unreadable_texts(path, file_mark(path), names)
    ]


@cache
def _unreadable_texts(path: Path, _mark: tuple, names: tuple[tuple[str, str], ...]) -> list[str]:
    """The names of the text columns that cannot be read.

    Every value is read, so a file is looked at once, though the runner and then dbt's plugin check the folder.
    """

    def is_readable(real_names: list[str]) -> bool:
        lengths = ", ".join(f"max(length({quoted_name(name)}))" for name in real_names)
        try:
            with duckdb.connect() as connection:
                connection.execute(f"select {lengths} from {parquet_scan([path])}").fetchall()
        except duckdb.Error:
            return False
        return True

    if not names or is_readable([real_name for _, real_name in names]):
        return []
    return [name for name, real_name in names if not is_readable([real_name])]


def _top_level_names(connection: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """The names of a file's columns as written; the footer lists nested fields right after their parent."""
    query = f"select name, num_children from parquet_schema({quoted_path(path)})"
    rows = connection.execute(query).fetchall()
    names, nested = [], 0
    for name, children in rows[1:]:
        if nested:
            nested -= 1
        else:
            names.append(name)
        nested += children or 0
    return names


def _has_rows(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    query = f"select num_rows from parquet_file_metadata({quoted_path(path)})"
    return connection.execute(query).fetchall()[0][0] > 0


def _reason(error: duckdb.Error) -> str:
    return printable(str(error).splitlines()[0])

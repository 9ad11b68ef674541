"""Reads the columns of Parquet files from their footers, of each file once."""

import dataclasses
import json
import os
from pathlib import Path
from typing import ClassVar

import duckdb

from spine.raw.columns import column_faults, column_note, shown_name
from spine.raw.contract import Table
from spine.raw.types import (
    NOT_UTF8,
    FoundColumn,
    Part,
    RawFolder,
    file_mark,
    is_utf8,
    match_columns,
    other_columns,
    printable,
)
from spine.raw.views import parquet_scan, quoted_name, quoted_path

# A change of what they mean takes another name, so that what an older version has recorded is not believed.
FOUND = {"mark", "names", "types", "top_level_names", "rows", "read_whole", "clean_texts"}
# The NaT of numpy is before the first moment that DuckDB can write as text, which ends the database.
_FIRST_MOMENTS = {
    "TIMESTAMP": "make_timestamp(-9223372022400000000)",
    "TIMESTAMP WITH TIME ZONE": "make_timestamptz(-9223372022400000000)",
}
# Whether a text can be read as it lies, by its first and last character, which costs a third of what patterns would. It
# begins with a digit, a letter, one of `{|}~`, or is a phone number: neither white space nor a mark for nothing does.
_IS_CLEAN = """(
    (
        unicode({0}) between 48 and 57 or unicode({0}) between 65 and 90 or unicode({0}) between 97 and 126
        or starts_with({0}, '+') and unicode({0}[3]) between 48 and 57
    )
    and unicode({0}[-1]) between 33 and 126
)"""
# An id is no 17.0 either, and no 5.01235E+12.
_IS_CLEAN_ID = f"""(
    {_IS_CLEAN}
    and not ({{0}}[-1] = '0' and {{0}} like '%.%')
    and {{0}}[2] not in ('.', ',')
    and not ({{0}}[2] in ('E', 'e') and {{0}}[3] = '+')
)"""


class CheckedFiles:
    """What is known of Parquet files that were looked at before, as long as they are still the same files.

    Every text is read to see that it can be, and a run looks at the folder more than once; so what was found is
    kept for this process, and for later ones in the file `record`, if there is one.
    """

    _of_this_process: ClassVar[dict[str, dict]] = {}

    def __init__(self, record: Path | None):
        self._record = record
        self._recorded = _load(record) if record else {}
        self._now: dict[str, dict] = {}

    def of(self, connection: duckdb.DuckDBPyConnection, path: Path) -> dict:
        """What is known of a file: its `names`, `types`, `top_level_names`, `rows`, which columns could be
        `read_whole`, and which of them hold `clean_texts`.

        Raises duckdb.Error for a file that is no Parquet.
        """
        mark = list(file_mark(path))
        found = self._of_this_process.get(str(path)) or self._recorded.get(str(path))
        if not found or found["mark"] != mark:
            described = connection.execute(f"describe select * from {parquet_scan([path])}").fetchall()
            found = {
                "mark": mark,
                "names": [row[0] for row in described],
                "types": [row[1] for row in described],
                "top_level_names": _top_level_names(connection, path),
                "rows": _count_rows(connection, path),
                "read_whole": [],
                "clean_texts": [],
            }
        found = {**found, "read_whole": list(found["read_whole"]), "clean_texts": list(found["clean_texts"])}
        self._of_this_process[str(path)] = self._now[str(path)] = found
        return found

    def keep(self) -> None:
        """Records the files that were asked for, whole or not at all; a record that cannot be written is no fault."""
        if self._record is None or self._now == self._recorded:
            return
        half_written = self._record.with_name(f".{self._record.name}.{os.getpid()}")
        try:
            half_written.write_text(json.dumps({"duckdb": duckdb.__version__, "files": self._now}), encoding="utf-8")
            half_written.replace(self._record)
        except OSError:
            half_written.unlink(missing_ok=True)


def _load(record: Path) -> dict[str, dict]:
    """The files on record; none if it was written by another DuckDB, or is damaged."""
    try:
        content = json.loads(record.read_text(encoding="utf-8"))
        is_ours = content["duckdb"] == duckdb.__version__
        return {path: found for path, found in content["files"].items() if is_ours and found.keys() == FOUND}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def inspect_parquet(
    connection: duckdb.DuckDBPyConnection, folder: RawFolder, table: Table, paths: list[Path], checked: CheckedFiles
) -> tuple[Part, ...]:
    """The usable Parquet files of a table; what is wrong with the others is added to the folder's faults."""
    parts = [part for path in paths if (part := _inspect_file(connection, folder, table, path, checked))]
    all_usable = paths and len(parts) == len(paths)
    if table.required and all_usable and not any(part.rows for part in parts):
        folder.faults.append(f"{folder.shown(paths[0])}: '{table.name}' is required and holds no rows.")
    return tuple(parts)


def _inspect_file(
    connection: duckdb.DuckDBPyConnection, folder: RawFolder, table: Table, path: Path, checked: CheckedFiles
) -> Part | None:
    shown = folder.shown(path)
    if not is_utf8(str(path)):
        folder.refuse_file(path, [f"{shown}: {NOT_UTF8}"])
        return None
    try:
        footer = checked.of(connection, path)
    except duckdb.Error as error:
        folder.refuse_file(path, [f"{shown}: cannot be read as Parquet: {_reason(error)}"])
        return None
    # DESCRIBE renames names that differ only in case; the footer's own names show that they are doubled.
    names = footer["top_level_names"]
    found = match_columns(footer["names"], footer["types"], table.columns)
    others = other_columns(names, footer["names"], footer["types"], table)
    faults = column_faults(shown, names, found, table) or _value_faults(
        connection, shown, path, found + others, footer, table
    )
    if faults:
        folder.refuse_file(path, faults)
    else:
        folder.note(column_note(names, found, table))
    if faults:
        return None
    found = tuple(dataclasses.replace(column, is_clean=column.real_name in footer["clean_texts"]) for column in found)
    return Part(found, path=path, mark=tuple(footer["mark"]), rows=footer["rows"], others=others)


def _value_faults(
    connection: duckdb.DuckDBPyConnection,
    shown: str,
    path: Path,
    found: tuple[FoundColumn, ...],
    footer: dict,
    table: Table,
) -> list[str]:
    """The columns that cannot be read: a build would stop half way, with a message that quotes the value."""
    faults = []
    for column in found:
        if column.real_name in footer["read_whole"]:
            continue
        if not (_holds_times(column) or _holds_text(column)):
            continue
        is_clean, fault = False, None
        try:
            if column.sql_type in _FIRST_MOMENTS:
                fault = _moment_fault(connection, path, column)
            elif _holds_times(column):
                with duckdb.connect() as own:  # a moment that cannot be written as text ends the database
                    own.execute(_count_of_unclean(path, column, table))
            else:
                is_clean = connection.execute(_count_of_unclean(path, column, table)).fetchall() == [(0,)]
        except (duckdb.Error, UnicodeDecodeError) as error:  # the second where the message itself quotes such text
            fault = _fault_of(column, error)
        if fault:
            what, remedy = fault
            faults.append(
                f"{shown}: column '{shown_name(column.name)}' holds {what}. Write the file anew with {remedy}."
            )
            continue
        footer["read_whole"].append(column.real_name)
        if is_clean:
            footer["clean_texts"].append(column.real_name)
    return faults


def _fault_of(column: FoundColumn, error: Exception) -> tuple[str, str]:
    """What a column holds that cannot be read, and what is to be there instead."""
    if "Invalid JSON" in str(error):
        return "JSON that cannot be read", "valid JSON"
    if _holds_times(column):
        return "times, or text, that cannot be read; some tools write missing times so", "null instead"
    return "text that is not UTF-8", "UTF-8 text"


def _moment_fault(connection: duckdb.DuckDBPyConnection, path: Path, column: FoundColumn) -> tuple[str, str] | None:
    """Likewise of moments: the footer mostly tells, so that no row is read."""
    name, first = quoted_name(column.real_name), _FIRST_MOMENTS[column.sql_type]
    too_early = f"select 1 from {parquet_scan([path])} where {name} < {first} limit 1"
    is_too_early = connection.execute(too_early).fetchall() != []
    return ("a moment before 290309 BC, as some tools write a missing one", "null instead") if is_too_early else None


def _holds_times(column: FoundColumn) -> bool:
    """Whether there are moments or times of day in a column, be it within lists or structs."""
    return "TIME" in column.sql_type


def _holds_text(column: FoundColumn) -> bool:
    """Whether there is text in a column, be it within lists or structs."""
    return any(kind in column.sql_type for kind in ("VARCHAR", "JSON", "VARIANT"))


def _count_of_unclean(path: Path, column: FoundColumn, table: Table) -> str:
    """The query that reads every value of a column, and of plain text counts those that cannot be read as they lie."""
    name = quoted_name(column.real_name)
    if column.sql_type != "VARCHAR":
        # JSON is text that DuckDB does not look through until it compares it.
        return f"select 1 + length(max(cast({name} as varchar))) from {parquet_scan([path])}"
    # A filter of one column looks once at each entry of a dictionary; a comparison that DuckDB could also answer from
    # the least and greatest text of a row group would leave texts unread.
    is_clean = _IS_CLEAN_ID if _is_id(column, table) else _IS_CLEAN
    return f"select count(*) from {parquet_scan([path])} where not {is_clean.format(name)}"


def _is_id(column: FoundColumn, table: Table) -> bool:
    known = table.column(column.name)
    return known is not None and known.data_type == "id"


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


def _count_rows(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    query = f"select num_rows from parquet_file_metadata({quoted_path(path)})"
    return connection.execute(query).fetchall()[0][0]


def _reason(error: duckdb.Error) -> str:
    return printable(str(error).splitlines()[0])

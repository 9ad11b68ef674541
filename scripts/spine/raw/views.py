"""The schema `raw`: one view per contract table, with the contract's columns, over whatever was brought."""

import datetime
import glob
import json
from itertools import groupby
from pathlib import Path

from spine.raw.columns import type_family
from spine.raw.contract import Column, Table
from spine.raw.types import DAY_IN_A_NAME, FoundColumn, Part, RawFolder, RawTable, days_of_files

UNREADABLE_ROWS = "unreadable_rows"
# The name under which a scan of files tells which file a row comes from.
_PATH = "spine_path_of_the_file"
# The column that every raw table has besides those of its contract: the date in the name of the row's file.
FILE_DATED_ON = "file_dated_on"
_NO_DAY = f"cast(null as date) as {FILE_DATED_ON}"
# And the names of its text columns that staging may read as they lie, each between bars.
CLEAN_COLUMNS = "clean_columns"


def quoted_name(name: str) -> str:
    """An SQL identifier, quoted."""
    return '"' + name.replace('"', '""') + '"'


def quoted_text(text: str) -> str:
    """An SQL text literal."""
    return "'" + text.replace("'", "''") + "'"


def quoted_path(path: Path) -> str:
    """A path as an SQL literal. DuckDB reads every path as a pattern, so special characters are escaped."""
    return quoted_text(glob.escape(str(path)))


def parquet_scan(paths: list[Path], path_column: str = "") -> str:
    """A scan of exactly these Parquet files; with a name for it, a column says which file a row comes from."""
    listed = ", ".join(quoted_path(path) for path in paths)
    path_option = quoted_text(path_column) if path_column else "false"
    return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false, filename = {path_option})"


def landed_file(landing_dir: Path, table_name: str) -> Path:
    """Where the CSV files of a table are landed."""
    return landing_dir / f"{table_name}.parquet"


def rest_as_json(texts: dict[str, str]) -> str:
    """The SQL of one JSON object of names and SQL texts: without what is null or empty, and null without anything."""
    members = [
        f"{quoted_text(json.dumps(name, ensure_ascii=False) + ':')} || cast(to_json(nullif({text}, '')) as varchar)"
        for name, text in texts.items()
    ]
    if not members:
        return "cast(null as varchar)"
    return f"nullif('{{' || concat_ws(',', {', '.join(members)}) || '}}', '{{}}')"


def view_statements(raw_folder: RawFolder, landing_dir: Path | None = None) -> list[str]:
    """The statements that make schema `raw` look like the contract, whatever was brought.

    Each view also tells, as `file_dated_on`, the date in the name of a row's file, if all files of the table carry
    one, and as `clean_columns` which text columns may be read as they lie. `landing_dir` is the folder given to
    `prepare`; it is needed where a table is CSV.
    """
    statements = ["create schema if not exists raw"]
    for table in raw_folder.contract:
        query = (_internal_query if table.internal else _user_query)(table, raw_folder, landing_dir)
        statements.append(f"create or replace view raw.{quoted_name(table.name)} as {query}")
    return statements


def raw_query(raw_folder: RawFolder, table_name: str, landing_dir: Path | None = None) -> str:
    """The query of the rows that a folder brings for a table, as `view_statements` makes a view of it."""
    return _user_query(raw_folder.contract.table(table_name), raw_folder, landing_dir)


def _internal_query(table: Table, raw_folder: RawFolder, landing_dir: Path | None) -> str:
    is_landed = any(raw_table.kind == "csv" for raw_table in raw_folder.tables.values())
    if is_landed and table.name == UNREADABLE_ROWS:
        columns = ", ".join(quoted_name(name) for name in table.column_names)
        return f"select {columns} from {parquet_scan([landed_file(landing_dir, table.name)])}"
    return _empty_query(table)


def _user_query(table: Table, raw_folder: RawFolder, landing_dir: Path | None) -> str:
    """The rows of a table as the contract has them, from its files, what they were landed as, or a relation."""
    raw_table = raw_folder.tables.get(table.name)
    if raw_table is None:
        return _empty_query(table)
    if raw_table.kind == "csv":
        return _landed_query(table, raw_table, landing_dir)
    groups = [list(parts) for _, parts in groupby(sorted(raw_table.parts, key=_shape), key=_shape)]
    as_text = _differently_typed(table, [group[0] for group in groups])
    days = days_of_files(raw_table)
    return " union all ".join(_select(table, group, as_text, days) for group in groups)


def _landed_query(table: Table, raw_table: RawTable, landing_dir: Path) -> str:
    landed = [*raw_table.column_names, *([table.rest_column.name] if table.rest_column else [])]
    found = {name: FoundColumn(name, name, "VARCHAR", place) for place, name in enumerate(landed)}
    columns = ", ".join(
        f"{_expression(column, found.get(column.name), False)} as {quoted_name(column.name)}"
        for column in table.columns
    )
    source = parquet_scan([landed_file(landing_dir, table.name)])
    return f"select {columns}, '' as {CLEAN_COLUMNS}, {FILE_DATED_ON} from {source}"


def _shape(part: Part) -> tuple:
    """Parts of the same shape are read in one scan: the same real names and types of the same columns."""
    return tuple(
        tuple((column.name, column.real_name, column.sql_type, column.is_clean) for column in columns)
        for columns in (part.columns, part.others)
    )


def _differently_typed(table: Table, parts: list[Part]) -> set[str]:
    """The columns whose expressions differ in type between parts; all of them are then read as text."""
    return {
        column.name
        for column in table.columns
        if len({_result_type(column, found) for part in parts if (found := part.column(column.name))}) > 1
    }


def _select(table: Table, parts: list[Part], as_text: set[str], days: dict[Path, datetime.date]) -> str:
    found = {column.name: column for column in parts[0].columns}
    expressions = {
        column.name: _rest(parts[0])
        if column.is_rest
        else _expression(column, found.get(column.name), column.name in as_text)
        for column in table.columns
    }
    columns = ", ".join(f"{expression} as {quoted_name(name)}" for name, expression in expressions.items())
    clean = "|".join(column.name for column in parts[0].columns if column.is_clean)
    columns += f", {quoted_text(f'|{clean}|')} as {CLEAN_COLUMNS}"
    if parts[0].relation:
        return f"select {columns}, {_NO_DAY} from {parts[0].relation}"
    paths = sorted(part.path for part in parts)
    if days:
        path_column = _path_column(parts)
        day = f"cast(strptime(regexp_replace({_day_in_name(path_column)}, '[-_]', '', 'g'), '%Y%m%d') as date)"
        return f"select {columns}, {day} as {FILE_DATED_ON} from {parquet_scan(paths, path_column)}"
    return f"select {columns}, {_NO_DAY} from {parquet_scan(paths)}"


def _path_column(parts: list[Part]) -> str:
    """A name that no column of the files has."""
    taken = {column.real_name.lower() for part in parts for column in (*part.columns, *part.others)}
    name = _PATH
    while name in taken:
        name += "_"
    return name


def _day_in_name(path_column: str) -> str:
    """The date in the name of a row's file, as it is written there; the last part of its path alone counts."""
    return f"regexp_extract(parse_filename({path_column}), {quoted_text(DAY_IN_A_NAME)}, 1)"


def _empty_query(table: Table) -> str:
    columns = [f"cast(null as {column.null_type}) as {quoted_name(column.name)}" for column in table.columns]
    if not table.internal:
        columns += [f"'' as {CLEAN_COLUMNS}", _NO_DAY]
    return f"select {', '.join(columns)} where false"


def _rest(part: Part) -> str:
    """The columns that the contract does not name, each as a text column of its type would be read."""
    families = {column: type_family(column.sql_type) for column in part.others}
    return rest_as_json(
        {
            column.name: _as_json(quoted_name(column.real_name), family)
            for column, family in families.items()
            if family != "null"
        }
    )


def _expression(column: Column, found: FoundColumn | None, as_text: bool) -> str:
    if found is None or type_family(found.sql_type) == "null":
        return f"cast(null as {'varchar' if as_text else column.null_type})"
    name = quoted_name(found.real_name)
    expression = _EXPRESSIONS[column.data_type](name, type_family(found.sql_type))
    return f"cast({expression} as varchar)" if as_text else expression


def _result_type(column: Column, found: FoundColumn) -> str:
    family = type_family(found.sql_type)
    is_moment = family in ("timestamp", "timestamp_ns", "timestamptz") and column.data_type not in ("id", "text")
    if is_moment or (family == "date" and column.data_type == "date"):
        return "timestamp"
    return found.sql_type if family in ("integer", "decimal", "boolean") else "text"


def _as_text(name: str, family: str) -> str:
    if family == "timestamptz":
        return f"cast(timezone('UTC', {name}) as varchar)"
    if family == "float":
        # Data frames turn a whole-number id with gaps into floats; 17.0 must meet the 17 of other tables.
        return (
            f"case when isnan({name}) then null "
            f"when {name} = trunc({name}) and abs({name}) < 9007199254740992 "
            f"then cast(cast({name} as bigint) as varchar) else cast({name} as varchar) end"
        )
    if family == "decimal":
        # Some warehouses write every number with decimals: 17.0000000000 must meet the 17 of other tables.
        return (
            f"case when {name} = trunc({name}) then cast(cast(trunc({name}) as decimal(38, 0)) as varchar) "
            f"else cast({name} as varchar) end"
        )
    return f"cast({name} as varchar)"


def _as_id(name: str, family: str) -> str:
    """A double of more digits than it can hold is written as a spreadsheet would: staging sets such an id aside."""
    if family == "float":
        is_cut = f"isfinite({name}) and abs({name}) >= 9007199254740992"
        return f"case when {is_cut} then format('{{:e}}', {name}) else {_as_text(name, family)} end"
    return _as_text(name, family)


def _as_json(name: str, family: str) -> str:
    return f"cast(to_json({name}) as varchar)" if family in ("object", "nested") else _as_text(name, family)


def _as_date(name: str, family: str) -> str:
    # A date can lie beyond the last timestamp.
    return f"try_cast({name} as timestamp)" if family == "date" else _as_timestamp(name, family)


def _as_timestamp(name: str, family: str) -> str:
    """A day alone stays text: staging must see that it has no time of day."""
    if family == "timestamptz":
        return f"timezone('UTC', {name})"
    if family == "timestamp_ns":
        # A cast would round up, at the end of a day into the next one; text is cut, and so is this.
        return (
            f"case when isfinite({name}) then make_timestamp(epoch_ns({name}) // 1000) "
            f"else cast({name} as timestamp) end"
        )
    if family == "timestamp":
        return f"try_cast({name} as timestamp)"
    if family in ("float", "decimal"):
        # An epoch: staging tells its unit by the number of digits. What is no number stays as it is.
        return f"coalesce(cast(try_cast(trunc({name}) as bigint) as varchar), cast({name} as varchar))"
    return f"cast({name} as varchar)"


def _as_number(name: str, family: str) -> str:
    if family == "float":
        # The shortest text that gives the same number; below 0.0001 that would have an exponent.
        return (
            f"case when abs({name}) < 0.0001 then cast(cast({name} as decimal(38, 18)) as varchar) "
            f"else cast({name} as varchar) end"
        )
    return name if family in ("integer", "decimal") else f"cast({name} as varchar)"


def _as_boolean(name: str, family: str) -> str:
    if family in ("float", "decimal"):
        return _as_text(name, "float")
    return name if family in ("boolean", "integer") else f"cast({name} as varchar)"


_EXPRESSIONS = {
    "id": _as_id,
    "text": _as_text,
    "timestamp": _as_timestamp,
    "date": _as_date,
    "money": _as_number,
    "rate": _as_number,
    "number": _as_number,
    "integer": _as_number,
    "boolean": _as_boolean,
    "address": _as_text,
    "json": _as_json,
}

"""What was published before, as models read it: the source `history`."""

import functools
from pathlib import Path

import duckdb
import yaml

from spine.errors import UsageError
from spine.raw.views import quoted_name, quoted_text
from spine.run.database import reason_of
from spine.run.project import PROJECT_DIR

SOURCE_FILE = PROJECT_DIR / "models" / "staging" / "history" / "_history.yml"
# The table that shows that a database has a ledger.
LEDGER = "segment_membership_history"


@functools.cache
def history_tables() -> dict[str, dict[str, str]]:
    """The tables of the source `history`: the SQL type of each column by its name, by the name of the table."""
    (source,) = yaml.safe_load(SOURCE_FILE.read_text(encoding="utf-8"))["sources"]
    return {
        table["name"]: {column["name"]: column["data_type"] for column in table["columns"]}
        for table in source["tables"]
    }


def attach_history(connection: duckdb.DuckDBPyConnection, published: Path | None) -> None:
    """Attaches a published file as the database `history`; without one its tables are there, and empty.

    Raises UsageError for a file that cannot be read, or that lacks a table or column of the source `history`.
    """
    connection.execute("detach database if exists history")
    if published is None:
        connection.execute("attach ':memory:' as history")
        connection.execute("create schema history.marts")
        for table, columns in history_tables().items():
            described = ", ".join(f"{quoted_name(name)} {kind}" for name, kind in columns.items())
            connection.execute(f"create table history.marts.{quoted_name(table)} ({described})")
        return
    try:
        connection.execute(f"attach {quoted_text(str(published))} as history (read_only)")
    except duckdb.Error as error:
        raise UsageError(f"HISTORY_DB {published}: {reason_of(error)}") from error
    if lacking := columns_lacking(connection, "history"):
        raise UsageError(f"HISTORY_DB {published}: lacks {', '.join(lacking)}; was it published by `spine refresh`?")


def columns_lacking(connection: duckdb.DuckDBPyConnection, database: str) -> list[str]:
    """The columns of the source `history` that an attached database does not have, as `table.column`."""
    query = """
        select table_name || '.' || column_name from duckdb_columns() where database_name = ? and schema_name = 'marts'
    """
    there = {name for (name,) in connection.execute(query, [database]).fetchall()}
    wanted = [f"{table}.{column}" for table, columns in history_tables().items() for column in columns]
    return [name for name in wanted if name not in there]

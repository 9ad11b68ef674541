"""A schema of a database as raw input."""

import duckdb

from spine.errors import InputRefused
from spine.raw.columns import column_faults, column_note
from spine.raw.contract import Contract, Table
from spine.raw.types import IS_MISSING, Part, RawFolder, RawTable, match_columns, other_columns, printable
from spine.raw.views import quoted_name

_RELATIONS = """
    select table_name from information_schema.tables
    where table_catalog = current_database() and table_schema = ?
    order by table_name
"""


def check_schema(connection: duckdb.DuckDBPyConnection, schema_name: str, contract: Contract) -> RawFolder:
    """Checks the tables and views of a schema of the connection's current database.

    Raises InputRefused with every fault that was found.
    """
    folder = RawFolder(contract)
    schema = _real_schema(connection, schema_name)
    if schema is None:
        raise InputRefused([f"RAW_SCHEMA {printable(schema_name)}: there is no such schema in the database."])
    if schema.lower() == "raw":
        raise InputRefused(["RAW_SCHEMA raw: the project writes 'raw' itself. Bring the tables in another schema."])
    if (schema,) in connection.execute("select current_database()").fetchall():
        raise InputRefused(
            [
                f"RAW_SCHEMA {printable(schema)}: is also the name of the database, and DuckDB cannot tell them apart. "
                "Rename the schema or the database file."
            ]
        )
    names = {name.lower(): name for (name,) in connection.execute(_RELATIONS, [schema]).fetchall()}
    for table in contract.user_tables:
        if table.name in names:
            _inspect_relation(connection, folder, table, schema, names[table.name])
        elif table.required:
            folder.faults.append(f"{printable(schema)}.{table.name}: {IS_MISSING}")
    if folder.faults:
        raise InputRefused(folder.faults)
    return folder


def _real_schema(connection: duckdb.DuckDBPyConnection, schema_name: str) -> str | None:
    query = """
        select schema_name from information_schema.schemata
        where catalog_name = current_database() and lower(schema_name) = lower(?)
    """
    rows = connection.execute(query, [schema_name]).fetchall()
    return rows[0][0] if rows else None


def _inspect_relation(
    connection: duckdb.DuckDBPyConnection, folder: RawFolder, table: Table, schema: str, name: str
) -> None:
    shown = f"{printable(schema)}.{table.name}"
    relation = f"{quoted_name(schema)}.{quoted_name(name)}"
    try:
        described = connection.execute(f"describe select * from {relation}").fetchall()
        is_empty = table.required and not connection.execute(f"select 1 from {relation} limit 1").fetchall()
    except duckdb.Error as error:
        folder.faults.append(f"{shown}: cannot be read: {type(error).__name__}.")
        return
    real_names = [row[0] for row in described]
    types = [row[1] for row in described]
    found = match_columns(real_names, types, table.columns)
    faults = column_faults(shown, real_names, found, table)
    if is_empty:
        faults.append(f"{shown}: '{table.name}' is required and holds no rows.")
    folder.faults.extend(faults)
    if not faults:
        folder.note(column_note(real_names, found, table))
    others = other_columns(real_names, real_names, types, table)
    folder.tables[table.name] = RawTable(table.name, "relation", (Part(found, relation=relation, others=others),))

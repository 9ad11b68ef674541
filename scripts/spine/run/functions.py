"""The functions of the engine without a built database: a published file holds the marts alone."""

import duckdb
import jinja2

from spine.run.project import PROJECT_DIR


def engine_functions() -> list[str]:
    """The statements of macros/engine/create_functions.sql."""
    text = (PROJECT_DIR / "macros/engine/create_functions.sql").read_text(encoding="utf-8")
    body = text.split("{% macro duckdb__create_functions() %}")[1].split("{% endmacro %}")[0]
    return [statement for statement in jinja2.Template(body).render().split(";\n") if statement.strip()]


def connect_with_functions() -> duckdb.DuckDBPyConnection:
    """An empty database in memory with the functions that read raw values."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(";\n".join(engine_functions()))
    return connection

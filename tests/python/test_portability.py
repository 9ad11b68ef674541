"""Models are portable: their compiled SQL has a translation into Spark, but for the forms that macros/engine owns.

sqlglot passes over some forms of DuckDB's grammar, such as an asof join; the house rule engines_differ_in_one_place
looks for those.
"""

import json

import pytest
import sqlglot
from conftest import PROJECT_DIR
from sqlglot import ErrorLevel, exp
from sqlglot.errors import SqlglotError

# What macros/engine writes differently for each engine, its functions in schema spine_functions among it.
OWNED_BY_MACROS = "\n".join(path.read_text(encoding="utf-8") for path in (PROJECT_DIR / "macros/engine").glob("*.sql"))


def untranslatable(sql: str) -> str | None:
    """Why a query of DuckDB has no translation into Spark; None if it has one."""
    try:
        parsed = sqlglot.parse_one(sql, read="duckdb")
        parsed.sql(dialect="spark", unsupported_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        return str(error)
    # A function that sqlglot does not know is written down as it stands.
    unknown = {call.name.lower() for call in parsed.find_all(exp.Anonymous) if f"{call.name}(" not in OWNED_BY_MACROS}
    return f"unknown functions: {', '.join(sorted(unknown))}" if unknown else None


def test_every_model_has_a_translation_into_spark(built):
    nodes = json.loads((built.db.parent / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"].values()
    models = {node["name"]: node["compiled_code"] for node in nodes if node["resource_type"] == "model"}
    assert len(models) > 100
    assert {name: reason for name, sql in models.items() if (reason := untranslatable(sql))} == {}


@pytest.mark.parametrize("sql", ["select median_of_duckdb(amount) from orders", "select from from"])
def test_what_spark_cannot_say_is_found(sql):
    assert untranslatable(sql)

"""Models and tests as dbt has compiled them, run without dbt.

What dbt does around each statement takes longer than the statement, where it concerns few customers.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb
from dbt.contracts.graph.nodes import CompiledNode

from spine.run.messages import safe_message
from spine.run.project import memory_limit
from spine.run.results import NodeResult


@dataclass(frozen=True)
class Statement:
    """The SQL of a model or a test; that of a test yields whether it fails, whether it warns, and the count."""

    node: CompiledNode
    sql: str


def statement_of(node: CompiledNode) -> Statement:
    """What a compiled model or data test comes down to."""
    settings = node.config
    if node.resource_type == "model":
        sql = f"create or replace {settings.materialized} {node.relation_name} as {node.compiled_code}"
    else:
        failures, is_error = settings.fail_calc, settings.severity.lower() == "error"
        fails, warns = f"{failures} {settings.error_if}", f"{failures} {settings.warn_if}"
        sql = f"select {fails if is_error else 'false'}, {warns}, {failures} from ({node.compiled_code}) as failing"
    return Statement(node, sql)


def opened(db: Path) -> duckdb.DuckDBPyConnection:
    """A database opened as profiles.yml has dbt open it: in UTC, within the same memory."""
    connection = duckdb.connect(str(db), config={"memory_limit": memory_limit()})
    connection.execute("set timezone = 'UTC'")
    return connection


def run_statements(connection: duckdb.DuckDBPyConnection, statements: Iterable[Statement]) -> list[NodeResult]:
    """Runs statements in their order, up to the first that the database refuses; how each ended."""
    results = []
    for one in statements:
        started, status, message, failures = time.perf_counter(), "success", "", 0
        try:
            found = connection.execute(one.sql).fetchall()
        except duckdb.Error as error:
            status, message = "error", safe_message(str(error), one.sql)
        else:
            if one.node.resource_type == "test":
                fails, warns, failures = found[0]
                status = "fail" if fails else "warn" if warns else "pass"
        seconds = time.perf_counter() - started
        results.append(NodeResult(one.node, status, seconds, message, failures))
        if status == "error":
            break
    return results

"""Taking in what has landed within the day: new rows, persons and days, by SQL that dbt has compiled once a day."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import duckdb
from dbt.contracts.graph.nodes import CompiledNode

from spine.compiled import Statement, run_statements, statement_of
from spine.results import NodeResult

if TYPE_CHECKING:
    from spine.build import BuildRequest

BASE_MODELS = "path:models/staging/base"
TAKING_IN = ("path:models/intermediate/identity", "path:models/intermediate/activity", "stg_unreadable_rows")
TESTS = ("resource_type:test", "resource_type:unit_test")
# A broken feed of the one table that every shop must have is held back: what has been taken in of it is undone.
LIMITS_OF_ORDERS = (
    "rejected_orders_within_limit",
    "unreadable_orders_within_limit",
    "unmapped_orders_within_limit",
)
# Macro taking_in says what dbt would put around the models.
AROUND_THEM = ("--inline", "{{ taking_in() }}")


@dataclass(frozen=True)
class TakingIn:
    """What takes in new rows.

    `written_in` holds a query for each literal that is written into a statement before it runs: the engine passes over
    what is older only where it sees a literal. `completing` says that all that was seen is taken in.
    """

    statements: list[Statement]
    written_in: dict[str, str]
    completing: str

    @property
    def base_models(self) -> list[str]:
        """The tables in which the keys of new rows are looked for."""
        return [one.node.relation_name for one in self.statements if _is_base(one.node)]


def compiled_taking_in(request: "BuildRequest") -> TakingIn:
    """Has dbt compile what takes in new rows into a database whose incremental models go on from the last run.

    Raises like spine.build.compiled_nodes.
    """
    from spine.build import compiled_nodes

    ((around),) = compiled_nodes(AROUND_THEM, request)
    said = json.loads(around.compiled_code)
    nodes = compiled_nodes(("--select", BASE_MODELS, *TAKING_IN, "--exclude", *TESTS), request)
    nodes += compiled_nodes(("--select", *LIMITS_OF_ORDERS), request)
    statements = [statement_of(node, said["replacing"].get(node.name)) for node in nodes]
    return TakingIn(statements, said["written_in"], said["completing"])


def take_in(connection: duckdb.DuckDBPyConnection, what: TakingIn, tables: list[str]) -> list[NodeResult]:
    """Takes in the new rows of some raw tables; how each model ended, up to the first that failed.

    Leaves it to the caller to commit, if all is well.
    """
    results = run_statements(connection, _written(connection, what, tables))
    if all(one.is_good for one in results):
        connection.execute(what.completing)
    return results


def _written(connection: duckdb.DuckDBPyConnection, what: TakingIn, tables: list[str]) -> Iterator[Statement]:
    """The statements to run, each with its literals as they are now; base models and limits only for what is new."""
    with_news = {f"base_{table}" for table in tables}
    for one in what.statements:
        if _is_base(one.node):
            if one.node.name not in with_news and with_news.isdisjoint(_parents(one.node)):
                continue
            with_news.add(one.node.name)
        elif one.node.name in LIMITS_OF_ORDERS and "base_orders" not in with_news:
            continue
        sql = one.sql
        for literal, query in what.written_in.items():
            if literal in sql:
                sql = sql.replace(literal, str(connection.execute(query).fetchall()[0][0]))
        yield replace(one, sql=sql)


def _is_base(node: CompiledNode) -> bool:
    return node.name.startswith("base_")


def _parents(node: CompiledNode) -> set[str]:
    return {unique_id.rsplit(".", 1)[-1] for unique_id in node.depends_on.nodes}

"""The models compiled once by dbt and replayed on small databases in memory: hundreds of cases run in minutes."""

import json
import os
import subprocess
import sys
from collections.abc import Collection
from copy import copy
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import duckdb
import yaml
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from spine.run.functions import connect_with_functions
from spine.run.history import attach_history, history_tables

PROJECT_DIR = Path(__file__).resolve().parents[2]
SOURCES = yaml.safe_load((PROJECT_DIR / "models/staging/_sources.yml").read_text())["sources"][0]["tables"]


def run_dbt(*arguments: str, target_dir: Path, **environment: str) -> subprocess.CompletedProcess:
    """Runs dbt in a process of its own, with its artifacts in `target_dir`."""
    return subprocess.run(
        [
            str(Path(sys.executable).parent / "dbt"),
            *arguments,
            "--project-dir",
            str(PROJECT_DIR),
            "--profiles-dir",
            str(PROJECT_DIR),
        ],
        env={**os.environ, "DBT_TARGET_PATH": str(target_dir), "DBT_LOG_PATH": str(target_dir), **environment},
        capture_output=True,
        text=True,
        cwd=PROJECT_DIR,
    )


def _dbt_here(*arguments: str, target_dir: Path, parsed: Manifest | None = None) -> dbtRunnerResult:
    """Runs dbt in this process, over a database in memory; a `parsed` project is not parsed again."""
    places = ("--project-dir", PROJECT_DIR, "--profiles-dir", PROJECT_DIR, "--target-path", target_dir, "--log-path")
    with patch.dict(os.environ, SPINE_DB=":memory:", RAW_DIR=""):
        return dbtRunner(manifest=parsed).invoke(["--quiet", *arguments, *map(str, places), str(target_dir)])


@cache
def _parsed_once() -> Manifest:
    """The parsed project. Vars are read when a model is compiled, so that one parse serves all of them."""
    with TemporaryDirectory() as folder:
        outcome = _dbt_here("parse", "--no-partial-parse", target_dir=Path(folder))
    assert outcome.success, outcome.exception
    return outcome.result


@dataclass(frozen=True)
class Node:
    """A compiled seed, model or test."""

    name: str
    kind: str
    relation: str
    is_view: bool
    sql: str
    path: Path
    column_types: dict
    parents: tuple[str, ...]


class CompiledProject:
    """The project compiled for one set of vars: its models, and what else `compiled` names as dbt selects it."""

    # Not part of what the oracle reads, and most of the time a replay would take.
    left_out = frozenset(
        {
            "int_orphan_ids",
            "int_unmapped_names",
            "int_late_rows",
            "int_differing_versions",
            "int_identity_quality",
            "int_refund_quality",
            "int_time_quality",
            "int_subscription_quality",
            "int_consent_quality",
            "data_quality",
        }
    )

    def __init__(
        self, target_dir: Path, project_vars: dict, seeds_dir: Path | None = None, compiled: tuple[str, ...] = ()
    ):
        selected = ("--select", "resource_type:model", *compiled)
        given = json.dumps({"reporting_currency": "USD", **project_vars})
        outcome = _dbt_here("compile", "--vars", given, *selected, target_dir=target_dir, parsed=_parsed_once())
        assert outcome.success, outcome.exception or outcome.result
        manifest = json.loads((target_dir / "manifest.json").read_text())
        self.nodes = [_node(manifest["nodes"][unique_id], seeds_dir) for unique_id in _in_order(manifest)]
        self.as_of_date = project_vars.get("as_of_date")

    def on_day(self, day: date) -> "CompiledProject":
        """The same project as it would be compiled for another as_of_date, which stands in SQL as it was given."""
        dated, (then, now) = copy(self), (f"cast('{one}' as date)" for one in (self.as_of_date, day))
        dated.nodes = [replace(node, sql=node.sql.replace(then, now)) for node in self.nodes]
        dated.as_of_date = day.isoformat()
        assert not any(self.as_of_date in node.sql for node in dated.nodes if dated.as_of_date != self.as_of_date)
        return dated

    def open_database(self) -> duckdb.DuckDBPyConnection:
        """A database in memory with the seeds loaded and the functions of the engine made."""
        connection = connect_with_functions()
        connection.execute("set threads = 1")
        for schema in ("raw", "rules", "staging", "intermediate", "marts"):
            connection.execute(f"create schema {schema}")
        for node in self.nodes:
            if node.kind == "seed":
                _load_seed(connection, node, node.path)
        load_raw(connection, {})
        attach_history(connection, None)
        for node in self.models():
            connection.execute(f"create {'view' if node.is_view else 'table'} {node.relation} as {node.sql}")
        return connection

    def load_rules(self, connection: duckdb.DuckDBPyConnection, folder: Path, tables: Collection[str]) -> None:
        """Replaces the rows of some rule tables by those of a folder; the next replay goes by them."""
        for node in self.nodes:
            if node.kind == "seed" and node.name in tables:
                _load_seed(connection, node, folder / f"{node.name}.csv")

    def models(self) -> list[Node]:
        """The models that a replay builds, each after what it reads."""
        return [node for node in self.nodes if node.kind == "model" and node.name not in self.left_out]

    def needed_for(self, *names: str) -> set[str]:
        """These models, and all that they are made from."""
        needed = set(names)
        for node in reversed(self.nodes):
            if node.name in needed:
                needed.update(node.parents)
        return needed

    def replay(
        self, connection: duckdb.DuckDBPyConnection, raw: dict[str, list[dict]], only: set[str] | None = None
    ) -> None:
        """Loads raw rows as text and builds tables from them, every one or `only` some; views follow.

        Raises the error of DuckDB where a model fails; the tables are then those of the replay before.
        """
        connection.execute("begin")
        try:
            load_raw(connection, raw)
            for node in self.models():
                if not node.is_view and (only is None or node.name in only):
                    connection.execute(f"create or replace table {node.relation} as {node.sql}")
        except BaseException:
            connection.execute("rollback")
            raise
        connection.execute("commit")


def _load_seed(connection: duckdb.DuckDBPyConnection, node: Node, path: Path) -> None:
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in node.column_types.items())
    connection.execute(
        f"create or replace table {node.relation} as select * from read_csv('{path}', header=true"
        + (f", types={{{types}}})" if types else ")")
    )


def load_raw(connection: duckdb.DuckDBPyConnection, raw: dict[str, list[dict]]) -> None:
    """Fills schema `raw` with text columns, every table and column of the contract being there."""
    for table in SOURCES:
        names = [column["name"] for column in table["columns"]] + ["clean_columns", "file_dated_on"]
        marks = {column["name"]: column.get("config", {}).get("meta", {}) for column in table["columns"]}
        rest = next((name for name, meta in marks.items() if meta.get("rest")), "")
        types = [f"{name} {'date' if name == 'file_dated_on' else 'varchar'}" for name in names]
        connection.execute(f"create or replace table raw.{table['name']} ({', '.join(types)})")
        if rows := raw.get(table["name"]):
            if rest:
                rows = [row | {rest: _rest_of(row, {*names} - {rest})} for row in rows]
            # A list per column: row by row, thousands of rows would take longer than the models.
            values = ", ".join("unnest(cast(? as varchar[]))" for _ in names)
            columns = [["" if name == "clean_columns" else row.get(name) for row in rows] for name in names]
            connection.execute(f"insert into raw.{table['name']} select {values}", columns)


def carry_history(marts: dict[str, list[dict]] | None, connection: duckdb.DuckDBPyConnection) -> None:
    """Lets the next replay find rows of marts as what was published before; None is nothing."""
    for table, columns in history_tables().items():
        connection.execute(f"delete from history.marts.{table}")
        if rows := (marts or {}).get(table):
            values = ", ".join(f"unnest(cast(? as {kind}[]))" for kind in columns.values())
            lists = [[row[name] for row in rows] for name in columns]
            connection.execute(f"insert into history.marts.{table} select {values}", lists)


def _rest_of(row: dict, named: set[str]) -> str | None:
    """The values of a row that have none of these names, as the raw views write them."""
    others = {name.strip().lower(): value for name, value in row.items() if name not in named and value}
    return json.dumps(others, ensure_ascii=False, separators=(",", ":"), sort_keys=True) if others else None


def _node(node: dict, seeds_dir: Path | None = None) -> Node:
    root = seeds_dir.parent if seeds_dir and node["resource_type"] == "seed" else PROJECT_DIR
    return Node(
        name=node["name"],
        kind=node["resource_type"],
        relation=node.get("relation_name") or "",
        is_view=node["config"].get("materialized") == "view",
        sql=node.get("compiled_code") or "",
        path=root / node["original_file_path"],
        column_types=node["config"].get("column_types") or {},
        parents=tuple(parent.split(".")[-1] for parent in node.get("depends_on", {}).get("nodes", [])),
    )


def _in_order(manifest: dict) -> list[str]:
    """Seeds and models, each after what it reads."""
    ordered: dict[str, None] = {}

    def visit(unique_id: str) -> None:
        node = manifest["nodes"].get(unique_id)
        if node is None or unique_id in ordered or node["resource_type"] not in ("seed", "model"):
            return
        for parent in node.get("depends_on", {}).get("nodes", []):
            visit(parent)
        ordered[unique_id] = None

    for unique_id in sorted(manifest["nodes"]):
        visit(unique_id)
    return list(ordered)

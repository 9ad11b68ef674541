"""The models against an independent plain-Python reading of docs/definitions.md, on raw tables made by Hypothesis."""

import csv
import json
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest
from comparison import differences
from compiled import SOURCES, CompiledProject, Node, run_dbt
from edge_cases import edge_cases
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import SearchStrategy
from ladders import ladders
from oracle import Config, evaluate
from rule_folders import add_rows, copy_of_rules, limit_ids
from strategies import COLUMNS, Raw, raw_tables, several_shops
from trait_strategies import Rules, every_kind, shops_with_traits
from versioned_rules import versioned_rules

SPLIT = dict.fromkeys(("recency", "frequency", "monetary"), "split")
# A leap day; the days of the clock changes; every method and policy that vars can choose. Few of the examples have 20
# customers who ordered: the methods are tried on fewer, and three cases on either side of the fewest that are compared.
CASES = {
    "leap_day": (date(2024, 2, 29), {"rfm_min_population": 1}),
    "clock_goes_forward": (date(2024, 3, 10), {"timezone": "America/New_York", "rfm_min_population": 3}),
    "clock_goes_back": (
        date(2023, 10, 29),
        {
            "timezone": "Europe/Paris",
            "reporting_currency": "EUR",
            "refund_date_policy": "ordered_on",
            "rfm_min_population": 1,
        },
    ),
    "quantile_of_values": (
        date(2025, 12, 31),
        {
            "rfm_methods": dict.fromkeys(SPLIT, "quantile"),
            "value_tier_basis": "net_revenue_life",
            "rfm_window_days": 90,
            "rfm_min_population": 1,
        },
    ),
    "quantile_of_ranks": (
        date(2024, 4, 7),
        {
            "timezone": "Australia/Lord_Howe",
            "link_customers_by_address": False,
            "rfm_methods": dict.fromkeys(SPLIT, "quantile"),
            "tie_policies": SPLIT,
            "rfm_min_population": 3,
        },
    ),
    "split_and_fixed": (
        date(2024, 12, 31),
        {
            "rfm_methods": {"recency": "fixed", "frequency": "ntile", "monetary": "fixed"},
            "tie_policies": SPLIT,
            "tie_breakers": "customer_id",
            "rfm_min_population": 3,
        },
    ),
    "as_known_next_morning": (date(2024, 2, 29), {"known_until": "2024-03-01 06:00:00"}),
}
# The cases in which an identifier of any type joins two customer ids and no more.
FEW_IDS = {"split_and_fixed", "quantile_of_values"}
# Beside the planted cases, which stand on either side of every line; each example is several shops.
EXAMPLES = int(os.environ.get("SPINE_EXAMPLES", "8"))


@pytest.mark.parametrize("case", CASES)
def test_models_agree_with_definitions(case: str, tmp_path: Path) -> None:
    as_of, project_vars = CASES[case]
    project = CompiledProject(tmp_path / "target", {"as_of_date": as_of.isoformat(), **project_vars})
    connection = project.open_database()
    config = Config(**project_vars)
    rules_dir = copy_of_rules(tmp_path / "rules")
    if case in FEW_IDS:
        limit_ids(rules_dir, 2)
        project.load_rules(connection, rules_dir, {"identifier_types"})

    def agree(raw: dict) -> None:
        project.replay(connection, raw)
        assert not differences(connection, evaluate(raw, as_of, config, rules_dir))

    agree(edge_cases())
    agree(ladders(as_of))
    for_examples(EXAMPLES, several_shops(as_of, config.timezone), agree)


# A leap day, and the day before 1 March of another year; the days of refunds by either policy.
TRAIT_CASES = {
    "leap_day": (date(2024, 2, 29), {}),
    "last_of_february": (
        date(2023, 2, 28),
        {"timezone": "Europe/Paris", "reporting_currency": "EUR", "refund_date_policy": "ordered_on"},
    ),
}


@pytest.mark.parametrize("case", TRAIT_CASES)
def test_models_agree_on_traits_that_are_rows(case: str, tmp_path: Path) -> None:
    as_of, project_vars = TRAIT_CASES[case]
    rules_dir = copy_of_rules(tmp_path / "rules")
    target_dir = tmp_path / "target"
    project = CompiledProject(
        target_dir, {"as_of_date": as_of.isoformat(), **project_vars}, compiled=("path:tests/assertions/rules",)
    )
    checks = compiled_checks_of_rules(target_dir)
    assert "traits_are_sound" in checks
    connection = project.open_database()
    config = Config(**project_vars)

    def agree(example: tuple[Rules, Raw]) -> None:
        rules, raw = example
        add_rows(rules_dir, **rules)
        # What is compiled goes by the rows of the rule tables, and holds none of them.
        project.load_rules(connection, rules_dir, rules)
        assert not {name: rows for name, sql in checks.items() if (rows := connection.execute(sql).fetchall())}
        project.replay(connection, raw)
        assert not differences(connection, evaluate(raw, as_of, config, rules_dir))

    agree(every_kind(as_of, config.timezone))
    for_examples(EXAMPLES, shops_with_traits(as_of, config.timezone), agree)


def compiled_checks_of_rules(target_dir: Path) -> dict[str, str]:
    """The queries of the assertions on rule tables, each of which finds nothing where all is well."""
    nodes = json.loads((target_dir / "manifest.json").read_text())["nodes"].values()
    return {
        node["name"]: node["compiled_code"]
        for node in nodes
        if node["resource_type"] == "test" and node["original_file_path"].startswith("tests/assertions/rules/")
    }


def for_examples(count: int, strategy: SearchStrategy, check: Callable) -> None:
    """Calls `check` with examples, the same ones each time; one that fails is made as small as it can be."""
    settings(
        max_examples=count, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )(given(strategy)(check))()


class Doubled(CompiledProject):
    """A project of one model, which cannot read every amount."""

    def __init__(self):
        self.nodes = [
            Node("doubled", "model", "doubled", False, "select amount::int * 2 from raw.orders", Path(), {}, ())
        ]


def test_a_replay_that_fails_leaves_the_next_one_alone() -> None:
    """Else Hypothesis would make a fault small that is not the one it has found."""
    connection = duckdb.connect(":memory:")
    connection.execute("create schema raw")
    Doubled().replay(connection, {"orders": [{"amount": "3"}]})
    with pytest.raises(duckdb.ConversionException):
        Doubled().replay(connection, {"orders": [{"amount": "three"}]})
    assert connection.execute("from doubled").fetchall() == [(6,)]
    Doubled().replay(connection, {"orders": [{"amount": "4"}]})
    assert connection.execute("from doubled").fetchall() == [(8,)]


def test_the_rules_of_the_day_count(tmp_path: Path) -> None:
    as_of = date(2024, 2, 29)
    rules_dir = versioned_rules(tmp_path)
    project = CompiledProject(tmp_path / "target", {"as_of_date": as_of.isoformat()}, rules_dir)
    connection = project.open_database()
    for raw in (edge_cases(), ladders(as_of)):
        project.replay(connection, raw)
        assert not differences(connection, evaluate(raw, as_of, rules_dir=rules_dir / "rules"))


def test_models_agree_through_dbt_itself(tmp_path: Path) -> None:
    """All cases in one set of CSV files, read by the runner's part of dbt and built by dbt."""
    as_of = date(2024, 2, 29)
    sets = [edge_cases(of_dated_files=False), ladders(as_of)]
    for_examples(10, raw_tables(as_of), lambda raw: sets.append(raw))
    raw = {name: [row for rows in sets for row in rows.get(name, [])] for name in COLUMNS}
    write_csv(raw, tmp_path / "raw")
    database = tmp_path / "spine.duckdb"
    outcome = run_dbt(
        "build", "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test",
        "--vars", json.dumps({"as_of_date": as_of.isoformat(), "reporting_currency": "USD"}),
        target_dir=tmp_path / "target",
        RAW_DIR=str(tmp_path / "raw"), SPINE_DB=str(database),
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stdout[-3000:]
    with duckdb.connect(str(database), read_only=True) as connection:
        assert not differences(connection, evaluate(raw, as_of))


def write_csv(raw: dict[str, list[dict]], folder: Path) -> None:
    """Writes raw tables as CSV files, one a table, into a new folder."""
    folder.mkdir()
    for table in SOURCES:
        rows = raw.get(table["name"])
        if not rows:
            continue
        # A table may bring columns that the contract does not name.
        names = list(dict.fromkeys([*COLUMNS[table["name"]], *(name for row in rows for name in row)]))
        with (folder / f"{table['name']}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names, restval=None)
            writer.writeheader()
            writer.writerows(rows)

"""Every kind of bad input that docs/bad_input.md lists, and that the list and the tests hold the same kinds.

What is refused or set aside while files are read is tried in test_raw_folder.py; what staging judges is
tried here, on the compiled models.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import test_currency
import test_days_published
import test_raw_folder
import test_runner
from compiled import SOURCES, CompiledProject, load_raw
from conftest import PROJECT_DIR, SAMPLE_DAY, run_spine
from spine.raw.folder import prepare, view_statements
from test_raw_folder import CONTRACT, write

DOCS = PROJECT_DIR / "docs" / "bad_input.md"
DAY = "2026-06-15"
ACCOUNTS = ("int_quarantined_rows", "int_source_reconciliation", "quarantined_rows", "source_reconciliation")

# Kinds of the docs that another file tries: a test of it, or a case of its lists REFUSED and ACCEPTED.
IN_RAW_FOLDER = {
    "no-folder": "test_missing_folder_file_as_folder_and_no_permission",
    "no-orders": "no orders",
    "no-optional-table": "plain",
    "zero-bytes": "0 bytes of an optional table",
    "orders-without-rows": "header only",
    "orders-all-broken": "every row broken",
    "optional-header-only": "test_header_only_optional_table_is_empty",
    "two-kinds-of-a-table": "two kinds of one table",
    "stranger": "test_strangers_are_noted",
    "stranger-format": "test_strangers_are_noted",
    "stranger-in-table-folder": "test_strangers_in_the_folder_of_a_table_are_refused",
    "not-utf8-parquet": "test_parquet_text_that_is_not_utf8_is_refused_by_column",
    "not-json-parquet": "test_json_that_cannot_be_read_is_refused",
    "decimal-ids": "test_parquet_value",
    "far-dates": "test_parquet_value",
    "moment-before-all": "test_moments_before_all_that_can_be_written_are_refused",
    "times-not-read": "test_times_of_day_that_there_are_not_are_refused",
    "name-not-utf8": "Parquet name that is not UTF-8",
    "header-in-doubt": "names that are no header",
    "landing-in-use": "test_landing_folder_that_another_run_uses",
    "landing-damaged": "test_damaged_landing_is_landed_again",
    "spark-folder": "folder as Spark writes it",
    "bookkeeping": "bookkeeping files",
    "delta-lake": "Delta table",
    "short-float-ids": "ids of seven digits",
    "double-ids": "test_double_beyond_its_digits_is_a_shortened_id",
    "folder-without-data": "test_strangers_are_noted",
    "file-not-readable": "test_unreadable_file_is_refused",
    "looping-link": "test_link_that_leads_back_is_walked_once",
    "odd-paths": "test_odd_paths",
    "backslash-path": "test_path_that_duckdb_cannot_name_is_refused",
    "changed-while-read": "test_counts_that_differ_are_a_fault",
    "landing-not-writable": "test_landing_folder_that_cannot_be_written",
    "landing-killed": "test_a_crash_leaves_no_half_landing",
    "no-required-column": "missing column",
    "no-optional-column": "plain",
    "unknown-column": "extra column",
    "unknown-column-of-customers": "test_unknown_columns_of_customers_in_files_of_different_shapes",
    "odd-column-names": "odd case and spaces",
    "doubled-column": "doubled column",
    "no-header": "no header",
    "broken-header": "unclosed quote in the header",
    "files-differ-parquet": "test_parquet_files_of_different_shapes",
    "files-differ-csv": "files with other columns in another order",
    "broken-parquet": "truncated Parquet",
    "useless-type": "types that cannot serve",
    "zoned-timestamps": "test_parquet_value",
    "nanoseconds": "test_parquet_value",
    "numbers-as-timestamps": "test_parquet_value",
    "float-ids": "test_parquet_value",
    "untyped-nulls": "test_parquet_value",
    "csv-dialects": "semicolons",
    "blank-lines": "blank lines",
    "quoted-text": "lines in quotes",
    "kept-text": "leading zeros",
    "latin-1": "Latin-1",
    "utf-16": "UTF-16",
    "broken-gzip": "gzip cut short",
    "ragged-row": "too few fields",
    "nul-byte": "NUL byte",
    "misplaced-quote": "misplaced quote",
    "long-field": "field too long",
    "unclosed-last": "unclosed quote in the last line",
    "unclosed-quote": "unclosed quote over more lines",
    "long-quoted-text": "a text of fifty lines is no swallowed row",
    "counts-differ": "test_counts_that_differ_are_a_fault",
    "schema-missing": "test_schema_refused",
    "schema-orders-missing": "test_schema_refused",
    "schema-broken-view": "test_schema_refused",
    "schema-and-folder": "test_plugin_refuses_with_a_message",
    "schema-raw-taken": "test_plugin_refuses_with_a_message",
}
IN_CURRENCY = {
    "several-currencies": "test_of_several_currencies_one_is_asked_for",
    "no-currency": "test_one_currency_is_found_out",
}
IN_DAYS_PUBLISHED = {"replaced-while-read": "test_a_file_that_is_replaced_while_days_are_made_is_noticed"}
IN_RUNNER = {
    "unreadable-withdrawal": "test_withdrawal_that_cannot_be_used_holds_back_the_customers",
    "db-of-others": "test_tables_of_others_are_not_replaced",
    "part-of-another-day": "test_part_of_the_models_as_of_another_day_is_refused",
    "too-many-rejects": "test_failing_test_fails_the_build_and_keeps_the_marts_from_being_built",
    "schema-database-name": "test_schema_as_input_is_refused_like_a_folder",
    "stale-input": "test_schema_as_input_is_built",
    "as-of-before-data": "test_notes_are_printed_and_a_wrong_folder_name_is_no_crash",
    "as-of-not-over": "test_bad_use",
    "empty-option": "test_empty_values_are_refused",
    "no-number": "test_what_is_no_number_is_told_what_it_must_be",
    "db-locked": "test_database_that_another_process_has_open",
    "db-no-database": "test_file_that_is_no_database",
    "db-damaged": "test_damaged_database",
    "db-newer": "test_reasons",
    "db-read-only": "test_read_only_file_and_folder",
    "db-name": "test_names_that_duckdb_or_dbt_would_misread",
    "disk-full": "test_full_disk",
    "interrupted": "test_a_build_ended_by_sigterm",
    "bad-labels": "test_faulty_rules_are_named_by_check",
    "bad-rules": "test_faulty_rules_build_no_segment_marts",
    "bad-rules-folder": "test_rules_folder_that_is_not_understood",
}


@dataclass
class Bench:
    """The compiled models and a database to replay them in, one case after the other."""

    project: CompiledProject
    connection: duckdb.DuckDBPyConnection
    target_dir: Path

    def sql_of(self, model: str) -> str:
        return next(node.sql for node in self.project.nodes if node.name == model)


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> Bench:
    settings = {"as_of_date": SAMPLE_DAY.isoformat(), "reporting_currency": "USD"}
    target_dir = tmp_path_factory.mktemp("compiled")
    project = CompiledProject(target_dir, settings, compiled=("consent_withdrawals_are_readable",))
    return Bench(project, project.open_database(), target_dir)


def order(order_id: str | None = "o1", **values: str | None) -> dict:
    return {"order_id": order_id, "customer_id": "c1", "ordered_at": DAY, "amount": "10", **values}


def refund(**values: str | None) -> dict:
    return {"refund_id": "r1", "order_id": "o1", "refunded_at": DAY, "amount": "4", **values}


def event(**values: str | None) -> dict:
    return {"event_id": "e1", "event_name": "page_viewed", "occurred_at": DAY, "customer_id": "c1", **values}


def consent(**values: str | None) -> dict:
    return {
        "consent_id": "k1", "customer_id": "c1", "channel": "email", "status": "opted_in", "occurred_at": DAY,
        **values,
    }  # fmt: skip


def ticket(**values: str | None) -> dict:
    return {"ticket_id": "t1", "customer_id": "c1", "opened_at": DAY, **values}


def rate(**values: str | None) -> dict:
    return {"currency": "EUR", "valid_on": DAY, "rate": "1.1", **values}


def subscription(**values: str | None) -> dict:
    return {"subscription_id": "s1", "customer_id": "c1", "started_at": DAY, **values}


GOOD = order("good", customer_id="c0")
WITH_ORDER = {"orders": [order()]}
LATE_CUSTOMER = {"customer_id": "c1", "signed_up_at": DAY, "loaded_at": "2026-06-01"}


@dataclass
class SetAside:
    """A row that staging sets aside; the good order beside it stays."""

    name: str
    table: str
    row: dict
    reason: str
    others: dict = field(default_factory=dict)


SET_ASIDE = [
    SetAside("missing-key", "orders", order(None), "missing_key"),
    SetAside("missing-key", "orders", order("  \t "), "missing_key"),
    SetAside("missing-key", "order_items", {"order_id": "o1", "line_number": "one"}, "missing_key"),
    SetAside("missing-key", "identities", {"identifier_type": "email", "customer_id": "c1"}, "missing_key"),
    SetAside("missing-key", "products", {"product_id": "", "name": "n"}, "missing_key"),
    SetAside("missing-key", "campaigns", {"campaign_id": None}, "missing_key"),
    SetAside("missing-key", "exchange_rates", rate(valid_on="soon"), "missing_key"),
    *(SetAside("key-of-nothing", "orders", order(word), "missing_key") for word in ("None", "nan", " NULL ", "-1")),
    SetAside("key-of-nothing", "order_items", {"order_id": "None", "line_number": "1"}, "missing_key"),
    SetAside("key-of-nothing", "refunds", refund(refund_id="None"), "missing_key", WITH_ORDER),
    SetAside("key-of-nothing", "events", event(event_id="NaN"), "missing_key"),
    SetAside("key-of-nothing", "consent", consent(consent_id="undefined"), "missing_key"),
    SetAside("key-of-nothing", "products", {"product_id": "nil"}, "missing_key"),
    SetAside("key-of-nothing", "campaigns", {"campaign_id": "N/A"}, "missing_key"),
    SetAside("key-of-nothing", "support_tickets", ticket(ticket_id="null"), "missing_key"),
    SetAside("key-of-nothing", "subscriptions", subscription(subscription_id="NaT"), "missing_key"),
    SetAside("shortened-id", "orders", order("5.01235E+12"), "shortened_id"),
    SetAside("shortened-id", "orders", order("1.23456789012E12"), "shortened_id"),
    SetAside("shortened-id", "orders", order(customer_id="7E+12"), "shortened_id"),
    SetAside("shortened-id", "orders", order(customer_id=" 5,01235E+12 "), "shortened_id"),
    SetAside("shortened-id", "order_items",
             {"order_id": "o1", "line_number": "1", "product_id": "5.0e+12"}, "shortened_id"),
    SetAside("shortened-id", "products", {"product_id": "1.2E+15"}, "shortened_id"),
    SetAside("shortened-id", "refunds", refund(order_id="5.01235E+12"), "shortened_id", WITH_ORDER),
    SetAside("shortened-id", "customers", {"customer_id": "7.0E+12"}, "shortened_id"),
    SetAside("shortened-id", "identities",
             {"identifier_type": "device", "identifier": "3.5E+14", "customer_id": "c1"}, "shortened_id"),
    SetAside("shortened-id", "events", event(anonymous_id="1.23457E+18"), "shortened_id"),
    SetAside("shortened-id", "consent", consent(customer_id="7.0E+12"), "shortened_id"),
    SetAside("shortened-id", "support_tickets", ticket(customer_id="7.0E+12"), "shortened_id"),
    SetAside("shortened-id", "subscriptions", subscription(account_id="7.0E+12"), "shortened_id"),
    SetAside("shortened-id", "campaigns", {"campaign_id": "7.0E+12"}, "shortened_id"),
    SetAside("missing-value", "events", event(event_name=" "), "missing_value"),
    SetAside("missing-value", "consent", consent(customer_id=None), "missing_value"),
    SetAside("missing-value", "consent", consent(channel=""), "missing_value"),
    SetAside("missing-value", "consent", consent(status=None), "missing_value"),
    SetAside("missing-value", "support_tickets", ticket(customer_id=None), "missing_value"),
    SetAside("missing-value", "subscriptions", subscription(customer_id=""), "missing_value"),
    SetAside("unusable-timestamp", "orders", order(ordered_at=None), "unusable_timestamp"),
    SetAside("unusable-timestamp", "orders", order(ordered_at="15.06.2026"), "unusable_timestamp"),
    SetAside("unusable-timestamp", "orders", order(ordered_at="2026-02-30"), "unusable_timestamp"),
    SetAside("unusable-timestamp", "orders", order(ordered_at="2026-06-15 25:00:00"), "unusable_timestamp"),
    SetAside("unusable-timestamp", "orders", order(ordered_at="202606021705"), "unusable_timestamp"),
    SetAside("unusable-timestamp", "events", event(occurred_at="yesterday"), "unusable_timestamp"),
    SetAside("unusable-timestamp", "refunds", refund(refunded_at="12345"), "unusable_timestamp", WITH_ORDER),
    SetAside("absurd-date", "orders", order(ordered_at="1899-12-31"), "unusable_timestamp"),
    SetAside("absurd-date", "orders", order(ordered_at="infinity"), "unusable_timestamp"),
    SetAside("absurd-date", "subscriptions", subscription(started_at="0001-01-01"), "unusable_timestamp"),
    SetAside("unreadable-address", "consent", consent(customer_id=None, address="a@x.example;"), "unreadable_address"),
    SetAside("absurd-date", "consent", consent(status="opted_out", occurred_at="1970-01-01 00:00:00"),
             "unusable_timestamp"),
    SetAside("absurd-date", "consent", consent(status="opted_out", occurred_at="1900-01-01 00:00:00"),
             "unusable_timestamp"),
    SetAside("unusable-amount", "orders", order(amount=None), "unusable_amount"),
    SetAside("unusable-amount", "orders", order(amount="12,50"), "unusable_amount"),
    SetAside("unusable-amount", "orders", order(amount="$12.50"), "unusable_amount"),
    SetAside("unusable-amount", "orders", order(amount="1 000.00"), "unusable_amount"),
    SetAside("unusable-amount", "orders", order(amount="1e3"), "unusable_amount"),
    SetAside("nan-amount", "orders", order(amount="nan"), "unusable_amount"),
    SetAside("nan-amount", "orders", order(amount="-inf"), "unusable_amount"),
    SetAside("huge-amount", "orders", order(amount="100000000000000"), "unusable_amount"),
    SetAside("huge-amount", "exchange_rates", rate(rate="10000000000"), "unusable_amount"),
    SetAside("negative-amount", "orders", order(amount="-0.01"), "negative_amount"),
    SetAside("negative-amount", "refunds", refund(amount="-4"), "negative_amount", WITH_ORDER),
    SetAside("rate-not-above-zero", "exchange_rates", rate(rate="0"), "negative_amount"),
    SetAside("loaded-before", "orders", order(loaded_at="2026-06-13 23:59:59"), "loaded_before_it_happened"),
    SetAside("loaded-before", "events", event(loaded_at="2026-06-01"), "loaded_before_it_happened"),
    SetAside("loaded-before", "customers", LATE_CUSTOMER, "loaded_before_it_happened"),
    SetAside("loaded-before", "customers", LATE_CUSTOMER | {"attributes": "no object"}, "loaded_before_it_happened"),
    SetAside("loaded-before", "support_tickets", ticket(loaded_at="2026-06-01"), "loaded_before_it_happened"),
    SetAside("unattributable-refund", "refunds", refund(order_id=None, customer_id=" "), "unattributable"),
    SetAside("unknown-order", "refunds", refund(order_id="nosuch", customer_id="c1"), "unknown_order"),
    SetAside("unknown-order", "refunds", refund(), "unknown_order", {"orders": [order(amount="x")]}),
    SetAside("no-exchange-rate", "orders", order(currency="EUR"), "no_exchange_rate"),
    SetAside("no-exchange-rate", "orders", order(currency="EUR"), "no_exchange_rate",
             {"exchange_rates": [rate(valid_on="2026-06-16")]}),
    SetAside("wrong-currency", "orders", order(currency="Euro"), "no_exchange_rate",
             {"exchange_rates": [rate()]}),
    SetAside("wrong-currency", "orders", order(currency="€"), "no_exchange_rate"),
    SetAside("beyond-money", "orders", order(amount="1000000000000"), "beyond_money"),
    SetAside("beyond-money", "orders", order(amount="99999999999999.9999"), "beyond_money"),
    SetAside("beyond-money", "orders", order(discount_amount="1000000000000"), "beyond_money"),
    SetAside("beyond-money", "orders", order(tax="-1000000000000"), "beyond_money"),
    SetAside("beyond-money", "orders", order(total="1000000000000"), "beyond_money"),
    SetAside("beyond-money", "orders", order(currency="EUR", amount="1000"), "beyond_money",
             {"exchange_rates": [rate(rate="9999999999.99999999")]}),
    SetAside("beyond-money", "refunds", refund(amount="1000000000000"), "beyond_money", WITH_ORDER),
]  # fmt: skip


@pytest.mark.parametrize("case", SET_ASIDE, ids=lambda case: f"{case.name}-{case.table}-{case.reason}")
def test_row_is_set_aside(case, bench):
    raw = {"orders": [GOOD]} | {table: [*rows] for table, rows in case.others.items() if table != "orders"}
    raw["orders"] = [GOOD, *case.others.get("orders", [])]
    raw[case.table] = [*raw.get(case.table, []), case.row]
    connection = staged(bench, raw)
    found = connection.execute(
        "select quarantine_reason, row_json from marts.quarantined_rows where table_name = ?", [case.table]
    ).fetchall()
    assert case.reason in [reason for reason, _ in found]
    kept = [json.loads(text) for reason, text in found if reason == case.reason]
    columns = [column["name"] for table in SOURCES if table["name"] == case.table for column in table["columns"]]
    assert {name: case.row.get(name) or None for name in columns} in kept, "the row is kept as it was brought"
    assert connection.execute("select count(*) from staging.stg_orders where order_id = 'good'").fetchall() == [(1,)]
    reconciles(connection)


def built(bench: Bench, raw: dict) -> duckdb.DuckDBPyConnection:
    bench.project.replay(bench.connection, raw)
    return bench.connection


def staged(bench: Bench, raw: dict) -> duckdb.DuckDBPyConnection:
    """As `built`, up to the marts that say what became of each row."""
    load_raw(bench.connection, raw)
    for node in bench.project.nodes:
        if node.kind == "model" and ("staging" in node.path.parts or node.name in ACCOUNTS) and not node.is_view:
            bench.connection.execute(f"create or replace table {node.relation} as {node.sql}")
    return bench.connection


def reconciles(connection: duckdb.DuckDBPyConnection) -> None:
    query = "select table_name from marts.source_reconciliation where not is_reconciled"
    assert connection.execute(query).fetchall() == []


def values(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple]:
    return connection.execute(query).fetchall()


def unreadable_optional_values(bench: Bench) -> None:
    raw = {
        "orders": [order(discount_amount="five", loaded_at="never")],
        "order_items": [{"order_id": "o1", "line_number": "1", "quantity": "many", "unit_price": "€5"}],
        "products": [{"product_id": "p1", "is_consumable": "perhaps", "replenish_days": "30.5"}],
        "customers": [{"customer_id": "c1", "birth_date": "31/12/1980", "signed_up_at": "long ago"}],
    }
    connection = built(bench, raw)
    assert values(connection, "select count(*) from marts.quarantined_rows") == [(0,)]
    assert values(connection, "select discount_amount, loaded_at from staging.stg_orders") == [(Decimal("0.00"), None)]
    assert values(connection, "select quantity, unit_price from staging.stg_order_items") == [(None, None)]
    assert values(connection, "select is_consumable, replenish_days from staging.stg_products") == [(None, None)]
    counted = values(
        connection,
        f"select table_name || '.' || subject from ({bench.sql_of('int_column_quality')}) "
        "where metric = 'unreadable_values' and affected_rows = 1",
    )
    assert sorted(name for (name,) in counted) == [
        "customers.birth_date", "customers.signed_up_at", "order_items.quantity", "order_items.unit_price",
        "orders.discount_amount", "orders.loaded_at", "products.is_consumable", "products.replenish_days",
    ]  # fmt: skip


def attributes_that_are_no_object(bench: Bench) -> None:
    told = {"a": ' {"k": [1]}\n', "b": "red", "c": '["red"]', "d": '{"k": "re', "e": "null", "f": None, "g": " "}
    raw = {
        "orders": [GOOD],
        "customers": [{"customer_id": name, "attributes": text, "Store": "Oslo"} for name, text in told.items()],
    }
    connection = built(bench, raw)
    assert values(connection, "select customer_id, attributes from staging.stg_customers where attributes <> ''") == [
        ("a", '{"k": [1]}')
    ]
    assert values(connection, "select distinct other_columns from staging.stg_customers") == [('{"store":"Oslo"}',)]
    assert values(connection, "select count(*) from marts.quarantined_rows") == [(0,)]
    counted = values(
        connection,
        f"select subject, affected_rows from ({bench.sql_of('int_column_quality')}) "
        "where metric = 'unreadable_values' and affected_rows > 0",
    )
    assert counted == [("attributes", 4)]


def ratings_out_of_range(bench: Bench) -> None:
    connection = built(bench, {"orders": [GOOD], "support_tickets": [ticket(satisfaction="6", nps="11")]})
    assert values(connection, "select satisfaction, nps from staging.stg_support_tickets") == [(None, None)]


def junk_ids(bench: Bench) -> None:
    junk = ["unknown", " NULL ", "0000", "00000000-0000-0000-0000-000000000000", "(not set)", "N/A"]
    raw = {
        "orders": [GOOD, *(order(f"o{i}", customer_id=name) for i, name in enumerate(junk))],
        "identities": [
            {"identifier_type": "device", "identifier": "unknown", "customer_id": name} for name in ("c0", "c1")
        ],
    }
    connection = built(bench, raw)
    assert values(connection, "select customer_id from marts.customers order by all") == [("c0",), ("c1",)]
    owners = dict(values(connection, "select owner_kind, net_revenue from marts.revenue_by_owner"))
    assert owners["unattributed"] == 60
    assert owners["customer"] == 10


def orders_of_tests(bench: Bench) -> None:
    raw = {"orders": [GOOD, order("o1", is_test="yes"), order("o2", status="test"), order("o3", is_test="perhaps")]}
    connection = built(bench, raw)
    assert values(connection, "select sum(net_revenue) from marts.revenue_by_owner") == [(20,)]
    lines = (
        "select line, reason, entries from marts.does_it_add_up where section = 'orders' and not is_total order by 1"
    )
    assert values(connection, lines) == [("counted", "none", 2), ("not_counted", "test", 2)]


def totals_with_more(bench: Bench) -> None:
    orders = [order("o1", tax="2", total="12"), order("o2", tax="2", total="10"), order("o3", tax="2"), order("o4")]
    connection = built(bench, {"orders": [GOOD, *orders]})
    lines = "select line, original_amount from marts.does_it_add_up where section = 'invoices' order by 1"
    assert dict(values(connection, lines)) == {
        "merchandise": 30, "tax": 6, "shipping": None, "difference": -2, "total": 34,
    }  # fmt: skip
    counted = "select sum(differing_totals), sum(totals) from intermediate.int_order_totals where line = 'counted'"
    assert values(connection, counted) == [(1, 2)]


def crowded_identifier(bench: Bench) -> None:
    links = [{"identifier_type": "device", "identifier": "till", "customer_id": f"c{i}"} for i in range(11)]
    connection = built(bench, {"orders": [GOOD], "identities": links})
    assert values(connection, "select count(*) from marts.customers") == [(11,)]
    query = "select customer_id, link_status from intermediate.int_identifiers_resolved where identifier = 'till'"
    ((owner, status),) = values(connection, query)
    assert owner is None and status != "linked"


def unmapped_names(bench: Bench) -> None:
    raw = {
        "orders": [GOOD, order(status="teleported")],
        "events": [event(event_name="PageView")],
        "consent": [consent(status="maybe"), consent(consent_id="k2", channel="e-mail", status="opted_out")],
        "subscriptions": [subscription(status="paused?")],
    }
    connection = built(bench, raw)
    assert values(connection, "select order_status, is_completed from staging.stg_orders where order_id = 'o1'") == [
        ("unmapped", False)
    ]
    assert values(
        connection,
        "select is_contactable from marts.channel_eligibility where customer_id = 'c1' and channel = 'email'",
    ) == [(False,)]
    query = f"select metric, subject, affected_rows from ({bench.sql_of('int_unmapped_names')})"
    assert sorted(values(connection, query)) == [
        ("unmapped_consent_channel", "e-mail", 1), ("unmapped_consent_status", "maybe", 1),
        ("unmapped_event_name", "PageView", 1), ("unmapped_order_status", "teleported", 1),
        ("unmapped_subscription_status", "paused?", 1),
    ]  # fmt: skip


def duplicate_keys(bench: Bench) -> None:
    raw = {
        "orders": [
            order(amount="1", loaded_at="2026-06-16"),
            order(amount="2", loaded_at="2026-06-17"),
            order(amount="3"),
            order("o2", amount="5"),
            order("o2", amount="7"),
            order(" o2 ", amount="6"),
        ]
    }
    connection = built(bench, raw)
    assert values(connection, "select order_id, amount from staging.stg_orders order by all") == [
        ("o1", Decimal("2.00")), ("o2", Decimal("5.00")),
    ]  # fmt: skip
    query = "select superseded_rows from marts.source_reconciliation where table_name = 'orders'"
    assert values(connection, query) == [(4,)]
    reconciles(connection)


def two_things_under_one_key(bench: Bench) -> None:
    raw = {"orders": [GOOD, order(customer_id="c1"), order(customer_id="c2", ordered_at="2026-06-01 10:00:00")]}
    connection = built(bench, raw)
    query = f"select metric, subject, affected_rows from ({bench.sql_of('int_differing_versions')})"
    assert sorted(row for row in values(connection, query) if row[0] == "contradicting_versions") == [
        ("contradicting_versions", "customer_id", 1), ("contradicting_versions", "ordered_at", 1),
    ]  # fmt: skip
    reconciles(connection)


def address_instead_of_an_id(bench: Bench) -> None:
    raw = {
        "orders": [GOOD, order()],
        "customers": [
            {"customer_id": "c1", "email": "Kim@Example.com", "phone": "+49 170 1234567"},
            {"customer_id": "c2", "phone": "+49 170 7654321"},
        ],
        "consent": [
            consent(),
            consent(consent_id="k2", customer_id="KIM@example.com ", status="opted_out"),
            consent(consent_id="k3", customer_id="tel:+491701234567", channel="sms", status="opted_out"),
            consent(consent_id="k4", customer_id="(+49) 170 7654321", channel="sms", status="opted_out"),
        ],
    }
    connection = built(bench, raw)
    query = "select customer_id, consent_status from marts.channel_eligibility where channel = "
    assert sorted(values(connection, f"{query}'email'")) == [
        ("c0", "no_record"),
        ("c1", "opted_out"),
        ("c2", "no_record"),
    ]
    assert sorted(values(connection, f"{query}'sms'")) == [
        ("c0", "no_record"),
        ("c1", "opted_out"),
        ("c2", "opted_out"),
    ]


def ids_with_decimals(bench: Bench) -> None:
    raw = {
        "orders": [order("5.0", customer_id="17.0"), order("6", customer_id=" 17.00 "), order("7", customer_id="1.5")],
        "refunds": [refund(order_id="5")],
        "order_items": [{"order_id": "6.0", "line_number": "1", "product_id": "9.0", "quantity": "1"}],
        "products": [{"product_id": "9", "category": "tea"}],
        "customers": [{"customer_id": "17", "country": "DE"}],
        "identities": [{"identifier_type": "customer_id", "identifier": "18.0", "customer_id": "17"}],
        "events": [event(customer_id="18"), event(event_id="1.0"), event(event_id="1")],
    }
    connection = built(bench, raw)
    query = "select customer_id, count_customer_ids, orders_life, country from marts.customers order by 1"
    assert values(connection, query) == [("1.5", 1, 1, None), ("17", 2, 2, "DE"), ("c1", 1, 0, None)]
    query = "select table_name, superseded_rows from marts.source_reconciliation where superseded_rows > 0"
    assert values(connection, query) == [("events", 1)]
    assert values(connection, "select category from intermediate.int_customer_purchases") == [("tea",)]


NULL_MARKERS = ("\\N", "<NA>", " <null> ", "(null)", "(NONE)", "[null]", "[object Object]", "#N/A", "#REF!", "#NAME?")


def marks_for_nothing(bench: Bench) -> None:
    orders = [
        order(f"o{place}", customer_id=mark, currency=mark, channel=mark, discount_amount=mark, loaded_at=mark)
        for place, mark in enumerate(NULL_MARKERS)
    ]
    connection = built(bench, {"orders": [*orders, order("o", customer_id="c1", channel="#1"), order("\\N")]})
    query = "select distinct owner_kind, order_channel from intermediate.int_orders_resolved"
    assert sorted(values(connection, query), key=str) == [("customer", "#1"), ("guest", None)]
    assert values(connection, "select quarantine_reason from marts.quarantined_rows") == [("missing_key",)]
    unreadable = f"select * from ({bench.sql_of('int_column_quality')})"
    assert not values(connection, f"{unreadable} where metric = 'unreadable_values' and affected_rows > 0")


def identity_quality(bench: Bench, raw: dict) -> dict[str, tuple]:
    query = f"select metric, affected_rows, total_rows from ({bench.sql_of('int_identity_quality')})"
    return {metric: counts for metric, *counts in values(built(bench, raw), query)}


def rounded_ids(bench: Bench) -> None:
    whole = ["1234567890123451", "12345678901234567890", "12345678901234567890A", "123456789012345"]
    orders = [order(f"o{one}", customer_id=one) for one in [*whole, "1234567890123400000", "123456789012345000"]]
    assert identity_quality(bench, {"orders": orders})["rounded_ids"] == [2, 4]


def ids_of_another_system(bench: Bench) -> None:
    raw = {"orders": [GOOD, order(customer_id="C-1")], "customers": [{"customer_id": "1"}, {"customer_id": "c0"}]}
    connection = built(bench, raw)
    query = f"select affected_rows, total_rows from ({bench.sql_of('int_orphan_ids')})"
    assert values(connection, f"{query} where table_name = 'orders'") == [(1, 2)]


def chained_people(bench: Bench) -> None:
    chain = [
        {"identifier_type": "device", "identifier": f"d{place}", "customer_id": f"p{member}"}
        for place in range(11)
        for member in (place, place + 1)
    ]
    star = [
        {"identifier_type": "email", "identifier": "a@x.example", "customer_id": f"s{place}"} for place in range(12)
    ]
    assert identity_quality(bench, {"orders": [GOOD], "identities": chain})["chained_people"] == [1, 2]
    assert identity_quality(bench, {"orders": [GOOD], "identities": chain[2:-2]})["chained_people"] == [0, 2]
    assert identity_quality(bench, {"orders": [GOOD], "identities": star})["chained_people"] == [0, 2]


def crowded_addresses(bench: Bench) -> None:
    records = [{"customer_id": f"c{place}", "email": "noemail@shop.example"} for place in range(11)]
    phones = [{"customer_id": f"d{place}", "phone": "+49 170 0000000"} for place in range(10)]
    raw = {"orders": [GOOD], "customers": [*records, *phones]}
    assert identity_quality(bench, raw)["crowded_addresses"] == [1, 2]


def signs_of_discounts(bench: Bench) -> None:
    connection = built(bench, {"orders": [order(discount_amount="-5"), order("o2", discount_amount="5"), GOOD]})
    query = "select amount from marts.does_it_add_up where section = 'revenue' and line in ('gross_sales', 'discounts')"
    assert values(connection, f"{query} order by 1") == [(-10,), (40,)]


def currencies_of_nothing(bench: Bench) -> None:
    orders = [order(f"o{place}", currency=word) for place, word in enumerate(("None", "NaN", "null", "N/A", "USD"))]
    query = "select distinct currency from marts.does_it_add_up where line = 'counted'"
    assert values(built(bench, {"orders": orders}), query) == [("USD",)]


def words_for_yes(bench: Bench) -> None:
    words = ("WAHR", "1.0", "vrai", "FALSCH", "0.0", "faux", "perhaps")
    connection = built(bench, {"orders": [order(f"o{place}", is_test=word) for place, word in enumerate(words)]})
    assert values(connection, "select count(*) from marts.does_it_add_up where reason = 'test'") == [(1,)]
    counted = "select line, entries from marts.does_it_add_up where section = 'orders' and not is_total order by 1"
    assert values(connection, counted) == [("counted", 4), ("not_counted", 3)]
    unreadable = f"select affected_rows, total_rows from ({bench.sql_of('int_column_quality')})"
    assert values(connection, f"{unreadable} where metric = 'unreadable_values' and subject = 'is_test'") == [(1, 7)]


def phones_with_decimals(bench: Bench) -> None:
    orders = [
        order(f"o{place}", customer_id=None, phone=phone)
        for place, phone in enumerate(("491701234567", "491701234567.0", "491701234567.000"))
    ]
    assert values(built(bench, {"orders": orders}), "select count(*) from marts.customers") == [(1,)]


def lines_without_a_category(bench: Bench) -> None:
    lines = [{"order_id": "o1", "line_number": str(place), "product_id": f"p{place}"} for place in range(4)]
    lines[0]["category"] = "tea"
    products = [{"product_id": "p1", "category": "tea"}, {"product_id": "p2"}]
    connection = built(bench, {"orders": [order()], "order_items": lines, "products": products})
    query = "select count(*), count(category) from intermediate.int_customer_purchases"
    assert values(connection, query) == [(4, 2)]


def one_buyer(bench: Bench) -> None:
    orders = [order(f"o{place}", customer_id="everybody" if place < 7 else f"c{place}") for place in range(10)]
    assert identity_quality(bench, {"orders": orders})["orders_of_one_customer"] == [7, 10]


def refunded_without_refund(bench: Bench) -> None:
    statuses = {"o1": "refunded", "o2": "partially_refunded", "o3": "paid", "o4": "Refunded"}
    orders = [order(order_id, status=status, currency="USD") for order_id, status in statuses.items()]
    query = f"select metric, subject, affected_rows, total_rows from ({bench.sql_of('int_refund_quality')})"
    connection = built(bench, {"orders": orders})
    assert values(connection, "select net_revenue_life from marts.customers") == [(20,)]
    assert sorted(values(connection, query)) == [
        ("implied_refunds", "refunded", 2, 2), ("missing_refunds", "partially_refunded", 1, 1),
    ]  # fmt: skip
    refunds = "select entries, amount from marts.does_it_add_up where line = 'refunds' and reason = 'implied'"
    assert values(connection, refunds) == [(2, Decimal(-20))]
    connection = built(bench, {"orders": orders, "refunds": [refund(order_id="o2")]})
    assert values(connection, "select net_revenue_life from marts.customers") == [(36,)]
    assert sorted(values(connection, query)) == [
        ("missing_refunds", "partially_refunded", 0, 1), ("missing_refunds", "refunded", 2, 2),
    ]  # fmt: skip


def contradicting_dates(bench: Bench) -> None:
    early = {"started_at": "2026-06-01"}
    rows = [
        subscription(subscription_id="cancelled before", cancelled_at="2026-06-01"),
        subscription(subscription_id="out of trial before", trial_ends_at="2026-06-01"),
        subscription(subscription_id="trialing on", status="trialing", trial_ends_at="2026-06-29", **early),
        subscription(subscription_id="live on", status="active", cancelled_at="2026-06-29", **early),
        subscription(
            subscription_id="agrees", status="active", cancelled_at="2026-06-29", renews_at="2026-07-01", **early
        ),
    ]
    connection = built(bench, {"orders": [GOOD], "subscriptions": rows})
    query = f"select subject, affected_rows, total_rows from ({bench.sql_of('int_subscription_quality')})"
    assert sorted(values(connection, query)) == [
        ("cancelled_at before started_at", 1, 5),
        ("status live after cancelled_at", 2, 5),
        ("status trialing after trial_ends_at", 1, 5),
        ("trial_ends_at before started_at", 1, 5),
    ]


@pytest.mark.parametrize("timezone", ["America/New_York", "Asia/Tokyo"])
def test_a_day_without_a_time_is_that_business_day(timezone, tmp_path):
    project = CompiledProject(tmp_path, {"as_of_date": SAMPLE_DAY.isoformat(), "timezone": timezone})
    connection = project.open_database()
    day, written = SAMPLE_DAY, [SAMPLE_DAY.isoformat(), f"{SAMPLE_DAY:%Y%m%d}", f" {SAMPLE_DAY} "]
    raw = {
        "orders": [order(f"o{place}", ordered_at=text) for place, text in enumerate(written)],
        "refunds": [refund(order_id="o0", refunded_at=written[0])],
        "customers": [{"customer_id": "c1", "signed_up_at": written[0], "birth_date": written[1]}],
        "identities": [{"identifier_type": "x", "identifier": "y", "customer_id": "c1", "linked_at": written[1]}],
        "events": [event(event_id=text, occurred_at=text) for text in written],
        "consent": [consent(occurred_at=written[1])],
        "support_tickets": [ticket(opened_at=written[0], closed_at=written[1])],
        "subscriptions": [
            subscription(**dict.fromkeys(("started_at", "trial_ends_at", "renews_at", "cancelled_at"), written[0]))
        ],
        "campaigns": [{"campaign_id": "x", "started_at": written[0], "ended_at": written[1]}],
        "exchange_rates": [rate(valid_on=written[1])],
    }
    project.replay(connection, raw)
    for table, column in (
        ("orders", "ordered_on"), ("refunds", "refunded_on"), ("customers", "signed_up_on"),
        ("customers", "birth_date"), ("identities", "linked_on"), ("events", "occurred_on"), ("consent", "occurred_on"),
        ("support_tickets", "opened_on"), ("support_tickets", "closed_on"), ("subscriptions", "started_on"),
        ("subscriptions", "trial_ends_on"), ("subscriptions", "renews_on"), ("subscriptions", "cancelled_on"),
        ("campaigns", "started_on"), ("campaigns", "ended_on"), ("exchange_rates", "valid_on"),
    ):  # fmt: skip
        assert values(connection, f"select distinct {column} from staging.stg_{table}") == [(day,)], (table, column)


@pytest.mark.parametrize(("timezone", "counted"), [("America/New_York", 2), ("Asia/Tokyo", 0)])
def test_midnights_west_of_utc_are_counted(timezone, counted, tmp_path):
    settings = {"as_of_date": SAMPLE_DAY.isoformat(), "timezone": timezone}
    project = CompiledProject(tmp_path, settings)
    project.left_out = CompiledProject.left_out - {"int_time_quality"}
    connection = project.open_database()
    times = ("2026-06-15 00:00:00", "2026-06-15T00:00:00Z", "2026-06-15", "2026-06-15 00:00:01")
    raw = {"orders": [order(f"o{place}", ordered_at=text) for place, text in enumerate(times)]}
    project.replay(connection, raw | {"refunds": [refund(order_id="o0", refunded_at=times[0])]})
    query = "select table_name, affected_rows, total_rows from intermediate.int_time_quality order by 1"
    assert values(connection, query) == [("orders", counted, 4), ("refunds", counted // 2, 1)]


def withdrawals_of_strangers(bench: Bench) -> None:
    raw = {"orders": [GOOD], "consent": [consent(customer_id="of another system", status="opted_out")]}
    connection = built(bench, raw)
    query = (
        f"select affected_rows from ({bench.sql_of('int_consent_quality')}) where metric = 'withdrawals_of_strangers'"
    )
    assert values(connection, query) == [(1,)]


def withdrawal_after_the_day(bench: Bench) -> None:
    later = {"status": "opted_out", "occurred_at": "2062-01-01 00:00:00"}
    raw = {"orders": [GOOD, order()], "consent": [consent(), consent(consent_id="k2", **later)]}
    connection = built(bench, raw)
    query = (
        "select consent_status, is_contactable, withdrawn_after_day from marts.channel_eligibility"
        " where channel = 'email' and customer_id = 'c1'"
    )
    assert values(connection, query) == [("opted_in", False, True)]


def keys_with_bars(bench: Bench) -> None:
    links = [("x", "a|b", "c"), ("x", "a", "b|c"), ("x|a", "b", "c")]
    raw = [{"identifier_type": kind, "identifier": name, "customer_id": customer} for kind, name, customer in links]
    reconciles(built(bench, {"orders": [GOOD], "identities": raw}))


def last_day_of_all(bench: Bench) -> None:
    raw = {
        "orders": [GOOD, order(ordered_at="9999-12-31 23:59:59"), order("o2", ordered_at="2026-07-01")],
        "subscriptions": [subscription(renews_at="9999-12-31", trial_ends_at="9999-12-31T23:59:59Z")],
        "exchange_rates": [{"currency": "EUR", "valid_on": "9999-12-31", "rate": "1.1"}],
    }
    connection = built(bench, raw)
    assert values(connection, "select count(*) from marts.quarantined_rows") == [(0,)]
    assert values(connection, "select customer_id, orders_life from marts.customers where orders_life > 0") == [
        ("c0", 1)
    ]


def great_money(bench: Bench) -> None:
    most = "999999999999.99"
    raw = {"orders": [GOOD, *(order(f"o{i}", amount=most, customer_id=f"c{i}") for i in range(1, 4))]}
    connection = built(bench, raw)
    assert values(connection, "select count(*) from marts.quarantined_rows") == [(0,)]
    assert values(connection, "select sum(net_revenue) from marts.revenue_by_owner") == [(Decimal("3000000000009.97"),)]


def absurd_ratio(bench: Bench) -> None:
    raw = {
        "orders": [GOOD, order("o1", amount="0.01", customer_id="c1")],
        "refunds": [refund(order_id="o1", amount="999999999999")],
    }
    connection = built(bench, raw)
    query = "select refund_rate from marts.segment_performance where segment_key = 'value_none'"
    assert values(connection, query) == [(None,)]


def odd_ids(bench: Bench) -> None:
    ids = [
        "Ж漢é 🙂",
        "x" * 5000,
        "it's; drop table orders --",
        'say "hi"',
        "a\nb",
        "007",
        "7",
        "%_",
        "a\u200bb",
    ]
    connection = built(bench, {"orders": [order(name, customer_id=name) for name in ids]})
    assert sorted(values(connection, "select customer_id from marts.customer_rfm")) == sorted((name,) for name in ids)
    assert sorted(values(connection, "select order_id from staging.stg_orders")) == sorted((name,) for name in ids)


def test_withdrawal_of_nobody_s_id_with_an_address_that_cannot_be_read_stops_the_build(bench):
    said = [
        {"customer_id": "a@x.example;"},
        {"customer_id": "(+49) 170 1234567 ext 2"},
        {"customer_id": "of another system", "address": "a@x.example;"},
        {"customer_id": "of another system", "address": "a%40x.example"},
        {"customer_id": "of another system", "address": "a(at)x.example"},
        {"customer_id": "of another system", "address": "a&#64;x.example"},
        {"customer_id": "of another system", "address": "\uff0b\uff14\uff19\uff11\uff17\uff10\uff11\uff12\uff13\uff14"},
        {"customer_id": "of another system", "address": "\uff41@x.example"},
        {"customer_id": "of another system", "address": "a@x.example <b@x.example>"},
        # The other address is read, and is not the one that this was.
        {"customer_id": "e@x.example;", "address": "f@x.example"},
        # Nobody's, though orders bear it, too.
        {"customer_id": "unknown", "address": "a@x.example|"},
        {"customer_id": "b@x.example;"},
        {"customer_id": "c1", "address": "a@x.example;"},
        {"customer_id": "of another system", "address": "a@x.example"},
        {"customer_id": "of another system", "address": "token-1", "channel": "push"},
        # An id in base64.
        {"customer_id": "Zk3+9aQ12=="},
        {"customer_id": "tel:+491701234567"},
        {"customer_id": "d@x.example;", "status": "opted_in"},
        {"customer_id": "a@x.example;", "consent_id": "corrected", "loaded_at": "2026-06-20"},
        {"customer_id": "c1", "consent_id": "corrected", "loaded_at": "2026-06-21"},
    ]
    raw = {
        "orders": [
            order(customer_id="c1"),
            order("o2", customer_id="b@x.example;"),
            order("o3", customer_id="unknown"),
        ],
        "consent": [consent(**{"consent_id": f"k{i}", "status": "opted_out", **one}) for i, one in enumerate(said)],
    }
    (test,) = bench.target_dir.rglob("compiled/**/consent_withdrawals_are_readable.sql")
    stopping = built(bench, raw).execute(test.read_text()).fetchall()
    assert stopping == [("unreadable_address", 11)]


def ids_with_blanks(bench: Bench) -> None:
    raw = {
        "orders": [
            order("o1", customer_id=" c1"),
            order("o2 ", customer_id="c1\u00a0"),
            order("o3", customer_id="c 1"),
            order("o4", customer_id="\ufeffc1\u200b"),
        ]
    }
    connection = built(bench, raw)
    assert values(connection, "select customer_id, orders_life from marts.customers order by all") == [
        ("c 1", 1), ("c1", 3),
    ]  # fmt: skip


def items_without_orders(bench: Bench) -> None:
    items = [{"order_id": "nosuch", "line_number": "1", "product_id": "p1", "category": "shoes"}]
    connection = built(bench, {"orders": [GOOD], "order_items": items})
    assert values(connection, "select count(*) from staging.stg_order_items") == [(1,)]
    assert values(connection, "select customer_id, categories_bought_life, top_category from marts.customers") == [
        ("c0", 0, None)
    ]
    query = (
        f"select affected_rows from ({bench.sql_of('int_orphan_ids')}) "
        "where table_name = 'order_items' and subject = 'order_id'"
    )
    assert values(connection, query) == [(1,)]


def orders_only(bench: Bench) -> None:
    connection = built(bench, {"orders": [GOOD]})
    query = "select customer_id, rfm_segment, lifecycle_stage, value_tier, engagement_tier from marts.customers"
    ((customer, *scores, engagement_tier),) = values(connection, query)
    assert customer == "c0" and all(scores) and scores[0] == "unscored" and engagement_tier is None
    assert values(connection, "select count(*) from marts.segment_performance where customers > 0")[0][0] >= 4
    reconciles(connection)


def no_usable_order(bench: Bench) -> None:
    connection = built(bench, {"orders": [order(amount="x")], "customers": [{"customer_id": "c1"}]})
    assert values(connection, "select customer_id, lifecycle_stage from marts.customers") == [("c1", None)]
    assert values(connection, "select count(*) from marts.customer_rfm") == [(0,)]


def all_guests(bench: Bench) -> None:
    connection = built(bench, {"orders": [order(f"o{i}", customer_id=None) for i in range(3)]})
    assert values(connection, "select count(*) from marts.customers") == [(0,)]
    owners = dict(values(connection, "select owner_kind, net_revenue from marts.revenue_by_owner"))
    assert owners["guest"] == 30
    assert values(connection, "select count(*) > 20, max(customers) from marts.segment_performance") == [(True, 0)]


def refund_above_the_order(bench: Bench) -> None:
    connection = built(bench, {"orders": [order()], "refunds": [refund(amount="25")]})
    assert values(connection, "select net_revenue_life, value_tier from marts.customers") == [
        (Decimal("-15.00"), "none")
    ]


def orders_of_the_future(bench: Bench) -> None:
    connection = built(bench, {"orders": [GOOD, order("o2", ordered_at="2026-07-01 00:00:00")]})
    assert values(connection, "select customer_id, orders_life from marts.customers") == [("c0", 1)]


def rates_of_another_currency(bench: Bench) -> None:
    (test,) = bench.target_dir.rglob("compiled/**/rates_lead_to_the_reporting_currency.sql")
    rates = [{"currency": code, "valid_on": DAY, "rate": rate} for code, rate in (("USD", "0.9"), ("EUR", "1.1"))]
    for orders, rate, faults in (
        ([order(), order("o2", currency="EUR")], "0.9", [("USD", 1)]),
        ([order(), order("o2", currency="EUR")], "1.00", []),
        ([order()], "0.9", []),
    ):
        connection = staged(bench, {"orders": orders, "exchange_rates": [{**rates[0], "rate": rate}, rates[1]]})
        found = connection.execute(test.read_text()).fetchall()
        assert [(code, count) for code, _, count in found] == faults


def float_money(bench: Bench, tmp_path) -> None:
    """NaN and infinity of a Parquet file, through the views of the raw folder."""
    rows = ", ".join(f"('o{i}', 'c1', timestamp '{DAY}', {value})" for i, value in enumerate(
        ["1.005::double", "'nan'::double", "'inf'::double", "'-inf'::double", "1e300::double", "0.1::double"]
    ))  # fmt: skip
    query = f"select * from (values {rows}) as t (order_id, customer_id, ordered_at, amount)"
    folder = write(tmp_path / "raw", {})
    duckdb.sql(query).write_parquet(str(folder / "orders.parquet"))
    connection = bench.project.open_database()
    connection.execute("drop schema raw cascade")
    for statement in view_statements(prepare(folder, tmp_path / "landed", CONTRACT), tmp_path / "landed"):
        connection.execute(statement)
    for node in bench.project.nodes:
        if node.kind == "model" and node.name in ("stg_exchange_rates", "base_exchange_rates", "base_orders"):
            kind = "view" if node.is_view else "table"
            connection.execute(f"create or replace {kind} {node.relation} as {node.sql}")
    found = values(connection, "select order_id, amount, quarantine_reason from staging.base_orders order by all")
    assert found == [
        ("o0", Decimal("1.0050"), None),
        *((f"o{i}", None, "unusable_amount") for i in range(1, 5)),
        ("o5", Decimal("0.1000"), None),
    ]


KEPT: dict[str, Callable] = {
    "unreadable-optional": unreadable_optional_values,
    "no-json-object": attributes_that_are_no_object,
    "rating-out-of-range": ratings_out_of_range,
    "junk-ids": junk_ids,
    "test-orders": orders_of_tests,
    "totals-with-more": totals_with_more,
    "crowded-identifier": crowded_identifier,
    "unmapped-names": unmapped_names,
    "duplicate-keys": duplicate_keys,
    "two-things-one-key": two_things_under_one_key,
    "address-as-id": address_instead_of_an_id,
    "decimal-ids-in-text": ids_with_decimals,
    "null-markers": marks_for_nothing,
    "rounded-ids": rounded_ids,
    "foreign-ids": ids_of_another_system,
    "chained-people": chained_people,
    "crowded-address": crowded_addresses,
    "signed-discount": signs_of_discounts,
    "currency-of-nothing": currencies_of_nothing,
    "words-for-yes": words_for_yes,
    "phones-with-decimals": phones_with_decimals,
    "uncategorised-lines": lines_without_a_category,
    "one-buyer": one_buyer,
    "rates-of-another-currency": rates_of_another_currency,
    "contradicting-dates": contradicting_dates,
    "refunded-without-refund": refunded_without_refund,
    "withdrawals-of-strangers": withdrawals_of_strangers,
    "withdrawal-after-the-day": withdrawal_after_the_day,
    "keys-with-bars": keys_with_bars,
    "year-9999": last_day_of_all,
    "great-money": great_money,
    "absurd-ratio": absurd_ratio,
    "unmapped-channel": unmapped_names,
    "odd-ids": odd_ids,
    "ids-with-blanks": ids_with_blanks,
    "items-without-orders": items_without_orders,
    "orders-only": orders_only,
    "no-usable-order": no_usable_order,
    "all-guests": all_guests,
    "refund-above-order": refund_above_the_order,
    "future-rows": orders_of_the_future,
}


@pytest.mark.parametrize("name", KEPT)
def test_input_is_kept_knowingly(name, bench):
    KEPT[name](bench)


def test_floats_that_are_no_money(bench, tmp_path):
    float_money(bench, tmp_path)


def test_one_customer_builds_well(tmp_path):
    """The smallest shop goes through dbt itself, with a table that has a header only."""
    folder = write(
        tmp_path / "raw",
        {
            "orders.csv": "order_id,customer_id,ordered_at,amount\n1,c1,2026-06-15,9.99\n",
            "events.csv": "event_id,event_name,occurred_at\n",
        },
    )
    run = run_spine("build", "--raw", folder, "--db", tmp_path / "shop.duckdb", "--as-of", SAMPLE_DAY, scratch=tmp_path)
    assert run.code == 0, run.all_text
    assert "rows set aside: 0\n" in run.out
    run = run_spine("segments", "--db", tmp_path / "shop.duckdb", scratch=tmp_path)
    assert run.out.startswith(f"Segments as of {SAMPLE_DAY}: 1 customer, XXX 9.99 ")


ALONE = {
    "days-without-a-time": "test_a_day_without_a_time_is_that_business_day",
    "midnights": "test_midnights_west_of_utc_are_counted",
    "float-amounts": "test_floats_that_are_no_money",
    "one-customer": "test_one_customer_builds_well",
}


def documented() -> list[str]:
    """The ids of the rows of the tables, in order."""
    return re.findall(
        r"^\| `([a-z0-9-]+)` \|(?:[^\n|]|\\\|)+\|(?:[^\n|]|\\\|)+\|(?:[^\n|]|\\\|)+\|$",
        DOCS.read_text(),
        re.MULTILINE,
    )


def test_the_list_of_the_docs_is_whole():
    ids = documented()
    rows = [line for line in DOCS.read_text().splitlines() if line.startswith("|") and "---" not in line]
    assert len(ids) == len([row for row in rows if not row.startswith("| id |")]), "each row has an id and three cells"
    assert len(ids) == len(set(ids))
    assert len(ids) >= 40
    tried = {
        *IN_RAW_FOLDER,
        *IN_CURRENCY,
        *IN_DAYS_PUBLISHED,
        *IN_RUNNER,
        *ALONE,
        *KEPT,
        *(case.name for case in SET_ASIDE),
    }
    assert set(ids) == tried


def test_tests_named_for_a_kind_are_there():
    cases = {case.name for case in [*test_raw_folder.REFUSED, *test_raw_folder.ACCEPTED]}
    for name in IN_RAW_FOLDER.values():
        assert name in cases or callable(getattr(test_raw_folder, name, None)), name
    for name in IN_CURRENCY.values():
        assert callable(getattr(test_currency, name, None)), name
    for name in IN_DAYS_PUBLISHED.values():
        assert callable(getattr(test_days_published, name, None)), name
    for name in IN_RUNNER.values():
        assert callable(getattr(test_runner, name, None)), name
    for name in ALONE.values():
        assert callable(globals()[name])


def test_every_reason_of_staging_stands_in_the_docs():
    base_models = [path.read_text(encoding="utf-8") for path in (PROJECT_DIR / "models/staging/base").glob("*.sql")]
    judgements = "".join(
        re.findall(r"case\n((?:(?!case\n).|\n)*?)end as (?:quarantine|final)_reason", "".join(base_models))
    )
    reasons = set(re.findall(r"then '(\w+)'", judgements))
    assert len(reasons) >= 10
    for document in (DOCS, DOCS.with_name("definitions.md")):
        text = document.read_text(encoding="utf-8")
        assert not [reason for reason in sorted(reasons) if f"`{reason}`" not in text], document.name

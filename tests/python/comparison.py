"""What the models built against what the oracle read from the definitions, difference by difference."""

import json
from collections import Counter
from datetime import date
from typing import Any

import duckdb
from oracle import TABLES, Result
from oracle.performance import KINDS


def differences(connection: duckdb.DuckDBPyConnection, expected: Result, is_text: bool = True) -> list[str]:
    """Every difference, as one line each; empty when all agree.

    The raw rows in the quarantine are compared if the input was text; typed values may be written in several ways.
    """
    return [
        *_reconciliation(connection, expected, is_text),
        *_staged(connection, expected),
        *_identifiers(connection, expected),
        *_affinity(connection, expected),
        *_consent(connection, expected),
        *_money(connection, expected),
        *_added_up(connection, expected),
        *differences_of_customers(connection, expected),
    ]


# What differences_of_customers reads.
MARTS_OF_CUSTOMERS = (
    "customers", "customer_traits", "customer_rfm", "customer_lifecycle", "customer_value_tiers", "customer_segments",
    "segment_members", "segment_catalogue", "segment_performance",
)  # fmt: skip


def differences_of_customers(connection: duckdb.DuckDBPyConnection, expected: Result) -> list[str]:
    """The differences in what is said of customers and segments."""
    return [
        *_customers(connection, expected),
        *_row_traits(connection, expected),
        *_narrow_marts(connection, expected),
        *_stage_gaps(connection, expected),
        *_members(connection, expected),
        *_performance(connection, expected),
    ]


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _compare(what: str, found: dict, expected: dict) -> list[str]:
    lines = []
    for key in sorted(found.keys() | expected.keys(), key=str):
        if found.get(key, "absent") != expected.get(key, "absent"):
            lines.append(
                f"{what} {key}: models {found.get(key, 'absent')!r}, definitions {expected.get(key, 'absent')!r}"
            )
    return lines


def _reconciliation(connection: duckdb.DuckDBPyConnection, expected: Result, is_text: bool) -> list[str]:
    names = ("raw", "staged", "superseded", "quarantined", "not_yet_known")
    found = {
        row["table_name"]: {name: row[f"{name}_rows"] for name in names}
        for row in _rows(connection, "select * from marts.source_reconciliation")
    }
    lines = _compare("reconciliation", found, expected.reconciliation)
    for table, rows in expected.quarantined.items():
        compared = 3 if is_text else 2
        counted = Counter(
            (row["row_key"], row["quarantine_reason"], tuple(json.loads(row["row_json"] or "{}").items()))[:compared]
            for row in _rows(connection, f"select * from marts.quarantined_rows where table_name = '{table}'")
        )
        lines += _compare(f"quarantined {table}", counted, Counter(row[:compared] for row in rows.elements()))
    return lines


# What staging derives (a currency converted, a status mapped, a channel in lower case) is judged through the marts.
DERIVED = {
    "orders": {"amount", "discount_amount", "tax", "shipping"},
    "refunds": {"amount"},
    "consent": {"channel", "purpose"},
    "events": {"channel", "source"},
}
# What staging calls otherwise than the source.
RENAMED = {("events", "event_name"): "source_event_name"}


def _staged(connection: duckdb.DuckDBPyConnection, expected: Result) -> list[str]:
    lines = []
    for table, rows in expected.staged.items():
        present = [column[0] for column in connection.execute(f"select * from staging.stg_{table} limit 0").description]
        names = [name for name in TABLES[table].row._fields if name in present and name not in DERIVED.get(table, ())]
        columns = ", ".join(RENAMED.get((table, name), name) for name in names)
        found = Counter(connection.execute(f"select {columns} from staging.stg_{table}").fetchall())
        wanted = Counter(tuple(getattr(row, name) for name in names) for row in rows.elements())
        lines += _compare(f"staged {table}", found, wanted)
        lines += _days(connection, expected, table, present)
    return lines


def _days(connection: duckdb.DuckDBPyConnection, expected: Result, table: str, columns: list[str]) -> list[str]:
    """The business days of a staged table, where there is the time of which they are the days."""
    lines = []
    for name in (name for name in columns if name.endswith("_on") and f"{name[:-3]}_at" in columns):
        query = f"select distinct {name[:-3]}_at, {name} from staging.stg_{table}"
        found = dict(connection.execute(query).fetchall())
        wanted = {moment: moment and date.fromordinal(expected.clock.day(moment)) for moment in found}
        lines += _compare(f"{table}.{name} of", found, wanted)
    return lines


def _identifiers(connection: duckdb.DuckDBPyConnection, expected: Result) -> list[str]:
    found = {
        (row["identifier_type"], row["identifier"]): row["customer_id"]
        for row in _rows(connection, "select * from intermediate.int_identifiers_resolved")
    }
    keys = found.keys() | expected.canonical.keys()
    lines = _compare(
        "identifier", {key: found.get(key) for key in keys}, {key: expected.canonical.get(key) for key in keys}
    )
    stated = {
        row["source_customer_id"]: (row["customer_id"], row["is_merged"], row["joined_by"])
        for row in _rows(connection, "select * from marts.customer_ids")
    }
    wanted = {
        identifier: (customer_id, customer_id != identifier, expected.joined_by.get(identifier))
        for (kind, identifier), customer_id in expected.canonical.items()
        if kind == "customer_id" and customer_id in expected.customers
    }
    return lines + _compare("customer id", stated, wanted)


def _customers(connection: duckdb.DuckDBPyConnection, expected: Result) -> list[str]:
    rows = _rows(connection, "select * from marts.customers")
    found = {row["customer_id"]: row for row in rows}
    assert len(found) == len(rows), "marts.customers holds a customer twice"
    lines = _compare("customer", dict.fromkeys(found, "there"), dict.fromkeys(expected.customers, "there"))
    for customer_id in found.keys() & expected.customers.keys():
        traits = expected.customers[customer_id]
        missing = traits.keys() - found[customer_id].keys()
        assert not missing, f"marts.customers lacks {missing}"
        lines += _compare(f"customer {customer_id!r}", {name: found[customer_id][name] for name in traits}, traits)
    return lines


def _row_traits(connection: duckdb.DuckDBPyConnection, expected: Result) -> list[str]:
    """A row per customer and trait with a value, of the traits that clauses name; who has none has the default."""
    rows = _rows(connection, "select * from marts.customer_traits")
    found = {(row["customer_id"], row["trait"]): (row["number_value"], row["text_value"]) for row in rows}
    assert len(found) == len(rows), "marts.customer_traits holds a trait of a customer twice"
    wanted = {}
    for customer_id, traits in expected.row_traits.items():
        for trait, default in expected.row_trait_defaults.items():
            key = (customer_id, trait)
            if key in found or traits[trait] != default:
                wanted[key] = _stated(traits[trait])
    return _compare("trait", found, wanted)


def _stated(value: Any) -> tuple | str:
    """A value of a trait as the two columns of marts.customer_traits."""
    if value is None:
        return "no row"
    if isinstance(value, bool):
        return None, "true" if value else "false"
    return (None, value) if isinstance(value, str) else (value, None)


NARROW_MARTS = {
    "customer_rfm": (
        "recency_days", "frequency", "monetary", "recency_score", "frequency_score", "monetary_score", "rfm_score",
        "rfm_segment",
    ),
    "customer_lifecycle": (
        "lifecycle_stage", "first_ordered_on", "last_ordered_on", "days_since_first_order", "days_since_last_order",
        "is_churned",
    ),
    "customer_value_tiers": ("value_basis", "value_tier"),
    "customer_segments": ("rfm_segment", "lifecycle_stage", "value_tier", "engagement_tier", "top_category"),
}  # fmt: skip


# Without the feeds that they need these hold nobody.
ALWAYS_KNOWN = {
    "customer_rfm": "recency_days", "customer_lifecycle": "lifecycle_stage", "customer_value_tiers": "value_tier",
}  # fmt: skip


def _narrow_marts(connection: duckdb.DuckDBPyConnection, expected: Result) -> list[str]:
    lines = []
    for mart, names in NARROW_MARTS.items():
        found = {
            row["customer_id"]: {name: row[name] for name in names}
            for row in _rows(connection, f"select * from marts.{mart}")
        }
        wanted = {
            customer_id: {name: traits[name] for name in names}
            for customer_id, traits in expected.customers.items()
            if traits[ALWAYS_KNOWN.get(mart, "count_customer_ids")] is not None
        }
        lines += _compare(mart, found, wanted)
    return lines


def _stage_gaps(connection: duckdb.DuckDBPyConnection, expected: Result) -> list[str]:
    found = {
        row["customer_id"]: None if row["gap_days"] is None else (row["gap_days"], row["days_since_gap"])
        for row in _rows(connection, "select * from marts.customer_lifecycle")
    }
    wanted = {
        who: gap for who, gap in expected.stage_gaps.items() if expected.customers[who]["lifecycle_stage"] is not None
    }
    return _compare("gap of the stage", found, wanted)


def _affinity(connection: duckdb.DuckDBPyConnection, expected: Result) -> list[str]:
    customers = expected.customers
    found = {
        (row["customer_id"], row["category"]): row["affinity_points"]
        for row in _rows(connection, "select * from intermediate.int_customer_category_affinity")
        if row["customer_id"] in customers
    }
    return _compare("affinity", found, expected.affinity)


def _consent(connection: duckdb.DuckDBPyConnection, expected: Result) -> list[str]:
    found = {
        (row["customer_id"], row["channel"], row["purpose"]): (
            row["consent_status"],
            row["has_consent"],
            row["is_contactable"],
            row["status_since"],
        )
        for row in _rows(connection, "select * from marts.channel_eligibility")
    }
    return _compare("consent", found, {key: tuple(answer) for key, answer in expected.consent.items()})


# The version that is valid on the days of the tests, of the shipped rules and of versioned_rules.
VERSION_OF_THE_DAY = 1


def _members(connection: duckdb.DuckDBPyConnection, expected: Result) -> list[str]:
    found: dict[str, set] = {}
    for row in _rows(connection, "select * from marts.segment_members"):
        found.setdefault(row["segment_key"], set()).add((row["customer_id"], row["rule_version"]))
    wanted = {key: {(one, VERSION_OF_THE_DAY) for one in members} for key, members in expected.members.items()}
    lines = _compare("segment", found, wanted)
    said = {
        row["customer_id"]: (row["count_behaviour_segments"], row["behaviour_segments"])
        for row in _rows(connection, "select * from marts.customer_segments")
    }
    held: dict[str, list[str]] = {customer_id: [] for customer_id in expected.customers}
    for key, members in sorted(expected.behaviour.items()):
        for customer_id in members:
            held[customer_id].append(key)
    return lines + _compare(
        "segments of", said, {one: (len(keys), "|".join(keys) or None) for one, keys in held.items()}
    )


def _money(connection: duckdb.DuckDBPyConnection, expected: Result) -> list[str]:
    found = {row["owner_kind"]: row["net_revenue"] for row in _rows(connection, "select * from marts.revenue_by_owner")}
    by_owner = {
        "customers": found.get("customer", 0),
        "guests": found.get("guest", 0),
        "unattributed": found.get("unattributed", 0),
        "orders_minus_refunds": sum(found.values()),
    }
    return _compare("money", by_owner, expected.money)


def _added_up(connection: duckdb.DuckDBPyConnection, expected: Result) -> list[str]:
    key, said = "section, month, currency, channel, line, reason, is_total", "entries, original_amount, amount"
    rows = connection.execute(f"select {key}, {said} from marts.does_it_add_up").fetchall()
    found = {row[:7]: row[7:] for row in rows}
    return _compare("added up", found, {line: tuple(said) for line, said in expected.added_up.items()})


def _performance(connection: duckdb.DuckDBPyConnection, expected: Result) -> list[str]:
    stated = {row["segment_key"]: row for row in _rows(connection, "select * from marts.segment_performance")}
    catalogue = _rows(connection, "select * from marts.segments where status in ('active', 'not_computable')")
    kinds = {row["segment_key"]: row["segment_kind"] for row in catalogue}
    wanted = {key: expected.lacks.get(kind if kind in KINDS else key) for key, kind in kinds.items()}
    lines = _compare("lacks of", {row["segment_key"]: row["lacks"] for row in catalogue}, wanted)
    in_use = {row["segment_key"]: "unknown" if row["status"] == "not_computable" else "stated" for row in catalogue}
    sized = {key: "unknown" if row["customers"] is None else "stated" for key, row in stated.items()}
    lines += _compare("performance for", sized, in_use)
    found = {key: row for key, row in stated.items() if row["customers"]}
    lines += _compare("performance of", dict.fromkeys(found, "there"), dict.fromkeys(expected.performance, "there"))
    for key in found.keys() & expected.performance.keys():
        measures = expected.performance[key]
        lines += _compare(f"performance of {key}", {name: found[key][name] for name in measures}, measures)
    return lines

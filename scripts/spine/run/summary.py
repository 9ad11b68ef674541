"""What a person reads when a build has ended."""

import datetime
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
from dbt.contracts.graph.nodes import CompiledNode
from rich.console import Console

from spine.errors import UsageError, says_disk_full
from spine.run.added_up import print_added_up
from spine.run.database import reader
from spine.run.messages import first_lines
from spine.run.results import NodeResult

KINDS = ("seed", "model", "test", "unit_test")
SLOWEST = 5
SHOWN_ROWS = 40
SHOWN_NAMES = 15
# What to do about rows set aside for a reason, where the reason alone does not say.
REMEDIES = {
    "no_exchange_rate": "set reporting_currency, or bring exchange_rates from before the first order",
    "unusable_timestamp": "write times as 2026-06-30 17:05:00, with an offset if they are not UTC",
    "unusable_amount": "write amounts as 1234.50, with a point, not a comma, before the decimals, without a currency "
    "and without marks between thousands",
    "negative_amount": "bring returns as rows of refunds, with the amount given back above zero",
    "missing_key": "give each row an id of its own",
    "loaded_before_it_happened": "write loaded_at and the other times in one time zone",
    "wrong_number_of_fields": "quote values that hold the delimiter; marts.quarantined_rows names file and row",
    "missing_value": "fill the required columns; marts.quarantined_rows has the rows",
    "unreadable_address": "write addresses as kim@shop.example or +49 170 1234567, without marks around them",
    "unattributable": "name the order, or the customer",
    "shortened_id": "a spreadsheet has cut digits off the ids (5.01235E+12): export again",
    "unknown_order": "bring the order, or name the customer instead",
}
# What to do instead where a table holds something else than the others.
REMEDIES_OF_TABLES = {
    "exchange_rates": {
        "unusable_amount": "write rates as 1.0834, with a point, not a comma, before the decimals",
        "negative_amount": "write rates above zero, in the reporting currency per unit",
    },
}
SHOWN_LINES = 4
# The tag of tests whose rows hold names of tables and segments, days and counts: nothing of a customer.
ROWS_SHOWN = "rows_shown"
STALE_AFTER_DAYS = 7
# A row of the table in which dbt says what does not fit a contract, and what each kind of row means.
_MISMATCH = re.compile(r"^ *\|\s*(\S+)\s*\|\s*(.*?)\s*\|\s*(.*?)\s*\|\s*(.*?)\s*\|$", re.MULTILINE)
_MISMATCHES = {
    "data type mismatch": "the model makes it {built}, {contract} says {agreed}; make them the same",
    "missing in contract": "the model makes it, of type {built}, but {contract} does not have it; add it there",
    "missing in definition": "{contract} has it, of type {agreed}, but the model does not make it; take it out there",
}


def print_summary(results: list[NodeResult], db: Path, console: Console) -> list[str]:
    """Prints what adds up, what went wrong, rows set aside, slow models, and how many models and tests did well.

    Returns the lines that say what went wrong.
    """
    built = {result.name for result in results if result.kind == "model" and result.status == "success"}
    if "does_it_add_up" in built:
        print_added_up(db, console)
    found = problems(results, db)
    for line in found:
        _say(console, line)
    if "quarantined_rows" in built:
        _print_quarantine(db, console)
    slowest = sorted((one for one in results if one.kind == "model"), key=lambda one: -one.seconds)[:SLOWEST]
    if slowest:
        _say(console, "slowest models: " + ", ".join(f"{one.name} {one.seconds:.1f} s" for one in slowest))
    _say(console, "; ".join(_counts(results)))
    return found


def problems(results: list[NodeResult], db: Path) -> list[str]:
    """Lines that tell of warnings, then failures, then errors, and what was not built because of them."""
    by_rank = sorted((one for one in results if _rank(one)), key=_rank)
    lines = [line for result in by_rank for line in _problem(result, db)]
    skipped = [result.name for result in results if result.status == "skipped" and result.kind == "model"]
    skipped.sort(key=lambda name: name.startswith(("base_", "stg_", "int_")))  # marts first
    if skipped:
        more = f" and {len(skipped) - SHOWN_NAMES} more" if len(skipped) > SHOWN_NAMES else ""
        lines.append(f"not built because of that: {', '.join(skipped[:SHOWN_NAMES])}{more}")
    return lines


def _rank(result: NodeResult) -> int:
    if result.is_good:
        return 1 if result.status == "warn" else 0
    return 2 if result.status == "fail" else 3


def print_age(db: Path, as_of: datetime.date, console: Console) -> None:
    """Prints a note when there is no order by `as_of`, or the newest is far older."""
    query = """
        select min(ordered_on), max(case when ordered_on <= ? then ordered_on end), max(ordered_on)
        from staging.stg_orders
    """
    try:
        with reader(db) as connection:
            first, newest, last = connection.execute(query, [as_of]).fetchall()[0]
    except (UsageError, duckdb.Error):
        return
    if first is None:
        return
    if newest is None:
        _say(console, f"note: nobody had ordered by {as_of}: the first order is of {first}. Is --as-of right?")
    elif (as_of - newest).days > STALE_AFTER_DAYS:
        newer = f" `--as-of {last}` computes that day." if newest == last else ""
        _say(
            console,
            f"note: the newest order is of {newest}, {(as_of - newest).days} days before {as_of}.{newer}",
        )


def _say(console: Console, text: str) -> None:
    console.print(text, soft_wrap=True)


def _why(test: str) -> list[str]:
    """What a test says of itself in the comment at its top."""
    comments = re.findall(r"^-- (.*)$", test.split("\nwith ")[0].split("\nselect")[0], re.MULTILINE)
    return [comment for comment in comments if "depends_on" not in comment]


def _counts(results: list[NodeResult]) -> list[str]:
    lines = []
    for kind in KINDS:
        statuses = [result.status for result in results if result.kind == kind]
        parts = [f"{statuses.count(status):,} {status}" for status in sorted(set(statuses))]
        if parts:
            lines.append(f"{kind.replace('_', ' ')}s: {', '.join(parts)}")
    return lines


def _problem(result: NodeResult, db: Path) -> Iterator[str]:
    count = f": {result.failures:,} row{'s' if result.failures > 1 else ''}" if result.failures else ""
    yield f"{result.status.upper()} {result.kind.replace('_', ' ')} {result.name}{count}"
    if result.status in ("fail", "warn"):
        node = result.node
        is_of_rules = _is_of_rules(node)
        if not is_of_rules:
            yield from (f"    {comment}" for comment in _why(node.raw_code))
        if is_of_rules or ROWS_SHOWN in node.tags:
            yield from _offending_rows(node.compiled_code, db)
        elif node.compiled_path:
            yield f"    the query that finds them: {node.compiled_path}"
    else:
        said = _broken_contract(result) or first_lines(result.message, SHOWN_LINES)
        yield from (f"    {line}" for line in said)
        if "Binder Error" in result.message:
            yield from (f"    {line}" for line in _where_columns_come_from(result.node))
        if says_disk_full(result.message):
            yield "    The disk is full: make room, then run the same command again."


def _broken_contract(result: NodeResult) -> list[str]:
    """Which columns of a mart are not those of its contract, if that is what went wrong."""
    if "enforced contract" not in result.message:
        return []
    contract = (result.node.patch_path or "its properties").split("://")[-1]
    return [
        f"column {name}: {_MISMATCHES[reason].format(built=built, agreed=agreed, contract=contract)}"
        for name, built, agreed, reason in _MISMATCH.findall(result.message)
        if reason in _MISMATCHES
    ]


def _where_columns_come_from(node: CompiledNode) -> Iterator[str]:
    """Which YAML a model takes columns from, for one that asks for a column that is not there."""
    if (node.config.meta or {}).get("lists_traits"):
        yield f"It must make every column that {(node.patch_path or '').split('://')[-1]} documents: each is a trait."
    if any(parent.startswith("source.segment_spine.raw.") for parent in node.depends_on.nodes):
        yield "Of a raw table only the columns are there that models/staging/_sources.yml has."


def _is_of_rules(node: CompiledNode) -> bool:
    """Whether a test reads rule tables only: their rows are no customer's data."""
    parents = node.depends_on.nodes
    return "rules" in node.tags or (bool(parents) and all(parent.startswith("seed.") for parent in parents))


def _offending_rows(query: str, db: Path) -> Iterator[str]:
    try:
        with reader(db) as connection:
            cursor = connection.execute(query)
            names = [column[0] for column in cursor.description]
            rows = cursor.fetchmany(SHOWN_ROWS)
            left = len(cursor.fetchall())
    except (UsageError, duckdb.Error):
        yield "    (the rows cannot be read now)"
        return
    yield from (f"    {_offending_row(dict(zip(names, row, strict=True)))}" for row in rows)
    if left:
        yield f"    and {left:,} more"


def _offending_row(row: dict) -> str:
    """A row that a test found; of a rule table: what tells the row from others, and what is wrong with it."""
    table, problem = row.pop("rule_table", None), row.pop("problem", None)
    values = ", ".join(f"{name} {value}" if name != "rule_row" else str(value) for name, value in row.items())
    return ": ".join(str(part) for part in (table, values, problem) if part)


def _print_quarantine(db: Path, console: Console) -> None:
    query = """
        select table_name, quarantine_reason, count(*)
        from marts.quarantined_rows
        group by table_name, quarantine_reason
        order by table_name, quarantine_reason
    """
    try:
        with reader(db) as connection:
            rows = connection.execute(query).fetchall()
    except (UsageError, duckdb.Error):
        _say(console, "rows set aside: cannot be read now (marts.quarantined_rows)")
        return
    _say(
        console,
        f"rows set aside: {sum(row[2] for row in rows):,}" + (" (marts.quarantined_rows)" if rows else ""),
    )
    for table_name, reason, count in rows:
        remedy = (REMEDIES | REMEDIES_OF_TABLES.get(table_name, {})).get(reason)
        _say(console, f"    {table_name}: {count:,} {reason}{f' ({remedy})' if remedy else ''}")

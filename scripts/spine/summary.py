"""What a person reads when a build has ended."""

import json
import os
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from spine.build import NodeResult
from spine.project import PROJECT_DIR

SLOWEST = 5
SHOWN_ROWS = 10


def print_summary(results: list[NodeResult], db: Path, console: Console) -> None:
    """Prints counts, failures, quarantined rows and the slowest models."""
    counts: dict[tuple[str, str], int] = {}
    for result in results:
        counts[result.kind, result.status] = counts.get((result.kind, result.status), 0) + 1
    for kind in ("seed", "model", "test", "unit_test"):
        parts = [f"{count} {status}" for (of_kind, status), count in sorted(counts.items()) if of_kind == kind]
        if parts:
            _line(console, f"{kind.replace('_', ' ')}s: {', '.join(parts)}")
    for result in results:
        if result.status in ("error", "fail", "warn"):
            _print_problem(result, db, console)
    _print_quarantine(db, console)
    slowest = sorted((one for one in results if one.kind == "model"), key=lambda one: -one.seconds)[:SLOWEST]
    if slowest:
        _line(console, "slowest models: " + ", ".join(f"{one.name} {one.seconds:.1f} s" for one in slowest))


def _line(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)


def _print_problem(result: NodeResult, db: Path, console: Console) -> None:
    _line(console, f"{result.status.upper()} {result.kind} {result.name}")
    for line in result.message.splitlines()[:4]:
        _line(console, f"    {line.strip()}")
    if result.kind == "test":
        node = _manifest_node(result.unique_id)
        if "rules" in node.get("tags", []):
            _print_offending_rules(node["compiled_code"], db, console)
        else:
            _line(console, f"    the rows: {node.get('compiled_path', '')}")


def _manifest_node(unique_id: str) -> dict:
    target_dir = Path(os.environ.get("DBT_TARGET_PATH", PROJECT_DIR / "target"))
    manifest = json.loads((target_dir / "manifest.json").read_text(encoding="utf-8"))
    return manifest["nodes"].get(unique_id, {})


def _print_offending_rules(query: str, db: Path, console: Console) -> None:
    """The rows of rule tables that a test found; rules are no customer's data."""
    try:
        with duckdb.connect(str(db), read_only=True) as connection:
            cursor = connection.execute(query)
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchmany(SHOWN_ROWS):
                shown = ", ".join(f"{name}={value}" for name, value in zip(names, row, strict=True))
                _line(console, f"    {shown}")
    except duckdb.Error:
        _line(console, "    (the offending rows cannot be read now)")


def _print_quarantine(db: Path, console: Console) -> None:
    query = """
        select table_name, quarantine_reason, count(*)
        from marts.quarantined_rows
        group by all
        order by all
    """
    try:
        with duckdb.connect(str(db), read_only=True) as connection:
            rows = connection.execute(query).fetchall()
    except duckdb.Error:
        return
    total = sum(row[2] for row in rows)
    _line(console, f"rows set aside: {total:,}" + (" (marts.quarantined_rows)" if total else ""))
    for table_name, reason, count in rows:
        _line(console, f"    {table_name}: {count:,} {reason}")


def print_segments(db: Path, console: Console) -> None:
    """Prints the catalogue of active segments with customers, revenue and their shares.

    Raises duckdb.Error when the marts are not there.
    """
    query = """
        select segments.segment_kind, segments.label, performance.customers, performance.customer_share,
            performance.net_revenue_365d, performance.revenue_share_365d, segments.segment_key
        from marts.segments as segments
        inner join marts.segment_performance as performance using (segment_key)
        order by segments.priority, segments.segment_key
    """
    with duckdb.connect(str(db), read_only=True) as connection:
        rows = connection.execute(query).fetchall()
        as_of, total, revenue = connection.execute(
            "select max(as_of_date), count(*), sum(net_revenue_365d) from marts.customers"
        ).fetchall()[0]
    table = Table(title=f"Segments as of {as_of}: {total:,} customers, {revenue or 0:,.2f} net revenue in 365 days")
    for heading, justify in [
        ("kind", "left"), ("segment", "left"), ("customers", "right"), ("share", "right"),
        ("revenue 365d", "right"), ("revenue share", "right"),
    ]:  # fmt: skip
        table.add_column(heading, justify=justify, no_wrap=True)
    kind_before = None
    for kind, label, customers, share, net_revenue, revenue_share, _ in rows:
        if kind != kind_before:
            table.add_section()
        table.add_row(
            kind if kind != kind_before else "", label, f"{customers:,}", f"{share or 0:.1%}",
            f"{net_revenue:,.2f}", f"{revenue_share or 0:.1%}",
        )  # fmt: skip
        kind_before = kind
    console.print(table)
    _line(console, f"database: {db.absolute()}")

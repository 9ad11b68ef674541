"""`spine segments`: the catalogue of segments with their sizes, within 80 columns."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from spine.errors import UsageError
from spine.publish.publication import read_publication
from spine.publish.store import Store
from spine.run.cut_points import print_cut_points, read_cut_points
from spine.run.database import reader, reporting_currency
from spine.run.moved import AGES, size_changes

# Segments of a kind in the order of priority; those that are not active have no sizes, nor have those
# that lack what they need. Only a small shop has unscored customers.
_SEGMENTS = """
    select
        segments.segment_kind,
        case segments.status
            when 'active' then label
            when 'not_computable' then label || ' (needs ' || replace(lacks, '|', ' and ') || ')'
            else label || ' (' || segments.status || ')'
        end,
        performance.customers,
        performance.customer_share,
        performance.net_revenue_365d,
        performance.revenue_share_365d,
        segments.segment_key
    from marts.segments as segments
    left join marts.segment_performance as performance on segments.segment_key = performance.segment_key
    where segments.segment_key <> 'rfm_unscored' or performance.customers > 0
    order by
        min(segments.priority) over (partition by segments.segment_kind),
        segments.priority,
        segments.segment_key
"""
_NEWEST = "select max(as_of_date) from marts.segments"
_TOTALS = """
    select max(as_of_date), count(*), case when count(*) = 0 then 0 else sum(net_revenue_365d) end from marts.customers
"""


def print_segments(db: Path, console: Console) -> None:
    """Prints every segment with its customers, its net revenue of 365 days and their shares, and the cut points.

    Beside the sizes stands how they have changed since 1, 7 and 30 days ago.

    Raises UsageError when the database or its marts are not there.
    """
    with reader(db) as connection:
        scored_by = _scored_by(db)
        try:
            rows = connection.execute(_SEGMENTS).fetchall()
            changes = size_changes(connection)
            as_of, customers, revenue = connection.execute(_TOTALS).fetchall()[0]
            newest = connection.execute(_NEWEST).fetchall()[0][0]
            currency = reporting_currency(connection)
            cut_points = read_cut_points(connection)
        except duckdb.Error as error:
            raise UsageError(f"--db {db}: holds no segments; build them with `spine build --db {db}`.") from error
    day = f"as of {as_of}: " if as_of else ""
    people = "customer" if customers == 1 else "customers"
    money = "unknown" if revenue is None else f"{currency} {revenue:,.2f}"
    console.print(f"Segments {day}{customers:,} {people}, {money} net revenue in 365 days")
    if as_of != newest:
        console.print(
            f"note: the last build, as of {newest}, did not end well: what did not pass its tests is older. "
            "Mend it and build again; `spine refresh` publishes whole days only.",
            soft_wrap=True,
        )
    if scored_by:
        console.print(
            f"note: sizes and shares are those of run {scored_by}, the last that judged all customers; who has moved "
            "since is in marts.segment_members.",
            soft_wrap=True,
        )
    segments, keys = [row[:-1] for row in rows], [row[-1] for row in rows]
    print_sizes(segments, currency, console, [changes.get(key, {}) for key in keys])
    print_cut_points(cut_points, currency, console)
    console.print(f"database: {db}", soft_wrap=True)


def print_sizes(
    segments: list[tuple], currency: str, console: Console, changes: Sequence[dict[int, int | None]] | None = None
) -> None:
    """Prints segments as (kind, label, customers, share, net revenue, share) with a heading per kind.

    `changes` holds for each segment by how many customers it has changed, by the age in days.
    """
    console.print()
    console.print(_table(segments, currency, [] if changes is None else _side_by_side(changes)))
    console.print()


def _scored_by(db: Path) -> str | None:
    """The run that the sizes of segments are of, if it is an earlier one than what is published."""
    try:
        published = read_publication(Store(db))
    except UsageError:  # built, not published
        return None
    return None if published.full_run_id == published.run_id else published.full_run_id


def _table(segments: list[tuple], currency: str, changes: list[str]) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("segment", overflow="fold")
    for heading in ("customers", "share", f"{currency} 365d", "share", *changes[:1]):
        table.add_column(heading, justify="right", no_wrap=True)
    previous_kind = None
    for place, (kind, label, customers, share, revenue, revenue_share) in enumerate(segments, 1):
        if kind != previous_kind:
            if previous_kind is not None:
                table.add_row()
            table.add_row(kind)
        table.add_row(
            Padding(label, (0, 0, 0, 2)),
            _number(customers, ","),
            _number(share, ".1%"),
            _number(revenue, ",.2f"),
            _number(revenue_share, ".1%"),
            *changes[place : place + 1],
        )
        previous_kind = kind
    return table


def _side_by_side(changes: Sequence[dict[int, int | None]]) -> list[str]:
    """A heading and a line per segment, each as wide as the others, with the changes of all ages."""
    rows = [[f"{age}d" for age in AGES], *([_change(change.get(age)) for age in AGES] for change in changes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [" ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in rows]


def _change(change: int | None) -> str:
    """`+1,234`, `-3`, `0`; from 10,000 on in thousands, from a million on in millions: there is little room."""
    if not change:
        return "-" if change is None else "0"
    if abs(change) >= 999_500:  # which would be 1,000k
        return f"{change / 1_000_000:+,.1f}M"
    if abs(change) >= 10_000:
        return f"{change / 1_000:+,.0f}k"
    return f"{change:+,}"


def _number(value: object, form: str) -> str:
    return "-" if value is None else format(value, form).replace("-0.0%", "0.0%")

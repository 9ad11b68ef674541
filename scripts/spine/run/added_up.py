"""What marts.does_it_add_up says, in a few lines for a person."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import duckdb
from rich.console import Console

from spine.errors import UsageError
from spine.run.database import reader

SHOWN_REASONS = 6
# All months together; the mart has each of them.
_LINES = """
    select
        section, currency, channel, line, reason, is_total, reporting_currency,
        coalesce(sum(entries), 0), coalesce(sum(amount), 0), coalesce(sum(original_amount), 0)
    from marts.does_it_add_up
    group by all
    order by currency, channel, line, sum(entries) desc, reason
"""


class _Line(NamedTuple):
    section: str
    currency: str
    channel: str
    line: str
    reason: str
    is_total: bool
    reporting_currency: str
    entries: int
    amount: object
    original_amount: object


def print_added_up(db: Path, console: Console) -> None:
    """Prints where the orders and the money of the input went, whose they are, and who may be written to.

    A database that cannot be read now, or that holds no such table, is passed over.
    """
    try:
        with reader(db) as connection:
            lines = [_Line(*row) for row in connection.execute(_LINES).fetchall()]
    except (UsageError, duckdb.Error):
        return
    for text in _texts(lines):
        console.print(text, soft_wrap=True)


def _texts(lines: list[_Line]) -> list[str]:
    def of(section: str) -> list[_Line]:
        return [line for line in lines if line.section == section]

    if not of("orders"):
        return []
    currency = lines[0].reporting_currency
    texts = [
        f"orders: {_counts(of('orders'))}",
        *_own_currencies(of("orders")),
        f"revenue in {currency}: {_sums(of('revenue'))}",
    ]
    if invoices := of("invoices"):
        texts.append(f"invoices in {currency}: {_sums(invoices)}")
    texts.append(f"owners: {_sums(of('owners'))}")
    texts.append(f"persons: {_counts(of('ids'))}; {_counts(of('persons'))}; {_counts(of('with_orders'))}")
    for channel in dict.fromkeys(line.channel for line in of("channels")):
        texts.append(f"{channel}: {_counts([line for line in of('channels') if line.channel == channel])}")
    return ["does it add up? (by month and currency: marts.does_it_add_up)", *(f"    {text}" for text in texts)]


# In which order the lines of a section are told.
LINE_ORDER = (
    "superseded", "set_aside", "not_yet_known", "not_counted", "after_the_day", "counted",
    "gross_sales", "discounts", "refunds", "merchandise", "tax", "shipping", "difference",
    "customer", "guest", "unattributed", "persons", "merged", "nobody", "with_orders", "without_orders",
    "scored", "unscored", "contactable", "not_contactable",
)  # fmt: skip


def _own_currencies(lines: list[_Line]) -> list[str]:
    """What the orders that count come to in each currency, if there are several."""
    counted = [line for line in lines if line.line == "counted"]
    if len({line.currency for line in counted}) < 2:
        return []
    own = ", ".join(f"{one.entries:,} of {one.currency} {one.original_amount:,.2f}" for one in counted)
    return [f"counted by currency: {own}"]


def _counts(lines: list[_Line]) -> str:
    """`9 read = 1 set aside (1 negative_amount) + 8 counted`: the total, and the parts that are not zero."""
    return _equation(lines, lambda some: sum(line.entries for line in some), ",")


def _sums(lines: list[_Line]) -> str:
    return _equation(lines, lambda some: sum(line.amount for line in some), ",.2f")


def _equation(lines: list[_Line], summed: Callable[[list[_Line]], object], form: str) -> str:
    totals = [line for line in lines if line.is_total]
    parts = []
    for name in sorted({line.line for line in lines if not line.is_total}, key=place_of_line):
        some = [line for line in lines if line.line == name and not line.is_total]
        if value := summed(some):
            sign = "- " if value < 0 else "+ " if parts else ""
            parts.append(f"{sign}{abs(value):{form}} {name.replace('_', ' ')}{_reasons(some)}")
    total = f"{summed(totals):{form}} {totals[0].line.replace('_', ' ')}" if totals else "0"
    return f"{total} = {' '.join(parts) or '0'}"


def place_of_line(name: str) -> int:
    """Where a line stands among those of its section; an unknown one comes last."""
    return LINE_ORDER.index(name) if name in LINE_ORDER else len(LINE_ORDER)


def _reasons(lines: list[_Line]) -> str:
    counts: dict[str, int] = {}
    for line in lines:
        if line.reason != "none":
            counts[line.reason] = counts.get(line.reason, 0) + line.entries
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    shown = [f"{count:,} {reason}" for reason, count in ranked[:SHOWN_REASONS]]
    if len(ranked) > SHOWN_REASONS:
        shown.append(f"{sum(count for _, count in ranked[SHOWN_REASONS:]):,} other")
    return f" ({', '.join(shown)})" if shown else ""

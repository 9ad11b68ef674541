"""From raw rows to staged rows: read, judge, then one row per key ("Reading the input")."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from .clock import Clock
from .config import Config
from .contract import TABLES, Table
from .values import READERS, read_timestamp

_A_DAY = timedelta(hours=24)
TRILLION = Decimal(10) ** 12


@dataclass
class TableReading:
    """What became of the rows of one raw table."""

    raw: int = 0
    staged: list = field(default_factory=list)
    superseded: int = 0
    quarantined: list[tuple[str, str, tuple]] = field(default_factory=list)
    not_yet_known: int = 0

    def counts(self) -> dict[str, int]:
        """The line of the reconciliation."""
        return {
            "raw": self.raw,
            "staged": len(self.staged),
            "superseded": self.superseded,
            "quarantined": len(self.quarantined),
            "not_yet_known": self.not_yet_known,
        }


class Rates:
    """Exchange rates: the newest one valid on or before a day."""

    def __init__(self, staged: list, reporting_currency: str):
        self.reporting_currency = reporting_currency.upper()
        by_currency: dict[str, list] = defaultdict(list)
        for row in staged:
            by_currency[row.currency.upper()].append((row.valid_on.toordinal(), row.rate))
        self._days = {}
        self._rates = {}
        for currency, pairs in by_currency.items():
            pairs.sort()
            self._days[currency] = [day for day, _ in pairs]
            self._rates[currency] = [rate for _, rate in pairs]

    def rate(self, currency: str | None, day: int) -> Decimal | None:
        """Reporting currency per unit; None if there is no rate."""
        if currency is None or currency.upper() == self.reporting_currency:
            return Decimal(1)
        at = bisect_right(self._days.get(currency.upper(), ()), day)
        return self._rates[currency.upper()][at - 1] if at else None


def key_text(values: list) -> str:
    """The key of a row as text: its key columns joined with '|', null as nothing."""
    return "|".join("" if value is None else str(value) for value in values)


def _restrict_ratings(row: tuple) -> tuple:
    """Ratings out of their range cannot be read: nps 0-10, satisfaction 1-5."""
    if row.nps is not None and not 0 <= row.nps <= 10:
        row = row._replace(nps=None)
    if row.satisfaction is not None and not 1 <= row.satisfaction <= 5:
        row = row._replace(satisfaction=None)
    return row


def _judge(table: Table) -> Callable[[Any], str | None]:
    """The first reason, in the order of the documentation, that needs only the row itself."""
    keys = [c.name for c in table.columns if c.is_key]
    required = [c for c in table.columns if c.is_required and not c.is_key]
    texts = [c.name for c in required if c.kind == "text"]
    times = [c.name for c in required if c.kind == "timestamp"]
    amounts = [c.name for c in required if c.kind in ("money", "rate")]
    own_time = table.own_time
    name = table.name

    needed = [
        (i, reason)
        for names, reason in (
            (keys, "missing_key"),
            (texts, "missing_value"),
            (times, "unusable_timestamp"),
            (amounts, "unusable_amount"),
        )
        for i, column in enumerate(table.columns)
        if column.name in names
    ]

    def judge(row) -> str | None:
        for i, reason in needed:
            if row[i] is None:
                return reason
        if name in ("orders", "refunds") and row.amount < 0:
            return "negative_amount"
        if name == "exchange_rates" and row.rate <= 0:
            return "negative_amount"
        if own_time and row.loaded_at is not None:
            happened = getattr(row, own_time)
            if happened is not None and happened - row.loaded_at > _A_DAY:
                return "loaded_before_it_happened"
        return None

    return judge


def _null_first(values: tuple) -> tuple:
    return tuple((value is not None, value) for value in values)


def read_table(
    name: str,
    raw_rows: list[dict],
    known_until: datetime | None = None,
    judge_further: Callable[[Any], str | None] | None = None,
) -> TableReading:
    """Read one table; ``judge_further`` gives the reasons that need other tables."""
    table = TABLES[name]
    readers = [(column.name, READERS[column.kind]) for column in table.columns]
    columns = [column.name for column in table.columns]
    key_at = [i for i, column in enumerate(table.columns) if column.is_key]
    other_at = [i for i, column in enumerate(table.columns) if not column.is_key]
    loaded_at = columns.index("loaded_at") if "loaded_at" in columns else None
    make = table.row._make
    judge = _judge(table)
    result = TableReading(raw=len(raw_rows))
    best: dict[Any, Any] = {}

    def standing(row) -> tuple:
        loaded = _null_first((row[loaded_at],)) if loaded_at is not None else ()
        return loaded + _null_first(tuple(row[i] for i in other_at))

    for raw_row in raw_rows:
        get = raw_row.get
        typed = []
        for column, read in readers:
            value = get(column)
            typed.append(None if value is None else read(value))
        row = make(typed)
        if name == "identities" and row.identifier_type is not None:
            row = row._replace(identifier_type=row.identifier_type.lower())
        if name == "support_tickets":
            row = _restrict_ratings(row)
        if known_until is not None and loaded_at is not None:
            loaded = row[loaded_at]
            if loaded is not None and loaded > known_until:
                result.not_yet_known += 1
                continue
        reason = judge(row)
        if reason is None and judge_further is not None:
            reason = judge_further(row)
        if reason is not None:
            said = tuple((column, get(column) or None) for column in columns)
            result.quarantined.append((key_text([row[i] for i in key_at]), reason, said))
            continue
        key = row[key_at[0]] if len(key_at) == 1 else tuple(row[i] for i in key_at)
        other = best.get(key)
        if other is None:
            best[key] = row
        else:
            result.superseded += 1
            if standing(row) > standing(other):
                best[key] = row
    result.staged = list(best.values())
    return result


def read_all(raw: dict[str, list[dict]], config: Config, clock: Clock) -> tuple[dict[str, TableReading], Rates]:
    """Read every table of the contract, those first that others are judged by."""
    known_until = read_timestamp(config.known_until) if config.known_until else None

    def read(name: str, judge_further=None) -> TableReading:
        return read_table(name, raw.get(name) or [], known_until, judge_further)

    readings = {"exchange_rates": read("exchange_rates")}
    rates = Rates(readings["exchange_rates"].staged, config.reporting_currency)

    def judge_order(row) -> str | None:
        rate = rates.rate(row.currency, clock.day(row.ordered_at))
        if rate is None:
            return "no_exchange_rate"
        amounts = (row.amount, row.discount_amount or Decimal(0))
        return "beyond_money" if any(abs(amount * rate) >= TRILLION for amount in amounts) else None

    readings["orders"] = read("orders", judge_order)
    order_rates = {
        row.order_id: rates.rate(row.currency, clock.day(row.ordered_at)) for row in readings["orders"].staged
    }

    def judge_refund(row) -> str | None:
        if row.order_id is None and row.customer_id is None:
            return "unattributable"
        if row.order_id is not None and row.order_id not in order_rates:
            return "unknown_order"
        rate = order_rates.get(row.order_id, Decimal(1))
        return "beyond_money" if abs(row.amount * rate) >= TRILLION else None

    readings["refunds"] = read("refunds", judge_refund)
    for name in TABLES:
        if name not in readings:
            readings[name] = read(name)
    return readings, rates

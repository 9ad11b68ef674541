"""From raw rows to staged rows: read, judge, then one row per key ("Reading the input")."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property, total_ordering
from typing import Any, NamedTuple

from .addresses import address_in_id, compared, email_of, phone_of
from .clock import Clock
from .config import Config
from .contract import TABLES, Table
from .rules import ConsentStatus, Rules, is_junk
from .values import READERS, is_shortened, read_moment, read_text, read_timestamp, says_nothing

_A_DAY = timedelta(hours=24)
_FIRST_WITHDRAWALS = datetime(1990, 1, 1)
TRILLION = Decimal(10) ** 12


class Version(NamedTuple):
    """A usable row of a table; of the rows of a key the one of the greatest `order` counts."""

    row: Any
    order: tuple
    is_known: bool


class ConsentVersion(NamedTuple):
    """A usable row of consent: what it means, from when it counts, and what became of it."""

    row: Any
    order: tuple
    is_known: bool
    status: ConsentStatus
    counts_from: datetime
    said_at: datetime
    row_status: str


@dataclass
class TableReading:
    """What became of the rows of one raw table; `fates` says it of each: its status, and why it is set aside."""

    raw: int = 0
    staged: list = field(default_factory=list)
    all_rows: list = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)
    superseded: int = 0
    quarantined: list[tuple[str, str, tuple]] = field(default_factory=list)
    not_yet_known: int = 0
    fates: list[tuple[Any, str, str]] = field(default_factory=list)

    def name_buyers(self, rules: Rules) -> None:
        """Names those who ordered without an id, or with one of nobody, by the hash of their address."""

        def named(row):
            if row.customer_id is None or is_junk(row.customer_id, rules.junk):
                return row._replace(customer_id=row.email or row.phone or row.customer_id)
            return row

        self.staged = [named(row) for row in self.staged]
        self.all_rows = [named(row) for row in self.all_rows]
        self.fates = [(named(row), *fate) for row, *fate in self.fates]

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
            by_currency[row.currency].append((row.valid_on.toordinal(), row.rate))
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


# Whole numbers out of their range cannot be read.
_RANGES = {
    "support_tickets": {"nps": (0, 10), "satisfaction": (1, 5)},
    "products": {"replenish_days": (1, 36500)},
}


def _restricted(name: str, row: tuple) -> tuple:
    """The row without numbers that are out of range, the sign of a discount, and words for no currency."""
    if name == "orders":
        discount = None if row.discount_amount is None else abs(row.discount_amount)
        row = row._replace(discount_amount=discount, currency=None if says_nothing(row.currency) else row.currency)
    out = [
        column
        for column, (least, most) in _RANGES.get(name, {}).items()
        if getattr(row, column) is not None and not least <= getattr(row, column) <= most
    ]
    return row._replace(**dict.fromkeys(out)) if out else row


def _judge(table: Table) -> Callable[[Any], str | None]:
    """The first reason, in the order of the documentation, that needs only the row itself."""
    keys = [c.name for c in table.columns if c.is_key]
    # Ids of the rows themselves. Who is nobody is for the rules to say.
    own_keys = [
        c.name for c in table.columns if c.is_key and c.kind == "id" and table.name not in ("customers", "identities")
    ]
    required = [c for c in table.columns if c.is_required and not c.is_key]
    texts = [c.name for c in required if c.kind in ("id", "text")]
    names = [c.name for c in table.columns]
    times = [c.name for c in required if c.kind == "timestamp"]
    amounts = [c.name for c in required if c.kind in ("money", "rate")]
    own_time = table.own_time
    name = table.name

    needed = [
        (i, reason)
        for names, reason in (
            (texts, "missing_value"),
            (times, "unusable_timestamp"),
            (amounts, "unusable_amount"),
        )
        for i, column in enumerate(table.columns)
        if column.name in names
    ]

    def judge(row, has_shortened_id: bool, is_withdrawal: bool) -> str | None:
        if any(getattr(row, key) is None for key in keys) or any(says_nothing(getattr(row, key)) for key in own_keys):
            return "missing_key"
        if has_shortened_id:
            return "shortened_id"
        for i, reason in needed:
            if row[i] is None:
                return reason
            if name == "consent" and names[i] == "status" and row.customer_id is None and row.address is None:
                return "missing_value"
        if name in ("orders", "refunds") and row.amount < 0:
            return "negative_amount"
        if name == "exchange_rates" and row.rate <= 0:
            return "negative_amount"
        if own_time and row.loaded_at is not None and not is_withdrawal:
            happened = getattr(row, own_time)
            if happened is not None and happened - row.loaded_at > _A_DAY:
                return "loaded_before_it_happened"
        return None

    return judge


def _as_text(kind: str, value: Any) -> str:
    """A typed value as the engine writes it."""
    if value is None:
        return "(blank)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if kind in ("money", "number"):
        return f"{value:.4f}"
    if kind == "rate":
        return f"{value:.8f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}" + (f".{value.microsecond:06d}".rstrip("0") if value.microsecond else "")
    return str(value)


def _rest(table: Table, raw_row: dict) -> str | None:
    """What a raw row holds besides the columns of the contract, as a JSON object of texts; None if that is nothing."""
    named = {column.name for column in table.columns} - {table.rest} | {"file_dated_on"}
    brought: dict[str, Any] = {}
    for written, value in raw_row.items():
        brought.setdefault(written.strip().lower(), value)
    texts = {
        name: value if isinstance(value, str) else read_text(value)
        for name, value in sorted(brought.items())
        if name and name not in named and value not in (None, "")
    }
    return json.dumps(texts, ensure_ascii=False, separators=(",", ":")) if texts else None


@total_ordering
class Impartial:
    """Breaks the tie between rows that nothing else tells apart: the smallest hash of a row's text counts.

    Few rows are ever compared by it, so a hash is taken when it is asked for.
    """

    def __init__(self, table: Table, row: tuple):
        self._table, self._row = table, row

    @cached_property
    def _rank(self) -> int:
        columns = zip(self._table.columns, self._row, strict=True)
        text = ", ".join(_as_text(column.kind, value) for column, value in columns)
        return -int(hashlib.md5(text.encode()).hexdigest(), 16)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Impartial) and self._rank == other._rank

    def __lt__(self, other: Impartial) -> bool:
        return self._rank < other._rank


def read_table(
    name: str,
    raw_rows: list[dict],
    clock: Clock,
    known_until: datetime | None = None,
    judge_further: Callable[[Any], str | None] | None = None,
    careful: Callable[[Any], tuple] = lambda row: (),
    is_withdrawal: Callable[[Any], bool] = lambda row: False,
    counts_from: Callable[[Any, dict], datetime] | None = None,
) -> TableReading:
    """Read one table.

    `judge_further` gives the reasons that need other tables. Of rows of a key with the same `loaded_at` the one that
    `counts_from` the later moment counts (consent), then that of the later day in its file's name, then the one that
    is greater by `careful`.
    """
    table = TABLES[name]
    readers = [
        (column.name, (lambda value: read_moment(value, clock)) if column.kind == "timestamp" else READERS[column.kind])
        for column in table.columns
    ]
    ids = [column.name for column in table.columns if column.kind == "id"]
    columns = [column.name for column in table.columns]
    key_at = [i for i, column in enumerate(table.columns) if column.is_key]
    loaded_at = columns.index("loaded_at") if "loaded_at" in columns else None
    make = table.row._make
    judge = _judge(table)
    result = TableReading(raw=len(raw_rows))
    best: dict[Any, Version] = {}

    for raw_row in raw_rows:
        if table.rest:
            raw_row = {**raw_row, table.rest: _rest(table, raw_row)}
        get = raw_row.get
        typed = []
        for column, read in readers:
            value = get(column)
            typed.append(None if value is None else read(value))
        row = make(typed)
        if name == "identities" and row.identifier_type is not None:
            row = row._replace(identifier_type=row.identifier_type.lower())
            if row.identifier is not None:
                row = row._replace(identifier=compared(row.identifier_type, row.identifier))
        if name == "exchange_rates" and row.currency is not None:
            row = row._replace(currency=row.currency.upper())
        row = _restricted(name, row)
        if name == "consent" and address_in_id(row.customer_id):
            row = row._replace(customer_id=email_of(row.customer_id) or phone_of(row.customer_id))
        result.all_rows.append(row)
        loaded = row[loaded_at] if loaded_at is not None else None
        is_known = known_until is None or loaded is None or loaded <= known_until
        result.not_yet_known += not is_known
        reason = judge(row, any(is_shortened(get(column)) for column in ids), is_withdrawal(row))
        if reason == "missing_value" and name == "consent" and row.customer_id is None and row.address is None:
            reason = "unreadable_address" if read_text(get("address") or "") else reason
        if reason is None and name == "consent" and is_withdrawal(row) and row.occurred_at < _FIRST_WITHDRAWALS:
            reason = "unusable_timestamp"
        if reason is None and judge_further is not None:
            reason = judge_further(row)
        if not is_known:
            result.fates.append((row, "not_yet_known", "none"))
        if reason is not None:
            if is_known:
                result.fates.append((row, "set_aside", reason))
                said = tuple((column, get(column) or None) for column in columns)
                result.quarantined.append((key_text([row[i] for i in key_at]), reason, said))
            continue
        day = get("file_dated_on")
        order = (
            (loaded is not None, loaded),
            counts_from(row, raw_row) if counts_from else None,
            (day is not None, day),
            careful(row),
            Impartial(table, row),
        )
        version = Version(row, order, is_known)
        result.versions.append(version)
        if not is_known:
            continue
        key = tuple(row[i] for i in key_at)
        other = best.get(key)
        result.superseded += other is not None
        if other is None or order > other.order:
            best[key] = version
    result.staged = [version.row for version in best.values()]
    chosen = {id(version) for version in best.values()}
    result.fates += [
        (version.row, "staged" if id(version) in chosen else "superseded", "none")
        for version in result.versions
        if version.is_known
    ]
    return result


def is_completed(order: Any, is_revenue: dict[str, bool]) -> bool:
    """Whether an order is no test, and of a status that counts as revenue."""
    return not order.is_test and is_revenue.get((order.status or "completed").lower(), False)


def read_all(
    raw: dict[str, list[dict]], config: Config, clock: Clock, rules: Rules
) -> tuple[dict[str, TableReading], Rates]:
    """Read every table of the contract, those first that others are judged by."""
    known_until = read_timestamp(config.known_until) if config.known_until else None

    def read(name: str, judge_further=None, **more) -> TableReading:
        return read_table(name, raw.get(name) or [], clock, known_until, judge_further, **more)

    readings = {"exchange_rates": read("exchange_rates")}
    rates = Rates(readings["exchange_rates"].staged, config.reporting_currency)

    def judge_order(row) -> str | None:
        rate = rates.rate(row.currency, clock.day(row.ordered_at))
        if rate is None:
            return "no_exchange_rate"
        amounts = (row.amount, row.discount_amount, row.tax, row.shipping, row.total)
        return "beyond_money" if any(abs((amount or 0) * rate) >= TRILLION for amount in amounts) else None

    def least_revenue(row) -> tuple:
        amount = row.amount * rates.rate(row.currency, clock.day(row.ordered_at))
        return not is_completed(row, rules.order_is_revenue), -amount

    def least_subscribed(row) -> tuple:
        is_live = row.status is None or rules.subscription_statuses[row.status.lower()].is_live
        return not is_live, -(row.monthly_amount or 0)

    readings["orders"] = read("orders", judge_order, careful=least_revenue)
    readings["orders"].name_buyers(rules)
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

    readings["refunds"] = read("refunds", judge_refund, careful=lambda row: (row.amount,))
    readings["subscriptions"] = read("subscriptions", careful=least_subscribed)
    readings["consent"] = _read_consent(raw.get("consent") or [], known_until, clock, rules)
    for name in TABLES:
        if name not in readings:
            readings[name] = read(name)
    return readings, rates


def _read_consent(raw_rows: list[dict], known_until: datetime | None, clock: Clock, rules: Rules) -> TableReading:
    from .consent import moments_of

    opted_out = rules.consent_statuses.get("opted_out")
    unmapped = ConsentStatus("unmapped", opted_out.restrictiveness if opted_out else 4, False, True, False)

    def status_of(row) -> ConsentStatus:
        return rules.consent_statuses.get((row.status or "").lower(), unmapped)

    said: dict[int, datetime] = {}

    def counts_from(row, raw_row: dict) -> datetime:
        counted, said[id(row)] = moments_of(row, raw_row, status_of(row).is_withdrawal, clock)
        return counted

    reading = read_table(
        "consent",
        raw_rows,
        clock,
        known_until,
        careful=lambda row: (status_of(row).restrictiveness,),
        is_withdrawal=lambda row: status_of(row).is_withdrawal,
        counts_from=counts_from,
    )
    newest: dict[str, Version] = {}
    for version in reading.versions:
        other = newest.get(version.row.consent_id)
        if version.is_known and (other is None or version.order > other.order):
            newest[version.row.consent_id] = version

    def row_status(version: Version) -> str:
        if not version.is_known:
            return "not_yet_known"
        return "staged" if newest[version.row.consent_id] is version else "superseded"

    reading.versions = [
        ConsentVersion(*version, status_of(version.row), version.order[1], said[id(version.row)], row_status(version))
        for version in reading.versions
    ]
    return reading

"""What adds up ("Does it add up"): every row of orders once, the money of those that count, whose it is, persons."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from .clock import Clock
from .consent import Answer
from .identity import Identity
from .money import GUESTS, Books
from .reading import Rates, TableReading, is_completed
from .rules import Rules
from .values import round_half_away

NO_REASON = "none"
ZERO = Decimal(0)


class Line(NamedTuple):
    """What a line says: how many, their money in its own currency and in that of the reports; None without any."""

    entries: int | None = None
    original_amount: Decimal | None = None
    amount: Decimal | None = None


class Sheet:
    """Lines by (section, month, currency, channel, line, reason, whether it is a total)."""

    def __init__(self):
        self.lines: dict[tuple, Line] = {}

    def add(self, key: tuple, entries: int | None, original: Decimal | None = None, amount: Decimal | None = None):
        """Adds to a line; None adds nothing."""
        so_far = self.lines.get(key, Line())
        self.lines[key] = Line(
            *(
                other if one is None else one if other is None else one + other
                for one, other in zip(so_far, (entries, original, amount), strict=True)
            )
        )


def month_of(day: int | None) -> str:
    """The month of a day number; the zone may carry the last day of the calendar beyond it."""
    if day is None:
        return "unknown"
    return "10000-01" if day > date.max.toordinal() else date.fromordinal(day).isoformat()[:7]


def added_up(
    readings: dict[str, TableReading],
    rates: Rates,
    rules: Rules,
    books: Books,
    identity: Identity,
    clock: Clock,
    today: int,
    customers: dict[str, dict[str, Any]],
    junk_ids: set[str],
    consents: dict[tuple[str, str, str], Answer],
) -> dict[tuple, Line]:
    """Every line, the totals too, each from the rows themselves."""
    sheet = Sheet()
    _orders(sheet, readings["orders"], rates, rules, books, clock, today)
    _refunds(sheet, books)
    _persons(sheet, identity, customers, junk_ids)
    for (_, channel, purpose), answer in consents.items():
        name = f"{channel} {purpose}"
        if answer.is_contactable:
            line, reason = "contactable", NO_REASON
        else:
            line, reason = "not_contactable", "withdrawn_after_day" if answer.has_consent else answer.status
        sheet.add(("channels", "all", "all", name, line, reason, False), 1)
        sheet.add(("channels", "all", "all", name, "persons", NO_REASON, True), 1)
    return sheet.lines


def _orders(
    sheet: Sheet, reading: TableReading, rates: Rates, rules: Rules, books: Books, clock: Clock, today: int
) -> None:
    for row, row_status, quarantine_reason in reading.fates:
        day = None if row.ordered_at is None else clock.day(row.ordered_at)
        currency = (row.currency or rates.reporting_currency).upper()
        rate = Decimal(1) if currency == rates.reporting_currency else day and rates.rate(currency, day)
        place = (month_of(day), currency if rate is not None or len(currency) == 3 else "unknown", "all")
        line, reason = row_status, quarantine_reason
        if row_status == "staged":
            line, reason = _counted(row, rules, day, today)
        sheet.add(("orders", *place, line, reason, False), 1, row.amount)
        sheet.add(("orders", *place, "read", NO_REASON, True), 1, row.amount)
        if line == "counted":
            _revenue(sheet, row, rate, place, books.owner_of(row.customer_id))


def _counted(row: Any, rules: Rules, day: int, today: int) -> tuple[str, str]:
    """Whether an order counts, and why it does not."""
    if not is_completed(row, rules.order_is_revenue):
        status = rules.order_statuses.get((row.status or "completed").lower(), "unmapped")
        return "not_counted", "test" if row.is_test else status
    return ("counted" if day <= today else "after_the_day"), NO_REASON


def _revenue(sheet: Sheet, row: Any, rate: Decimal, place: tuple, owner: str) -> None:
    def money(value: Decimal | None) -> tuple[Decimal | None, Decimal | None]:
        return (None, None) if value is None else (value, round_half_away(value * rate, 2))

    def total(parts: Iterable[tuple]) -> tuple[Decimal, ...]:
        return tuple(sum((part or ZERO for part in side), ZERO) for side in zip(*parts, strict=True))

    amount, discount = money(row.amount), money(row.discount_amount or ZERO)
    less = tuple(-side for side in discount)
    sheet.add(("revenue", *place, "gross_sales", NO_REASON, False), 1, *total([amount, discount]))
    sheet.add(("revenue", *place, "discounts", NO_REASON, False), None, *less)
    sheet.add(("revenue", *place, "net_revenue", NO_REASON, True), 1, *amount)
    sheet.add(("owners", *place, owner, NO_REASON, False), 1, *amount)
    sheet.add(("owners", *place, "net_revenue", NO_REASON, True), 1, *amount)
    tax, shipping, rest = money(row.tax), money(row.shipping), (None, None)
    if row.tax is row.shipping is row.total is None:
        return
    parts = total([amount, tax, shipping])
    if row.total is not None:
        rest = money(row.total - row.amount - (row.tax or ZERO) - (row.shipping or ZERO))
    sheet.add(("invoices", *place, "merchandise", NO_REASON, False), 1, *amount)
    sheet.add(("invoices", *place, "tax", NO_REASON, False), None, *tax)
    sheet.add(("invoices", *place, "shipping", NO_REASON, False), None, *shipping)
    sheet.add(("invoices", *place, "difference", NO_REASON, False), None, *rest)
    sheet.add(("invoices", *place, "total", NO_REASON, True), 1, *total([parts, rest]))


def _refunds(sheet: Sheet, books: Books) -> None:
    for holder, refunds in books.refunds.items():
        owner = "guest" if holder == GUESTS else holder[0]
        for refund in refunds:
            place, money = (
                (month_of(books.today - refund.age), refund.currency, "all"),
                (-refund.original, -refund.amount),
            )
            reason = "implied" if refund.is_implied else NO_REASON
            sheet.add(("revenue", *place, "refunds", reason, False), 1, *money)
            sheet.add(("revenue", *place, "net_revenue", NO_REASON, True), 1, *money)
            sheet.add(("owners", *place, owner, NO_REASON, False), 1, *money)
            sheet.add(("owners", *place, "net_revenue", NO_REASON, True), 1, *money)


def _persons(sheet: Sheet, identity: Identity, customers: dict[str, dict[str, Any]], junk_ids: set[str]) -> None:
    ids = {"persons": 0, "merged": 0, "after_the_day": 0, "nobody": len(junk_ids)}
    for person, members in identity.members.items():
        if person in customers:
            ids["persons"] += 1
            ids["merged"] += len(members) - 1
        else:
            ids["after_the_day"] += len(members)
    buyers = [traits for traits in customers.values() if traits["recency_days"] is not None]
    scored = sum(1 for traits in buyers if traits["rfm_score"] is not None)
    parts = {
        "ids": ids,
        "persons": {"with_orders": len(buyers), "without_orders": len(customers) - len(buyers)},
        "with_orders": {"scored": scored, "unscored": len(buyers) - scored},
    }
    all_ids = len(junk_ids) + sum(map(len, identity.members.values()))
    totals = {"ids": all_ids, "persons": len(customers), "with_orders": len(buyers)}
    for section, lines in parts.items():
        for line, count in lines.items():
            sheet.add((section, "all", "all", "all", line, NO_REASON, False), count)
        sheet.add((section, "all", "all", "all", section, NO_REASON, True), totals[section])

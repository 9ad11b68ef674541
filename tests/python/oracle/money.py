"""Completed orders and refunds in the reporting currency, per person, as of a day."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from .clock import Clock
from .identity import Identity
from .reading import Rates, is_completed
from .rules import Rules
from .values import round_half_away

ZERO = Decimal("0.00")
GUESTS = ("guests", None)
UNATTRIBUTED = ("unattributed", None)


class Order(NamedTuple):
    """A completed order; ``age`` is in days before D, ``rate`` that to the reporting currency."""

    order_id: str
    at: datetime
    age: int
    amount: Decimal
    discount: Decimal
    channel: str | None
    rate: Decimal


class Refund(NamedTuple):
    """A refund that counts; ``age`` is that of the day on which it counts, the rest is that of its order.

    One that ``is_implied`` is told by the status of its order alone.
    """

    age: int
    amount: Decimal
    channel: str | None
    currency: str
    original: Decimal
    is_implied: bool = False


class Books:
    """Orders and refunds that count by D, per holder: ('customer', id), GUESTS or UNATTRIBUTED."""

    def __init__(
        self,
        staged: dict[str, list],
        rates: Rates,
        rules: Rules,
        identity: Identity,
        clock: Clock,
        today: int,
        policy: str,
    ):
        self._identity, self.today = identity, today
        self.orders: dict[tuple, list[Order]] = defaultdict(list)
        self.refunds: dict[tuple, list[Refund]] = defaultdict(list)
        details = {}
        for row in staged["orders"]:
            day = clock.day(row.ordered_at)
            counts = is_completed(row, rules.order_is_revenue)
            rate = rates.rate(row.currency, day)
            holder = self._holder(row.customer_id)
            channel = row.channel.lower() if row.channel else None
            currency = (row.currency or rates.reporting_currency).upper()
            details[row.order_id] = (holder, day, rate, counts, channel, currency)
            if counts and day <= today:
                self.orders[holder].append(
                    Order(
                        row.order_id,
                        row.ordered_at,
                        today - day,
                        round_half_away(row.amount * rate, 2),
                        round_half_away((row.discount_amount or ZERO) * rate, 2),
                        channel,
                        rate,
                    )
                )
                status = rules.order_statuses.get((row.status or "completed").lower())
                if status == "refunded" and not staged["refunds"]:
                    whole = self.orders[holder][-1].amount
                    self.refunds[holder].append(Refund(today - day, whole, channel, currency, row.amount, True))
        for row in staged["refunds"]:
            day = clock.day(row.refunded_at)
            if day > today:
                continue
            if row.order_id is None:
                amount = round_half_away(row.amount, 2)
                self.refunds[self._holder(row.customer_id)].append(
                    Refund(today - day, amount, None, rates.reporting_currency, row.amount)
                )
                continue
            holder, order_day, rate, counts, channel, currency = details[row.order_id]
            if policy == "ordered_on":
                day = order_day
            if counts and day <= today:
                amount = round_half_away(row.amount * rate, 2)
                self.refunds[holder].append(Refund(today - day, amount, channel, currency, row.amount))

    def _holder(self, customer_id: str | None) -> tuple:
        if customer_id is None:
            return GUESTS
        person = self._identity.person(customer_id)
        return UNATTRIBUTED if person is None else ("customer", person)

    def owner_of(self, customer_id: str | None) -> str:
        """Whose an order of this customer id is: a customer's, a guest's or nobody's."""
        holder = self._holder(customer_id)
        return "guest" if holder == GUESTS else holder[0]

    def net_revenue(self, holder: tuple, days: int | None = None) -> Decimal:
        """Orders minus refunds of the last days (None: of the whole life)."""
        total = ZERO
        for order in self.orders.get(holder, ()):
            if days is None or order.age < days:
                total += order.amount
        for refund in self.refunds.get(holder, ()):
            if days is None or refund.age < days:
                total -= refund.amount
        return total

    def gross_revenue(self, holder: tuple) -> Decimal:
        """Completed orders of the whole life, before refunds."""
        return sum((order.amount for order in self.orders.get(holder, ())), ZERO)

    def refunded_amount(self, holder: tuple) -> Decimal:
        """Refunds of the whole life."""
        return sum((refund.amount for refund in self.refunds.get(holder, ())), ZERO)

    def totals(self) -> dict[str, Decimal]:
        """The three parts of revenue, and the sum they make."""
        parts = {"customers": ZERO, "guests": ZERO, "unattributed": ZERO}
        for holder in self.orders.keys() | self.refunds.keys():
            name = "customers" if holder[0] == "customer" else holder[0]
            parts[name] += self.net_revenue(holder)
        orders = sum((o.amount for many in self.orders.values() for o in many), ZERO)
        refunds = sum((r.amount for many in self.refunds.values() for r in many), ZERO)
        return {**parts, "orders_minus_refunds": orders - refunds}

"""The traits that are rows of ``traits.csv``: what one row says of one customer."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from .clock import Clock
from .contract import TABLES
from .engagement import Event
from .money import ZERO, Books, Order, Refund
from .reading import TRILLION
from .rules import TraitRow
from .traits import without_address
from .values import READERS, round_half_away

# What there is where nothing happened; measures that are not here have nothing then.
DEFAULTS: dict[str, Any] = {"count": 0, "days": 0, "revenue": ZERO, "quantity": Decimal(0), "has_done": False}
_READERS = {"number": READERS["money"], "boolean": READERS["boolean"], "text": READERS["text"]}
# The first two hold other columns.
_COLUMNS = frozenset(TABLES["customers"].row._fields) - {"attributes", "other_columns"}


class Line(NamedTuple):
    """A line of a completed order; ``revenue`` is in the reporting currency."""

    product_id: str | None
    category: str | None
    quantity: Decimal
    revenue: Decimal


class Ticket(NamedTuple):
    """A ticket, opened ``age`` days before D."""

    age: int


@dataclass
class History:
    """What one customer has done by D, and the record that speaks for them; lines are per order."""

    orders: list[Order]
    lines: dict[str, list[Line]]
    refunds: list[Refund]
    tickets: list[Ticket]
    events: list[Event]
    record: Any
    _done: dict[str, list] = field(default_factory=dict)

    def done(self, activity: str) -> list:
        """The orders, refunds, tickets or events that are of an activity."""
        if activity not in self._done:
            self._done[activity] = self._find(activity)
        return self._done[activity]

    def _find(self, activity: str) -> list:
        if activity == "ordered":
            return self.orders
        if activity == "refunded":
            return self.refunds
        if activity == "ticket_opened":
            return self.tickets
        if activity == "visited":
            return [event for event in self.events if event.rule.is_visit]
        if activity == "used":
            return [event for event in self.events if event.rule.is_usage]
        names = activity.split("|")
        return [event for event in self.events if event.rule.event_name in names]


def lines_of_orders(staged: dict[str, list], books: Books, category_of: dict[str, str | None]) -> dict[str, list[Line]]:
    """The lines of every completed order."""
    rates = {order.order_id: order.rate for orders in books.orders.values() for order in orders}
    lines: dict[str, list[Line]] = defaultdict(list)
    for row in staged["order_items"]:
        if row.order_id in rates:
            units = Decimal(1) if row.quantity is None else row.quantity
            revenue = _line_revenue(units, row.unit_price or ZERO, rates[row.order_id])
            category = row.category or category_of.get(row.product_id)
            counted = Decimal(0) if abs(units) >= TRILLION else units
            lines[row.order_id].append(Line(row.product_id, category, counted, revenue))
    return lines


def _line_revenue(units: Decimal, unit_price: Decimal, rate: Decimal) -> Decimal:
    """Of a line of a trillion and more nothing, be it in its own currency or in the reporting currency."""
    amount = round_half_away(units * unit_price, 4)
    is_too_much = abs(amount) >= TRILLION or abs(amount * rate) >= TRILLION
    return ZERO if is_too_much else round_half_away(amount * rate, 2)


def tickets_of(rows: Iterable, clock: Clock, today: int) -> list[Ticket]:
    """The tickets that were opened by D."""
    ages = (today - clock.day(row.opened_at) for row in rows)
    return [Ticket(age) for age in ages if age >= 0]


def row_traits(rows: Iterable[TraitRow], history: History, clock: Clock, today: int) -> dict[str, Any]:
    """The value of every row for one customer."""
    return {row.trait: value_of(row, history, clock, today) for row in rows}


def default_of(row: TraitRow) -> Any:
    """The value for a customer of whom nothing is known."""
    return DEFAULTS.get(row.measure)


def value_of(row: TraitRow, history: History, clock: Clock, today: int) -> Any:
    """The value of one row: int or Decimal, str, bool, or None."""
    if row.measure == "attribute":
        return _attribute(row, history.record, clock, today)
    in_window = [done for done in history.done(row.activity) if _is_within(row, done.age)]
    in_scope = [done for done in in_window if _is_in_scope(row, done, history)]
    ages = [done.age for done in in_scope]
    if row.measure == "count":
        return len(ages)
    if row.measure == "days":
        return len(set(ages))
    if row.measure == "has_done":
        return bool(ages)
    if row.measure == "days_since_last":
        return min(ages, default=None)
    if row.measure == "days_since_first":
        return max(ages, default=None)
    if row.measure == "share":
        return round_half_away(Decimal(len(in_scope)) / len(in_window), 6) if in_window else None
    if row.measure == "quantity":
        return sum((line.quantity for line in _lines(row, in_scope, history)), Decimal(0))
    if row.measure == "revenue":
        return _revenue(row, in_scope, history)
    raise ValueError(f"no measure {row.measure}")


def _is_within(row: TraitRow, age: int) -> bool:
    return row.youngest <= age and (row.oldest is None or age <= row.oldest)


def _is_in_scope(row: TraitRow, done: Any, history: History) -> bool:
    if row.scope == "any":
        return True
    wanted = row.scope_value.split("|")
    return any(value in wanted for value in _values(row.scope, done, history) if value is not None)


def _values(scope: str, done: Any, history: History) -> list[str | None]:
    """The values that an order, refund or event has in a scope."""
    if isinstance(done, Order) and scope in ("category", "product"):
        return [_of_line(scope, line) for line in history.lines.get(done.order_id, [])]
    if isinstance(done, (Order, Refund)) and scope == "order_channel":
        return [done.channel]
    if isinstance(done, Event):
        if scope in ("feature", "page"):
            return [text_in_json(done.properties, scope)]
        if scope.startswith("properties."):
            return [text_in_json(done.properties, scope.removeprefix("properties."))]
        columns = {
            "category": done.category,
            "product": done.product_id,
            "channel": done.channel,
            "source": done.source,
            "campaign": done.campaign_id,
        }
        return [columns[scope]]
    raise ValueError(f"{scope} is no scope of {type(done).__name__}")


def _of_line(scope: str, line: Line) -> str | None:
    return line.category if scope == "category" else line.product_id


def _lines(row: TraitRow, orders: list[Order], history: History) -> list[Line]:
    """The lines of orders that are in the scope themselves."""
    lines = [line for order in orders for line in history.lines.get(order.order_id, [])]
    if row.scope == "any":
        return lines
    return [line for line in lines if _of_line(row.scope, line) in row.scope_value.split("|")]


def _revenue(row: TraitRow, in_scope: list, history: History) -> Decimal:
    if row.activity == "ordered" and row.scope in ("category", "product"):
        return sum((line.revenue for line in _lines(row, in_scope, history)), ZERO)
    total = sum((done.amount for done in in_scope), ZERO)
    if row.activity == "ordered":
        refunds = [done for done in history.refunds if _is_within(row, done.age)]
        total -= sum((done.amount for done in refunds if _is_in_scope(row, done, history)), ZERO)
    return total


# attributes --------------------------------------------------------------------------------------------


def _attribute(row: TraitRow, record: Any, clock: Clock, today: int) -> Any:
    if record is None:
        return None
    if row.scope == "key":
        said = text_in_json(record.attributes, row.scope_value)
    else:
        # Names of columns are the same in any case.
        column = row.scope_value.lower()
        said = getattr(record, column) if column in _COLUMNS else text_in_json(record.other_columns, column)
    if isinstance(said, datetime):
        return today - clock.day(said)
    if isinstance(said, date):
        return full_years(said, date.fromordinal(today))
    read = None if said is None else _READERS[row.type](said)
    return without_address(read) if row.type == "text" else read


def full_years(born: date, day: date) -> int | None:
    """The age on a day; who was born on 29 February is a year older on 1 March of other years."""
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return years if born <= day else None


class _Number(str):
    """A number as it is written."""

    def plainly(self) -> str:
        """Without a point where it is whole."""
        return self.removesuffix(".0")


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


@lru_cache(maxsize=10_000)
def _object(text: str) -> dict[str, Any]:
    """A JSON object; nothing where the text is none."""
    try:
        found = json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=_refuse)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def text_in_json(text: str | None, key: str) -> str | None:
    """A key of a JSON object as text: a string as it is, a whole number without a point, all else as written."""
    value = _object(text).get(key) if text is not None else None
    if isinstance(value, _Number):
        return value.plainly()
    return value if value is None or type(value) is str else _written(value)


def _written(value: Any) -> str:
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{_written(v)}" for key, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    return json.dumps(value, ensure_ascii=False)

"""What `does_it_add_up` must say of orders and refunds that a test read from an export itself."""

import csv
import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from adapting import CURRENCY, DAY
from conftest import PROJECT_DIR

Line = tuple[int | None, Decimal | None]
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Sale:
    """An order, or why it is none (`fault`); a guest has no `buyer`, not even an address."""

    order_id: str
    fault: str | None = None
    buyer: str | None = None
    day: datetime.date | None = None
    amount: Decimal = NOTHING
    currency: str = CURRENCY
    status: str = "completed"
    is_test: bool = False
    discount: Decimal | None = None
    tax: Decimal | None = None
    shipping: Decimal | None = None
    total: Decimal | None = None

    @property
    def difference(self) -> Decimal:
        """What the total holds beside merchandise, tax and shipping."""
        if self.total is None:
            return NOTHING
        return self.total - self.amount - (self.tax or NOTHING) - (self.shipping or NOTHING)


@dataclass(frozen=True)
class PaidBack:
    """A refund of an order."""

    order_id: str
    day: datetime.date
    amount: Decimal


def order_statuses() -> dict[str, tuple[str, bool]]:
    """What each name of a status means, and whether it is revenue."""
    with (PROJECT_DIR / "seeds/rules/order_statuses.csv").open(encoding="utf-8") as file:
        return {
            row["source_status"]: (row["order_status"], row["is_revenue"] == "true") for row in csv.DictReader(file)
        }


def to_cents(amount: Decimal, rate: Decimal = Decimal(1)) -> Decimal:
    """An amount times a rate, rounded half away from zero."""
    return (amount * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)


def sums_of(
    sales: Iterable[Sale], refunds: Iterable[PaidBack], rates: dict[str, Decimal]
) -> dict[tuple[str, str, str], Line]:
    """The lines that `Adapted.lines` must return, from an export: one sale per order, and each refund."""
    statuses, day = order_statuses(), datetime.date.fromisoformat(DAY)
    rates = {CURRENCY: Decimal(1), **rates}
    told, counted = defaultdict(int), {}
    for sale in sales:
        fault = sale.fault or (None if sale.currency in rates else "no_exchange_rate")
        status, is_revenue = ("test", False) if sale.is_test else statuses[sale.status]
        if fault:
            told["set_aside", fault] += 1
        elif not is_revenue:
            told["not_counted", status] += 1
        elif sale.day > day:
            told["after_the_day", "none"] += 1
        else:
            told["counted", "none"] += 1
            counted[sale.order_id] = sale
    lines = {("orders", *line): (count, None) for line, count in told.items()}
    lines["orders", "read", "none"] = (sum(told.values()), None)
    return lines | _money(counted, [one for one in refunds if one.order_id in counted and one.day <= day], rates)


def _money(
    counted: dict[str, Sale], refunds: list[PaidBack], rates: dict[str, Decimal]
) -> dict[tuple[str, str, str], Line]:
    def summed(of: Iterable[Sale], name: str) -> Decimal:
        return sum((to_cents(getattr(sale, name) or NOTHING, rates[sale.currency]) for sale in of), NOTHING)

    def net(of_guests: bool | None) -> Line:
        orders = [sale for sale in counted.values() if of_guests in (None, sale.buyer is None)]
        back = [one for one in refunds if of_guests in (None, counted[one.order_id].buyer is None)]
        given_back = sum((to_cents(one.amount, rates[counted[one.order_id].currency]) for one in back), NOTHING)
        return len(orders) + len(back), summed(orders, "amount") - given_back

    orders = list(counted.values())
    merchandise, discounts = summed(orders, "amount"), summed(orders, "discount")
    lines = {
        ("revenue", "gross_sales", "none"): (len(orders), merchandise + discounts),
        ("revenue", "discounts", "none"): (None, -discounts),
        ("revenue", "refunds", "none"): (len(refunds), net(None)[1] - merchandise),
        ("revenue", "net_revenue", "none"): net(None),
        ("owners", "customer", "none"): net(False),
        ("owners", "guest", "none"): net(True),
        ("owners", "net_revenue", "none"): net(None),
    }
    invoiced = [sale for sale in orders if (sale.tax, sale.shipping, sale.total) != (None, None, None)]
    if invoiced:
        parts = {name: summed(invoiced, name) for name in ("amount", "tax", "shipping", "difference")}
        lines |= {
            ("invoices", "merchandise", "none"): (len(invoiced), parts["amount"]),
            ("invoices", "tax", "none"): (None, parts["tax"]),
            ("invoices", "shipping", "none"): (None, parts["shipping"]),
            ("invoices", "difference", "none"): (None, parts["difference"]),
            ("invoices", "total", "none"): (len(invoiced), sum(parts.values())),
        }
    # A line of entries is there where it has one; a part of other lines' entries wherever they are.
    return {line: said for line, said in lines.items() if said[0] != 0}

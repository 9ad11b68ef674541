"""Raw tables that climb past every line a rule or window draws: one customer a step, so that a moved line shows."""

import csv
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

from strategies import COLUMNS

RULES_DIR = Path(__file__).resolve().parents[2] / "seeds" / "rules"
# Days on either side of the ends of all windows: 7, 14, 28, 30, 60, 90, 97, 180, 365.
AGES = [
    *(0, 1, 5, 6, 7, 8, 13, 14, 15, 27, 28, 29, 30, 31, 32, 59, 60, 61, 89, 90, 91, 96, 97, 98),
    *(179, 180, 181, 182, 364, 365, 366, 367),
]
Rows = dict[str, list[dict[str, str | None]]]


class Ladders:
    """The rows of all ladders as of one day."""

    def __init__(self, as_of: date):
        self.as_of = as_of
        self.rows: Rows = {table: [] for table in COLUMNS}

    def at(self, age: int, hour: int = 12) -> str:
        """The time of day `hour`, `age` days before the day."""
        return str(datetime.combine(self.as_of - timedelta(days=age), time(hour)))

    def add(self, table: str, **values) -> str:
        """A row of a table, with an id of its own where none is given; gives the id."""
        row = {column: None if values.get(column) is None else str(values[column]) for column in COLUMNS[table]}
        if row[COLUMNS[table][0]] is None:
            row[COLUMNS[table][0]] = f"{table} {len(self.rows[table])}"
        self.rows[table].append(row)
        return row[COLUMNS[table][0]]

    def order(self, customer: str, age: int, amount: str = "20", hour: int = 12, **values) -> str:
        """A completed order; gives its id."""
        return self.add("orders", customer_id=customer, ordered_at=self.at(age, hour), amount=amount, **values)

    def event(self, customer: str, name: str, age: int = 0, times: int = 1, hour: int = 12, **values) -> None:
        """One event or several."""
        for _ in range(times):
            self.add("events", customer_id=customer, event_name=name, occurred_at=self.at(age, hour), **values)


def ladders(as_of: date, rules_dir: Path = RULES_DIR) -> Rows:
    """All ladders in one set of raw tables."""
    made = Ladders(as_of)
    for build in (
        _ages, _counts, _amounts, _points, _categories, _comebacks, _statuses, _taxonomy, _subscriptions, _support,
        _replenishment, _carts, _views, _consent, _persons, _refunds, _rates, _hours,
    ):  # fmt: skip
        build(made, rules_dir)
    return made.rows


def _rules(rules_dir: Path, table: str) -> Iterator[dict[str, str]]:
    with (rules_dir / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _ages(made: Ladders, _: Path) -> None:
    """One thing, so many days ago."""
    made.add("products", product_id="p", category="apple")
    for age in AGES:
        made.order(f"ordered {age}", age, amount=str(50 + age))
        order_id = made.order(f"refunded {age}", 400)
        made.add("refunds", order_id=order_id, refunded_at=made.at(age), amount="5")
        for name in ("product_viewed", "logged_in", "feature_used", "teammate_invited", "page_viewed"):
            made.event(f"{name} {age}", name, age, product_id="p" if name == "product_viewed" else None)
        made.event(f"messages {age}", "message_sent", age, times=3)
        made.event(f"messages {age}", "message_opened", age, times=2)
        made.event(f"messages {age}", "message_clicked", age)
        made.event(f"paywall {age}", "paywall_hit", age, times=2)
        made.event(f"usage {age}", "logged_in", age, times=3)
        made.add(
            "subscriptions", customer_id=f"usage {age}", status="active", started_at=made.at(400), monthly_amount=9
        )
        made.add("support_tickets", customer_id=f"ticket {age}", opened_at=made.at(age), nps=3)
        made.add("customers", customer_id=f"signed up {age}", signed_up_at=made.at(age), country="DE")
    made.order("tomorrow", -1)
    made.event("tomorrow's visitor", "page_viewed", -1)


def _counts(made: Ladders, _: Path) -> None:
    """One thing, so many times."""
    for count in range(1, 8):
        for name in ("product_viewed", "paywall_hit", "message_sent", "message_opened", "message_clicked"):
            made.event(f"{count} x {name}", name, 2, times=count)
        for discounted in range(count + 1):
            for number in range(count):
                discount = 1 if number < discounted else None
                made.order(f"{count} orders, {discounted} discounted", 10 * number + 3, discount_amount=discount)
        made.order(f"vip sent {count}", 20, amount="90000")
        made.event(f"vip sent {count}", "message_sent", 3, times=count)


def _amounts(made: Ladders, _: Path) -> None:
    """So much money."""
    for amount in ("0", "0.01", "299.99", "300", "300.01", "301", "301.01"):
        made.order(f"spent {amount}", 45, amount=amount)
    for rank in range(1, 200):
        made.order(f"rank {rank}", 200, amount=str(1000 + rank // 2))


def _points(made: Ladders, _: Path) -> None:
    """So many points of engagement, today and a week ago."""
    for points in range(1, 25):
        made.event(f"{points} points", "page_viewed", times=points)
    for faded in (0, 1, 40, 60, 80, 120, 200):
        made.event(f"fading {faded}", "added_to_cart", 92, times=faded)
        made.event(f"fading {faded}", "added_to_cart", 12, times=1)
    made.event("gone quiet", "added_to_cart", 95, times=100)


def _categories(made: Ladders, _: Path) -> None:
    """So large a share of the points of affinity."""
    for points in range(1, 8):
        for name in ("content_read", "product_viewed", "added_to_cart"):
            customer = f"{points} x apple by {name}"
            made.event(customer, name, 3, times=points, category="apple")
            for other in range(3):
                made.event(customer, "content_read", 3, category=f"other {other}")
    for age in AGES:
        made.event(f"old apple {age}", "added_to_cart", age, category="apple")
        made.event(f"old apple {age}", "content_read", 0, category="pear", times=2)
    order_id = made.order("two categories", 9)
    for line, category in enumerate(("apple", "pear", "pear"), 1):
        made.add("order_items", order_id=order_id, line_number=line, category=category, quantity=5)


def _comebacks(made: Ladders, _: Path) -> None:
    """A gap of so many days, so many days ago; and customers who order again and again."""
    for gap in (1, 30, 179, 180, 181, 182, 183):
        for age in (0, 1, 29, 30, 31, 32, 90):
            made.order(f"gap {gap} ended {age}", age + gap)
            made.order(f"gap {gap} ended {age}", age)
    for step in (1, 7, 30):
        for orders in (2, 3, 4):
            for number in range(orders):
                made.order(f"{orders} orders every {step}", 40 + step * number)


def _statuses(made: Ladders, rules_dir: Path) -> None:
    """Each status of an order, as written and otherwise."""
    for row in _rules(rules_dir, "order_statuses"):
        made.order(f"status {row['source_status']}", 11, amount="33", status=row["source_status"].upper())
    made.order("status never heard of", 11, amount="33", status="teleported")


def _taxonomy(made: Ladders, rules_dir: Path) -> None:
    """Each event of each source once."""
    for row in _rules(rules_dir, "event_taxonomy"):
        source = None if row["source"] == "any" else row["source"].upper()
        customer = f"{row['source']}: {row['source_event_name']}"
        made.event(customer, row["source_event_name"], 4, source=source, category="apple")
        made.event(f"{customer} of another source", row["source_event_name"], 4, source="carrier pigeon")
    made.event("event never heard of", "teleported", 4, times=3, category="apple")
    for channel in ("email", "sms"):
        made.event(f"opened {channel}", "message_opened", 4, channel=channel)


def _subscriptions(made: Ladders, rules_dir: Path) -> None:
    """Each status of a subscription, and its dates on either side of the day and of the window of renewal."""
    for row in _rules(rules_dir, "subscription_statuses"):
        made.add(
            "subscriptions", customer_id=f"subscription {row['source_status']}", status=row["source_status"],
            started_at=made.at(50), renews_at=made.at(-10), monthly_amount=9,
        )  # fmt: skip
    for days in (-2, -1, 0, 1, 29, 30, 31, 32):
        common = {"status": "active", "started_at": made.at(60), "monthly_amount": 9}
        made.add("subscriptions", customer_id=f"renews in {days}", renews_at=made.at(-days), **common)
        made.add("subscriptions", customer_id=f"trial ends in {days}", trial_ends_at=made.at(-days), **common)
        made.event(f"trial ends in {days}", "teammate_invited", 5)
        made.add("subscriptions", customer_id=f"cancelled in {days}", cancelled_at=made.at(-days), **common)
        for age in (3, 10):
            made.event(f"cancelled in {days}", "page_viewed", age)
        made.add("subscriptions", customer_id=f"starts in {days}", status="active", started_at=made.at(-days))
    for amount in ("0", "0.01", None):
        made.add(
            "subscriptions",
            customer_id=f"pays {amount}",
            status="active",
            started_at=made.at(60),
            monthly_amount=amount,
        )
        made.event(f"pays {amount}", "logged_in", 20, times=4)
        made.event(f"pays {amount}", "logged_in", 2, times=2)
        made.event(f"pays {amount}", "paywall_hit", 2, times=2)


def _support(made: Ladders, _: Path) -> None:
    """Each rating, of tickets open, closed, and closed only tomorrow."""
    for closed in (None, made.at(1), made.at(0), made.at(-1)):
        for nps in range(11):
            made.add(
                "support_tickets", customer_id=f"nps {nps} {closed}", opened_at=made.at(4), closed_at=closed, nps=nps
            )
        for satisfaction in range(1, 6):
            made.add(
                "support_tickets", customer_id=f"satisfaction {satisfaction} {closed}", opened_at=made.at(4),
                closed_at=closed, satisfaction=satisfaction,
            )  # fmt: skip
    for nps in (2, 8):
        made.add("support_tickets", customer_id="two tickets", opened_at=made.at(4), nps=nps, satisfaction=nps // 2)
    made.add("support_tickets", customer_id="opens tomorrow", opened_at=made.at(-1), nps=1)


def _replenishment(made: Ladders, _: Path) -> None:
    """A consumable, bought so many days ago, with and without a stated cycle, by a reader of e-mails."""
    made.add("products", product_id="soap", category="soap", is_consumable="true")
    made.add("products", product_id="tea", category="tea", is_consumable="true", replenish_days=20)
    for age in range(12, 40):
        for product in ("soap", "tea"):
            customer = f"{product} {age}"
            order_id = made.order(customer, age)
            made.add("order_items", order_id=order_id, line_number=1, product_id=product)
            made.event(customer, "message_opened", 9)
    for soap, tea in ((28, 21), (29, 21), (31, 21), (31, 19), (50, 18)):
        for product, age in (("soap", soap), ("tea", tea)):
            order_id = made.order(f"both {soap} {tea}", age)
            made.add("order_items", order_id=order_id, line_number=1, product_id=product)


def _carts(made: Ladders, _: Path) -> None:
    """A cart so many days ago, and an order before it, with it and after it."""
    for age in AGES:
        made.event(f"cart {age}", "added_to_cart", age)
    for first, second in (("cart", "order"), ("order", "cart")):
        for hour, what in ((10, first), (11, second), (12, first)):
            if what == "cart":
                made.event(f"{second} between {first}s", "added_to_cart", 2, hour=hour)
            else:
                made.order(f"{second} between {first}s", 2, hour=hour)
    for name, hour in (("before", 11), ("with", 12), ("after", 13)):
        made.event(f"order {name} cart", "added_to_cart", 2)
        made.order(f"order {name} cart", 2, hour=hour)
        made.event(f"order {name} view", "product_viewed", 2, times=3, product_id="p")
        made.order(f"order {name} view", 2, hour=hour)


def _views(made: Ladders, _: Path) -> None:
    """The same product again, the same category, and views of nothing in particular."""
    for customer, items in {
        "one product": [("p", None)] * 2, "two products": [("p", None), ("soap", None)],
        "one category": [("p", "pear"), ("soap", "pear")], "two categories viewed": [(None, "pear"), (None, "plum")],
        "no item": [(None, None)] * 4, "unknown products": [("x", None), ("y", None)],
    }.items():  # fmt: skip
        for product, category in items:
            made.event(customer, "product_viewed", 3, product_id=product, category=category)


def _consent(made: Ladders, rules_dir: Path) -> None:
    """Each status before, with and beside each other one: of one id, and of two ids of one person."""
    statuses = [row["source_status"] for row in _rules(rules_dir, "consent_statuses")] + ["carrier pigeon"]

    def say(customer: str, status: str, age: int, **values) -> None:
        made.add("consent", customer_id=customer, status=status, channel="email", occurred_at=made.at(age), **values)

    for status in statuses:
        for other in statuses:
            say(f"{status} then {other}", status, 9)
            say(f"{status} then {other}", other, 5)
            say(f"{status} with {other}", status, 9)
            say(f"{status} with {other}", other, 9)
            for name, said, age in (("a", status, 9), ("b", other, 5)):
                say(f"{status} beside {other} {name}", said, age)
                made.add(
                    "identities", identifier_type="email", identifier=f"{status} beside {other}",
                    customer_id=f"{status} beside {other} {name}",
                )  # fmt: skip
    for early, late in ((9, 5), (5, 9)):
        say(f"erased {early} {late}", "erased", 20, loaded_at=made.at(early))
        say(f"erased {early} {late}", "erased", 15, loaded_at=made.at(late))
        say(f"loaded {early} {late}", "opted_in", 20, loaded_at=made.at(early))
        say(f"loaded {early} {late}", "opted_out", 20, loaded_at=made.at(late))
        say(f"out of order {early} {late}", "opted_in", 20, loaded_at=made.at(early))
        say(f"out of order {early} {late}", "opted_out", 15, loaded_at=made.at(late))
    say("tomorrow opted out", "opted_in", 3)
    say("tomorrow opted out", "opted_out", -1)
    say("tomorrow erased", "opted_in", 3)
    say("tomorrow erased", "erased", -1)
    say("service only", "opted_in", 3, purpose="service")


def _persons(made: Ladders, rules_dir: Path) -> None:
    """Ids of one person: which was first seen, whose record speaks; devices of so many; identifiers that are junk."""
    for first, second in ((20, 10), (10, 20)):
        for table, moment in (
            ("orders", "ordered_at"), ("events", "occurred_at"), ("consent", "occurred_at"),
            ("support_tickets", "opened_at"), ("subscriptions", "started_at"), ("customers", "signed_up_at"),
        ):  # fmt: skip
            for name, happened, loaded in (("a", first, second), ("b", second, first)):
                values = {moment: made.at(happened), "loaded_at": made.at(min(loaded, happened) - 1)}
                values |= {
                    "amount": 5,
                    "event_name": "page_viewed",
                    "channel": "sms",
                    "status": "paid",
                    "country": name,
                }
                person = f"{table} {first} {name}"
                made.add(table, **({"customer_id": person} | {k: v for k, v in values.items() if k in COLUMNS[table]}))
                made.add("identities", identifier_type="phone", identifier=f"{table} {first}", customer_id=person)
    for size in (9, 10, 11, 12):
        for number in range(size):
            made.order(f"of {size} no {number}", 8)
            made.add(
                "identities", identifier_type="device", identifier=f"of {size}", customer_id=f"of {size} no {number}"
            )
    for row in _rules(rules_dir, "junk_identifiers"):
        made.order(row["identifier"].upper(), 8)
        made.add("consent", customer_id=row["identifier"], status="erased", channel="email", occurred_at=made.at(8))
        for name in ("a", "b"):
            made.add(
                "identities", identifier_type="device", identifier=row["identifier"],
                customer_id=f"shares {row['identifier']} {name}",
            )  # fmt: skip
    made.event("visitor", "logged_in", 6, anonymous_id="cookie")
    made.add("events", event_name="product_viewed", occurred_at=made.at(8), anonymous_id="cookie", product_id="p")
    made.add("events", event_name="product_viewed", occurred_at=made.at(8), anonymous_id="nobody's", product_id="p")
    for name, age in (("joined later", 30), ("joined first", 40)):
        made.add("customers", customer_id=name, signed_up_at=made.at(age), country=name, email=f"{name}@example.com")
        made.add("identities", identifier_type="email", identifier="joined", customer_id=name)


def _refunds(made: Ladders, _: Path) -> None:
    """Refunds of a part, of all, of more; of orders that do not count, of guests, and without an order."""
    for amount in ("1", "20", "21"):
        order_id = made.order(f"refunded {amount} of 20", 12)
        made.add("refunds", order_id=order_id, refunded_at=made.at(2), amount=amount)
    order_id = made.order("cancelled and refunded", 12, status="cancelled")
    made.add("refunds", order_id=order_id, refunded_at=made.at(2), amount="20")
    order_id = made.add("orders", ordered_at=made.at(12), amount="20")
    made.add("refunds", order_id=order_id, refunded_at=made.at(2), amount="7")
    made.add("refunds", customer_id="credit note", refunded_at=made.at(2), amount="7")
    made.add("refunds", customer_id="tomorrow's credit note", refunded_at=made.at(-1), amount="7")
    order_id = made.order("refunded by another", 12)
    made.add(
        "refunds",
        order_id=order_id,
        customer_id="another",
        refunded_at=made.at(2),
        amount="7",
    )


def _rates(made: Ladders, _: Path) -> None:
    """Orders before, on and after the days of rates; two rates for one day; rates that are none."""
    for age, rate in ((30, "1.5"), (20, "2"), (20, "2.5"), (10, "0"), (9, "-1"), (-1, "9")):
        made.add("exchange_rates", currency="eur", valid_on=str(made.as_of - timedelta(days=age)), rate=rate)
    for age in (31, 30, 29, 21, 20, 19, 10, 9, 8, 0):
        order_id = made.order(f"in euros {age}", age, amount="10", currency="EUR", discount_amount="1")
    made.add("refunds", order_id=order_id, refunded_at=made.at(0), amount="3")
    made.order("in pounds", 5, currency="GBP")


def _hours(made: Ladders, _: Path) -> None:
    """Tickets and campaigns at every hour around the end of the day, wherever the business is."""
    for age, hour in ((0, hour) if hour < 24 else (-1, hour - 24) for hour in range(9, 39)):
        moment = made.at(age, hour)
        made.add("support_tickets", customer_id=f"closed {moment}", opened_at=made.at(4), closed_at=moment, nps=3)
        made.add("support_tickets", customer_id=f"opened {moment}", opened_at=moment, nps=3)
        made.add("campaigns", campaign_id=f"starts {moment}", started_at=moment)
        made.add("campaigns", campaign_id=f"ends {moment}", started_at=made.at(9), ended_at=moment)

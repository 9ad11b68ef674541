"""Hypothesis strategies for raw tables: small, colliding, and biased to the edges of every definition.

``raw_tables(as_of, timezone)`` gives a dict of table name -> raw rows. All values are text or None, as a
CSV would bring them. An example is put together from

- a few random rows per table, from fixed pools (days at the edges of windows, few amounts, few ids),
- planted scenarios: each aims at one segment, stage or rule, exactly at its boundary or a step beside it,
- duplicates of rows, with equal, other or no ``loaded_at``,
- single values overwritten by unreadable ones, columns left out, tables left out or emptied.

``several_shops(as_of, timezone)`` lays four to eight of them in one input: a build takes as long for one as for eight.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

Raw = dict[str, list[dict[str, str | None]]]

COLUMNS = {
    "orders": "order_id customer_id email phone anonymous_id ordered_at amount status discount_amount currency channel "
    "tax shipping total is_test loaded_at",
    "order_items": "order_id line_number product_id category quantity unit_price unit_cost loaded_at",
    "products": "product_id name category unit_cost is_consumable replenish_days",
    "refunds": "refund_id order_id customer_id refunded_at amount loaded_at",
    "customers": "customer_id email phone first_name last_name country language timezone birth_date "
    "loyalty_tier signed_up_at acquisition_channel acquisition_cost attributes loaded_at",
    "identities": "identifier_type identifier customer_id linked_at loaded_at",
    "events": "event_id event_name occurred_at customer_id anonymous_id source channel product_id category "
    "campaign_id value properties loaded_at",
    "consent": "consent_id customer_id address channel status occurred_at purpose source loaded_at",
    "support_tickets": "ticket_id customer_id opened_at closed_at satisfaction nps loaded_at",
    "subscriptions": "subscription_id customer_id account_id plan status started_at trial_ends_at renews_at "
    "cancelled_at monthly_amount loaded_at",
    "campaigns": "campaign_id name channel segment_key journey is_service started_at ended_at cost "
    "incentive_cost loaded_at",
    "exchange_rates": "currency valid_on rate",
}
COLUMNS = {table: names.split() for table, names in COLUMNS.items()}
REQUIRED = {
    "orders": {"order_id", "ordered_at", "amount"},
    "order_items": {"order_id", "line_number"},
    "products": {"product_id"},
    "refunds": {"refund_id", "refunded_at", "amount"},
    "customers": {"customer_id"},
    "identities": {"identifier_type", "identifier", "customer_id"},
    "events": {"event_id", "event_name", "occurred_at"},
    "consent": {"consent_id", "channel", "status", "occurred_at"},
    "support_tickets": {"ticket_id", "customer_id", "opened_at"},
    "subscriptions": {"subscription_id", "customer_id", "started_at"},
    "campaigns": {"campaign_id"},
    "exchange_rates": {"currency", "valid_on", "rate"},
}
KEYS = {
    "order_items": ("order_id", "line_number"),
    "identities": ("identifier_type", "identifier", "customer_id"),
    "exchange_rates": ("currency", "valid_on"),
}
OPTIONAL = [(t, c) for t, columns in COLUMNS.items() for c in columns if c not in REQUIRED[t]]

# pools -------------------------------------------------------------------------------------------------

EDGE_DAYS = [0, 1, 5, 6, 7, 8, 12, 13, 14, 15, 27, 28, 29, 30, 31, 32, 59, 60, 61, 89, 90, 91, 92, 96, 97, 98]
EDGE_DAYS += [179, 180, 181, 182, 183, 364, 365, 366, 367, 400, 547, 731, -1, -2, -7, -30]
LOCAL_TIMES = [time(0), time(0, 0, 1), time(1, 59, 59), time(2), time(2, 30), time(3), time(12)]
LOCAL_TIMES += [time(23, 30), time(23, 59, 59), time(23, 59, 59, 999999)]
FORMS = ["plain", "plain", "T", "Z", "offset", "offset", "minute", "epoch", "millis", "micros", "padded"]
IDS = ["c1", "c2", "C2", "客户-三", "emoji-😀-é", "x" * 260, "c10"]
JUNK = ["unknown", "000", "", " NULL ", "0000-0000", "Guest", "n/a", "(not set)"]
AMOUNTS = ["10", "10.00", "25.5", "0", "0.005", "99.995", "150", "300", "300.01", "1234.5678", "49.99"]
STATUSES = [None, None, "completed", "Completed", " PAID ", "shipped", "refunded", "partially_refunded"]
STATUSES += ["cancelled", "pending", "failed", "wc-On-Hold", "checkout-draft", "who knows", ""]
CURRENCIES = [None, None, None, None, None, "USD", "usd", "EUR", "EUR", "JPY", "XXX", ""]
CATEGORIES = ["coffee", "tea", "Tea", "größe", None]
PRODUCTS = ["p1", "p2", "p3", " p1 ", "p-unknown", None]
ORDER_IDS = [f"o{i}" for i in range(10)]
CANONICAL_EVENTS = [
    "message_sent",
    "message_delivered",
    "message_opened",
    "message_clicked",
    "message_replied",
    "message_bounced",
    "message_complained",
    "message_unsubscribed",
    "page_viewed",
    "product_viewed",
    "searched",
    "added_to_cart",
    "checkout_started",
    "content_read",
    "paywall_hit",
    "app_opened",
    "logged_in",
    "feature_used",
    "teammate_invited",
    "store_visited",
    "push_opened",
    "social_engaged",
]
EVENTS = [(None, name) for name in CANONICAL_EVENTS]
EVENTS += [("klaviyo", "Opened Email"), ("Klaviyo", "Viewed Product"), ("segment", "Product Viewed")]
EVENTS += [("ga4", "add_to_cart"), ("GA4", "login"), ("mailchimp", "click"), ("hubspot", "SENT")]
EVENTS += [("iterable", "emailSend"), ("klaviyo", "message_opened"), (" shop ", "product_viewed")]
EVENTS += [
    ("mailchimp", "add_to_cart"),
    (None, "Opened Email"),
    (None, "never_heard_of"),
    (None, "Page_Viewed"),
]
CONSENT_STATUSES = ["opted_in", "opted_in", "OPTED_IN", "subscribed", "pending", "opted_out", "unsubscribed"]
CONSENT_STATUSES += ["bounced", "complained", "erased", "not_subscribed", "who knows"]
ADDRESSES = [
    None,
    None,
    "c1@example.com",
    " C1@Example.com",
    "c2@example.com",
    "+49 170 1234567",
    "0049-170-1234567",
    "?",
]
SUBSCRIPTION_STATUSES = [None, "active", "Trialing", "past_due", "paused", "cancelled", "expired", "strange"]
ORDER_CHANNELS = [None, None, "Web", "web", " STORE ", "pos"]
CAMPAIGNS = [None, None, "spring", "Spring", "autumn"]
# Keys of JSON as tools write them, and what is none or no object.
PROPERTIES = [
    None,
    '{"feature": "export", "page": "/pricing"}',
    '{"feature": "import", "plan.name": "pro", "seats": 3}',
    ' {"page":"/help","is_new":true,"$tier":"gold","nested":{"a": [1, "x"]}} ',
    '{"feature": null, "page": ["/help"], "seats": "3"}',
    '{"feature": "export ", "seats": 2.5, "is_new": false, "plan.name": "größe"}',
    '{"Feature": "export", "page": ""}',
    '["export"]',
    '{"feature": "export"',
    "export",
]
ATTRIBUTES = [
    None,
    '{"team": "red", "seats": 3, "is_pro": true}',
    '{"team": " blue ", "seats": "12.34567", "is_pro": "No", "plan.name": "pro"}',
    '{"team": "", "seats": "many", "is_pro": "maybe", "$tier": "gold"}',
    '{"team": null, "seats": -0.5, "is_pro": 0, "nested": {"a": [1, "x"]}}',
    '{"seats": "123456789012345", "Team": "red"}',
    '["red"]',
    '{"team": "red"',
]
# Columns that the contract does not have.
OTHER_COLUMNS = {
    "favourite_store": [None, "Utrecht", " Berlin ", ""],
    "visits": [None, "7", " 7.5", "often"],
    "is_staff": [None, "yes", "0", "maybe"],
}
BAD_NUMBERS = [
    "abc",
    "1e3",
    "1,000.00",
    "",
    " ",
    "-5",
    "-0.00001",
    "$5",
    "NaN",
    "Infinity",
    "123456789012345",
]
BAD_NUMBERS += [" 12.50 ", "99999999999999.9999", "--1", "0x10", "1 000"]
BAD_TIMES = [
    "not a date",
    "",
    "2024-13-01",
    "2023-02-29",
    "infinity",
    "-infinity",
    "1899-12-31",
    "0",
    "12:30",
]
BAD_TIMES += ["20240229", "2024-02-29", "20230229", "1709164800", "1709164800000", "1709164800000000"]
BAD_TIMES += ["1709164800000000000", "17091648000", "2024-03-10T02:30:00-05:00", "2024-03-10T02:30:00"]
BAD_TIMES += ["2024-11-03 01:30:00-04:00", "2024-11-03 01:30:00-05:00", " 2024-02-29 23:30:00 ", "9999-12-31"]
BAD_INTEGERS = ["abc", "", "7.0", "7.5", "-1", "11", "10", "0", "6", " 5 "]
BAD_BOOLEANS = ["TRUE", "Yes", "n", "0", "1", "maybe", "", " t "]
BAD_TEXTS = [
    "",
    "   ",
    None,
    "unknown",
    " c1 ",
    "\tc2\n",
    "null",
    "é",
    "e\u0301",
    "a|b",
    "o'brien",
    '"quoted"',
]

_MONEY = {"amount", "discount_amount", "unit_cost", "unit_price", "rate", "monthly_amount", "value", "cost"}
_INTEGERS = {"line_number", "replenish_days", "satisfaction", "nps"}
_BOOLEANS = {"is_consumable", "is_service"}


def _bad_values(column: str) -> list[str | None]:
    if column in _MONEY or column.endswith("_cost"):
        return BAD_NUMBERS
    if column.endswith(("_at", "_on")) or column == "birth_date":
        return BAD_TIMES
    if column in _INTEGERS:
        return BAD_INTEGERS
    if column in _BOOLEANS:
        return BAD_BOOLEANS
    return BAD_TEXTS


# time --------------------------------------------------------------------------------------------------


def write_time(moment: datetime, form: str, zone: ZoneInfo) -> str:
    """A UTC moment as text, in one of the accepted forms."""
    epoch = int((moment - datetime(1970, 1, 1)) / timedelta(seconds=1))
    sub_second = f".{moment.microsecond:06d}" if moment.microsecond else ""
    if form == "T":
        return moment.strftime("%Y-%m-%dT%H:%M:%S") + sub_second
    if form == "Z":
        return moment.strftime("%Y-%m-%dT%H:%M:%S") + sub_second + "Z"
    if form == "minute" and not moment.second and not sub_second:
        return moment.strftime("%Y-%m-%d %H:%M")
    if form == "offset":
        return moment.replace(tzinfo=UTC).astimezone(zone).isoformat()
    if form == "epoch" and epoch >= 10**8:
        return str(epoch)
    if form == "millis" and epoch >= 10**8:
        return str(epoch * 1000 + moment.microsecond // 1000)
    if form == "micros" and epoch >= 10**8:
        return str(epoch * 10**6 + moment.microsecond)
    text = moment.strftime("%Y-%m-%d %H:%M:%S") + sub_second
    return f"  {text} " if form == "padded" else text


def local_moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The naive UTC moment of a local wall-clock time."""
    return datetime.combine(day, at, zone).astimezone(UTC).replace(tzinfo=None)


@lru_cache(maxsize=64)
def moments(as_of: date, timezone: str) -> tuple[datetime, ...]:
    """The pool of moments: window edges, days on which clocks change, leap days."""
    zone = ZoneInfo(timezone)
    found = [local_moment(as_of - timedelta(days=n), at, zone) for n in EDGE_DAYS for at in LOCAL_TIMES]
    special = [as_of - timedelta(days=n) for n in range(400) if _clock_changes(as_of - timedelta(days=n), zone)]
    leap = date(as_of.year - as_of.year % 4, 2, 29) if as_of.year % 4 or as_of >= date(as_of.year, 2, 29) else None
    special += [leap] if leap else []
    for day in special:
        for offset in (-1, 0, 1):
            found += [local_moment(day + timedelta(days=offset), at, zone) for at in LOCAL_TIMES]
    return tuple(found)


def _clock_changes(day: date, zone: ZoneInfo) -> bool:
    start, end = (
        datetime.combine(day, time(0), zone),
        datetime.combine(day + timedelta(days=1), time(0), zone),
    )
    return start.utcoffset() != end.utcoffset()


# planted scenarios -------------------------------------------------------------------------------------


class Planter:
    """Adds rows to a raw example; ``ago`` is in business days before D, times are local."""

    def __init__(self, raw: Raw, as_of: date, zone: ZoneInfo, number: int, form: str, at: time):
        self.raw, self.as_of, self.zone = raw, as_of, zone
        self.prefix, self.form, self.at = f"s{number}-", form, at
        self.count = 0

    def when(self, ago: int, at: time | None = None) -> str:
        """A timestamp so many days ago, as text."""
        moment = local_moment(self.as_of - timedelta(days=ago), at or self.at, self.zone)
        return write_time(moment, self.form, self.zone)

    def add(self, table: str, **values: str | None) -> str:
        """Add a row; its first column is its key, made up unless given."""
        self.count += 1
        key = COLUMNS[table][0]
        row = dict.fromkeys(COLUMNS[table])
        row[key] = f"{self.prefix}{self.count}"
        row.update(values)
        self.raw.setdefault(table, []).append(row)
        return row[key]

    def order(self, who: str | None, ago: int, amount: str = "50", **values: str | None) -> str:
        """A completed order."""
        return self.add("orders", customer_id=who, ordered_at=self.when(ago), amount=amount, **values)

    def event(self, who: str | None, name: str, ago: int, at: time | None = None, **values) -> str:
        """An event."""
        values = {"customer_id": who, **values}
        return self.add("events", event_name=name, occurred_at=self.when(ago, at), **values)


Scenario = Callable[[Planter, str, int, int], None]
"""(planter, customer, step beside the boundary: -1, 0 or 1, variant: 0 to 3)"""


def single_order(p: Planter, who: str, near: int, variant: int) -> None:
    """Lifecycle edges (and new_customer_onboarding)."""
    p.order(who, max(0, [30, 90, 180, 365][variant] + near))


def came_back(p: Planter, who: str, near: int, variant: int) -> None:
    """reactivated: the gap, the days since it ended, and a later order."""
    ended = [30, 29 + near, 30 + near, 90 + near][variant]
    p.order(who, ended)
    p.order(who, ended + 181 + (near if variant == 0 else 0))
    if variant == 1:
        p.order(who, 0)


def steady_buyer(p: Planter, who: str, near: int, variant: int) -> None:
    """Cadence and overdue ratio, with even and odd numbers of gaps; two orders on a day."""
    for ago in [0, 7, 7, 21, 40 + near, 90][: 3 + variant]:
        p.order(who, ago + 3, "10.10")


def inactive(p: Planter, who: str, near: int, variant: int) -> None:
    """inactive_14, inactive_30, inactive_60; messages only sent do not count."""
    p.event(who, "page_viewed", [14, 30, 60, 29][variant] + near)
    p.event(who, "message_sent", 1)


def dropping(p: Planter, who: str, near: int, variant: int) -> None:
    """engagement_dropping: at a half-life of 14 days only much that falls out of the window halves it."""
    for _ in range(61 + near):
        p.event(who, "added_to_cart", 90 - (variant == 3))


def renewal(p: Planter, who: str, near: int, variant: int) -> None:
    """renewal_approaching: renews in 30 or 0 days, cancelled or not."""
    renews = -(30 + near) if variant < 2 else near
    cancelled = p.when(near) if variant in (1, 3) else None
    p.add(
        "subscriptions",
        customer_id=who,
        status="active",
        started_at=p.when(100),
        renews_at=p.when(renews),
        cancelled_at=cancelled,
    )


def opener(p: Planter, who: str, near: int, variant: int) -> None:
    """opened_not_clicked."""
    p.event(who, "message_opened", 89 + (near if variant % 2 == 0 else 0))
    if variant > 1:
        p.event(who, "message_clicked", 90 + near, channel="SMS")


def replenishment(p: Planter, who: str, near: int, variant: int) -> None:
    """replenishment_due at both ends of the range, own and default days, email or not."""
    product = f"{p.prefix}beans"
    p.add("products", product_id=product, category="coffee", is_consumable="yes")
    p.raw["products"][-1]["replenish_days"] = ["30", None, "20", "x"][variant]
    ago = 35 + near if variant % 2 else 25 - near
    order = p.order(who, ago)
    p.add("order_items", order_id=order, line_number="1", product_id=product, quantity="1", unit_price="9")
    p.event(who, "message_opened", 59 + (near if variant == 0 else 0), channel="Email" if variant < 3 else "sms")


def cart(p: Planter, who: str, near: int, variant: int) -> None:
    """cart_abandoner: the window's edge; an order at, before or after the very moment."""
    ago = 6 + near if variant == 0 else 3
    p.event(who, "added_to_cart", ago, time(12))
    if variant:
        p.add("orders", customer_id=who, amount="20", ordered_at=p.when(ago, time(12, 0, 1 + near)))
    if variant == 3:
        p.raw["orders"][-1]["status"] = "cancelled"


def interest(p: Planter, who: str, near: int, variant: int) -> None:
    """product_interest by product or by category; an order at, before or after the last view."""
    for i in range(2):
        product = "p1" if variant % 2 else f"p{i + 1}"
        ago = 6 + (near if i else 0)
        p.event(who, "product_viewed", ago, time(12), product_id=product, category="tea" if variant < 3 else None)
    if variant == 2:
        p.add("orders", customer_id=who, amount="20", ordered_at=p.when(5, time(12, 0, 1 + near)))
        p.add("orders", customer_id=who, amount="20", ordered_at=p.when(6 + min(near, 0), time(12)))


def window_shopper(p: Planter, who: str, near: int, variant: int) -> None:
    """window_shopper: five views within 30 days, without an order that counts."""
    for i in range(5):
        p.event(who, "product_viewed", 29 + (near if i == 0 else -i), product_id=f"p{i}")
    if variant > 1:
        p.order(who, 10, status=["pending", "paid"][variant - 2])


def hot_prospect(p: Planter, who: str, near: int, variant: int) -> None:
    """hot_prospect and the engagement tiers: exactly 5 or 20 points today, or one less or more."""
    for _ in range(4 if variant % 2 else 1):
        p.event(who, "message_replied", 0)
    if near < 0:
        p.raw["events"][-1]["event_name"] = "message_clicked"
    if near > 0:
        p.event(who, "page_viewed", 0)
    if variant == 3:
        p.event(who, "message_sent", 0)


def big_spender(p: Planter, who: str, near: int, variant: int) -> None:
    """big_spender: just 300, a cent more or less, at the window's edge, after a refund."""
    amount = ["300.00", "300.01", "300.005", "350"][variant]
    order = p.order(who, 89 + near, amount)
    if variant == 3:
        p.add("refunds", order_id=order, refunded_at=p.when(10), amount=["49.98", "50", "49.99"][near + 1])


def price_sensitive(p: Planter, who: str, near: int, variant: int) -> None:
    """price_sensitive: three or more orders, half of them discounted."""
    orders = 3 + variant + min(near, 0)
    for i in range(orders):
        p.order(who, 5 + i, discount_amount="1.50" if 2 * i < orders + near else ["0", None, "-1", "x"][i % 4])


def quiet_champion(p: Planter, who: str, near: int, variant: int) -> None:
    """quiet_champion: the best of five or so in recency and frequency, hardly engaged."""
    for i in range(3 + variant):
        p.order(f"{p.prefix}crowd{i}", 40 + i + near)
    for ago in (1, 2, 3):
        p.order(who, ago)
    if near >= 0:
        p.event(who, "message_replied" if near else "message_clicked", 0)


def trial(p: Planter, who: str, near: int, variant: int) -> None:
    """trial_activated: the trial ends today, yesterday or tomorrow."""
    status = ["trialing", None, "Trial", "paused"][variant]
    p.add(
        "subscriptions",
        customer_id=who,
        status=status,
        started_at=p.when(14),
        trial_ends_at=p.when(near),
        monthly_amount="10",
    )
    p.event(who, "teammate_invited", 3)


def usage(p: Planter, who: str, near: int, variant: int) -> None:
    """usage_declining: two in 14 days after four in the 14 before."""
    p.add(
        "subscriptions",
        customer_id=who,
        started_at=p.when(200),
        trial_ends_at=p.when(1) if variant == 1 else None,
        monthly_amount=["9.99", "9.99", "0", None][variant] if near else "5",
    )
    for ago in (0, 13 + near, 14, 15, 20, 27 + near):
        p.event(who, ["feature_used", "logged_in"][ago % 2], ago)


def winback(p: Planter, who: str, near: int, variant: int) -> None:
    """winback_visitor: cancelled by today, visits in each of two weeks."""
    p.add(
        "subscriptions",
        customer_id=who,
        status="cancelled",
        started_at=p.when(200),
        cancelled_at=p.when(near if variant == 0 else 30),
    )
    p.event(who, "page_viewed", 6 + (near if variant == 1 else 0))
    p.event(who, "store_visited", [7, 7, 13 + near, 7 + near][variant])


def paywall(p: Planter, who: str, near: int, variant: int) -> None:
    """paywall_hitter: twice in 30 days, subscribed or not."""
    p.event(who, "paywall_hit", 29 + near)
    p.event(who, "paywall_hit", 2)
    if variant > 1:
        status = ["expired", "active"][variant - 2]
        p.add("subscriptions", customer_id=who, started_at=p.when(50), status=status, monthly_amount="5")


def service(p: Planter, who: str, near: int, variant: int) -> None:
    """service_recovery: an open ticket, a low nps, a low satisfaction, at the edges."""
    values = {"closed_at": p.when(near) if variant else None}
    if variant == 2:
        values["nps"] = str(6 + near)
    if variant == 3:
        values["satisfaction"] = str(2 + near)
    p.add("support_tickets", customer_id=who, opened_at=p.when(29 + (near if variant < 2 else 0)), **values)


def vip_fatigue(p: Planter, who: str, near: int, variant: int) -> None:
    """vip_fatigue: worth most, five messages within 7 days."""
    p.order(who, 100, "90000")
    for i in range(5):
        source, name = EVENTS[-8] if variant == 1 else (None, "message_sent")
        p.event(who, name, 6 + near if i == 0 else i, source=source)


def ladder(p: Planter, who: str, near: int, variant: int) -> None:
    """Value tiers and RFM over a few customers, with ties."""
    people = [who] + [f"{p.prefix}step{i}" for i in range(3 + 2 * variant)]
    for i, person in enumerate(people):
        p.order(person, 10 * i + 5, str(100 - 10 * (i - (i % 2) * (near + 1))))
        if i % 3 == 0:
            p.order(person, 10 * i + 5 + near, "1")


def refunded(p: Planter, who: str, near: int, variant: int) -> None:
    """Refunds above the order, in full in a foreign currency, of a cancelled order, credit notes."""
    p.add("exchange_rates", currency="EUR", valid_on=(p.as_of - timedelta(days=900)).isoformat(), rate="1.1049")
    order = p.order(
        who,
        20,
        "33.33",
        currency="EUR",
        status=["refunded", "paid", "cancelled", "partially_refunded"][variant],
    )
    amount = ["33.33", "33.34", "1000", "33.32"][near + variant if near + variant in range(4) else 0]
    p.add("refunds", order_id=order, refunded_at=p.when(near), amount=amount, customer_id="c2")
    p.add("refunds", customer_id=who if variant else "unknown", refunded_at=p.when(90 + near), amount="5.005")


def currencies(p: Planter, who: str, near: int, variant: int) -> None:
    """A rate that starts on a business day; orders around that local midnight."""
    starts = p.as_of - timedelta(days=12)
    p.add("exchange_rates", currency="SEK", valid_on=starts.isoformat(), rate="0.0955")
    p.add("exchange_rates", currency="SEK", valid_on=(starts + timedelta(days=5)).isoformat(), rate="0.1")
    at = [time(0), time(23, 59, 59), time(0, 0, 1), time(12)][variant]
    for ago in (12 - near, 7 + near):
        p.add(
            "orders",
            customer_id=who,
            ordered_at=p.when(ago, at),
            amount="1000.50",
            currency=" sek ",
            discount_amount="0.04",
        )


def merged(p: Planter, who: str, near: int, variant: int) -> None:
    """Two ids made one: by an email, a customer_id row, an anonymous id, or a chain of these."""
    other, third = "c2" if who != "c2" else "c1", f"{p.prefix}third"
    linked = p.when(near) if near else None
    p.order(third, 3)
    p.order(other, 5)
    if variant in (0, 3):
        for person in (who, other):
            p.add(
                "identities",
                identifier_type="email",
                identifier="a@b.c",
                customer_id=person,
                linked_at=linked,
            )
    if variant in (1, 3):
        p.add("identities", identifier_type="customer_id", identifier=third, customer_id=other, linked_at=linked)
    if variant == 2:
        p.event(who, "logged_in", near, anonymous_id="anon-1")
        p.event(third, "logged_in", 2, anonymous_id="anon-1")
    p.event(None, "product_viewed", 4, anonymous_id="anon-1", product_id="p1", category="tea")


def shared_device(p: Planter, who: str, near: int, variant: int) -> None:
    """An identifier of ten, eleven or twelve customer ids."""
    kind, identifier = [
        ("device", "kiosk"),
        ("anonymous_id", "kiosk"),
        ("email", "info@x.y"),
        ("phone", "000"),
    ][variant]
    for i in range(11 + near):
        person = who if i == 0 else f"{p.prefix}d{i}"
        p.add("identities", identifier_type=kind, identifier=identifier, customer_id=person)
    p.event(None, "added_to_cart", 1, anonymous_id=identifier)


def consent_history(p: Planter, who: str, near: int, variant: int) -> None:
    """Sequences of consent: equal times, late loads, erasure, a later opt-in, a merged id."""
    said = [
        ["opted_in", "opted_out", "opted_in"],
        ["opted_in", "erased", "opted_in"],
        ["bounced", "complained", "subscribed"],
        ["opted_out", "opted_in", "opted_in"],
    ][variant]
    for i, status in enumerate(said):
        ago = 10 if near == 0 else 10 - 5 * i
        loaded = p.when(ago - 1 - (i == 1)) if variant % 2 else None
        p.add(
            "consent",
            customer_id=who,
            channel="Email",
            status=status,
            occurred_at=p.when(ago),
            loaded_at=loaded,
        )
    if variant == 3:
        for person in (who, f"{p.prefix}twin"):
            p.add("identities", identifier_type="phone", identifier="+31 6 1234567", customer_id=person)
        p.add(
            "consent",
            customer_id=f"{p.prefix}twin",
            channel="email",
            status=["pending", "erased", "opted_in"][near + 1],
            occurred_at=p.when(3),
            purpose="" if near else "marketing",
        )


def taste(p: Planter, who: str, near: int, variant: int) -> None:
    """top_category: equal points, and just 40 % of all."""
    for category, n in (("a", 2), ("b", 2 + (near if variant else 0)), ("c", 1)):
        for _ in range(n):
            p.event(who, "product_viewed", 90 * (variant == 2), category=category)
    if variant == 3:
        order = p.order(who, 1)
        p.add("order_items", order_id=order, line_number="1", product_id="p1", category="d")
        p.add("order_items", order_id=order, line_number="2.0", product_id="p2")


SCENARIOS: tuple[Scenario, ...] = (
    single_order,
    came_back,
    steady_buyer,
    inactive,
    renewal,
    opener,
    replenishment,
    cart,
    interest,
    window_shopper,
    hot_prospect,
    big_spender,
    price_sensitive,
    quiet_champion,
    trial,
    usage,
    winback,
    paywall,
    service,
    vip_fatigue,
    ladder,
    refunded,
    currencies,
    merged,
    shared_device,
    consent_history,
    taste,
    dropping,
)

# random rows -------------------------------------------------------------------------------------------


def _rows(size: int, **columns: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(st.fixed_dictionaries(columns), max_size=size)


def birth_dates(as_of: date) -> list[str | None]:
    """Birthdays yesterday, today and tomorrow, of one born on 29 February, and one to come."""
    days = [as_of + timedelta(days=n) for n in (-1, 0, 1)]
    born = [day.replace(year=day.year - 30, day=min(day.day, 28)).isoformat() for day in days]
    return [None, *born, "2000-02-29", "2000-02-28", "2000-03-01", days[1].isoformat(), days[2].isoformat(), "soon"]


@lru_cache(maxsize=64)
def _random_tables(as_of: date, timezone: str) -> dict[str, st.SearchStrategy]:
    """Random rows per table, without the made-up key; the customer is an index into the few ids."""
    zone = ZoneInfo(timezone)
    pick = st.sampled_from
    when = st.builds(write_time, pick(moments(as_of, timezone)), pick(FORMS), st.just(zone))
    maybe = st.one_of(st.none(), when)
    late = pick([write_time(datetime.combine(as_of, time(6)) + timedelta(days=n), "T", zone) for n in (1, 3)])
    loaded = st.one_of(st.none(), st.none(), late, st.one_of(late, when))
    who = st.integers(0, 7)
    amount = pick(AMOUNTS)
    rate_days = pick([(as_of - timedelta(days=n)).isoformat() for n in (800, 91, 90, 30, 1, 0, -1)])
    return {
        "orders": _rows(
            9,
            customer_id=who,
            ordered_at=when,
            amount=amount,
            status=pick(STATUSES),
            discount_amount=pick([None, None, "0", "5", "0.004"]),
            currency=pick(CURRENCIES),
            channel=pick(ORDER_CHANNELS),
            email=pick([None] * 6 + ["a@b.c", " A@B.c", "guest@x.example", "unknown", "info@x.y"]),
            phone=pick([None] * 6 + ["+31 6 1234567", "0031612345670.0", "000"]),
            anonymous_id=pick([None] * 6 + ["anon-1", "anon-3", "unknown"]),
            tax=pick([None, None, "0", "1.905", "free"]),
            shipping=pick([None, None, "4.9", "0.004"]),
            total=pick([None, None, None, "10", "36.8", "999999999999"]),
            is_test=pick([None, None, None, None, "no", "true", "perhaps"]),
            loaded_at=loaded,
        ),
        "order_items": _rows(
            7,
            order_id=pick([*ORDER_IDS[:6], "nope"]),
            line_number=pick(["1", "2", "2.0", "3"]),
            product_id=pick(PRODUCTS),
            category=pick(CATEGORIES),
            quantity=pick(["1", "2", None, "0.3335", "-1", "two"]),
            unit_price=amount,
        ),
        "products": _rows(
            3,
            product_id=pick(["p1", "p2", "p3"]),
            category=pick(CATEGORIES),
            is_consumable=pick(["true", "Y", "1", "false", "no", None, "perhaps"]),
            replenish_days=pick([None, "30", "7", "90.0", "0", "soon"]),
        ),
        "refunds": _rows(
            4,
            order_id=pick([None, *ORDER_IDS[:5], "nope"]),
            customer_id=st.one_of(st.none(), who),
            refunded_at=when,
            amount=amount,
            loaded_at=loaded,
        ),
        "customers": _rows(
            4,
            customer_id=who,
            email=pick([None] * 4 + ["mailto:a@b.c", "c1@example.com", "n/a"]),
            phone=pick([None] * 4 + ["+31 (0)6 1234567", "0000000"]),
            country=pick(["NL", "DE", None, ""]),
            language=pick(["nl", None]),
            timezone=pick(["Europe/Paris", None]),
            birth_date=pick(birth_dates(as_of)),
            loyalty_tier=pick(["gold", None]),
            signed_up_at=maybe,
            acquisition_channel=pick(["ads", None]),
            acquisition_cost=pick([None, "0", "12.5", "free"]),
            attributes=pick(ATTRIBUTES),
            **{name: pick(values) for name, values in OTHER_COLUMNS.items()},
            loaded_at=loaded,
        ),
        "identities": _rows(
            4,
            identifier_type=pick(["email", "phone", "anonymous_id", "customer_id", "device"]),
            identifier=pick(["a@b.c", "anon-1", "anon-2", "c1", "c2", "unknown", "000"]),
            customer_id=who,
            linked_at=maybe,
            loaded_at=loaded,
        ),
        "events": _rows(
            11,
            name=pick(EVENTS),
            occurred_at=when,
            customer_id=st.one_of(st.none(), who, who),
            anonymous_id=pick([None, None, "anon-1", "anon-2", "unknown"]),
            channel=pick([None, None, "Email", "sms", "web"]),
            product_id=pick(PRODUCTS),
            category=pick(CATEGORIES),
            campaign_id=pick(CAMPAIGNS),
            properties=pick(PROPERTIES),
            loaded_at=loaded,
        ),
        "consent": _rows(
            5,
            customer_id=st.one_of(who, who, pick(["c1@EXAMPLE.com", "+491701234567", "tel:+49-170-1234567"])),
            address=pick(ADDRESSES),
            channel=pick(["email", "EMAIL", "sms", "push", "ads", "post"]),
            status=pick(CONSENT_STATUSES),
            occurred_at=when,
            purpose=pick([None, None, "marketing", "Marketing", "research", ""]),
            loaded_at=loaded,
        ),
        "support_tickets": _rows(
            2,
            customer_id=who,
            opened_at=when,
            closed_at=maybe,
            satisfaction=pick([None, "1", "2", "3", "0", "6", "2.0"]),
            nps=pick([None, "0", "6", "7", "10", "11", "-1", "x"]),
            loaded_at=loaded,
        ),
        "subscriptions": _rows(
            3,
            customer_id=who,
            status=pick(SUBSCRIPTION_STATUSES),
            started_at=when,
            trial_ends_at=maybe,
            renews_at=maybe,
            cancelled_at=maybe,
            monthly_amount=pick([None, "0", "9.99", "-1"]),
            loaded_at=loaded,
        ),
        "campaigns": _rows(1, name=pick(["spring", None]), is_service=pick(["true", "no", "x"]), started_at=maybe),
        "exchange_rates": _rows(
            4,
            currency=pick(["EUR", "EUR", "eur", "JPY", "USD"]),
            valid_on=rate_days,
            rate=pick(["1.1", "1.0333", "0.0067", "0", "-1", "one"]),
        ),
    }


# putting it together -----------------------------------------------------------------------------------


def _complete(table: str, number: int, row: dict, people: list[str | None]) -> dict[str, str | None]:
    """All columns, a made-up key where none was drawn, and the customer's id for its index."""
    full: dict[str, str | None] = dict.fromkeys(COLUMNS[table])
    key = COLUMNS[table][0]
    full[key] = f"{key[0]}{number}"
    row = dict(row)
    if "name" in row and table == "events":
        full["source"], full["event_name"] = row.pop("name")
    full.update(row)
    if isinstance(full.get("customer_id"), int):
        full["customer_id"] = people[full["customer_id"]]
    return full


def _duplicate(raw: Raw, draw_: tuple) -> None:
    """A second row of a key, the same or in conflict, known at the same, another or no time."""
    table, at, loaded, column_at, value_at = draw_
    if not raw[table]:
        return
    row = dict(raw[table][at % len(raw[table])])
    if loaded != "same" and "loaded_at" in row:
        row["loaded_at"] = loaded
    key = KEYS.get(table, (COLUMNS[table][0],))
    columns = [c for c in COLUMNS[table] if c not in key and c != "loaded_at"]
    if columns and column_at is not None:
        column = columns[column_at % len(columns)]
        others = [other[column] for other in raw[table]]
        row[column] = others[value_at % len(others)]
    raw[table].append(row)


def _spoil(raw: Raw, draw_: tuple) -> None:
    """One value overwritten by an unreadable or odd one."""
    table, at, column_at, value_at = draw_
    if raw[table]:
        column = COLUMNS[table][column_at % len(COLUMNS[table])]
        pool = _bad_values(column)
        raw[table][at % len(raw[table])][column] = pool[value_at % len(pool)]


@st.composite
def raw_tables(draw: st.DrawFn, as_of: date, timezone: str = "UTC") -> Raw:
    """Raw tables as of about a day, in a business time zone; every value is text or None."""
    zone = ZoneInfo(timezone)
    pick = st.sampled_from
    tables = _random_tables(as_of, timezone)
    ids = draw(st.lists(pick(IDS), min_size=1, max_size=6, unique=True))
    odd = draw(pick([None, ids[0], f"  {ids[0]} ", *JUNK]))
    people = [*(ids[i % len(ids)] for i in range(6)), odd, ids[0]]
    raw: Raw = {
        table: [_complete(table, i, row, people) for i, row in enumerate(draw(rows))] for table, rows in tables.items()
    }
    plants = st.tuples(pick(SCENARIOS), pick(ids), pick((0, -1, 1)), pick((0, 1, 2, 3)), pick(FORMS), pick(LOCAL_TIMES))
    for number, (scenario, who, near, variant, form, at) in enumerate(draw(st.lists(plants, max_size=5))):
        scenario(Planter(raw, as_of, zone, number, form, at), who, near, variant)
    some = st.integers(0, 40)
    loads = [None, "same", *(write_time(m, "plain", zone) for m in moments(as_of, timezone)[::40])]
    copies = st.tuples(pick(list(COLUMNS)), some, pick(loads), st.one_of(st.none(), some), some)
    for copy in draw(st.lists(copies, max_size=4)):
        _duplicate(raw, copy)
    for spoilt in draw(st.lists(st.tuples(pick(list(COLUMNS)), some, some, some), max_size=4)):
        _spoil(raw, spoilt)
    for table, column in draw(st.one_of(st.just([]), st.just([]), st.lists(pick(OPTIONAL), max_size=3))):
        for row in raw[table]:
            row.pop(column, None)
    for table in draw(st.one_of(st.just([]), st.just([]), st.lists(pick(list(COLUMNS)), max_size=4))):
        if table == "orders":
            raw[table] = []
        else:
            raw.pop(table, None)
    return raw


_KEPT = {one.strip().lower() for one in JUNK}
# Columns that name somebody or something of one shop; products, campaigns, visitors and addresses are those of all.
OWN_IDS = {"order_id", "refund_id", "customer_id", "event_id", "consent_id", "ticket_id", "subscription_id"}


def _as_own(number: int, row: dict[str, str | None]) -> dict[str, str | None]:
    """A row whose ids are those of one shop of several: `c1` of shop 2 is `c1.2`. Junk and addresses stay."""
    names = OWN_IDS & row.keys()
    if row.get("identifier_type") == "customer_id":
        names = names | {"identifier"}
    own = {
        name: re.sub(r"(\S)(\s*)$", rf"\1.{number}\2", row[name])
        for name in names
        if row[name] and row[name].strip().lower() not in _KEPT and not re.search(r"@|^\+", row[name])
    }
    return row | own


def several_shops(as_of: date, timezone: str = "UTC") -> st.SearchStrategy[Raw]:
    """Raw tables of four to eight shops in one input, each with people and orders of its own."""

    def together(shops: list[Raw]) -> Raw:
        tables = sorted({table for shop in shops for table in shop}, key=list(COLUMNS).index)
        return {
            table: [_as_own(number, row) for number, shop in enumerate(shops) for row in shop.get(table, [])]
            for table in tables
        }

    return st.lists(raw_tables(as_of, timezone), min_size=4, max_size=8).map(together)

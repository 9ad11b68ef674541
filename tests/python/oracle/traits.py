"""The traits of one customer that are not given by another module."""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from typing import Any

from .addresses import AROUND_DIGITS
from .clock import Clock
from .config import Config
from .engagement import Event
from .lifecycle import cadence, overdue
from .money import Books, Order
from .rules import SubscriptionStatus
from .values import round_half_away

_PART = r"""[^ \t\n\f\r@<>"',;:]+"""
_ADDRESS = re.compile(rf"{_PART}@{_PART}\.{_PART}|\+[0-9][0-9{AROUND_DIGITS}]{{6,}}")
WINDOWS = {"30d": 30, "90d": 90, "180d": 180, "365d": 365, "life": None}


def holds_address(text: str) -> bool:
    """Whether an e-mail address or an international phone number stands anywhere in a text."""
    return _ADDRESS.search(text) is not None


def order_traits(books: Books, customer_id: str, today_date_of) -> dict:
    """Counts, revenue and days of completed orders; ``today_date_of(age)`` gives the date."""
    holder = ("customer", customer_id)
    orders: list[Order] = books.orders.get(holder, [])
    ages = sorted({order.age for order in orders}, reverse=True)
    first, last = (ages[0], ages[-1]) if ages else (None, None)
    result = {
        "first_ordered_on": None if first is None else today_date_of(first),
        "last_ordered_on": None if last is None else today_date_of(last),
        "days_since_first_order": first,
        "days_since_last_order": last,
    }
    for name, days in WINDOWS.items():
        result[f"orders_{name}"] = sum(1 for order in orders if days is None or order.age < days)
        result[f"net_revenue_{name}"] = books.net_revenue(holder, days)
    discounted = sum(1 for order in orders if order.discount > 0)
    result["discounted_order_share"] = round_half_away(Decimal(discounted) / len(orders), 6) if orders else None
    result["purchase_cadence_days"] = cadence(ages)
    result["overdue_ratio"] = overdue(last, result["purchase_cadence_days"])
    return result


def event_traits(events: list[Event], orders: list[Order]) -> dict:
    """Interactions, messages, views, carts, usage and visits."""
    last_order_at = max((order.at for order in orders), default=None)
    interactions = [order.age for order in orders]
    sent_7 = sent_90 = opened_90 = clicked_90 = emails_60 = views_30 = 0
    usage_14 = usage_previous = paywall_30 = teammates = 0
    visits, visits_previous = set(), set()
    last_cart = None
    views: dict[tuple[str, str], list] = defaultdict(list)
    for event in events:
        age, name = event.age, event.rule.event_name
        if event.rule.weight > 0:
            interactions.append(age)
        if event.rule.is_usage:
            usage_14 += age < 14
            usage_previous += 14 <= age < 28
        if event.rule.is_visit and age < 14:
            (visits if age < 7 else visits_previous).add(age)
        if name == "message_sent":
            sent_7 += age < 7
            sent_90 += age < 90
        elif name in ("message_opened", "message_clicked"):
            opened_90 += name == "message_opened" and age < 90
            clicked_90 += name == "message_clicked" and age < 90
            emails_60 += event.channel == "email" and age < 60
        elif name == "product_viewed":
            views_30 += age < 30
            if age < 7:
                if event.product_id is not None:
                    views["product", event.product_id].append(event.at)
                if event.category is not None:
                    views["category", event.category].append(event.at)
        elif name == "added_to_cart":
            if last_cart is None or event.at > last_cart.at:
                last_cart = event
        elif name == "paywall_hit":
            paywall_30 += age < 30
        elif name == "teammate_invited":
            teammates += 1

    def ordered_since(moment) -> bool:
        return last_order_at is not None and last_order_at >= moment

    return {
        "days_since_last_interaction": min(interactions, default=None),
        "messages_sent_7d": sent_7,
        "messages_sent_90d": sent_90,
        "messages_opened_90d": opened_90,
        "messages_clicked_90d": clicked_90,
        "emails_engaged_60d": emails_60,
        "product_views_30d": views_30,
        "repeat_views_7d": max((len(times) for times in views.values() if not ordered_since(max(times))), default=0),
        "days_since_abandoned_cart": (None if last_cart is None or ordered_since(last_cart.at) else last_cart.age),
        "usage_14d": usage_14,
        "usage_previous_14d": usage_previous,
        "usage_change_14d": (round_half_away(Decimal(usage_14) / usage_previous - 1, 6) if usage_previous else None),
        "visits_7d": len(visits),
        "visits_previous_7d": len(visits_previous),
        "paywall_hits_30d": paywall_30,
        "teammates_invited_life": teammates,
    }


def days_past_replenishment(
    bought: dict[str, tuple[int, Decimal]], products: dict[str, tuple], default_days: int
) -> int | None:
    """Of all consumables the nearest to their time; ``bought`` is the age of the last purchase and its units."""
    past = []
    for product_id, (age, units) in bought.items():
        product = products.get(product_id)
        if product is not None and product.is_consumable:
            days = default_days if product.replenish_days is None else product.replenish_days
            past.append(age - min(36500, int(round_half_away(units * days, 0))))
    return min(past, key=lambda days: (abs(days), -days), default=None)


def subscription_traits(rows: list, statuses: dict[str, SubscriptionStatus], clock: Clock, today: int) -> dict:
    """Live, trial, paid and cancelled subscriptions."""
    renewals = []
    subscribed = trial = paid = cancelled = False

    def day(moment) -> int | None:
        return None if moment is None else clock.day(moment)

    for row in rows:
        status = statuses["active" if row.status is None else row.status.lower()]
        if clock.day(row.started_at) > today or not status.has_begun:
            continue
        cancelled_on, renews_on, trial_ends_on = map(day, (row.cancelled_at, row.renews_at, row.trial_ends_at))
        has_cancelled = cancelled_on is not None and cancelled_on <= today
        cancelled = cancelled or has_cancelled or (cancelled_on is None and status.name == "cancelled")
        ended_on = cancelled_on
        if ended_on is None and status.name == "expired":
            ended_on = trial_ends_on if renews_on is None else renews_on
        is_live = status.is_live
        if ended_on is not None and ended_on > today:
            is_live = status.is_live or status.has_ended
        elif has_cancelled and (renews_on is not None or trial_ends_on is not None):
            is_paid_up = renews_on is not None and renews_on > today
            is_live = status.is_live and (is_paid_up or (trial_ends_on is not None and trial_ends_on >= today))
        if not is_live:
            continue
        subscribed = True
        in_trial = status.name == "trialing" if trial_ends_on is None else trial_ends_on >= today
        trial = trial or in_trial
        paid = paid or (not in_trial and row.monthly_amount is not None and row.monthly_amount > 0)
        if renews_on is not None and renews_on >= today and not has_cancelled:
            renewals.append(renews_on - today)
    return {
        "days_until_renewal": min(renewals, default=None),
        "is_subscribed": subscribed,
        "is_in_trial": trial,
        "has_paid_subscription": paid,
        "has_cancelled_subscription": cancelled and not subscribed,
    }


def ticket_traits(rows: list, clock: Clock, today: int) -> dict:
    """Open tickets, and ratings that were known by D."""
    still_open, nps, satisfaction = 0, [], []
    for row in rows:
        if not 0 <= today - clock.day(row.opened_at) < 30:
            continue
        closed = None if row.closed_at is None else clock.day(row.closed_at)
        still_open += closed is None or closed > today
        if closed is None or closed <= today:
            nps.append(row.nps)
            satisfaction.append(row.satisfaction)
    return {
        "open_tickets_30d": still_open,
        "lowest_nps_30d": min((x for x in nps if x is not None), default=None),
        "lowest_satisfaction_30d": min((x for x in satisfaction if x is not None), default=None),
    }


def record_of(members: list[str], customer_id: str, records: dict) -> Any:
    """The canonical id's customer record, else that of the smallest merged id that has one."""
    record = records.get(customer_id)
    return next((records[m] for m in members if m in records), None) if record is None else record


def profile_traits(record: Any) -> dict:
    """From the customer record that speaks for the person."""
    columns = ("country", "language", "loyalty_tier", "acquisition_channel")
    return {column: None if record is None else without_address(getattr(record, column)) for column in columns}


def without_address(text: str | None) -> str | None:
    """A text, unless an e-mail address or an international phone number stands in it: that is no attribute."""
    return None if text is None or holds_address(text) else text


def config_basis_days(config: Config) -> int | None:
    """The window of the basis of the value tier (None: the whole life)."""
    return {"net_revenue_365d": 365, "net_revenue_life": None}[config.value_tier_basis]

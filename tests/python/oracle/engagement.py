"""Events and what they mean, decay, engagement points, change and tier."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from decimal import Decimal, localcontext
from functools import lru_cache
from typing import NamedTuple

from .clock import Clock
from .identity import Identity
from .rules import EventRule, Rules
from .values import round_half_away

HALF_LIFE_DAYS = 14
WINDOW_DAYS = 90


class Event(NamedTuple):
    """A mapped event of a customer, ``age`` days before D."""

    age: int
    at: datetime
    rule: EventRule
    channel: str | None
    product_id: str | None
    category: str | None
    source: str | None
    campaign_id: str | None
    properties: str | None


@lru_cache(maxsize=100_000)
def decay(age: int, half_life: int) -> Decimal:
    """0.5^(age/half_life), rounded to 12 decimals."""
    with localcontext() as context:
        context.prec = 50
        return round_half_away(Decimal("0.5") ** (Decimal(age) / half_life), 12)


def events_by_person(
    staged: dict[str, list],
    rules: Rules,
    identity: Identity,
    clock: Clock,
    today: int,
    category_of_product: dict[str, str | None],
) -> dict[str, list[Event]]:
    """The mapped events by D of every person, with channel and category filled in."""
    result: dict[str, list[Event]] = defaultdict(list)
    known: dict[tuple[str | None, str], EventRule | None] = {}
    for row in staged["events"]:
        name = (row.source, row.event_name)
        if name in known:
            rule = known[name]
        else:
            source = (row.source or "any").lower()
            rule = rules.events.get((source, row.event_name)) or rules.events.get(("any", row.event_name))
            known[name] = rule
        if rule is None:
            continue
        person = identity.person_of_event(row)
        if person is None:
            continue
        age = today - clock.day(row.occurred_at)
        if age < 0:
            continue
        channel = row.channel.lower() if row.channel else rule.channel
        category = row.category or category_of_product.get(row.product_id)
        source = row.source.lower() if row.source else None
        result[person].append(
            Event(
                age, row.occurred_at, rule, channel, row.product_id, category, source, row.campaign_id, row.properties
            )
        )
    return result


def points(weights: dict[int, Decimal], days_ago: int = 0) -> Decimal:
    """Points as of D - days_ago; ``weights`` is the sum of weights per day, by age as of D."""
    total = Decimal(0)
    for age, weight in weights.items():
        if days_ago <= age < days_ago + WINDOW_DAYS:
            total += weight * decay(age - days_ago, HALF_LIFE_DAYS)
    return round_half_away(total, 6)


def engagement(events: list[Event], rules: Rules) -> dict:
    """The columns of engagement of one customer."""
    weights: dict[int, Decimal] = defaultdict(Decimal)
    is_engaged = False
    for event in events:
        weight = event.rule.weight
        if weight and event.age < WINDOW_DAYS + 7:
            weights[event.age] += weight
            is_engaged = is_engaged or (weight > 0 and event.age < WINDOW_DAYS)
    now, before = points(weights), points(weights, 7)
    if is_engaged:
        tier = next((t.name for t in rules.engagement_tiers if t.applies and t.low <= now < t.high), None)
    else:
        tier = next((t.name for t in rules.engagement_tiers if not t.applies), None)
    return {
        "engagement_points": now,
        "engagement_points_7d_ago": before,
        "engagement_change_7d": round_half_away(now / before - 1, 6) if before else None,
        "engagement_tier": tier,
    }

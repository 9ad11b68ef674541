"""Category affinity: decayed points per category, and the top category."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from .engagement import Event, decay
from .values import round_half_away

HALF_LIFE_DAYS = 90


def affinity(
    events: list[Event], bought: list[tuple[int, str | None]], weights: dict[str, Decimal]
) -> dict[str, Decimal]:
    """Points per category; ``bought`` holds the age and category of every line of a completed order."""
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for event in events:
        weight = weights.get(event.rule.interaction)
        if weight is not None and event.category is not None:
            totals[event.category] += weight * decay(event.age, HALF_LIFE_DAYS)
    purchase = weights.get("purchase", Decimal(0))
    for age, category in bought:
        if category is not None:
            totals[category] += purchase * decay(age, HALF_LIFE_DAYS)
    return {category: round_half_away(total, 6) for category, total in totals.items()}


def top_category(points: dict[str, Decimal], min_share: Decimal) -> str | None:
    """The category with most points, if it has enough of them."""
    total = sum(points.values(), Decimal(0))
    if total <= 0:
        return None
    best = min(points, key=lambda category: (-points[category], category))
    return best if points[best] >= min_share * total else None

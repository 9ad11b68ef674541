"""Lifecycle stage, purchase cadence and overdue ratio."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from .rules import LifecycleStage, Rules
from .values import round_half_away


def _within(value: int, span: tuple[int, int]) -> bool:
    return span[0] <= value <= span[1]


def gap_of(row: LifecycleStage | None, ages: list[int]) -> tuple[int, int] | None:
    """Days of the gap on which a stage rests, and days since its end; of several gaps of the one that ended last."""
    if row is None or row.gap[0] == 0:
        return None
    gaps = [(before - day, day) for before, day in pairwise(ages)]
    return min(
        (one for one in gaps if _within(one[0], row.gap) and _within(one[1], row.since_gap)),
        key=lambda one: one[1],
        default=None,
    )


def stage_of(rules: Rules, orders: int, ages: list[int]) -> LifecycleStage | None:
    """The first row that holds; ``ages`` are the distinct order days in days ago, oldest first."""
    for row in rules.lifecycle_stages:
        if not _within(orders, row.orders):
            continue
        if orders == 0:
            return row
        if not _within(ages[-1], row.since_last) or not _within(ages[0], row.since_first):
            continue
        if row.gap[0] > 0 and gap_of(row, ages) is None:
            continue
        return row
    return None


def cadence(ages: list[int]) -> Decimal | None:
    """The median gap between order days, from three order days on."""
    if len(ages) < 3:
        return None
    gaps = sorted(before - day for before, day in pairwise(ages))
    middle = len(gaps) // 2
    if len(gaps) % 2:
        return Decimal(gaps[middle])
    return Decimal(gaps[middle - 1] + gaps[middle]) / 2


def overdue(days_since_last: int | None, cadence_days: Decimal | None) -> Decimal | None:
    """Days since the last order per day of cadence."""
    if days_since_last is None or cadence_days is None:
        return None
    return round_half_away(days_since_last / cadence_days, 6)

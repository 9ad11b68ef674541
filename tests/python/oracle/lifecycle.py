"""Lifecycle stage, purchase cadence and overdue ratio."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from .rules import LifecycleStage, Rules
from .values import round_half_away


def _within(value: int, span: tuple[int, int]) -> bool:
    return span[0] <= value <= span[1]


def _came_back(row: LifecycleStage, ages: list[int]) -> bool:
    """Some order day ended a gap of the row's length, and lies as long ago as the row says."""
    return any(_within(before - day, row.gap) and _within(day, row.since_gap) for before, day in pairwise(ages))


def stage_of(rules: Rules, orders: int, ages: list[int]) -> LifecycleStage | None:
    """The first row that holds; ``ages`` are the distinct order days in days ago, oldest first."""
    for row in rules.lifecycle_stages:
        if not _within(orders, row.orders):
            continue
        if orders == 0:
            return row
        if not _within(ages[-1], row.since_last) or not _within(ages[0], row.since_first):
            continue
        if row.gap[0] > 0 and not _came_back(row, ages):
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

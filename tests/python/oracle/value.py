"""Value tiers by the share of customers with a strictly greater basis."""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal

from .rules import Rules


def value_tiers(basis: dict[str, Decimal], rules: Rules) -> dict[str, str | None]:
    """The tier of every customer."""
    ordered = sorted(b for b in basis.values() if b > 0)
    n = len(ordered)
    without = next((t.name for t in rules.value_tiers if not t.applies), None)
    known: dict[Decimal, str | None] = {}
    result = {}
    for customer_id, b in basis.items():
        if b <= 0:
            result[customer_id] = without
            continue
        if b not in known:
            k = n - bisect_right(ordered, b)
            known[b] = next((t.name for t in rules.value_tiers if t.applies and t.low * n <= k < t.high * n), without)
        result[customer_id] = known[b]
    return result

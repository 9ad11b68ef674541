"""RFM scores per axis (ntile, quantile, fixed) and the segment of the grid."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from .config import AXES, Config
from .rules import FixedBand, Rules


class Metrics(NamedTuple):
    """A customer's three metrics."""

    customer_id: str
    recency: int
    frequency: int
    monetary: Decimal


def worth(axis: str, metrics: Metrics):
    """The metric such that a greater one is better (fewer days are better)."""
    return -metrics.recency if axis == "recency" else getattr(metrics, axis)


def ntile_of_lowest(n: int, k: int) -> int:
    """NTILE(5) of the (k+1)th of n: what a value with k strictly worse customers gets at the lowest."""
    q, r = divmod(n, 5)
    if k < r * (q + 1):
        return k // (q + 1) + 1
    return r + (k - r * (q + 1)) // q + 1


def cut_points_below(ordered: Sequence, value) -> int:
    """How many of the cut points at 20, 40, 60 and 80 % lie strictly below the value.

    The cut point at i/5 lies at (n-1)*i/5 in the ordered values, linearly interpolated; all is done in
    fifths, so that it is exact.
    """
    below = 0
    for i in range(1, 5):
        whole, fifths = divmod((len(ordered) - 1) * i, 5)
        cut_in_fifths = 5 * ordered[whole]
        if fifths:
            cut_in_fifths += fifths * (ordered[whole + 1] - ordered[whole])
        below += cut_in_fifths < 5 * value
    return below


def ranking(axis: str, population: list[Metrics], tie_breakers: str) -> dict[str, int]:
    """The rank, from 1, of every customer from worst to best."""
    others = [a for a in AXES if a != axis] if tie_breakers == "other_metrics" else []

    def key(m: Metrics) -> tuple:
        return (worth(axis, m), *(worth(a, m) for a in others), m.customer_id)

    return {m.customer_id: rank for rank, m in enumerate(sorted(population, key=key), 1)}


def _fixed(bands: Sequence[FixedBand], axis: str, value) -> int | None:
    for band in bands:
        if band.axis == axis and band.low <= value <= band.high:
            return band.score
    return None


def score_axis(axis: str, population: list[Metrics], config: Config, bands) -> dict[str, int | None]:
    """The scores of one axis."""
    method, policy = config.rfm_methods[axis], config.tie_policies[axis]
    n = len(population)
    if method == "fixed":
        return {m.customer_id: _fixed(bands, axis, getattr(m, axis)) for m in population}
    if n < config.rfm_min_population:
        return {m.customer_id: None for m in population}
    if policy == "split":
        ranks = ranking(axis, population, config.tie_breakers)
        if method == "ntile":
            return {c: ntile_of_lowest(n, rank - 1) for c, rank in ranks.items()}
        ordered = list(range(1, n + 1))
        return {c: 1 + cut_points_below(ordered, rank) for c, rank in ranks.items()}
    scores: dict = {}
    if method == "ntile":
        ordered = sorted(worth(axis, m) for m in population)
        for m in population:
            value = worth(axis, m)
            if value not in scores:
                scores[value] = ntile_of_lowest(n, bisect_left(ordered, value))
        return {m.customer_id: scores[worth(axis, m)] for m in population}
    ordered = sorted(getattr(m, axis) for m in population)
    for m in population:
        value = getattr(m, axis)
        if value not in scores:
            score = 1 + cut_points_below(ordered, value)
            scores[value] = 6 - score if axis == "recency" else score
    return {m.customer_id: scores[getattr(m, axis)] for m in population}


def segment_of(rules: Rules, scores: tuple[int | None, ...]) -> str | None:
    """The first row of the grid whose ranges hold the three scores; unscored without one of them."""
    if None in scores:
        return "unscored"
    for row in rules.rfm_segments:
        ranges = (row.recency, row.frequency, row.monetary)
        if all(low <= score <= high for score, (low, high) in zip(scores, ranges, strict=True)):
            return row.name
    return None


def rfm(population: list[Metrics], config: Config, rules: Rules) -> dict[str, dict]:
    """The columns of RFM, per customer with at least one completed order."""
    by_axis = [score_axis(axis, population, config, rules.rfm_fixed_bands) for axis in AXES]
    result = {}
    for m in population:
        scores = tuple(axis[m.customer_id] for axis in by_axis)
        result[m.customer_id] = {
            "recency_days": m.recency,
            "frequency": m.frequency,
            "monetary": m.monetary,
            "recency_score": scores[0],
            "frequency_score": scores[1],
            "monetary_score": scores[2],
            "rfm_score": None if None in scores else "".join(map(str, scores)),
            "rfm_segment": segment_of(rules, scores),
        }
    return result

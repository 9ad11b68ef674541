"""The geometry of the few charts of a report; the templates draw it as SVG."""

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

# Of the small line beside a segment, in pixels.
LINE_WIDTH, LINE_HEIGHT = 110, 26
_MARGIN = 2
# The number of shades that a grid is coloured with.
SHADES = 5


class Bar(NamedTuple):
    """A bar that lies between two places, in percent of the width of its chart."""

    left: float
    width: float
    is_below_zero: bool = False


def line_points(sizes: dict[datetime.date, int], first: datetime.date, last: datetime.date) -> str:
    """The points of a line from the first day to the last, as SVG wants them; empty for fewer than two days."""
    days = [day for day in sorted(sizes) if first <= day <= last]
    if len(days) < 2:
        return ""
    low, high = (bound(sizes[day] for day in days) for bound in (min, max))
    across, up = (last - days[0]).days, high - low or 1
    points = []
    for day in days:
        x = _MARGIN + (day - days[0]).days / across * (LINE_WIDTH - 2 * _MARGIN)
        y = LINE_HEIGHT - _MARGIN - (sizes[day] - low) / up * (LINE_HEIGHT - 2 * _MARGIN)
        points.append(f"{x:.1f},{y:.1f}")
    return " ".join(points)


def waterfall(steps: Sequence[tuple[Decimal, Decimal]]) -> list[Bar]:
    """Bars from the first to the second value of each step, on one scale that includes zero."""
    values = [float(value) for step in steps for value in step]
    low, high = min(0.0, *values), max(0.0, *values)
    width = high - low or 1.0
    bars = []
    for start, end in ((float(start), float(end)) for start, end in steps):
        left, right = min(start, end), max(start, end)
        bars.append(Bar(round((left - low) / width * 100, 2), round((right - left) / width * 100, 2), end < start))
    return bars


def shade(number: int, most: int) -> int:
    """The shade of a cell, 0 for none up to SHADES for the most."""
    return -(-number * SHADES // most) if number > 0 and most else 0

"""Numbers as a page shows them: each knows its name, so that a test can hold it against a query of its own."""

import datetime
from decimal import Decimal
from typing import NamedTuple

from spine.report.periods import in_words

UNKNOWN, MINUS = "\u2013", "\u2212"


class Figure(NamedTuple):
    """A number, and the name under which the page shows it, such as `segments.rfm_champions.customers`."""

    name: str
    text: str


Sentence = list["str | Figure"]


def count(name: str, number: int | None) -> Figure:
    """`1,234`."""
    return Figure(name, UNKNOWN if number is None else f"{int(number):,}")


def change(name: str, number: int | None) -> Figure:
    """`+12`, `0`, and with a true minus sign `-3`."""
    if not number:
        return Figure(name, UNKNOWN if number is None else "0")
    return Figure(name, f"{'+' if number > 0 else MINUS}{abs(int(number)):,}")


def share(name: str, number: float | Decimal | None) -> Figure:
    """`12.3 %`."""
    text = UNKNOWN if number is None else f"{number:.1%}".replace("%", " %")
    return Figure(name, text.replace("-0.0 %", "0.0 %").replace("-", MINUS))


def money(name: str, amount: Decimal | None) -> Figure:
    """`1,234,567`, rounded to whole units: of a currency that the page names."""
    return Figure(name, UNKNOWN if amount is None else f"{round(amount):,}".replace("-", MINUS))


def day(name: str, when: datetime.date | None) -> Figure:
    """`30 June 2026`."""
    return Figure(name, UNKNOWN if when is None else in_words(when))


def of(parts: Sentence) -> str:
    """A sentence as plain text."""
    return "".join(part.text if isinstance(part, Figure) else part for part in parts)

"""Numbers, ranges and distances of rules in words, as a reader of the terminal wants them."""

from decimal import Decimal

MONEY = "reporting currency"
# Units that stand behind the number; a score, share or ratio has none.
_COUNTED = ("days", "orders", "refunds", "events", "messages", "tickets", "categories", "units", "points")
_LAST_DECIMAL = Decimal("0.000001")


def number_in_words(number: Decimal, unit: str, currency: str) -> str:
    """A number with its unit, such as `2 orders`, `1 order` and `EUR 1,204.50`."""
    if unit == MONEY:
        return f"{currency} {number:,.2f}"
    if unit not in _COUNTED:
        return _plain(number)
    one = f"{unit[:-3]}y" if unit.endswith("ies") else unit[:-1]
    return f"{_plain(number)} {one if abs(number) == 1 else unit}"


def range_in_words(lowest: Decimal | None, highest: Decimal | None, unit: str, currency: str) -> str:
    """A range of which both ends are included, such as `2 or 3 orders` and `EUR 50.00 or more`; None is no end."""
    if lowest is None and highest is None:
        return "any"
    if highest is None:
        return f"{number_in_words(lowest, unit, currency)} or more"
    is_below = _is_just_below(highest)
    end = f"below {number_in_words(highest + _LAST_DECIMAL, unit, currency)}" if is_below else ""
    if lowest is None:
        return end or f"{number_in_words(highest, unit, currency)} or less"
    if lowest > highest:
        return "none"
    if lowest == highest:
        return number_in_words(lowest, unit, currency)
    if unit == MONEY:
        return f"{currency} {lowest:,.2f} to {highest:,.2f}"
    is_pair = highest - lowest == 1 and lowest == int(lowest)
    return f"{_plain(lowest)} {'or' if is_pair else 'to'} {end or number_in_words(highest, unit, currency)}"


def distance_in_words(distance: Decimal, unit: str, currency: str) -> str:
    """How far a value is from flipping a condition, such as `12 days less` and `EUR 0.01 more`."""
    return f"{number_in_words(abs(distance), unit, currency)} {'less' if distance < 0 else 'more'}"


def _is_just_below(number: Decimal) -> bool:
    """Whether a number ends a range only because the next one begins at a round number, as 19.999999 does."""
    return number != round(number, 2) and number + _LAST_DECIMAL == round(number, 2)


def _plain(number: Decimal) -> str:
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

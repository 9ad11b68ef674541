"""How one raw value is read: id, text, timestamp, date, money, rate, number, integer, boolean, address, json.

Every reader gets a value that is not None and gives the typed value, or None if it cannot be read.
Timestamps are naive datetimes in UTC.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from .addresses import read_address, trimmed
from .clock import Clock

_NULL_MARKERS = {
    r"\n", "<na>", "<nan>", "<nat>", "<null>", "<none>", "<nil>", "(null)", "(none)", "(nil)", "(blank)", "(empty)",
    "[null]", "[none]", "[object object]", "#n/a", "#na", "#null!", "#ref!", "#value!", "#name?", "#num!", "#div/0!",
}  # fmt: skip
_ID_WITH_DECIMALS = re.compile(r"(-?[0-9]+)\.0+")
_SHORTENED_ID = re.compile(r"[+-]?[0-9]([.,][0-9]+[eE]\+?|[eE]\+)[0-9]+")
_EPOCH = datetime(1970, 1, 1)
_EARLIEST = datetime(1900, 1, 1)
_TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?"
    r"(?: ?(Z|UTC|[+-][0-9]{2}(?::?[0-9]{2})?))?)?"
)
_MINUTE = re.compile(r"(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])([01][0-9]|2[0-3])[0-5][0-9]")
_NOTHING = {"none", "null", "nan", "nat", "nil", "n/a", "undefined", "-1"}
_DIGITS = re.compile(r"[0-9]+")
_PLAIN_NUMBER = re.compile(r"[+-]?([0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_WHOLE_NUMBER = re.compile(r"([+-]?[0-9]+)(?:\.0*)?")
_BOOLEANS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "1.0", "wahr", "ja", "vrai", "oui", "verdadero", "vero"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0", "0.0", "falsch", "nein", "faux", "non", "falso"), False),
}
# digits of an epoch -> how many of its units make a second
_EPOCH_UNITS = {9: 1, 10: 1, 12: 10**3, 13: 10**3, 15: 10**6, 16: 10**6, 18: 10**9, 19: 10**9}


def round_half_away(value: Decimal, places: int) -> Decimal:
    """Round half away from zero (decimal's ROUND_HALF_UP looks at the magnitude only)."""
    return value.quantize(Decimal((0, (1,), -places)), ROUND_HALF_UP)


def read_text(value: Any) -> str | None:
    """Trimmed at both ends, otherwise kept; an empty text, and a mark for nothing, is null."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = trimmed(str(value))
    return text if text and text.lower() not in _NULL_MARKERS else None


def read_id(value: Any) -> str | None:
    """A text; a whole number that was written with decimals is that number."""
    text = read_text(value)
    number = _ID_WITH_DECIMALS.fullmatch(text) if text else None
    return number[1] if number else text


def says_nothing(value: str | None) -> bool:
    """Whether a text is missing, or a word that a tool writes for nothing."""
    return value is None or value.lower() in _NOTHING


def is_shortened(value: Any) -> bool:
    """Whether an id is a number that has lost its digits in a spreadsheet: 5.01235E+12."""
    return value is not None and _SHORTENED_ID.fullmatch(read_text(value) or "") is not None


def _epoch(digits: str) -> datetime | None:
    units = _EPOCH_UNITS.get(len(digits))
    if units is None or _MINUTE.fullmatch(digits):
        return None
    return _EPOCH + timedelta(microseconds=int(digits) * 10**6 // units)


def _timestamp_of_text(text: str) -> datetime | None:
    if _DIGITS.fullmatch(text):
        if len(text) == 8:
            return datetime(int(text[:4]), int(text[4:6]), int(text[6:]))
        return _epoch(text)
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    if hour is None:
        return datetime(int(year), int(month), int(day))
    micros = int((fraction or "0").ljust(6, "0")[:6])
    moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), micros)
    if offset and offset not in ("Z", "UTC"):
        digits = offset[1:].replace(":", "")
        shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
        moment = moment - shift if offset[0] == "+" else moment + shift
    return moment


def read_timestamp(value: Any) -> datetime | None:
    """With an offset moved to UTC, without one UTC; digits are a day or an epoch; from 1900 on."""
    try:
        if isinstance(value, str):
            moment = _timestamp_of_text(trimmed(value))
        elif isinstance(value, datetime):
            moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        elif isinstance(value, date):
            moment = datetime(value.year, value.month, value.day)
        elif isinstance(value, bool):
            moment = None
        elif isinstance(value, int):
            moment = _timestamp_of_text(str(value))
        elif isinstance(value, (float, Decimal)) and math.isfinite(value) and value == int(value):
            moment = _timestamp_of_text(str(int(value)))
        else:
            moment = None
    except (ValueError, OverflowError):
        return None
    return None if moment is None or moment < _EARLIEST else moment


def read_moment(value: Any, clock: Clock) -> datetime | None:
    """A timestamp; a day without a time of day begins when that business day begins."""
    moment = read_timestamp(value)
    is_day = isinstance(value, date) and not isinstance(value, datetime)
    is_day = is_day or re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{8}", trimmed(str(value))) is not None
    return clock.start_of(moment.toordinal()) if moment is not None and is_day else moment


def day_alone(value: Any) -> int | None:
    """The day (its number) of a time that is its midnight, as many tools write a day."""
    moment = read_timestamp(value)
    return moment.toordinal() if moment is not None and moment.time() == time() else None


def read_date(value: Any) -> date | None:
    """Read as a timestamp (UTC), then cut to the day."""
    moment = read_timestamp(value)
    return None if moment is None else moment.date()


def read_number(value: Any) -> Decimal | None:
    """A plain decimal number of at most 14 digits before the point, exactly as written."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (float, Decimal)):
        if not math.isfinite(value):
            return None
        value = format(value if isinstance(value, Decimal) else Decimal(repr(value)), "f")
    text = trimmed(str(value))
    if not _PLAIN_NUMBER.fullmatch(text):
        return None
    whole = text.lstrip("+-").partition(".")[0]
    return Decimal(text) if len(whole) <= 14 else None


def read_money(value: Any) -> Decimal | None:
    """A plain decimal number to 4 decimals, half away from zero, still with at most 14 digits before."""
    number = read_number(value)
    if number is None:
        return None
    number = round_half_away(number, 4)
    return number if abs(number) < 10**14 else None


def read_integer(value: Any) -> int | None:
    """A whole number: 7, 7.0."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (float, Decimal)):
        return int(value) if math.isfinite(value) and value == int(value) else None
    match = _WHOLE_NUMBER.fullmatch(trimmed(str(value)))
    return int(match.group(1)) if match else None


def read_boolean(value: Any) -> bool | None:
    """true/false, t/f, yes/no, y/n, 1/0 in any case."""
    if isinstance(value, bool):
        return value
    return _BOOLEANS.get(trimmed(str(value)).lower())


def read_json(value: Any) -> str | None:
    """The text of a JSON object, trimmed and otherwise kept."""
    text = read_text(value)
    try:
        found = json.loads(text or "")
        # Half of a pair of surrogates is no text.
        json.dumps(found, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        return None
    return text if isinstance(found, dict) else None


READERS: dict[str, Callable[[Any], Any]] = {
    "id": read_id,
    "text": read_text,
    "timestamp": read_timestamp,
    "date": read_date,
    "money": read_money,
    "rate": read_number,
    "number": read_number,
    "integer": read_integer,
    "boolean": read_boolean,
    "address": read_address,
    "json": read_json,
}

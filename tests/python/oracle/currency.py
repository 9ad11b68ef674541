"""The reporting currency that is left to the orders ("Money")."""

from __future__ import annotations

from .values import read_text, says_nothing

NONE = "XXX"


def currency_of(raw: dict[str, list[dict]]) -> str:
    """The only currency that raw orders name, or the only one of them that needs no rate; XXX where none is named.

    Raises ValueError where there are several.
    """
    named = {_code(row.get("currency")) for row in raw.get("orders") or []} - {None}
    rated = {
        _code(row.get("currency"))
        for row in raw.get("exchange_rates") or []
        if float(row["rate"]) != 1  # of well-kept tables only
    }
    home = named - rated
    if len(home) > 1 or (named and not home):
        raise ValueError(f"several currencies: {sorted(named)}")
    return home.pop() if home else NONE


def _code(value: object) -> str | None:
    text = read_text(value) if value is not None else None
    return None if says_nothing(text) else text.upper()

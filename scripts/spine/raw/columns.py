"""Judges the columns of one file or relation against the contract, and says in words what is wrong."""

import difflib
import functools
import re
from collections import Counter

from spine.raw.contract import Table
from spine.raw.types import FoundColumn, normalised, printable

# Names that common shop and event systems give to the contract's columns; used only for suggestions.
OTHER_NAMES = {
    "amount": ("subtotal", "subtotal_price", "net_amount", "revenue", "price"),
    "currency": ("currency_code",),
    "customer_id": ("user_id", "client_id", "cust_id", "customer", "contact_id", "member_id"),
    "discount_amount": ("discount", "discounts", "total_discounts", "total_discount"),
    "event_name": ("event", "event_type", "name", "type"),
    "identifier": ("value", "identity"),
    "identifier_type": ("type", "kind"),
    "is_test": ("test", "is_test_order"),
    "occurred_at": ("timestamp", "created_at", "event_time", "time", "date", "ts"),
    "opened_at": ("created_at", "date"),
    "order_id": ("id", "order_number", "order_no", "name", "number", "transaction_id"),
    "ordered_at": ("created_at", "order_date", "date", "purchased_at", "timestamp", "placed_at"),
    "product_id": ("id", "sku", "item_id"),
    "rate": ("exchange_rate", "value"),
    "refunded_at": ("created_at", "refund_date", "date"),
    "shipping": ("total_shipping", "shipping_total", "shipping_amount", "shipping_price", "shipping_cost", "freight"),
    "started_at": ("created_at", "start_date"),
    "status": ("financial_status", "order_status", "state"),
    "tax": ("total_tax", "tax_amount", "taxes", "vat"),
    "total": ("total_amount", "total_price", "order_total", "grand_total"),
    "valid_on": ("date", "day", "valid_from"),
}

# Of a table whose other columns are read: to read a thousand of them takes longer than all else.
MOST_OTHER_COLUMNS = 300

_FAMILIES = (
    (r'"?NULL"?', "null"),
    (r"VARCHAR|UUID|ENUM\(.*", "text"),
    (r"JSON", "json"),
    (r"U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|BIGNUM|VARINT", "integer"),
    (r"DECIMAL\(\d+,\s*\d+\)", "decimal"),
    (r"FLOAT|DOUBLE", "float"),
    (r"BOOLEAN", "boolean"),
    (r"DATE", "date"),
    (r"TIMESTAMP_NS", "timestamp_ns"),
    (r"TIMESTAMP(_S|_MS)?", "timestamp"),
    (r"TIMESTAMP WITH TIME ZONE", "timestamptz"),
    (r"TIME|TIME_NS|TIME WITH TIME ZONE", "time"),
    (r"(STRUCT|MAP)\(.*", "object"),
    (r"UNION\(.*|VARIANT", "nested"),
)

_LIKE_A_VALUE = re.compile(r"@|\d{5}|\d-\d\d-\d")

_TIMES = {"null", "text", "integer", "decimal", "float", "date", "timestamp", "timestamp_ns", "timestamptz"}
_NUMBERS = {"null", "text", "integer", "decimal", "float"}
_SERVES = {
    "id": _TIMES | {"boolean", "time"},
    "text": _TIMES | {"boolean", "time"},
    "timestamp": _TIMES,
    "date": _TIMES,
    "money": _NUMBERS,
    "rate": _NUMBERS,
    "number": _NUMBERS,
    "integer": _NUMBERS,
    "boolean": _NUMBERS | {"boolean"},
    "address": {"null", "text", "integer"},
    "json": {"null", "text", "json", "object"},
}


@functools.cache
def type_family(sql_type: str) -> str:
    """The family of a DuckDB type (text, integer, timestamptz, …); `other` for one that never serves."""
    if sql_type.endswith("]"):
        return "nested"
    return next((family for pattern, family in _FAMILIES if re.fullmatch(pattern, sql_type, re.S)), "other")


def column_faults(
    shown: str, names: list[str], found: tuple[FoundColumn, ...], table: Table, may_be_data: bool = False
) -> list[str]:
    """Every fault in the columns of the input called `shown`: missing, doubled, of a useless type.

    Names that `may_be_data` (the first line of a CSV file) are shown only where they are surely names.
    """
    found_names = {column.name for column in found}
    missing = [name for name in table.required_names if name not in found_names]
    listed = _surely_names(names, table) if may_be_data else _listed(names)
    faults = [_missing(shown, name, names, listed, table) for name in missing]
    counts = Counter(normalised(name) for name in names)
    faults += [
        f"{shown}: column '{column.name}' occurs {counts[column.name]} times. Keep one of them."
        for column in found
        if counts[column.name] > 1
    ]
    others = sum(normalised(name) not in table.names_to_bring for name in names)
    if table.rest_column is not None and others > MOST_OTHER_COLUMNS:
        faults.append(
            f"{shown}: has {others} columns that the contract does not name; at most {MOST_OTHER_COLUMNS} are read as "
            "attributes. Leave out those that no trait names."
        )
    return faults + [fault for column in found if (fault := _type_fault(shown, column, table))]


def column_note(names: list[str], found: tuple[FoundColumn, ...], table: Table) -> str:
    """What is passed over, where something is: a misnamed optional column would be taken as empty in silence."""
    unknown = [name for name in names if normalised(name) not in table.names_to_bring]
    found_names = {column.name for column in found}
    absent = [name for name in table.names_to_bring if name not in found_names and not table.column(name).required]
    if "currency" in map(normalised, unknown) and not absent and table.rest_column is None:
        return f"{table.name}: column currency is not read; docs/own_data.md says in which currency its amounts are."
    if not unknown or not absent:
        return ""
    # A wrong loaded_at would change which version of a row counts: no guesses there.
    guessed = [name if name == "loaded_at" else f"{name}{_hint(_guesses(name, unknown, table))}" for name in absent]
    fate = "taken as attributes" if table.rest_column else "not read"
    return f"{table.name}: columns {fate}: {_listed(unknown)}. Not given, taken as empty: {', '.join(guessed)}."


def _missing(shown: str, wanted: str, names: list[str], listed: str, table: Table) -> str:
    hint = _hint(_guesses(wanted, names, table))
    return (
        f"{shown}: required column '{wanted}' is missing; found: {listed}{hint}. "
        f"Rename the column or select it as '{wanted}' ({table.column(wanted).description.rstrip('.')})."
    )


def _hint(guesses: list[str]) -> str:
    return f" (did you mean {' or '.join(repr(guess) for guess in guesses)}?)" if guesses else ""


def _guesses(wanted: str, names: list[str], table: Table, most: int = 3) -> list[str]:
    free = {_word(name): name for name in names if normalised(name) not in table.names_to_bring}
    likely = [name for name in OTHER_NAMES.get(wanted, ()) if name in free][:most]
    likely = likely or difflib.get_close_matches(wanted, list(free), n=1)
    return [printable(free[name].strip()) for name in likely]


def _word(name: str) -> str:
    """A column name with underscores where a person would write blanks or hyphens."""
    return re.sub(r"[\s-]+", "_", normalised(name))


def _surely_names(names: list[str], table: Table) -> str:
    """The names of a header. A line of which a single field is a column may be data: the others are not shown then."""
    known = [name for name in names if normalised(name) in table.names_to_bring]
    if len(known) > 1 or len(names) == 1:
        return _listed(names)
    return f"{_listed(known)} and {len(names) - len(known)} other fields (not shown, as they may be data)"


def _listed(names: list[str], most: int = 40) -> str:
    shown = [shown_name(name.strip()) for name in names[:most]]
    return ", ".join(shown) + (f" and {len(names) - most} more" if len(names) > most else "")


def shown_name(name: str) -> str:
    """A column's name, unless it looks like a value: then the line it stands in may be no header."""
    if _LIKE_A_VALUE.search(name):
        return "(not shown)"
    return printable(name) or "(no name)"


def _type_fault(shown: str, column: FoundColumn, table: Table) -> str | None:
    wanted = table.column(column.name).data_type
    if wanted == "id" and column.sql_type == "FLOAT":
        return (
            f"{shown}: column '{column.name}' is of type FLOAT, which keeps seven digits of a number: longer ids would "
            "be the same. Write ids as text or as whole numbers."
        )
    if type_family(column.sql_type) in _SERVES[wanted]:
        return None
    return (
        f"{shown}: column '{column.name}' is of type {printable(column.sql_type)}, which cannot serve as "
        f"{wanted}. Write it as {_advice(wanted)}."
    )


def _advice(wanted: str) -> str:
    return "text" if wanted in ("id", "text") else f"{wanted} or as text"

"""Raw tables made to sit on the edges of reading: what wins among rows of one key, and times against loads."""

from datetime import datetime, timedelta
from itertools import pairwise

from oracle import TABLES
from strategies import COLUMNS

KEYS = {
    "orders": "order_id",
    "order_items": "order_id",
    "products": "product_id",
    "refunds": "refund_id",
    "customers": "customer_id",
    "identities": "identifier",
    "events": "event_id",
    "consent": "consent_id",
    "support_tickets": "ticket_id",
    "subscriptions": "subscription_id",
    "campaigns": "campaign_id",
    "exchange_rates": "currency",
}
# A smaller and a greater value of every column, both usable; columns not named take a text.
VALUES = {
    "amount": ("5", "40"),
    "status": ("cancelled", "paid"),
    "currency": ("USD", "usd"),
    "event_name": ("message_clicked", "product_viewed"),
    "channel": ("email", "sms"),
    "is_consumable": ("false", "true"),
    "is_service": ("false", "true"),
    "satisfaction": ("1", "5"),
    "nps": ("0", "10"),
    "line_number": ("1", "2"),
    "address": ("a@example.com", "+49 170 1234567"),
    "email": ("a@example.com", "b@example.com"),
    "phone": ("+49 170 1234567", "+49 170 7654321"),
    "attributes": ('{"a": 1}', '{"b": "ä"}'),
}
NUMBERS = (
    "discount_amount quantity unit_price unit_cost replenish_days acquisition_cost value monthly_amount"
    " cost incentive_cost rate"
)
VALUES |= dict.fromkeys(NUMBERS.split(), ("3", "20"))
# The statuses of consent, each more restrictive than the one before.
EVER_STRICTER = ("opted_in", "pending", "not_subscribed", "opted_out", "bounced", "complained", "erased")
STATUSES = {"consent": ("opted_in", "opted_out"), "subscriptions": ("active", "cancelled")}
# Staging tells a status by the rules' own names: another column shows which row has won.
TOLD_BY = {("consent", "status"): ("source",), ("subscriptions", "status"): ("plan",)}
DAY = "2024-02-{:02d} 12:00:00"
LATER = ("added_to_cart", "product_viewed", "product_viewed", "product_viewed", "message_clicked")
# As a customer id the digits are no phone number.
PHONE, MAILBOX, DIGITS = "+49 170 5550000", "buyer@example.com", "00491707770000"


def _pair(column: str, table: str) -> tuple[str, str]:
    if column == "status" and table in STATUSES:
        return STATUSES[table]
    if column.endswith(("_at", "_on")):
        return DAY.format(10), DAY.format(12)
    if column.endswith("_date"):
        return "1980-01-01", "1990-01-01"
    return VALUES.get(column, ("apple", "banana"))


def edge_cases(of_dated_files: bool = True) -> dict[str, list[dict[str, str | None]]]:
    """Every table of the contract, with rows that differ in one column and loads at the limit.

    Rows that come from a file with a day in its name say so in `file_dated_on`, which is no column of a file.
    """
    return {
        table: [
            *_conflicts(table, key),
            *(_days_of_files(table, key) if of_dated_files else []),
            *_late_loads(table, key),
            *_unreadable(table, key),
            *_great_amounts(table, key),
            *_without_keys(table, key),
            *(_of_consent() if table == "consent" else []),
            *(_of_orders() if table == "orders" else []),
            *(_of_events() if table == "events" else []),
        ]
        for table, key in KEYS.items()
    }


def _row(table: str, key: str, name: str) -> dict[str, str | None]:
    row = {column: _pair(column, table)[0] for column in COLUMNS[table]}
    row |= {key: f"{table} {name}", "loaded_at": "2024-02-20 12:00:00"}
    if table == "orders":
        row["status"] = "paid"
    if table == "refunds":
        row["order_id"] = "orders conflict on channel"
    if table == "identities":
        row["identifier_type"], row["customer_id"] = "device", f"person {name}"
    return {column: row[column] for column in COLUMNS[table]}


def _conflicts(table: str, key: str) -> list[dict]:
    """Rows of one key that differ in one column, the greater one and the empty one on either side."""
    return [
        _row(table, key, f"conflict on {column}") | dict.fromkeys((column, *TOLD_BY.get((table, column), ())), value)
        for column in _compared(table, key)
        for value in (_pair(column, table)[0], _pair(column, table)[1], None)
    ]


def _days_of_files(table: str, key: str) -> list[dict]:
    """Rows of one key from files of two days and of none; that of the later day is the smaller one, or the greater."""
    column, early, late = _compared(table, key)[0], "2024-02-18", "2024-02-19"
    return [
        _row(table, key, f"of dated files {place}") | {column: value, "file_dated_on": day}
        for place, days in enumerate(((early, late, None), (late, early, None), (None, early, late)))
        for value, day in zip((*_pair(column, table), None), days, strict=True)
    ]


def _compared(table: str, key: str) -> list[str]:
    """The columns in which rows of one key may differ."""
    others = {key, "order_id", "line_number", "identifier_type", "customer_id" if table == "identities" else key}
    return [column for column in COLUMNS[table] if column not in others]


def _late_loads(table: str, key: str) -> list[dict]:
    """Rows loaded exactly a day before their own time (usable), and a second more (not); a newest one that is not."""
    own_time = TABLES[table].own_time
    if own_time is None:
        return []
    happened = datetime(2024, 2, 15, 12)
    limit = happened - timedelta(days=1)
    loads = (
        ("at the limit", happened, limit),
        ("beyond it", happened, limit - timedelta(seconds=1)),
        ("at the limit", happened + timedelta(days=9), limit + timedelta(days=1)),
    )
    return [
        _row(table, key, f"loaded {name}") | {own_time: str(moment), "loaded_at": str(loaded)}
        for name, moment, loaded in loads
    ]


def _unreadable(table: str, key: str) -> list[dict]:
    """One row per column, with nothing, with nonsense and with blanks around a value in it."""
    return [
        _row(table, key, f"{name} {column}") | {column: value}
        for column in COLUMNS[table]
        if column != key
        for name, value in (("without", None), ("nonsense in", "?"), ("blanks in", f" {_pair(column, table)[0]}\t"))
    ]


def _without_keys(table: str, key: str) -> list[dict]:
    """Two rows without a key that differ, the first and the last word for nothing, some with a bar, blanks in a key."""
    column = _compared(table, key)[-1]
    nothing = [_row(table, key, "") | {key: None, column: value} for value in _pair(column, table)]
    keys = ("NONE", " -1 ", "none|null", "nil|undefined", f" {table} with blanks\t")
    return nothing + [_row(table, key, "") | {key: value} for value in keys]


def _great_amounts(table: str, key: str) -> list[dict]:
    """Amounts just below and at the limit of money; two versions of an order that only their great amounts rank."""
    if table not in ("orders", "refunds"):
        return []
    amounts = ("999999999999.9999", "1000000000000")
    of_each = [_row(table, key, f"of {amount}") | {"amount": amount} for amount in amounts]
    of_one = [_row(table, key, "of great amounts") | {"amount": amount} for amount in ("1000000", amounts[0])]
    return of_each + (of_one if table == "orders" else [])


def _of_consent() -> list[dict]:
    """Withdrawals of a day alone that were loaded as it began, by two clocks; an id that looks like a phone number.

    And records of every two neighbours among the statuses, more than one, so that no hash is right of them all;
    records that a later load corrects; withdrawals by an address.
    """
    said = [
        _consent(f"{milder} or {status}, {place}") | {"status": one, "source": one, "customer_id": f"{status} {place}"}
        for milder, status in pairwise(EVER_STRICTER)
        for place in range(4)
        for one in (milder, status)
    ]
    withdrawal = {"status": "opted_out", "occurred_at": "2024-02-15"}
    loads = {"Greenwich": "2024-02-15T00:00:00Z", "New York": "2024-02-15T00:00:00-05:00"}
    return [
        *said,
        *(
            _consent(f"loaded in {place}") | withdrawal | {"customer_id": f"of {place}", "loaded_at": loaded}
            for place, loaded in loads.items()
        ),
        _consent("of digits alone") | {"customer_id": DIGITS, "channel": "push", "status": "opted_out"},
        _consent("of digits")
        | {"customer_id": DIGITS, "address": "else@example.com", "channel": "sms", "status": "opted_out"},
        *(
            _consent(f"corrected to {new}") | {"status": one, "loaded_at": loaded, "customer_id": f"corrected to {new}"}
            for old, new in (STATUSES["consent"], reversed(STATUSES["consent"]))
            for one, loaded in ((old, DAY.format(20)), (new, DAY.format(21)))
        ),
        _consent("of a phone") | {"customer_id": None, "address": PHONE, "channel": "sms", "status": "opted_out"},
        _consent("of a mailbox") | {"customer_id": None, "address": MAILBOX, "status": "opted_out"},
    ]


def _consent(name: str) -> dict:
    """A record of consent that names no address."""
    return _row("consent", KEYS["consent"], name) | {"address": None}


def _of_orders() -> list[dict]:
    """Orders, and nothing else, tell whose the addresses are that withdraw consent."""
    return [
        _row("orders", KEYS["orders"], f"of {who}")
        | {"customer_id": who, "email": email, "phone": phone, "anonymous_id": None}
        for who, email, phone in (("buyer 10", None, PHONE), ("buyer 20", MAILBOX, None), ("buyer 30", None, DIGITS))
    ]


def _of_events() -> list[dict]:
    """What somebody is said to have done after every day that is asked for, and one visit before."""
    done = (("page_viewed", DAY.format(10)), *((what, "2031-01-01 12:00:00") for what in LATER))
    return [
        _row("events", KEYS["events"], f"of a visitor {place}")
        | {"customer_id": "visitor", "event_name": name, "occurred_at": moment, "loaded_at": None}
        for place, (name, moment) in enumerate(done)
    ]

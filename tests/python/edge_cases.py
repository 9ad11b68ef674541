"""Raw tables made to sit on the edges of reading: what wins among rows of one key, and times against loads."""

from datetime import datetime, timedelta

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
    " cost incentive_cost"
)
VALUES |= dict.fromkeys(NUMBERS.split(), ("3", "20"))
DAY = "2024-02-{:02d} 12:00:00"


def _pair(column: str) -> tuple[str, str]:
    if column.endswith("_at"):
        return DAY.format(10), DAY.format(12)
    if column.endswith("_date"):
        return "1980-01-01", "1990-01-01"
    return VALUES.get(column, ("apple", "banana"))


def edge_cases() -> dict[str, list[dict[str, str | None]]]:
    """Every table of the contract but exchange rates, with rows that differ in one column and loads at the limit."""
    return {
        table: [
            *_conflicts(table, key),
            *_late_loads(table, key),
            *_unreadable(table, key),
            *_great_amounts(table, key),
            _row(table, key, "without a key") | {key: None},
        ]
        for table, key in KEYS.items()
    }


def _row(table: str, key: str, name: str) -> dict[str, str | None]:
    row = {column: _pair(column)[0] for column in COLUMNS[table]}
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
    rows = []
    for column in COLUMNS[table]:
        if column in (key, "order_id", "line_number", "identifier_type") or (table, column) == (
            "identities",
            "customer_id",
        ):
            continue
        for value in (_pair(column)[0], _pair(column)[1], None):
            rows.append(_row(table, key, f"conflict on {column}") | {column: value})
    return rows


def _late_loads(table: str, key: str) -> list[dict]:
    """Rows loaded exactly a day before their own time (usable), and a second more (not)."""
    own_time = TABLES[table].own_time
    if own_time is None:
        return []
    happened = datetime(2024, 2, 15, 12)
    loads = {"at the limit": happened - timedelta(days=1), "beyond it": happened - timedelta(days=1, seconds=1)}
    return [
        _row(table, key, f"loaded {name}") | {own_time: str(happened), "loaded_at": str(loaded)}
        for name, loaded in loads.items()
    ]


def _unreadable(table: str, key: str) -> list[dict]:
    """One row per column, with nothing and with nonsense in it."""
    return [
        _row(table, key, f"{name} {column}") | {column: value}
        for column in COLUMNS[table]
        if column != key
        for name, value in (("without", None), ("nonsense in", "?"))
    ]


def _great_amounts(table: str, key: str) -> list[dict]:
    """Amounts just below and at the limit of money; two versions of an order that only their great amounts rank."""
    if table not in ("orders", "refunds"):
        return []
    amounts = ("999999999999.9999", "1000000000000")
    of_each = [_row(table, key, f"of {amount}") | {"amount": amount} for amount in amounts]
    of_one = [_row(table, key, "of great amounts") | {"amount": amount} for amount in ("1000000", amounts[0])]
    return of_each + (of_one if table == "orders" else [])

"""The raw contract (models/staging/_sources.yml), written down again for the oracle.

A column is ``name:kind`` with ``#`` for a key column, ``!`` for a further required one and ``*`` for the one that holds
whatever else the table brings.
"""

from __future__ import annotations

from collections import namedtuple
from typing import NamedTuple


class Column(NamedTuple):
    """One column of the contract."""

    name: str
    kind: str
    is_key: bool
    is_required: bool


class Table(NamedTuple):
    """One table of the contract; ``own_time`` is judged against ``loaded_at``, ``rest`` holds what has no name here."""

    name: str
    columns: tuple[Column, ...]
    own_time: str | None
    row: type
    rest: str | None


def _table(name: str, spec: str, own_time: str | None = None) -> Table:
    columns, rest = [], None
    for word in spec.split():
        column, kind = word.rstrip("#!*").split(":")
        rest = column if word.endswith("*") else rest
        columns.append(Column(column, kind, word.endswith("#"), word.endswith(("#", "!"))))
    return Table(name, tuple(columns), own_time, namedtuple(name, [c.name for c in columns]), rest)


_ALL = [
    _table(
        "orders",
        "order_id:id# customer_id:id email:address phone:address anonymous_id:id ordered_at:timestamp! amount:money! "
        "status:text discount_amount:money currency:text channel:text tax:money shipping:money total:money "
        "is_test:boolean loaded_at:timestamp",
        "ordered_at",
    ),
    _table(
        "order_items",
        "order_id:id# line_number:integer# product_id:id category:text quantity:number "
        "unit_price:money unit_cost:money loaded_at:timestamp",
    ),
    _table(
        "products",
        "product_id:id# name:text category:text unit_cost:money is_consumable:boolean replenish_days:integer",
    ),
    _table(
        "refunds",
        "refund_id:id# order_id:id customer_id:id refunded_at:timestamp! amount:money! loaded_at:timestamp",
        "refunded_at",
    ),
    _table(
        "customers",
        "customer_id:id# email:address phone:address first_name:text last_name:text country:text "
        "language:text timezone:text birth_date:date loyalty_tier:text signed_up_at:timestamp "
        "acquisition_channel:text acquisition_cost:money attributes:json other_columns:json* loaded_at:timestamp",
        "signed_up_at",
    ),
    _table(
        "identities",
        "identifier_type:text# identifier:id# customer_id:id# linked_at:timestamp loaded_at:timestamp",
        "linked_at",
    ),
    _table(
        "events",
        "event_id:id# event_name:text! occurred_at:timestamp! customer_id:id anonymous_id:id "
        "source:text channel:text product_id:id category:text campaign_id:id value:money "
        "properties:text loaded_at:timestamp",
        "occurred_at",
    ),
    _table(
        "consent",
        "consent_id:id# customer_id:id address:address channel:text! status:text! occurred_at:timestamp! "
        "purpose:text source:text loaded_at:timestamp",
        "occurred_at",
    ),
    _table(
        "support_tickets",
        "ticket_id:id# customer_id:id! opened_at:timestamp! closed_at:timestamp "
        "satisfaction:integer nps:integer loaded_at:timestamp",
        "opened_at",
    ),
    _table(
        "subscriptions",
        "subscription_id:id# customer_id:id! account_id:id plan:text status:text "
        "started_at:timestamp! trial_ends_at:timestamp renews_at:timestamp cancelled_at:timestamp "
        "monthly_amount:money loaded_at:timestamp",
        "started_at",
    ),
    _table(
        "campaigns",
        "campaign_id:id# name:text channel:text segment_key:text journey:text is_service:boolean "
        "started_at:timestamp ended_at:timestamp cost:money incentive_cost:money loaded_at:timestamp",
    ),
    _table("exchange_rates", "currency:text# valid_on:date# rate:rate!"),
]

TABLES: dict[str, Table] = {table.name: table for table in _ALL}

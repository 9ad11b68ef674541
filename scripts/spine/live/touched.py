"""Whom new files touch: the ids, addresses and keys that their rows name, and all that is joined to them.

Each of these is a node, the hash of its kind and its value; nodes that collide only make a slice larger. The rows of a
raw table are found by their nodes. The identity graph of the last full build joins nodes, also by identifiers of too
many customers to merge: such an identifier may cross its limit, and it carries withdrawals.

All functions work on a connection to the slice, to which databases are attached: `working` (the last full build), `old`
and `new` (the raw tables of its files, and of those that have come since).
"""

import duckdb

from spine.raw.contract import Table
from spine.raw.currency import code_in


def _read(column: str, function: str) -> str:
    """A column as staging reads it by one of its functions, to_id or to_text."""
    return (
        f"case when contains(clean_columns, '|{column}|') then {column} else spine_functions.{function}({column}) end"
    )


def _node(kind: str, column: str) -> str:
    return f"hash('{kind}', {_read(column, 'to_id')})"


_ADDRESS_IN_ID = "hash('address', case when regexp_matches(customer_id, '[@+]') then {} end)".format(
    "spine_functions.to_address(customer_id)"
)
_ADDRESSES = [f"hash('address', spine_functions.to_address({column}))" for column in ("email", "phone")]
# By which nodes the rows of a raw table are found. The key of a row is one more.
_FOUND_BY = {
    "orders": [
        _node("customer_id", "customer_id"),
        _node("anonymous_id", "anonymous_id"),
        *_ADDRESSES,
        # The id of a guest.
        "hash('customer_id', coalesce(spine_functions.to_address(email), spine_functions.to_address(phone)))",
    ],
    "order_items": [_node("orders", "order_id")],
    "refunds": [_node("customer_id", "customer_id"), _node("orders", "order_id")],
    "customers": [_node("customer_id", "customer_id")],
    "identities": [_node("customer_id", "customer_id")],
    "events": [_node("customer_id", "customer_id"), _node("anonymous_id", "anonymous_id")],
    "consent": [
        _node("customer_id", "customer_id"),
        _ADDRESS_IN_ID,
        "hash('address', spine_functions.to_address(address))",
    ],
    "support_tickets": [_node("customer_id", "customer_id")],
    "subscriptions": [_node("customer_id", "customer_id")],
}
TABLES_OF_CUSTOMERS = tuple(_FOUND_BY)
# What else a new row names; of old rows the identity graph of the last full build holds it.
_NAMED_BY_NEW_ROWS = {
    "customers": _ADDRESSES,
    "identities": [
        "hash(lower(spine_functions.to_text(identifier_type)), spine_functions.to_id(identifier))",
        "hash(lower(spine_functions.to_text(identifier_type)), lower(spine_functions.to_id(identifier)))",
        "hash('address', spine_functions.to_address(identifier))",
    ],
}
_KINDS = ("customer_id", "anonymous_id", "address", *TABLES_OF_CUSTOMERS)
_JUNK_IDS = """
    create temp table junk_ids as
    select hash('customer_id', customer_id) as node
    from working.intermediate.int_customer_ids
    where is_junk
"""
_UNJOINING = """
    create temp table unjoining as
    select hash(kind, cast(null as varchar)) as node
    from (select unnest(?) as kind)
    union
    from junk_ids
    union
    select hash(identifier_type, identifier)
    from working.intermediate.int_identifiers_resolved
    where link_status = 'junk'
"""
_LINKS = """
    create temp table links as
    with linked as (
        select hash(identifier_type, identifier) as one, hash('customer_id', customer_id) as other
        from working.intermediate.int_identity_links
        union all
        select hash('address', address), hash('customer_id', customer_id)
        from working.intermediate.int_customer_addresses
        union all
        select hash('address', address), unnest([hash('customer_id', customer_id), hash('address', address_in_id)])
        from working.staging.stg_consent_versions
        union all
        -- A refund may name another customer than its order.
        select
            hash('orders', order_id),
            unnest([hash('customer_id', customer_id), hash('customer_id', ordering_customer_id)])
        from working.staging.base_refunds
        where customer_id is distinct from ordering_customer_id
        {doubled_keys}
    )

    select one, other
    from linked
    where one not in (from unjoining) and other not in (from unjoining)
"""
# Of the versions of a key at most one is staged, so a key of several has one that is not. A new row can bring what a
# version that is set aside was missing, such as the order of a refund.
_DOUBLED_KEYS = """
        union all
        select hash('{table}', {key}), unnest([{nodes}])
        from working.staging.{versions}
        where {key} in (select {key} from working.staging.{versions} where row_status <> 'staged')
"""
# Columns of base models that name somebody, with the kind of what they name.
_NAMING_COLUMNS = {
    "customer_id": "customer_id",
    "anonymous_id": "anonymous_id",
    "address": "address",
    "email": "address",
    "phone": "address",
    "order_id": "orders",
}
_TOUCH = """
    insert into touched
    select distinct node, {step}
    from ({nodes})
    where node not in (select node from touched) and node not in (from unjoining)
"""


def names_new_currency(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether new orders name a currency that no order of the last full build did."""
    query = f"""
        with named as (select upper({_read("currency", "to_text")}) as currency from new.raw.orders)

        select count(*)
        from named
        where {code_in("currency")} not in (select currency from working.intermediate.int_order_totals)
    """
    return connection.execute(query).fetchall()[0][0] > 0


def touch(connection: duckdb.DuckDBPyConnection, tables: list[Table], new: list[str]) -> None:
    """Makes the table `touched`, of all nodes that the rows of the `new` tables name or are joined to.

    `tables` are those of the contract.
    """
    connection.execute(_JUNK_IDS)
    connection.execute(_UNJOINING, [list(_KINDS)])
    keyed = {table.name: key for table in tables if table.name in _FOUND_BY and (key := _key_of(table))}
    doubled = "".join(_doubled_keys(connection, table, keyed[table.name]) for table in tables if table.name in keyed)
    connection.execute(_LINKS.format(doubled_keys=doubled))
    connection.execute("create temp table touched (node ubigint, step integer)")
    for table in tables:
        if table.name in new:
            nodes = [*_nodes(table), *_NAMED_BY_NEW_ROWS.get(table.name, [])]
            if table.column("customer_id"):
                nodes.append(_ADDRESS_IN_ID)
            _touch(connection, 0, f"select unnest([{', '.join(nodes)}]) as node from new.raw.{table.name}")
    _close(connection)


def count_touched(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """How many customer ids of the last full build are touched, and how many there are."""
    query = """
        select count(*) filter (where hash('customer_id', source_customer_id) in (select node from touched)), count(*)
        from working.marts.customer_ids
    """
    return connection.execute(query).fetchall()[0]


def note_replaced(connection: duckdb.DuckDBPyConnection) -> bool:
    """Makes the table `replaced_customers`: those to whom the touched ids belong now, or did in the last full build.

    Returns whether all of them are whole: whether no id in the slice that belongs to one is untouched.
    """
    is_touched = "hash('customer_id', source_customer_id) in (select node from touched)"
    connection.execute(
        f"""
        create table slice.replaced_customers as
        select customer_id
        from working.marts.customer_ids
        where {is_touched}
        union
        select customer_id
        from slice.marts.customer_ids
        where {is_touched}
        """
    )
    query = f"""
        select count(*)
        from slice.marts.customer_ids
        where customer_id in (from slice.replaced_customers) and not {is_touched}
    """
    return connection.execute(query).fetchall()[0][0] == 0


def cut_raw(connection: duckdb.DuckDBPyConnection, tables: list[Table], new: list[str]) -> None:
    """Makes the raw tables of the slice: all new rows, and the old ones that are found by a touched node.

    A new row may correct an old one, bring the order of an old refund, or name an old order. The rows that were cut
    show whom they name. If that touches further customers, all tables are cut again; to search the old rows beforehand
    would cost more.
    """
    keyed = [table for table in tables if table.name in _FOUND_BY and _key_of(table)]
    while True:
        _cut(connection, tables, new)
        cut = _count(connection)
        for table in keyed:
            keys = [
                _node(table.name, _key_of(table)),
                *([_node("orders", "order_id")] if table.column("order_id") else []),
            ]
            joined = " or ".join(f"{key} in (select node from touched)" for key in dict.fromkeys(keys))
            nodes = ", ".join(_FOUND_BY[table.name])
            _touch(connection, 0, f"select unnest([{nodes}]) as node from raw.{table.name} where {joined}")
        _close(connection)
        if _count(connection) == cut:
            return


def _cut(connection: duckdb.DuckDBPyConnection, tables: list[Table], new: list[str]) -> None:
    # Lines and refunds are found by their orders.
    for table in sorted(tables, key=lambda one: one.name != "orders"):
        old = f"from old.raw.{table.name}"
        if table.name in _FOUND_BY:
            conditions = [f"{node} in (select node from touched)" for node in _nodes(table)]
            if table.name in ("customers", "identities"):
                # A junk id is nobody, and joins nobody; but its rows name ids and addresses of others.
                conditions.append(f"{_node('customer_id', 'customer_id')} in (select node from junk_ids)")
            old += f" where {' or '.join(conditions)}"
        rows = f"{old} union all by name from new.raw.{table.name}" if table.name in new else old
        connection.execute(f"create or replace table raw.{table.name} as {rows}")
        if table.name == "orders":
            _touch(connection, 0, f"select {_node('orders', 'order_id')} as node from raw.orders")


def _nodes(table: Table) -> list[str]:
    """The nodes of a row, its key included."""
    key = _key_of(table)
    return [*_FOUND_BY[table.name], *([_node(table.name, key)] if key else [])]


def _key_of(table: Table) -> str | None:
    """The column that is the key of a raw table, if it is one column and no customer id."""
    keys = [column.name for column in table.columns if column.is_key]
    return keys[0] if len(keys) == 1 and keys != ["customer_id"] else None


def _doubled_keys(connection: duckdb.DuckDBPyConnection, table: Table, key: str) -> str:
    """The links of rows that share a key: whichever of them wins decides whose it is."""
    versions = f"base_{table.name}_exceptions"
    is_there = "select count(*) from duckdb_tables() where database_name = 'working' and table_name = ?"
    if not connection.execute(is_there, [versions]).fetchall()[0][0]:
        versions = f"base_{table.name}"
    nodes = [f"hash('{kind}', {name})" for name, kind in _NAMING_COLUMNS.items() if table.column(name)]
    if table.name == "refunds":
        nodes.append("hash('customer_id', ordering_customer_id)")
    return _DOUBLED_KEYS.format(table=table.name, key=key, nodes=", ".join(nodes), versions=versions)


def _touch(connection: duckdb.DuckDBPyConnection, step: int, nodes: str) -> None:
    connection.execute(_TOUCH.format(step=step, nodes=nodes))


def _close(connection: duckdb.DuckDBPyConnection) -> None:
    """Touches what is joined to what is touched, step by step, until nothing is new."""
    step, before = 0, 0
    while (count := _count(connection)) > before:
        joined = " union all ".join(
            f"select {end} as node from links where {start} in (select node from touched where step = {step})"
            for start, end in (("one", "other"), ("other", "one"))
        )
        step, before = step + 1, count
        _touch(connection, step, joined)


def _count(connection: duckdb.DuckDBPyConnection) -> int:
    """How many nodes are touched."""
    return connection.execute("select count(*) from touched").fetchall()[0][0]

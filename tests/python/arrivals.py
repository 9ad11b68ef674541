"""A shop whose rows reach the warehouse late, twice, corrected, out of order: cut into the files of batches."""

import datetime
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from spine.sample.shop import TABLES, generate_sample

# What a correction changes, per table: one of these expressions, by chance.
CORRECTIONS = {
    "orders": [
        "amount * 2 as amount", "'cancelled' as status", "'completed' as status", "{other_customer} as customer_id",
        "ordered_at - interval 40 day as ordered_at", "'EUR' as currency", "'EURO' as currency", "-1 as amount",
        "null as customer_id",
    ],
    "order_items": ["'bakery' as category", "null as category", "{other_product} as product_id"],
    "refunds": [
        "amount / 2 as amount", "{other_order} as order_id", "refunded_at - interval 9 day as refunded_at",
        "-1 as amount",
    ],
    "events": [
        "{other_customer} as customer_id", "null as customer_id", "occurred_at - interval 3 day as occurred_at",
        "'product_viewed' as event_name", "{other_product} as product_id", "null as event_name",
        "'v' || (hash(event_id) % 500) as anonymous_id",
    ],
    "customers": ["null as email", "'FR' as country", "signed_up_at - interval 99 day as signed_up_at"],
    "consent": ["'opted_out' as status", "'opted_in' as status", "{other_customer} as customer_id"],
    "support_tickets": ["{other_customer} as customer_id", "null as closed_at"],
    "subscriptions": ["'cancelled' as status", "{other_customer} as customer_id"],
    "identities": ["linked_at - interval 99 day as linked_at"],
    "campaigns": ["'sms' as channel"],
    "products": ["'bakery' as category", "not is_consumable as is_consumable"],
    "exchange_rates": ["rate * 2 as rate"],
}  # fmt: skip
OTHERS = {
    "{other_customer}": "'c' || lpad(cast(1 + {chance} % {customers} as varchar), 7, '0')",
    "{other_product}": "'p' || lpad(cast(1 + {chance} % 240 as varchar), 4, '0')",
    "{other_order}": "'o' || lpad(cast({chance} % 5000 as varchar), 9, '0')",
}
OWN_TIMES = {
    "exchange_rates": "cast(valid_on as timestamp)",
    "products": "timestamp '2000-01-01'",
}


@dataclass
class Shop:
    """A shop's rows with the time at which each arrives, in a database in memory."""

    connection: duckdb.DuckDBPyConnection
    last_day: datetime.date

    def bring(
        self,
        raw_dir: Path,
        since: datetime.date,
        until: datetime.date,
        name: str,
        tables: Sequence[str] = tuple(TABLES),
    ) -> int:
        """Writes what arrives after the end of one day and by the end of another; returns the number of rows."""
        rows = 0
        for table in tables:
            # The rows of the last day wait for nothing: everything is there in the end.
            beyond = " or true" if until >= self.last_day else ""
            arriving = (
                f"from late_{table} where arrives_at >= timestamp '{since}' + interval 1 day "
                f"and (arrives_at < timestamp '{until}' + interval 1 day{beyond})"
            )
            count = self.connection.execute(f"select count(*) {arriving}").fetchall()[0][0]
            if count:
                (raw_dir / table).mkdir(parents=True, exist_ok=True)
                self.connection.execute(
                    f"copy (select * exclude (arrives_at) {arriving} order by hash(rowid)) "
                    f"to '{raw_dir}/{table}/{name}.parquet' (format parquet)"
                )
            rows += count
        return rows


def late_shop(folder: Path, customers: int, months: int, last_day: datetime.date, seed: int) -> Shop:
    """Makes a sample shop whose rows arrive up to 400 days late, some twice, some corrected, some customers merged."""
    chance = random.Random(seed)
    generate_sample(folder, customers=customers, months=months, until=last_day, seed=seed)
    connection = duckdb.connect()
    connection.execute("set threads = 2; set preserve_insertion_order = true")
    for table in TABLES:
        # A great shop comes in several files per table.
        files = [str(path) for pattern in ("", "/*") for path in folder.glob(f"{table}{pattern}.parquet")]
        connection.execute(f"create table plain_{table} as from read_parquet(?)", [sorted(files)])
        if table == "identities":
            _share_identifiers(connection, customers, last_day, seed)
        _let_arrive(connection, table, customers, chance)
    return Shop(connection, last_day)


def _share_identifiers(
    connection: duckdb.DuckDBPyConnection, customers: int, last_day: datetime.date, seed: int
) -> None:
    """Links that merge customers two by two, in chains, and too many to be believed."""
    connection.execute(
        f"""
        insert into plain_identities
        select
            case when n % 3 = 0 then 'customer_id' when n % 3 = 1 then 'device' else 'email' end,
            case when n % 3 = 0 then 'c' || lpad(cast(1 + hash(n, {seed}) % {customers} as varchar), 7, '0')
            when n % 97 < 13 then 'shared-by-many' else 'shared-' || (hash(n, {seed}) % {max(1, customers // 30)}) end,
            customer_id,
            timestamp '{last_day}' - interval 1 day * (hash(n, {seed}, 1) % 300),
            timestamp '{last_day}' - interval 1 day * (hash(n, {seed}, 1) % 300)
        from (
            select unnest(generate_series(1, {customers})) as n, 'c' || lpad(cast(n as varchar), 7, '0') as customer_id
        )
        where hash(n, {seed}, 2) % 12 = 0
        """
    )


def _let_arrive(connection: duckdb.DuckDBPyConnection, table: str, customers: int, chance: random.Random) -> None:
    """Doubles and corrects some rows of a table, and says when each arrives."""
    own_time = OWN_TIMES.get(table, "loaded_at")
    has_loaded_at = table not in OWN_TIMES
    queries = [f"select *, {own_time} as brought_at from plain_{table}"]
    queries += [f"select *, {own_time} from plain_{table} where hash(rowid, {chance.random()}) % 40 = 0"]
    for change in CORRECTIONS[table]:
        salt = chance.random()
        for place, expression in OTHERS.items():
            change = change.replace(place, expression)
        change = change.replace("{chance}", f"hash(rowid, {salt})").replace("{customers}", str(customers))
        after = f"interval 1 hour * (hash(rowid, {salt}, 1) % 4800)"
        is_tie = f"hash(rowid, {salt}, 2) % 5 = 0"
        loaded_at = (
            f", case when {is_tie} then loaded_at else loaded_at + {after} end as loaded_at" if has_loaded_at else ""
        )
        queries.append(
            f"select * replace ({change}{loaded_at}), {own_time} + {after} from plain_{table} "
            f"where hash(rowid, {salt}, 3) % {30 * len(CORRECTIONS[table])} = 0"
        )
    lateness = (
        f"case hash(row_number() over (), {chance.random()}) % 50 "
        "when 0 then interval 1 hour * (hash(row_number() over ()) % 9600) "
        "when 1 then interval 5 day when 2 then interval 30 day else interval 0 day end"
    )
    connection.execute(
        f"create table late_{table} as select * exclude (brought_at), brought_at + {lateness} as arrives_at "
        f"from ({' union all '.join(queries)})"
    )

"""The sample shop: the same rows for the same arguments, the contract's shape, the traits it must have."""

import datetime
import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from spine.errors import UsageError
from spine.raw.contract import Column, Table, load_contract
from spine.sample import shop as sample
from spine.sample.shop import generate_sample

UNTIL = datetime.date(2026, 6, 30)
CONTRACT = load_contract()

# What ids of the columns look like when they are as long as real ones; what stands for no customer stays as it is.
NUMBER = re.compile(r"\d{13}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LONG_IDS = {"order_id": NUMBER, "customer_id": NUMBER, "event_id": UUID, "anonymous_id": UUID}
NO_CUSTOMER = ("guest", "0000000")

# Columns of the contract that the sample does not bring: its consent comes from tools that know customer ids.
LEFT_OUT = {("consent", "address"), *(("orders", name) for name in ("email", "phone", "anonymous_id"))}

# What a Parquet column may be for each of the contract's words.
TYPES = {
    "id": ("VARCHAR",),
    "text": ("VARCHAR",),
    "address": ("VARCHAR",),
    "timestamp": ("TIMESTAMP",),
    "date": ("DATE",),
    "money": ("DECIMAL(18,2)",),
    "rate": ("DECIMAL(18,6)",),
    "number": ("INTEGER",),
    "integer": ("INTEGER",),
    "boolean": ("BOOLEAN",),
    "json": ("VARCHAR",),
}
# Columns that the contract does not name, behind those that it does.
OF_ITS_OWN = {"customers": ["favourite_store"]}

LATEST_ORDERS = """
    select * from orders
    where ordered_at is not null and amount >= 0
    qualify row_number() over (partition by order_id order by loaded_at desc, status) = 1
"""


def rows(folder: Path) -> dict[str, list[tuple]]:
    """All rows of all tables, in the order in which they stand in the files."""
    return {table.name: duckdb.sql(f"from '{files(folder, table.name)}'").fetchall() for table in user_tables()}


def files(folder: Path, table: str) -> str:
    """The path of a table: its file, or its parts."""
    single = folder / f"{table}.parquet"
    return str(single if single.exists() else folder / table / "*.parquet")


def user_tables() -> list:
    """The tables of the contract that a user brings."""
    return [table for table in CONTRACT if not table.internal]


def brought_columns(table: Table) -> list[Column]:
    """The columns of a table that the sample brings, those that the contract names."""
    return [column for column in table.columns if not column.is_rest and (table.name, column.name) not in LEFT_OUT]


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("shop") / "raw"
    generate_sample(folder, 2000, until=UNTIL)
    return folder


@pytest.fixture(scope="module")
def ask(shop) -> Callable[[str], tuple]:
    """A function that runs a query on the shop's tables and gives its only row."""
    connection = duckdb.connect()
    for table in user_tables():
        connection.execute(f"create view {table.name} as from '{files(shop, table.name)}'")
    connection.execute(f"create table latest_orders as {LATEST_ORDERS}")
    return lambda query: connection.execute(query).fetchone()


@pytest.mark.parametrize("threads", [1, 2])
def test_same_arguments_give_the_same_rows_whatever_the_threads(shop, tmp_path, threads):
    generate_sample(tmp_path / "again", 2000, until=UNTIL, threads=threads)
    assert rows(tmp_path / "again") == rows(shop)


def test_draws_are_the_algorithms_own():
    """A sample must not change with the version of DuckDB."""
    connection = duckdb.connect()
    connection.execute("set variable seed = 42")
    connection.execute((sample.SQL_FOLDER / "macros.sql").read_text(encoding="utf-8"))
    for entity, purpose in [(1, "kind"), (2, "kind"), (1 << 40, "status")]:
        drawn = connection.execute(f"select draw({entity}, '{purpose}')").fetchone()
        assert drawn == (expected_draw(entity, purpose),)


def expected_draw(entity: int, purpose: str) -> int:
    """What the macro `draw` must give with seed 42."""
    bits = (entity % 4079486027) ^ int(hashlib.md5(f"42:{purpose}".encode()).hexdigest()[:8], 16)
    bits = (bits * 1935289751 >> 16) & 0xFFFFFFFF
    bits = ((bits ^ bits >> 15) * 2146121005 >> 16) & 0xFFFFFFFF
    return ((bits ^ bits >> 15) * 1640531527 >> 16) & 0xFFFFFFFF


def test_another_seed_makes_another_shop(tmp_path):
    generate_sample(tmp_path / "one", 50, 6, until=UNTIL, seed=1)
    generate_sample(tmp_path / "two", 50, 6, until=UNTIL, seed=2)
    assert rows(tmp_path / "one")["orders"] != rows(tmp_path / "two")["orders"]


def test_long_ids_make_the_same_shop(shop, tmp_path):
    generate_sample(tmp_path / "long", 2000, until=UNTIL, long_ids=True)
    short, long = rows(shop), rows(tmp_path / "long")
    for table in user_tables():
        for place, column in enumerate(brought_columns(table)):
            pattern = LONG_IDS.get(column.name)
            values = [row[place] for row in long[table.name]]
            if pattern:
                assert all(pattern.fullmatch(value) or value in NO_CUSTOMER for value in values if value), table
                names = set(zip((row[place] for row in short[table.name]), values, strict=True))
                assert len({old for old, _ in names}) == len({new for _, new in names}) == len(names)
            elif (table.name, column.name) != ("identities", "identifier"):
                assert values == [row[place] for row in short[table.name]]


def test_batches_make_parts_and_do_not_depend_on_workers(tmp_path, monkeypatch):
    monkeypatch.setattr(sample, "BATCH_CUSTOMERS", 60)
    counts = generate_sample(tmp_path / "one", 100, 6, until=UNTIL, threads=1)
    generate_sample(tmp_path / "two", 100, 6, until=UNTIL, threads=2)
    one = rows(tmp_path / "one")
    assert one == rows(tmp_path / "two")
    assert {table: len(found) for table, found in one.items()} == counts
    assert len({row[0] for row in one["customers"]}) == 100
    first, second = (
        {order_id for (order_id,) in duckdb.sql(f"select order_id from '{part}'").fetchall()}
        for part in sorted((tmp_path / "one" / "orders").iterdir())
    )
    assert first
    assert second
    assert not first & second


@pytest.mark.parametrize("table", user_tables(), ids=lambda table: table.name)
def test_columns_are_those_of_the_contract(shop, table):
    described = duckdb.sql(f"describe from '{files(shop, table.name)}'").fetchall()
    own = OF_ITS_OWN.get(table.name, [])
    assert [column[0] for column in described] == [*(column.name for column in brought_columns(table)), *own]
    wrong = [
        (name, found)
        for (name, found, *_), column in zip(described, brought_columns(table), strict=not own)
        if found not in TYPES[column.data_type]
    ]
    assert wrong == []


def test_no_table_is_missing_or_too_many(shop):
    assert {path.stem for path in shop.iterdir()} == {table.name for table in user_tables()}
    assert all(found for found in rows(shop).values())


def test_many_customers_have_attributes_and_a_store(ask):
    (known, objects, topics, sizes, students, at_a_store, stores) = ask("""
        select
            avg((attributes is not null)::integer),
            count(*) filter (where json_type(attributes) <> 'OBJECT'),
            count(distinct attributes ->> '$.newsletter_topics'),
            count(distinct (attributes -> '$.household_size')::integer),
            avg(case when (attributes -> '$.is_student')::boolean then 1 when attributes is not null then 0 end),
            avg((favourite_store is not null)::integer),
            count(distinct favourite_store)
        from customers
    """)
    assert (objects, topics, sizes, stores) == (0, 4, 5, 5)
    assert 0.6 < known < 0.8
    assert 0.05 < students < 0.2
    assert 0.5 < at_a_store < 0.7


def test_three_in_five_buyers_ordered_once(ask):
    (share, mean) = ask("""
        select avg((order_count = 1)::integer), avg(order_count) from (
            select count(*) as order_count
            from latest_orders
            where starts_with(customer_id, 'c')
            group by customer_id
        )
    """)
    assert 0.55 < share < 0.65
    assert 6 < mean < 10


def test_nobody_orders_more_than_sixty_times_a_year(ask):
    (most,) = ask("""
        select max(order_count) from (
            select count(*) over (
                partition by customer_id order by ordered_at range between interval 365 days preceding and current row
            ) as order_count
            from latest_orders
            where starts_with(customer_id, 'c')
        )
    """)
    assert 40 < most <= 60


def test_some_customers_never_ordered(ask):
    (prospects, customers) = ask("""
        select count(distinct customer_id) filter (where order_id is null), count(distinct customer_id)
        from customers
        left join orders using (customer_id)
    """)
    assert 0.10 < prospects / customers < 0.20


def test_three_in_a_hundred_orders_are_of_guests(ask):
    (share,) = ask("select avg((customer_id is null)::integer) from latest_orders")
    assert 0.02 < share < 0.045


def test_the_year_peaks_before_christmas(ask):
    (peak, usual) = ask("""
        select
            count(*) filter (where ordered_at between '2025-11-01' and '2025-12-31') / 61,
            count(*) filter (where ordered_at between '2025-08-01' and '2025-09-30') / 61
        from latest_orders
    """)
    assert peak > 1.3 * usual


def test_three_currencies_have_a_rate_from_before_the_first_order(ask):
    assert ask("select count(distinct currency) from orders") == (3,)
    (unpriced,) = ask("""
        select count(*) from latest_orders
        asof left join exchange_rates on latest_orders.currency = exchange_rates.currency
            and latest_orders.ordered_at::date - 1 >= exchange_rates.valid_on
        where latest_orders.currency in ('EUR', 'GBP') and exchange_rates.rate is null
    """)
    assert unpriced == 0


def test_amounts_are_lines_less_discount(ask):
    (orders, wrong) = ask("""
        with lines as (
            select distinct order_id, line_number, quantity, unit_price from order_items
        ),
        baskets as (
            select order_id, sum(quantity * unit_price) as subtotal from lines group by order_id
        )
        select count(*), count(*) filter (where subtotal <> amount + coalesce(discount_amount, 0))
        from latest_orders
        inner join baskets using (order_id)
    """)
    assert orders == ask("select count(*) from latest_orders")[0]
    assert wrong == 0


def test_refunds_agree_with_the_status(ask):
    (refunds, wrong_full, wrong_part, too_early) = ask("""
        with latest_refunds as (
            select order_id, refunded_at, amount as refunded
            from refunds
            qualify row_number() over (partition by refund_id order by loaded_at desc) = 1
        )
        select
            count(*),
            count(*) filter (where status = 'refunded' and refunded <> amount),
            count(*) filter (where status <> 'refunded' and not refunded < amount),
            count(*) filter (where refunded_at < ordered_at)
        from latest_orders
        inner join latest_refunds using (order_id)
    """)
    assert refunds > 100
    assert (wrong_full, wrong_part, too_early) == (0, 0, 0)


def test_a_few_credit_notes_name_no_order(ask):
    (credit_notes,) = ask("select count(*) from refunds where order_id is null and customer_id is not null")
    assert credit_notes > 0


def test_a_few_rows_come_twice_or_in_an_older_state(ask):
    (total, different, keys) = ask("""
        select count(*), (select count(*) from (select distinct * from events)), count(distinct event_id)
        from events
    """)
    assert 0.001 < (total - different) / total < 0.005
    assert 0.001 < (different - keys) / total < 0.005


def test_a_few_rows_come_late_and_none_too_early(ask):
    (late, early) = ask("""
        select
            avg((loaded_at > ordered_at + interval 1 day)::integer),
            count(*) filter (where loaded_at < ordered_at)
        from orders
    """)
    assert 0.003 < late < 0.03
    assert early == 0


def test_a_handful_of_rows_are_faulty(ask):
    (faulty, share) = ask("""
        select count(*), count(*) / (select count(*) from orders)
        from orders
        where amount < 0 or ordered_at is null
    """)
    assert faulty > 0
    assert share < 0.01


def test_nothing_happens_after_the_last_day(ask):
    assert ask(f"""
        select
            (select count(*) from orders where ordered_at::date > date '{UNTIL}'),
            (select count(*) from events where occurred_at::date > date '{UNTIL}'),
            (select count(*) from customers where signed_up_at::date > date '{UNTIL}')
    """) == (0, 0, 0)


def test_browsing_comes_in_sessions(ask):
    (visits, mean_events, mean_minutes) = ask("""
        with browsing as (
            select distinct event_id, coalesce(customer_id, anonymous_id) as visitor, occurred_at
            from events
            where source in ('shop', 'ga4') and occurred_at is not null
        ),
        gaps as (
            select
                *,
                occurred_at
                    - lag(occurred_at) over (partition by visitor order by occurred_at, event_id) as gap
            from browsing
        ),
        numbered as (
            select
                *,
                count(*) filter (where gap is null or gap > interval 30 minute)
                    over (partition by visitor order by occurred_at, event_id) as visit
            from gaps
        ),
        visits as (
            select count(*) as event_count, epoch(max(occurred_at) - min(occurred_at)) / 60 as minutes
            from numbered
            group by visitor, visit
        )
        select count(*), avg(event_count), avg(minutes) from visits
    """)
    assert visits > 1000
    assert mean_events > 3
    assert 1 < mean_minutes < 15


def test_visitors_without_a_name_become_customers(ask):
    (linked, unlinked) = ask("""
        select
            count(*) filter (where anonymous_id in (select identifier from identities)),
            count(*) filter (where anonymous_id not in (select identifier from identities))
        from events where customer_id is null
    """)
    assert linked > 0
    assert unlinked > 0


def test_one_kiosk_is_shared_by_more_customers_than_a_person_has_ids(ask):
    (customers,) = ask("select count(distinct customer_id) from identities where identifier = 'dev-kiosk-01'")
    assert 10 < customers < 20


def test_sources_use_their_own_names_and_some_are_unknown(ask):
    (klaviyo, ga4, unmapped) = ask("""
        select
            count(*) filter (where event_name = 'Opened Email'),
            count(*) filter (where event_name = 'view_item'),
            count(*) filter (where event_name = 'quiz_started')
        from events
    """)
    assert min(klaviyo, ga4, unmapped) > 0


def test_an_earlier_sample_is_replaced_as_a_whole(tmp_path):
    generate_sample(tmp_path / "raw", 30, 3, until=UNTIL)
    counts = generate_sample(tmp_path / "raw", 10, 3, until=UNTIL)
    assert len(rows(tmp_path / "raw")["customers"]) == counts["customers"]
    assert [path.name for path in tmp_path.iterdir()] == ["raw"]


def test_a_run_that_fails_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(sample, "BATCH_TABLES", ("orders", "no_such_table"))
    with pytest.raises(OSError):
        generate_sample(tmp_path / "raw", 10, 3, until=UNTIL)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"customers": 0}, "customers must be 1 to 5,000,000, not 0"),
        ({"customers": 5_000_001}, "customers must be 1 to 5,000,000"),
        ({"months": 0}, "months must be 1 to 120, not 0"),
        ({"months": 121}, "months must be 1 to 120"),
        ({"until": datetime.date(1900, 1, 1)}, "until must be at least"),
    ],
)
def test_arguments_out_of_range_are_refused(tmp_path, arguments, message):
    with pytest.raises(UsageError, match=message):
        generate_sample(tmp_path / "raw", **({"until": UNTIL} | arguments))
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "raw").write_text("mine")
    with pytest.raises(UsageError, match="is a file"):
        generate_sample(tmp_path / "raw", 10, until=UNTIL)


@pytest.mark.parametrize("name", ["notes.txt", "orders.csv", "orders/mine.parquet", "mine/part-00000.parquet"])
def test_a_folder_with_files_of_another_is_refused_and_left_alone(tmp_path, name):
    path = tmp_path / "raw" / name
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(UsageError, match="not of a sample"):
        generate_sample(tmp_path / "raw", 10, until=UNTIL)
    assert path.read_text() == "mine"

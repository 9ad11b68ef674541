"""The ten questions of docs/bi.md, answered a second time from the rows of the marts; its keys and comments."""

import datetime
import itertools
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import duckdb
import pytest
from conftest import SAMPLE_DAY
from history_chain import (
    CUSTOMER,
    MONTH_AGO,
    ROUNDING,
    WEEK_AGO,
    Day,
    exact_part,
    page_of,
    queries_of,
    rounded_part,
)

PAGE = "bi.md"
# CUSTOMER is a Champion who may be e-mailed, with a net revenue of 215.00; OTHER is somebody else.
OTHER = "c0000018"
FOUR, FIVE, SIX = (SAMPLE_DAY - datetime.timedelta(days=age) for age in (4, 5, 6))
EARLIER_WEEKS = ["rows_8_to_14d", "rows_15_to_21d", "rows_22_to_28d", "rows_29_to_35d"]
# The columns of the marts that hold more keys than the one of the row.
KEYS_OF_MARTS = {
    "customer_segments": {f"{kind}_segment_key" for kind in ("rfm", "lifecycle", "value", "engagement")},
    "customer_value_path": {"segment_key", "segment_key_30d_ago", "segment_key_90d_ago"},
}


def what_each_segment_brings(day: Day) -> list[tuple]:
    revenue = {customer: row["net_revenue_365d"] for customer, row in day.customers.items()}
    rows = []
    for segment in day.rows("segments"):
        members = [customer for customer, key in day.members if key == segment["segment_key"]]
        brought = sum((revenue[customer] for customer in members), Decimal(0))
        said = (len(members), brought, _rounded(brought / sum(revenue.values()), 6))
        if segment["status"] == "not_computable":
            said = (None, None, None)
        if segment["status"] in ("active", "not_computable"):
            rows.append((segment["segment_key"], segment["segment_kind"], segment["label"], *said))
    return [row[1:] for row in sorted(rows, key=lambda row: (row[1], row[4] is None, -(row[4] or 0), row[0]))]


def what_has_changed(day: Day) -> list[tuple]:
    stays, ledger = day.rows("segment_membership_history"), day.rows("segment_daily")
    month_ago = max(row["day"] for row in ledger if row["day"] <= MONTH_AGO)
    sizes = {
        on: Counter(
            stay["segment_key"]
            for stay in stays
            if stay["entered_on"] <= on and (stay["exited_on"] is None or on < stay["exited_on"])
        )
        for on in (month_ago, day.day)
    }
    in_ledger = {(row["segment_key"], row["day"]) for row in ledger}
    rows = []
    for segment in day.rows("segments"):
        key = segment["segment_key"]
        now = sizes[day.day][key]
        then = sizes[month_ago][key] if (key, month_ago) in in_ledger else None
        rows.append((key, segment["label"], then, now, None if then is None else now - then))
    return [row[1:] for row in sorted(rows, key=lambda row: (row[4] is None, -abs(row[4] or 0), row[0]))]


def new_at_risk(day: Day) -> list[tuple]:
    rows = []
    for stay in day.rows("segment_membership_history"):
        is_new = stay["entered_on"] > WEEK_AGO and stay["entry_cause"] != "start"
        if stay["segment_key"] == "rfm_at_risk" and stay["exited_on"] is None and is_new:
            customer = day.customers[stay["customer_id"]]
            money = (customer["net_revenue_365d"], customer["is_contactable_email"])
            rows.append((stay["customer_id"], stay["entered_on"], stay["entry_cause"], *money))
    return sorted(rows, key=lambda row: (-row[3], row[0]))


def contactable_champions(day: Day) -> list[tuple]:
    champions = {row["customer_id"] for row in day.rows("customer_rfm") if row["rfm_segment"] == "champions"}
    return sorted(
        (row["customer_id"], row["status_since"])
        for row in day.rows("channel_eligibility")
        if (row["channel"], row["purpose"]) == ("email", "marketing")
        and row["is_contactable"]
        and row["customer_id"] in champions
    )


def why_in_a_segment(day: Day) -> list[tuple]:
    traits = {row["trait"]: row for row in day.rows("traits")}
    of_rows = {row["trait"]: row for row in day.rows("customer_traits") if row["customer_id"] == CUSTOMER}
    rows = []
    for clause in day.rows("segment_clauses"):
        trait = traits[clause["trait"]]
        if clause["segment_key"] == "winback_visitor":
            if trait["is_in_customers"]:
                value = day.customers[CUSTOMER][trait["trait"]]
            else:
                row = of_rows.get(trait["trait"], {"number_value": None, "text_value": None})
                value = row["text_value"] if row["number_value"] is None else row["number_value"]
            has = trait["default_value"] if value is None else _text(value)
            asked = (trait["description"], clause["operator"], clause["value"])
            rows.append((trait["trait"], clause["clause_group"], *asked, has))
    return [row[1:] for row in sorted(rows, key=lambda row: (row[1], row[0]))]


def reach_of_a_mailing(day: Day) -> list[tuple]:
    asked = {"rfm_at_risk", "lifecycle_at_risk", "inactive_60"}
    persons = {customer for customer, segment in day.members if segment in asked}
    return [(len(persons), sum(day.customers[customer]["is_contactable_email"] for customer in persons))]


def shared_customers(day: Day) -> list[tuple]:
    members = defaultdict(set)
    for customer, segment in day.members:
        members[segment].add(customer)
    rows = []
    for one, other in itertools.combinations(sorted(members), 2):
        both = len(members[one] & members[other])
        share = _rounded(Decimal(both) / min(len(members[one]), len(members[other])), 3)
        if both:
            rows.append((one, other, both, float(share)))
    return sorted(rows, key=lambda row: (-row[3], -row[2], row[0], row[1]))


def revenue_of_a_month(day: Day) -> list[tuple]:
    parts = [row for row in day.rows("does_it_add_up") if row["section"] == "revenue" and not row["is_total"]]
    rows = []
    for month in sorted({row["month"] for row in parts}):
        of_month = [row for row in parts if row["month"] == month]
        for line in sorted({row["line"] for row in of_month}):
            rows.append((month, line, *_added_up(row for row in of_month if row["line"] == line)))
        rows.append((month, "net_revenue", *_added_up(of_month)))
    return rows


def grid_of_recency_and_frequency(day: Day) -> list[tuple]:
    counts, money = Counter(), Counter()
    for row in day.customers.values():
        if row["last_ordered_on"] is not None:
            cell = (row["recency_score"], row["frequency_score"])
            counts[cell] += 1
            money[cell] += row["monetary"]
    return [
        (*cell, counts[cell], money[cell])
        for cell in sorted(counts, key=lambda cell: tuple(-(score or 0) for score in cell))
    ]


def dried_up_feeds(day: Day) -> list[tuple]:
    rows = []
    for row in day.rows("feed_freshness"):
        least = min(row[week] for week in EARLIER_WEEKS)
        if least >= 20 and 2 * row["rows_7d"] < least:
            feed = (row["table_name"], row["source"], row["event_name"])
            rows.append((*feed, row["newest_on"], row["rows_7d"], least))
    return sorted(rows)


ANSWERS = {
    1: what_each_segment_brings,
    2: what_has_changed,
    3: new_at_risk,
    4: contactable_champions,
    5: why_in_a_segment,
    6: reach_of_a_mailing,
    7: shared_customers,
    8: revenue_of_a_month,
    9: grid_of_recency_and_frequency,
    10: dried_up_feeds,
}
IDS = [f"{number}-{answer.__name__}" for number, answer in ANSWERS.items()]
EMPTY_ON_THE_SAMPLE = {10}


@dataclass(frozen=True)
class Plant:
    """What is done to a copy of the marts, and rows that the answer then has and did not have before."""

    sql: str
    adds: list[tuple]


PLANTS = {
    # A segment that cannot be computed comes last; one that is not in use is not shown.
    1: Plant(
        """
        update marts.segments set status = 'not_computable' where segment_key = 'big_spender';
        delete from marts.segment_members where segment_key = 'big_spender';
        update marts.segment_performance set customers = null, net_revenue_365d = null, revenue_share_365d = null
        where segment_key = 'big_spender';
        insert into marts.segments
        select * replace ('planted' as segment_key, 'draft' as status) from marts.segments
        where segment_key = 'rfm_lost'
        """,
        [("behaviour", "Big spender", None, None, None)],
    ),
    # A segment that the ledger did not have a month ago; a day of the ledger that is a day too young.
    2: Plant(
        f"""
        delete from marts.segment_daily where segment_key = 'rfm_unscored' and day < '{FOUR}';
        insert into marts.segment_daily
        select * replace (day + 1 as day, customers + 1 as customers) from marts.segment_daily
        where day = '{MONTH_AGO}'
        """,
        [("Not scored yet", None, 0, None)],
    ),
    # Either side of a week; who has left again; who was in when the ledger began; another segment; a later withdrawal.
    3: Plant(
        f"""
        insert into marts.segment_membership_history by name
        select stay.* exclude (segment_key, entered_on, exited_on, entry_cause), planted.*
        from (from marts.segment_membership_history where customer_id = '{CUSTOMER}' limit 1) as stay
        cross join (
            values
            ('rfm_at_risk', date '{SIX}', cast(null as date), 'late'),
            ('rfm_at_risk', date '{WEEK_AGO}', null, 'behaviour'),
            ('rfm_at_risk', date '{FIVE}', date '{FOUR}', 'rule'),
            ('rfm_at_risk', date '{FOUR}', null, 'start'),
            ('rfm_lost', date '{FOUR}', null, 'merge')
        ) as planted (segment_key, entered_on, exited_on, entry_cause);
        update marts.customers set net_revenue_life = 999, is_contactable_email = false
        where customer_id = '{CUSTOMER}'
        """,
        [(CUSTOMER, SIX, "late", Decimal("215.00"), False)],
    ),
    # Another purpose; another channel; consent that may not be used.
    4: Plant(
        f"""
        insert into marts.channel_eligibility
        select * replace ('service' as purpose, true as is_contactable) from marts.channel_eligibility
        where channel = 'email';
        update marts.channel_eligibility set is_contactable = true where channel = 'sms';
        update marts.channel_eligibility set has_consent = true where channel = 'email';
        update marts.channel_eligibility set status_since = '2026-01-02 03:04:05' where customer_id = '{CUSTOMER}'
        """,
        [(CUSTOMER, datetime.datetime(2026, 1, 2, 3, 4, 5))],
    ),
    # Row traits that marts.customers does not have, with and without a value and a default; what it has counts.
    5: Plant(
        f"""
        insert into marts.traits
        select trait.* replace (
            planted.name as trait,
            planted.name as description,
            false as is_in_customers,
            planted.unless as default_value
        )
        from (from marts.traits where trait = 'visits_7d') as trait
        cross join (
            values ('a_number', '0'), ('a_text', null), ('a_default', '7'), ('an_unknown', null)
        ) as planted (name, unless);
        insert into marts.segment_clauses
        select clause.* replace (2 as clause_group, planted.name as trait)
        from (from marts.segment_clauses where segment_key = 'winback_visitor' and trait = 'visits_7d') as clause
        cross join (
            values ('an_unknown'), ('days_until_renewal'), ('a_text'), ('a_number'), ('a_default')
        ) as planted (name);
        insert into marts.customer_traits values
        ('{CUSTOMER}', '{SAMPLE_DAY}', 'a_number', 2.5, null),
        ('{CUSTOMER}', '{SAMPLE_DAY}', 'a_text', null, 'DE'),
        ('{OTHER}', '{SAMPLE_DAY}', 'a_default', 3, null);
        update marts.customer_traits set number_value = 99 where customer_id = '{CUSTOMER}' and trait = 'visits_7d'
        """,
        [
            (2, "a_default", "at_least", "1", "7"),
            (2, "a_number", "at_least", "1", "2.500000"),
            (2, "a_text", "at_least", "1", "DE"),
            (2, "an_unknown", "at_least", "1", None),
        ],
    ),
    # One person in all three segments, and one in one of them who may not be e-mailed.
    6: Plant(
        f"""
        delete from marts.segment_members where segment_key in ('rfm_at_risk', 'lifecycle_at_risk', 'inactive_60');
        insert into marts.segment_members values
        ('rfm_at_risk', '{CUSTOMER}', '{SAMPLE_DAY}', 'rfm', 1),
        ('lifecycle_at_risk', '{CUSTOMER}', '{SAMPLE_DAY}', 'lifecycle', 1),
        ('inactive_60', '{CUSTOMER}', '{SAMPLE_DAY}', 'behaviour', 1),
        ('inactive_60', '{OTHER}', '{SAMPLE_DAY}', 'behaviour', 1);
        update marts.customers set is_contactable_email = false where customer_id = '{OTHER}'
        """,
        [(2, 1)],
    ),
    # A segment of one, which shares its member with segments of its own kind too.
    7: Plant(
        f"""
        insert into marts.segment_members values ('planted', '{CUSTOMER}', '{SAMPLE_DAY}', 'behaviour', 1);
        insert into marts.segment_performance
        select * replace ('planted' as segment_key, 1 as customers) from marts.segment_performance
        where segment_key = 'winback_visitor'
        """,
        [("planted", "rfm_champions", 1, 1.0), ("planted", "winback_visitor", 1, 1.0)],
    ),
    # A month of two currencies.
    8: Plant(
        """
        insert into marts.does_it_add_up by name
        select line.* exclude (section, month, currency, line, is_total, entries, amount), planted.*, '2020-01' as month
        from (from marts.does_it_add_up where section = 'revenue' limit 1) as line
        cross join (
            values
            ('revenue', 'EUR', 'gross_sales', false, 1, 5.00),
            ('revenue', 'USD', 'gross_sales', false, 2, 30.00),
            ('revenue', 'USD', 'discounts', false, null, -1.00),
            ('revenue', 'EUR', 'refunds', false, 1, -4.00),
            ('revenue', 'EUR', 'net_revenue', true, 2, 1.00),
            ('revenue', 'USD', 'net_revenue', true, 2, 29.00),
            ('owners', 'USD', 'net_revenue', true, 2, 29.00)
        ) as planted (section, currency, line, is_total, entries, amount)
        """,
        [
            ("2020-01", "discounts", None, Decimal("-1.00")),
            ("2020-01", "gross_sales", 3, Decimal("35.00")),
            ("2020-01", "refunds", 1, Decimal("-4.00")),
            ("2020-01", "net_revenue", 4, Decimal("30.00")),
        ],
    ),
    # A customer without scores comes last.
    9: Plant(
        f"""
        update marts.customers set recency_score = null, frequency_score = null where customer_id = '{CUSTOMER}';
        update marts.customer_rfm set recency_score = null, frequency_score = null where customer_id = '{CUSTOMER}'
        """,
        [(None, None, 1, Decimal("215.00"))],
    ),
    # Either side of 20 and of the half, also of an odd number; the least is of each of the four weeks.
    10: Plant(
        """
        insert into marts.feed_freshness by name
        select feed.* exclude (
                table_name, source, event_name, rows_7d, rows_8_to_14d, rows_15_to_21d, rows_22_to_28d, rows_29_to_35d
            ),
            planted.*
        from (from marts.feed_freshness where table_name = 'orders') as feed
        cross join (
            values
            ('planted', 'shop', 'small', 0, 19, 99, 99, 99),
            ('planted', 'shop', 'half', 10, 20, 99, 99, 99),
            ('planted', 'shop', 'less', 9, 20, 99, 99, 99),
            ('planted', 'shop', 'odd', 10, 99, 21, 99, 99),
            ('planted', 'app', 'silent', 0, 99, 99, 20, 99),
            ('a table', 'web', '', 400, 999, 999, 999, 801)
        ) as planted (
            table_name, source, event_name, rows_7d, rows_8_to_14d, rows_15_to_21d, rows_22_to_28d, rows_29_to_35d
        );
        update marts.feed_freshness set newest_on = '2026-06-01' where table_name in ('planted', 'a table')
        """,
        [
            ("a table", "web", "", datetime.date(2026, 6, 1), 400, 801),
            ("planted", "app", "silent", datetime.date(2026, 6, 1), 0, 20),
            ("planted", "shop", "less", datetime.date(2026, 6, 1), 9, 20),
            ("planted", "shop", "odd", datetime.date(2026, 6, 1), 10, 21),
        ],
    ),
}


@pytest.fixture
def planted(chain, tmp_path):
    """Makes a copy of the last day's database in which something is changed."""
    copy = tmp_path / "planted.duckdb"

    def plant(sql: str) -> Day:
        shutil.copy(chain.today.db, copy)
        with duckdb.connect(str(copy)) as connection:
            connection.execute(sql)
        return Day(SAMPLE_DAY, copy)

    yield plant
    copy.unlink(missing_ok=True)


def answer_of(number: int, day: Day) -> list[tuple]:
    """The answer of the page's query, which is that of the rows."""
    found, expected = day.query(queries_of(PAGE)[number]), ANSWERS[number](day)
    assert [exact_part(row) for row in found] == [exact_part(row) for row in expected]
    assert [rounded_part(row) for row in found] == [pytest.approx(rounded_part(row), abs=ROUNDING) for row in expected]
    return found


@pytest.mark.parametrize("number", ANSWERS, ids=IDS)
def test_an_answer_is_that_of_the_rows(number, chain):
    assert bool(answer_of(number, chain.today)) == (number not in EMPTY_ON_THE_SAMPLE)


@pytest.mark.parametrize("number", ANSWERS, ids=IDS)
def test_an_answer_is_that_of_the_rows_where_these_are_at_the_edges(number, chain, planted):
    before, after = chain.today.query(queries_of(PAGE)[number]), answer_of(number, planted(PLANTS[number].sql))
    assert not set(PLANTS[number].adds) & set(before)
    assert set(PLANTS[number].adds) <= set(after)


def test_on_the_first_day_of_the_ledger_all_questions_can_be_asked(chain):
    first = chain.days[0]
    answers = {number: first.query(query) for number, query in queries_of(PAGE).items()}
    assert {number for number, rows in answers.items() if not rows} == {3, 10}
    assert {(then, change) for _, then, _, change in answers[2]} == {(None, None)}


def test_the_revenue_of_all_months_is_that_of_all_owners(chain):
    months = [row for row in chain.today.query(queries_of(PAGE)[8]) if row[1] == "net_revenue"]
    assert sum(amount for *_, amount in months) == sum(
        row["net_revenue"] for row in chain.today.rows("revenue_by_owner")
    )


def test_the_page_has_ten_questions_with_a_query_each():
    page = page_of(PAGE)
    assert [int(number) for number in re.findall(r"^### (\d+)\. .+\?$", page, re.MULTILINE)] == list(ANSWERS)
    assert len(re.findall(r"^### ", page, re.MULTILINE)) == len(ANSWERS) == page.count("```sql\n")
    assert list(queries_of(PAGE)) == list(ANSWERS) == list(PLANTS)
    assert all(query.lstrip().startswith(("select", "with")) for query in queries_of(PAGE).values())


def marts_with_a_key() -> set[str]:
    """The marts that the page names where it speaks of segment_key."""
    (bullet,) = re.findall(r"^- \*\*One segment key everywhere\.\*\*(.*?)(?=^- |\n\n)", page_of(PAGE), re.M | re.S)
    return set(re.findall(r"`(\w+)`", bullet)) - {"segment_key"}


def key_columns(mart: str) -> set[str]:
    return KEYS_OF_MARTS.get(mart, {"segment_key"})


def test_the_marts_with_a_segment_key_are_those_that_the_page_names(chain):
    rows = chain.today.query("select table_name, column_name from duckdb_columns() where schema_name = 'marts'")
    columns = defaultdict(set)
    for mart, column in rows:
        columns[mart].add(column)
    named = marts_with_a_key()
    assert {mart: key_columns(mart) - columns[mart] for mart in named} == {mart: set() for mart in named}
    assert {mart for mart in columns if "segment_key" in columns[mart]} == named - {"customer_segments"}


def test_a_segment_key_is_that_of_a_segment(chain):
    segments = set(chain.today.kinds)
    for mart in marts_with_a_key():
        rows = chain.today.rows(mart)
        for column in key_columns(mart):
            keys = {row[column] for row in rows} - {None}
            assert keys and keys <= segments, f"{mart}.{column}"


def test_the_keys_beside_a_name_and_side_by_side_are_those_of_the_members(chain):
    today = chain.today
    days = {"segment_key": today, "segment_key_30d_ago": chain.days[1], "segment_key_90d_ago": chain.days[0]}
    checks = [
        *(
            ("customer_segments", key, key.removesuffix("_segment_key"), today)
            for key in key_columns("customer_segments")
        ),
        *(("customer_value_path", key, "value", days[key]) for key in key_columns("customer_value_path")),
        ("customer_rfm", "segment_key", "rfm", today),
        ("customer_lifecycle", "segment_key", "lifecycle", today),
        ("customer_value_tiers", "segment_key", "value", today),
    ]
    for mart, column, kind, day in checks:
        found = {row["customer_id"]: row[column] for row in today.rows(mart)}
        assert found and found == {customer: day.segment_of(customer, kind) for customer in found}, f"{mart}.{column}"
    names = {row["segment_key"]: row["segment_name"] for row in today.rows("segments")}
    for mart, name in (
        ("customer_rfm", "rfm_segment"),
        ("customer_lifecycle", "lifecycle_stage"),
        ("customer_value_tiers", "value_tier"),
    ):
        assert all(names[row["segment_key"]] == row[name] for row in today.rows(mart)), mart


def without_comment(day: Day) -> set[str]:
    """The tables, views and columns of the marts that say nothing of themselves."""
    query = """
        select table_name, comment from duckdb_tables() where schema_name = 'marts'
        union all
        select view_name, comment from duckdb_views() where schema_name = 'marts'
        union all
        select table_name || '.' || column_name, comment from duckdb_columns() where schema_name = 'marts'
    """
    comments = dict(day.query(query))
    names = {
        row[0] for row in day.query("select table_name from information_schema.tables where table_schema = 'marts'")
    }
    assert names == {name for name in comments if "." not in name} == {name.split(".")[0] for name in comments}
    return {name for name, comment in comments.items() if not (comment or "").strip()}


def test_every_mart_and_column_carries_a_comment(chain):
    assert without_comment(chain.today) == set()


def test_a_comment_that_is_missing_is_seen(planted):
    day = planted("""
        comment on table marts.segments is null;
        comment on view marts.segment_changes is '';
        comment on column marts.traits.unit is ' ';
        comment on column marts.segment_changes.cause is null
    """)
    assert without_comment(day) == {"segments", "segment_changes", "traits.unit", "segment_changes.cause"}


def _added_up(rows: Iterable[dict]) -> tuple[int | None, Decimal]:
    rows = list(rows)
    entries = [row["entries"] for row in rows if row["entries"] is not None]
    return sum(entries) if entries else None, sum(row["amount"] for row in rows)


def _rounded(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)

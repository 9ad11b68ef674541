"""The ledger of random shops against the oracle: over two or three days each movement has one cause, and the same one.

Few examples, each of many customers: a build takes as long for one as for thirty.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_days import Days, Rules, Shop, all_stays, edited, ledger_faults, shipped
from oracle.causes import Ledger
from rule_folders import clause_row, segment_row

D = date(2026, 6, 30)
# `make definitions` takes three times as many.
EXAMPLES = max(1, int(os.environ.get("SPINE_EXAMPLES", "8")) * 3 // 4)
PEOPLE = [f"c{number:02}" for number in range(26)]
# Sums of them are equal only where they are made of the same ones.
AMOUNTS = ["10.01", "21.07", "45.53", "99.89", "150.97", "301.31", "820.11"]
AGES = [
    0,
    0,
    0,
    1,
    1,
    2,
    3,
    4,
    5,
    13,
    14,
    15,
    16,
    29,
    30,
    31,
    32,
    33,
    59,
    60,
    61,
    62,
    89,
    90,
    91,
    92,
    93,
    180,
    181,
    182,
]
AGES += [183, 184, 364, 365, 366, 367, 368]
EVENTS = ["page_viewed", "product_viewed", "product_viewed", "added_to_cart", "message_sent", "message_opened"]
EVENTS += ["message_clicked", "message_replied", "logged_in", "feature_used", "paywall_hit", "message_delivered"]

pick = st.sampled_from
# Since when a row is known, in days before D: in time, or late; and until when.
KNOWN = pick([(None, 0)] * 20 + [(0, 0), (1, 0), (None, 1)])
ACTS = st.tuples(pick([*range(8)] * 3 + [8]), pick(PEOPLE), pick(AGES), KNOWN, st.integers(0, 6), pick(PEOPLE))


def act(shop: Shop, kind: int, who: str, ago: int, known: tuple[int | None, int], number: int, other: str) -> None:
    """Somebody does something, or something becomes known of them."""
    late, until = known
    since = ago if late is None else min(late, ago)
    until = min(until, since)
    if kind <= 1:
        shop.order(who, ago, AMOUNTS[number], since, until)
    elif kind == 2:
        shop.event(who, EVENTS[number + 5 * (ago % 2)], ago, 1 + number, since, product_id="p")
    elif kind == 3:
        shop.event(None, "product_viewed", ago, 5, since, product_id="p", anonymous_id=f"v {who}")
        if number > 3:
            shop.event(who if number > 4 else f"{who} new", "page_viewed", number - 4, anonymous_id=f"v {who}")
    elif kind == 4:
        closed = [None, 0, 1, 2, 40, None, None][number]
        rating = {} if number % 2 else {"nps": str(3 + number)}
        shop.ticket(who, ago, since, None if closed is None else min(closed, ago), **rating)
    elif kind == 5:
        subscribe(shop, who, ago, late, number)
    elif kind == 6:
        country, signed_up = ("DE", "FR", "NL")[number % 3], shop.day(400)
        others = {"since": since} if number > 2 else {}
        shop.add("customers", **others, customer_id=who, country=country, signed_up_at=signed_up, loaded_at=signed_up)
    elif kind == 7:
        row = {"customer_id": who, "channel": "email", "status": ("opted_in", "opted_out")[number % 2]}
        shop.add("consent", since, until, consent_id=f"k{len(shop.rows)}", occurred_at=shop.day(ago), **row)
    elif number < 3:
        shop.link(who, other, since=(99, 1, 0)[number], until=until)
    else:
        order_id = shop.order(who, ago, AMOUNTS[number])
        shop.refund(order_id, ago // 2, AMOUNTS[number // 2], min(since, ago // 2))


def subscribe(shop: Shop, who: str, ago: int, late: int | None, number: int) -> None:
    """A subscription, and another version of it if it has changed lately."""
    key = f"s{len(shop.rows)}"
    row = {"subscription_id": key, "customer_id": who, "status": "active", "started_at": shop.day(200 + ago)}
    row |= {"renews_at": shop.day(-ago), "monthly_amount": str(9 * number)}
    shop.add("subscriptions", until=0 if late is None else late + 1, **row)
    if late is not None:
        newer = row | {"status": ("active", "cancelled")[number % 2], "renews_at": shop.day(-ago - 40)}
        shop.add("subscriptions", since=late, **newer, **({"cancelled_at": shop.day(late)} if number % 2 else {}))


def _clauses(**where: str) -> Rules:
    """The shipped clauses and segments, and those of two more, with another value in some."""
    value = where.pop("value", "")
    rows = edited("segment_clauses", where, value=value) if value else shipped("segment_clauses")
    rows += [
        clause_row("germans", "country", "equals", "DE"),
        clause_row("mailable", "has_consent_email", "equals", "true"),
    ]
    segments = [segment_row("germans", 900), segment_row("mailable", 901, reentry_days="2")]
    return {"segments": [*shipped("segments"), *segments], "segment_clauses": rows}


def _fresh() -> Rules:
    """A segment more, and one that is in use no longer."""
    rules = _clauses()
    rules["segments"] = [
        row | ({"status": "retired"} if row["segment_key"] == "germans" else {}) for row in rules["segments"]
    ]
    rules["segments"].append(segment_row("fresh", 902))
    rules["segment_clauses"].append(clause_row("fresh", "net_revenue_90d", "above", "99"))
    return rules


def _line(table: str, upper: str, lower: str, most: str, least: str, at: tuple[str, str]) -> Rules:
    """The line between two rows of a table, moved."""
    name = table.removesuffix("s")
    rows = edited(table, {name: upper}, **{most: at[0]})
    return {table: [row | ({least: at[1]} if row[name] == lower else {}) for row in rows]}


CHANGES: list[Rules] = [
    {},
    {},
    _clauses(segment_key="big_spender", value="150"),
    _clauses(segment_key="inactive_60", value="31"),
    _fresh(),
    _line(
        "lifecycle_stages", "active", "at_risk", "max_days_since_last_order", "min_days_since_last_order", ("31", "32")
    ),
    _line("engagement_tiers", "medium", "high", "max_points", "min_points", ("11", "11")),
    _line("value_tiers", "vip", "high", "max_share", "min_share", ("0.12", "0.12")),
    {"rfm_segments": edited("rfm_segments", {"priority": "11"}, min_monetary_score="5")},
    {"rfm_segments": edited("rfm_segments", {"priority": "5"}, min_recency_score="3")},
    {"traits": edited("traits", {"trait": "product_views_30d"}, to_days="15")},
    {"traits": edited("traits", {"trait": "net_revenue_90d"}, to_days="60")},
]


@st.composite
def histories(draw: st.DrawFn) -> tuple[Shop, list[int], list[Rules]]:
    """A shop, the days on which it is built, and their rules."""
    shop = Shop(D)
    for number, who in enumerate(PEOPLE[:24]):
        shop.order(who, 40 + number // 3, f"{12 + 7 * number}.{number:02}")
    shop.event("c00", "message_clicked", 80, product_id="p")
    shop.ticket("c00", 300, nps="9", satisfaction="4")
    shop.add("customers", customer_id="c00", country="DE", signed_up_at=shop.day(300))
    for one in draw(st.lists(ACTS, min_size=60, max_size=140)):
        act(shop, *one)
    days = draw(pick([[3, 1, 0], [1, 0], [3, 0]]))
    extra = _clauses()
    rules = [extra | rules for rules in draw(st.lists(pick(CHANGES), min_size=len(days), max_size=len(days)))]
    return shop, days, rules


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Days]:
    """The compiled project."""
    made = Days(tmp_path_factory.mktemp("days"))
    yield made
    made.close()


def test_causes_agree_with_definitions(days: Days) -> None:
    seen: Counter = Counter()

    def agree(history: tuple[Shop, list[int], list[Rules]]) -> None:
        shop, agos, rules = history
        ledger, before = Ledger(), None
        for ago, of_the_day in zip(agos, rules, strict=True):
            now = days.build(D - timedelta(days=ago), shop.raw(ago), of_the_day, after=before)
            reentry = {row["segment_key"]: int(row["reentry_days"]) for row in of_the_day["segments"]}
            ledger.move_on(now.as_read(), reentry.__getitem__)
            assert not ledger_faults(before, now)
            assert now.causes() == (ledger.causes if before else {})
            assert now.all_stays() == all_stays(ledger)
            seen.update(ledger.causes.values() if before else [])
            before = now

    for_examples(EXAMPLES, agree)
    assert {"merge", "rule", "late", "behaviour", "population", "time"} <= seen.keys()


def for_examples(count: int, check: Callable) -> None:
    """Calls `check` with histories, the same ones each time."""
    quiet = {"deadline": None, "database": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}
    settings(max_examples=count, **quiet)(given(histories())(check))()

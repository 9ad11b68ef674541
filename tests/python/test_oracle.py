"""Small examples, worked out by hand, that pin the oracle itself to docs/definitions.md."""

from __future__ import annotations

import random
import statistics
from bisect import bisect_left
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ladders import ladders
from oracle import DEFAULT_RULES_DIR, TABLES, Config, Result, evaluate, load_rules
from oracle.clock import Clock
from oracle.consent import moments_of
from oracle.engagement import decay
from oracle.lifecycle import cadence
from oracle.rfm import Metrics, cut_points_below, ntile_of_lowest, score_axis
from oracle.rules import Clause
from oracle.segments import passes
from oracle.traits import days_past_replenishment
from oracle.values import read_boolean, read_integer, read_money, read_text, read_timestamp
from rule_folders import copy_of_rules, limit_ids
from strategies import COLUMNS, raw_tables

D = date(2024, 6, 30)
NEW_YORK = Config(timezone="America/New_York")


def days_ago(n: int, at: str = "12:00:00") -> str:
    return f"{date.fromordinal(D.toordinal() - n)} {at}"


def order(order_id: str, who: str | None, ago: int, amount: str = "10", **values) -> dict:
    return {"order_id": order_id, "customer_id": who, "ordered_at": days_ago(ago), "amount": amount, **values}


def event(event_id: str, who: str | None, name: str, ago: int, at: str = "12:00:00", **values) -> dict:
    row = {"event_id": event_id, "customer_id": who, "event_name": name, "occurred_at": days_ago(ago, at)}
    return {**row, **values}


def said(consent_id: str, who: str, status: str, ago: int, **values) -> dict:
    row = {"consent_id": consent_id, "customer_id": who, "channel": "email", "status": status}
    return {**row, "occurred_at": days_ago(ago), **values}


def set_aside(result: Result, table: str) -> dict[tuple[str, str], int]:
    """How often a key was set aside for a reason."""
    counts: dict[tuple[str, str], int] = {}
    for (key, reason, _), count in result.quarantined[table].items():
        counts[key, reason] = counts.get((key, reason), 0) + count
    return counts


# the contract ------------------------------------------------------------------------------------------


def test_the_contract_is_that_of_the_sources():
    path = Path(__file__).resolve().parents[2] / "models" / "staging" / "_sources.yml"
    for table in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"][0]["tables"]:
        if table.get("config", {}).get("meta", {}).get("internal"):
            continue
        found = []
        for column in table["columns"]:
            meta = column.get("config", {}).get("meta", {})
            required = meta.get("required", False)
            found.append((column["name"], column["data_type"], meta.get("key", False), required))
        assert [tuple(c) for c in TABLES[table["name"]].columns] == found
        assert COLUMNS[table["name"]] == [name for name, *_ in found if name != TABLES[table["name"]].rest]


# reading the input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2024-02-29", datetime(2024, 2, 29)),
        ("20240229", datetime(2024, 2, 29)),
        ("2024-03-10T02:30:00-05:00", datetime(2024, 3, 10, 7, 30)),
        (" 2024-03-10 02:30:00.5+0530 ", datetime(2024, 3, 9, 21, 0, 0, 500000)),
        ("1709164800", datetime(2024, 2, 29)),
        ("1709164800123", datetime(2024, 2, 29, 0, 0, 0, 123000)),
        ("1709164800000001", datetime(2024, 2, 29, 0, 0, 0, 1)),
        ("1709164800000001999", datetime(2024, 2, 29, 0, 0, 0, 1)),
        ("17091648000", None),
        ("20230229", None),
        ("1899-12-31", None),
        ("infinity", None),
        ("not a date", None),
        (1709164800, datetime(2024, 2, 29)),
        (date(2024, 2, 29), datetime(2024, 2, 29)),
    ],
)
def test_timestamps(raw, expected):
    assert read_timestamp(raw) == expected


def test_money_integers_booleans_and_text():
    money = {"-12": "-12", "12.5": "12.5", "0.00005": "0.0001", "-0.00005": "-0.0001", "0.00004": "0"}
    assert {text: read_money(text) for text in money} == {k: Decimal(v) for k, v in money.items()}
    for text in ("1e3", "1,000.00", "$5", "abc", "NaN", "123456789012345", "99999999999999.99995"):
        assert read_money(text) is None
    assert [read_integer(x) for x in ("7", "7.0", "7.5", "x")] == [7, 7, None, None]
    assert [read_boolean(x) for x in ("T", "yes", "0", "N", "maybe")] == [True, True, False, False, None]
    assert [read_text(x) for x in ("  a b ", "   ", "\tx\n", 7)] == ["a b", None, "x", "7"]


def test_reasons_in_their_order():
    raw = {
        "orders": [
            {"order_id": " ", "ordered_at": "x", "amount": "x"},
            {"order_id": "o1", "ordered_at": "x", "amount": "x"},
            {"order_id": "o2", "ordered_at": days_ago(0), "amount": "1e3"},
            {"order_id": "o3", "ordered_at": days_ago(0), "amount": "-1", "loaded_at": days_ago(9)},
            {
                "order_id": "o4",
                "ordered_at": days_ago(0),
                "amount": "1",
                "loaded_at": days_ago(1, "11:59:59"),
            },
            {"order_id": "o5", "ordered_at": days_ago(0), "amount": "1", "loaded_at": days_ago(1)},
            {"order_id": "o6", "ordered_at": days_ago(0), "amount": "1", "currency": "EUR"},
        ],
        "refunds": [
            {"refund_id": "r1", "refunded_at": days_ago(0), "amount": "1"},
            {"refund_id": "r2", "refunded_at": days_ago(0), "amount": "1", "order_id": "o6"},
            {"refund_id": "r3", "refunded_at": days_ago(0), "amount": "1", "order_id": "o5"},
        ],
        "consent": [{"consent_id": "k1", "customer_id": "a", "channel": "email", "occurred_at": "x"}],
        "order_items": [{"order_id": "o5", "line_number": "one"}],
    }
    result = evaluate(raw, D)
    assert set_aside(result, "orders") == {
        ("", "missing_key"): 1,
        ("o1", "unusable_timestamp"): 1,
        ("o2", "unusable_amount"): 1,
        ("o3", "negative_amount"): 1,
        ("o4", "loaded_before_it_happened"): 1,
        ("o6", "no_exchange_rate"): 1,
    }
    assert set(set_aside(result, "refunds")) == {("r1", "unattributable"), ("r2", "unknown_order")}
    assert set(set_aside(result, "consent")) == {("k1", "missing_value")}
    assert set(set_aside(result, "order_items")) == {("o5|", "missing_key")}


def test_one_row_per_key():
    """The newest load wins, an empty one is oldest; among equals the one that counts for less; unusable rows lose."""
    rows = [
        order("o", "a", 3, "1"),
        order("o", "a", 3, "9", loaded_at=days_ago(1)),
        order("o", "a", 3, "10", loaded_at=days_ago(1)),
        order("o", "a", 3, "10", loaded_at=days_ago(1), status="paid"),
        order("o", "a", 3, "-1", loaded_at=days_ago(0)),
    ]
    for seed in range(5):
        random.Random(seed).shuffle(rows)
        result = evaluate({"orders": rows}, D)
        assert result.reconciliation["orders"] == {
            "raw": 5,
            "staged": 1,
            "superseded": 3,
            "quarantined": 1,
            "not_yet_known": 0,
        }
        assert result.customers["a"]["net_revenue_life"] == Decimal("9.00")


def test_known_until():
    rows = [order("o1", "a", 3, loaded_at=days_ago(1)), order("o2", "a", 3), order("o1", "a", 3, "99")]
    result = evaluate({"orders": rows}, D, Config(known_until=days_ago(2)))
    assert result.reconciliation["orders"]["not_yet_known"] == 1
    assert result.customers["a"]["net_revenue_life"] == Decimal("109.00")


# clock -------------------------------------------------------------------------------------------------


def test_business_days_when_clocks_change():
    """10 March 2024 in New York has 23 hours: it begins at 05:00 and ends at 04:00 UTC."""
    times = {"before": "2024-03-10 04:59:59", "first": "2024-03-10 05:00", "last": "2024-03-11 03:59:59"}
    times["after"] = "2024-03-11T04:00:00Z"
    rows = [{"order_id": k, "customer_id": k, "ordered_at": v, "amount": "1"} for k, v in times.items()]
    result = evaluate({"orders": rows}, date(2024, 3, 10), NEW_YORK)
    assert {k: v["days_since_last_order"] for k, v in result.customers.items()} == {
        "before": 1,
        "first": 0,
        "last": 0,
    }
    assert result.customers["before"]["first_ordered_on"] == date(2024, 3, 9)


# who is a customer -------------------------------------------------------------------------------------


def test_junk_ids_are_nobody():
    rows = [order(str(i), who, 1) for i, who in enumerate([" NULL ", "000", "00-00", "-", None, "a"])]
    result = evaluate({"orders": rows}, D)
    assert set(result.customers) == {"a"}
    assert result.money == {
        "customers": Decimal(10),
        "guests": Decimal(10),
        "unattributed": Decimal(40),
        "orders_minus_refunds": Decimal(60),
    }


def test_a_chain_is_one_person_and_the_first_seen_gives_the_name():
    def link(kind: str, identifier: str, who: str) -> dict:
        return {
            "identifier_type": kind,
            "identifier": identifier,
            "customer_id": who,
            "linked_at": days_ago(5),
        }

    raw = {
        "orders": [order("1", "b", 9), order("2", "c", 10), order("3", "d", 8), order("4", "z", 1)],
        "identities": [
            link("email", "x@y", "b"),
            link("email", "x@y", "c"),
            link("customer_id", "d", "c"),
            link("phone", "unknown", "z"),
            link("phone", "unknown", "b"),
        ],
        "events": [
            event("1", "d", "page_viewed", 1, anonymous_id="anon"),
            event("2", "e", "page_viewed", 1, anonymous_id="anon"),
            event("3", None, "product_viewed", 20, anonymous_id="anon"),
            event("4", None, "product_viewed", 20, anonymous_id="stranger"),
        ],
    }
    result = evaluate(raw, D)
    assert set(result.customers) == {"c", "z"}
    assert {result.canonical["customer_id", x] for x in "bcde"} == {"c"}
    assert result.canonical["anonymous_id", "anon"] == "c"
    assert result.canonical["phone", "unknown"] is None
    assert result.customers["c"]["orders_life"] == 3
    assert result.customers["c"]["product_views_30d"] == 1


def test_an_identifier_of_too_many_links_nobody():
    def links(n: int) -> dict:
        return {
            "identities": [
                {"identifier_type": "device", "identifier": "kiosk", "customer_id": f"c{i}"} for i in range(n)
            ]
        }

    assert len(evaluate(links(10), D).customers) == 1
    many = evaluate(links(11), D)
    assert len(many.customers) == 11
    assert many.canonical["device", "kiosk"] is None


def test_customers_as_of():
    raw = {
        "orders": [order("1", "future", -1)],
        "customers": [
            {"customer_id": "timeless", "signed_up_at": "?"},
            {"customer_id": "later", "signed_up_at": days_ago(-1)},
        ],
        "events": [event("1", "quiet", "nobody knows this name", 0)],
    }
    assert set(evaluate(raw, D).customers) == {"timeless", "quiet"}


# money -------------------------------------------------------------------------------------------------


def test_currencies_and_full_refunds():
    """33.33 x 1.1 = 36.663, so 36.66; a full refund takes the same; the rate is that of the day."""
    raw = {
        "orders": [
            order("1", "a", 10, "33.33", currency="eur"),
            order("2", "a", 9, "33.35", currency="EUR"),
            order("3", "a", 11, currency="EUR"),
        ],
        "refunds": [{"refund_id": "r", "order_id": "1", "refunded_at": days_ago(1), "amount": "33.33"}],
        "exchange_rates": [
            {"currency": "EUR", "valid_on": "2024-06-20", "rate": "1.1"},
            {"currency": "EUR", "valid_on": "2024-06-21", "rate": "1.3"},
        ],
    }
    result = evaluate(raw, D)
    assert set_aside(result, "orders") == {("3", "no_exchange_rate"): 1}
    assert result.customers["a"]["net_revenue_life"] == Decimal("43.36")  # 33.35 x 1.3 = 43.355


@pytest.mark.parametrize(("policy", "net_30", "net_90"), [("refunded_on", -5, 95), ("ordered_on", 0, 95)])
def test_refund_days(policy, net_30, net_90):
    raw = {
        "orders": [
            order("1", "a", 40, "100", status="Refunded"),
            order("2", "a", 1, "7", status="cancelled"),
        ],
        "refunds": [
            {"refund_id": "r1", "order_id": "1", "refunded_at": days_ago(2), "amount": "5"},
            {"refund_id": "r2", "order_id": "2", "refunded_at": days_ago(1), "amount": "7"},
            {"refund_id": "r3", "order_id": "1", "refunded_at": days_ago(-1), "amount": "50"},
        ],
    }
    traits = evaluate(raw, D, Config(refund_date_policy=policy)).customers["a"]
    assert (traits["net_revenue_30d"], traits["net_revenue_90d"]) == (net_30, net_90)


def test_a_credit_note_counts_for_its_customer():
    raw = {
        "orders": [order("o", None, 2, "0")],
        "refunds": [{"refund_id": "r", "customer_id": "a", "refunded_at": days_ago(2), "amount": "5.005"}],
    }
    result = evaluate(raw, D)
    assert result.customers["a"]["net_revenue_life"] == Decimal("-5.01")
    assert result.customers["a"]["value_basis"] == Decimal("-5.01")
    assert result.customers["a"]["value_tier"] == "none"
    assert result.money["orders_minus_refunds"] == Decimal("-5.01")


# RFM ---------------------------------------------------------------------------------------------------


def plain_ntile(n: int) -> list[int]:
    """NTILE(5) of n rows, the larger buckets first, by the book."""
    sizes = [n // 5 + (i < n % 5) for i in range(5)]
    return [bucket for bucket, size in enumerate(sizes, 1) for _ in range(size)]


def test_the_formula_is_the_lowest_ntile_of_a_tie():
    rng = random.Random(7)
    for n in [*range(1, 60), 101, 998]:
        values = sorted(rng.randrange(1 + n // 3) for _ in range(n))
        buckets = plain_ntile(n)
        assert [ntile_of_lowest(n, k) for k in range(n)] == buckets
        for value in set(values):
            lowest = min(b for v, b in zip(values, buckets, strict=True) if v == value)
            assert ntile_of_lowest(n, bisect_left(values, value)) == lowest


def test_quantiles_are_those_of_statistics():
    rng = random.Random(3)
    for n in range(2, 40):
        values = sorted(Fraction(rng.randrange(50)) for _ in range(n))
        cuts = statistics.quantiles(values, n=5, method="inclusive")
        for value in values:
            assert cut_points_below(values, value) == sum(cut < value for cut in cuts)


def test_split_ties_and_recency_by_quantile():
    people = [Metrics(f"c{i}", 10 - i, 1, Decimal(i % 2)) for i in range(5)]
    split = dict.fromkeys(("recency", "frequency", "monetary"), "split")
    by_id = Config(tie_policies=split, tie_breakers="customer_id", rfm_min_population=5)
    assert score_axis("frequency", people, by_id, ()) == {f"c{i}": i + 1 for i in range(5)}
    reversed_ids = [m._replace(customer_id=f"c{9 - i}") for i, m in enumerate(people)]
    others = Config(tie_policies=split, rfm_min_population=5)
    assert list(score_axis("frequency", reversed_ids, others, ()).values()) == [1, 2, 3, 4, 5]
    methods = dict.fromkeys(("recency", "frequency", "monetary"), "quantile")
    quantile = Config(rfm_methods=methods, rfm_min_population=5)
    # recency 10 9 8 7 6: cuts 6.8 7.6 8.4 9.2, so 10 days score 1 and 6 days score 5
    assert list(score_axis("recency", people, quantile, ()).values()) == [1, 2, 3, 4, 5]
    assert set(score_axis("frequency", people, quantile, ()).values()) == {1}


def test_rfm_of_a_small_shop():
    raw = {"orders": [order(f"o{i}", f"c{i}", 50 - 10 * i, str(10 + i)) for i in range(5)]}
    raw["orders"] += [order("x", "c4", 400, "1000"), order("y", "c4", 1, "1")]
    customers = evaluate(raw, D, Config(rfm_min_population=5)).customers
    assert customers["c4"]["rfm_score"] == "555" and customers["c4"]["rfm_segment"] == "champions"
    assert (customers["c4"]["frequency"], customers["c4"]["monetary"]) == (2, Decimal("15.00"))
    assert customers["c0"]["rfm_score"] == "111" and customers["c0"]["rfm_segment"] == "lost"
    too_few = evaluate(raw, D, Config(rfm_min_population=6)).customers
    assert {(traits["rfm_score"], traits["rfm_segment"]) for traits in too_few.values()} == {(None, "unscored")}
    bands = Config(rfm_min_population=6, rfm_methods=dict.fromkeys(("recency", "frequency", "monetary"), "fixed"))
    assert evaluate(raw, D, bands).customers["c4"]["rfm_score"] == "532"


# lifecycle, value --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ages", "stage"),
    [
        ([0], "new"),
        ([30], "new"),
        ([31], "active"),
        ([90], "active"),
        ([91], "at_risk"),
        ([181], "dormant"),
        ([365], "dormant"),
        ([366], "lost"),
        ([30, 211], "reactivated"),
        ([31, 212], "active"),
        ([30, 210], "active"),
        ([0, 29, 210], "reactivated"),
        ([30, 31, 400], "active"),
        ([-1], "prospect"),
    ],
)
def test_lifecycle(ages, stage):
    raw = {"orders": [order(f"o{age}", "a", age) for age in ages], "customers": [{"customer_id": "a"}]}
    traits = evaluate(raw, D).customers["a"]
    assert traits["lifecycle_stage"] == stage
    assert traits["is_churned"] == (stage in ("dormant", "lost"))


def test_cadence():
    assert cadence([20, 10]) is None
    assert cadence([40, 20, 10]) == Decimal(15)
    assert cadence([41, 20, 10]) == Decimal("15.5")
    raw = {"orders": [order(str(i), "a", ago) for i, ago in enumerate([40, 20, 20, 10])]}
    traits = evaluate(raw, D).customers["a"]
    assert traits["purchase_cadence_days"] == 15 and traits["overdue_ratio"] == Decimal("0.666667")


def test_value_tiers():
    """Of twenty: one vip (0/20), three high (1-3), six mid (4-9), ten low; ties share the better place."""
    raw = {"orders": [order(f"o{i}", f"c{i}", 3, str(100 - i)) for i in range(20)]}
    raw["orders"] += [order("free", "f", 3, "0"), order("old", "g", 365, "999")]
    tiers = [t["value_tier"] for t in evaluate(raw, D).customers.values()]
    assert [tiers.count(t) for t in ("vip", "high", "mid", "low", "none")] == [1, 3, 6, 10, 2]
    raw["orders"][1]["amount"] = "100"
    tied = evaluate(raw, D).customers
    assert tied["c1"]["value_tier"] == "vip" and tied["c2"]["value_tier"] == "high"


# engagement, affinity ----------------------------------------------------------------------------------


def test_engagement_points():
    assert decay(14, 14) == Decimal("0.5") and decay(7, 14) == Decimal("0.707106781187")
    raw = {
        "events": [
            event("1", "a", "message_replied", 14),
            event("2", "a", "message_clicked", 0),
            event("3", "a", "added_to_cart", 90),
            event("4", "b", "message_sent", 0),
            event("5", "c", "Opened Email", 7, source="Klaviyo"),
            event("6", "d", "Opened Email", 7),
        ]
    }
    customers = evaluate(raw, D).customers
    assert customers["a"]["engagement_points"] == Decimal("5.500000")
    # as of D-7: 5 x 0.707106781187 + 5 x 0.5^(83/14)
    ago = 5 * decay(7, 14) + 5 * decay(83, 14)
    assert customers["a"]["engagement_points_7d_ago"] == round(ago, 6) == Decimal("3.617624")
    assert customers["a"]["engagement_change_7d"] == Decimal("0.520335")
    assert [customers[c]["engagement_tier"] for c in "abcd"] == ["medium", "none", "low", "none"]
    assert customers["c"]["engagement_points"] == Decimal("0.707107")
    assert customers["c"]["emails_engaged_60d"] == 1
    assert customers["b"]["engagement_change_7d"] is None


def test_affinity_and_the_top_category():
    raw = {
        "orders": [order("1", "a", 90), order("2", "a", 0, status="pending")],
        "order_items": [
            {"order_id": "1", "line_number": "1", "product_id": "p"},
            {"order_id": "2", "line_number": "1", "product_id": "p"},
        ],
        "products": [{"product_id": "p", "category": "tea"}],
        "events": [event("1", "a", "added_to_cart", 0, category="mugs", product_id="p")]
        + [event(f"v{i}", "a", "product_viewed", 0, category="mugs") for i in range(2)],
    }
    result = evaluate(raw, D)
    assert result.affinity == {("a", "tea"): Decimal(5), ("a", "mugs"): Decimal(5)}
    assert result.customers["a"]["top_category"] == "mugs"
    assert evaluate(raw, D, Config(top_category_min_share="0.51")).customers["a"]["top_category"] is None
    assert result.customers["a"]["categories_bought_life"] == 1


# consent -----------------------------------------------------------------------------------------------


def test_consent_latest_and_most_restrictive():
    raw = {
        "consent": [
            said("1", "a", "Subscribed", 9),
            said("2", "a", "opted_in", 5),
            said("3", "b", "opted_in", 5),
            said("4", "b", "bounced", 5),
            said("5", "c", "complained", 5),
            said("6", "c", "opted_in", 4, purpose=" ", channel="EMAIL"),
            said("7", "d", "opted_in", 4, purpose="Research"),
            said("8", "e", "opted_in", 4),
            said("9", "e", "pending", 3),
        ]
    }
    consent = evaluate(raw, D).consent
    assert consent["a", "email", "marketing"] == ("opted_in", True, True, datetime(2024, 6, 21, 12))
    assert consent["b", "email", "marketing"][:3] == ("bounced", False, False)
    assert consent["c", "email", "marketing"] == ("opted_in", True, True, datetime(2024, 6, 26, 12))
    assert consent["d", "email", "marketing"] == ("no_record", False, False, None)
    assert consent["e", "email", "marketing"] == ("opted_in", True, True, datetime(2024, 6, 26, 12))
    assert len(consent) == 5 * 4


def test_a_withdrawal_for_something_unknown_withdraws_all_that_it_may_mean():
    raw = {
        "consent": [
            *(
                said(f"{who}{channel}", who, "opted_in", 9, channel=channel)
                for who in "ab"
                for channel in ("email", "sms")
            ),
            said("3", "a", "opted_out", 5, purpose="all"),
            said("4", "b", "whatever", 5, channel="every one", purpose="all"),
        ]
    }
    consent = evaluate(raw, D).consent
    statuses = [consent[who, channel, "marketing"].status for who in "ab" for channel in ("email", "sms")]
    assert statuses == ["opted_out", "opted_in", "unmapped", "unmapped"]


def test_a_later_withdrawal_forbids_to_write_and_changes_no_status():
    raw = {"consent": [said("1", "a", "opted_in", 9), said("2", "a", "opted_out", -1)]}
    assert evaluate(raw, D).consent["a", "email", "marketing"][:3] == ("opted_in", True, False)
    raw["consent"][1]["consent_id"] = "1"
    assert evaluate(raw, D).consent["a", "email", "marketing"][:3] == ("opted_in", True, False)


def test_an_address_in_another_spelling_is_the_same():
    raw = {
        "customers": [{"customer_id": "a", "email": "Kim@Example.com"}],
        "consent": [said("1", "a", "opted_in", 9), said("2", "KIM@example.com ", "opted_out", 5)],
    }
    result = evaluate(raw, D)
    assert list(result.customers) == ["a"]
    assert result.consent["a", "email", "marketing"].status == "opted_out"


def test_a_day_alone_is_the_last_word_of_a_withdrawal_and_the_first_of_an_opt_in():
    clock = Clock("Europe/Paris")

    def moments(occurred: str, loaded: str | None, is_withdrawal: bool) -> tuple[datetime, datetime]:
        row = SimpleNamespace(occurred_at=read_timestamp(occurred), loaded_at=loaded and read_timestamp(loaded))
        return moments_of(row, {"occurred_at": occurred, "loaded_at": loaded}, is_withdrawal, clock)

    first_word, last_word = datetime(2024, 6, 9, 22), datetime(2024, 6, 10, 21, 59, 59, 999999)
    assert moments("2024-06-10", None, False) == (first_word, first_word)
    assert moments("2024-06-10 00:00:00", "2024-06-12 10:00:00", True) == (last_word, last_word)
    # Dated after it was loaded it counts from then, a day alone to its end; and withdraws when it says that it does.
    late = datetime(2024, 6, 21, 21, 59, 59, 999999)
    assert moments("2024-06-21", "2024-06-12 10:00:00", True) == (datetime(2024, 6, 12, 10), late)
    assert moments("2024-06-21", "2024-06-12", True) == (datetime(2024, 6, 12, 21, 59, 59, 999999), late)
    assert moments("2024-06-10 15:00:00", "2024-06-10", True) == (datetime(2024, 6, 10, 15),) * 2
    assert moments("2024-06-21", "2024-06-12 10:00:00", False) == (datetime(2024, 6, 12, 10), datetime(2024, 6, 20, 22))


def test_erased_is_for_ever_and_for_the_whole_person():
    raw = {
        "consent": [
            said("1", "a", "erased", 5, channel="sms"),
            said("2", "a", "opted_in", 4, channel="sms"),
            said("3", "b", "opted_in", 3),
            said("4", "b", "erased", 2),
        ],
        "identities": [{"identifier_type": "card", "identifier": "x", "customer_id": who} for who in ("a", "b")],
    }
    result = evaluate(raw, D)
    assert set(result.consent.values()) == {("erased", False, False, datetime(2024, 6, 25, 12))}
    assert {key[0] for key in result.consent} == {"a"} and len(result.consent) == 4
    assert result.customers["a"]["is_contactable_email"] is False
    before = evaluate(raw, date(2024, 6, 24)).consent
    assert {status for status, *_ in before.values()} == {"no_record"}


def test_merged_ids_take_the_most_restrictive():
    raw = {
        "consent": [
            said("1", "a", "opted_in", 9),
            said("2", "b", "pending", 8),
            said("3", "b", "opted_out", 7),
            said("4", "c", "opted_out", 3),
            said("5", "b", "unsubscribed", 1),
        ],
        "identities": [{"identifier_type": "card", "identifier": "x", "customer_id": who} for who in ("a", "b", "c")],
    }
    answer = evaluate(raw, D).consent["a", "email", "marketing"]
    assert answer == ("opted_out", False, False, datetime(2024, 6, 27, 12))


def test_a_shared_identifier_carries_withdrawals_to_all_whom_it_links(tmp_path):
    raw = {
        "consent": [said("1", "a", "opted_in", 9), said("2", "c", "opted_out", 7)],
        "identities": [{"identifier_type": "device", "identifier": "x", "customer_id": who} for who in ("a", "b", "c")],
    }
    rules = copy_of_rules(tmp_path / "rules")
    limit_ids(rules, 2)
    consent = evaluate(raw, D, rules_dir=rules).consent
    assert {consent[who, "email", "marketing"].status for who in "abc"} == {"opted_out"}
    assert consent["a", "sms", "marketing"].status == "no_record"


# traits and segments -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("at", "abandoned"), [("11:59:59", 3), ("12:00:00", None), ("12:00:01", None)])
def test_an_order_at_the_moment_of_the_cart_or_the_view_ends_the_interest(at, abandoned):
    raw = {
        "orders": [{"order_id": "1", "customer_id": "a", "ordered_at": days_ago(3, at), "amount": "1"}],
        "events": [
            event("1", "a", "added_to_cart", 3),
            event("2", "a", "product_viewed", 6, product_id="p", category="x"),
            event("3", "a", "product_viewed", 3, product_id="q", category="x"),
        ],
    }
    result = evaluate(raw, D)
    assert result.customers["a"]["days_since_abandoned_cart"] == abandoned
    assert result.customers["a"]["repeat_views_7d"] == (2 if abandoned else 0)
    assert result.behaviour["product_interest"] == ({"a"} if abandoned else set())


def test_replenishment_takes_the_nearest_and_then_the_positive():
    class Product:
        def __init__(self, is_consumable, replenish_days):
            self.is_consumable, self.replenish_days = is_consumable, replenish_days

    products = {"a": Product(True, 30), "b": Product(True, None), "c": Product(False, 25)}
    one = Decimal(1)
    assert days_past_replenishment({"a": (26, one), "b": (34, one), "c": (25, one)}, products, 30) == 4
    assert days_past_replenishment({"a": (27, one), "b": (34, one)}, products, 30) == -3
    assert days_past_replenishment({"a": (30, Decimal(3)), "b": (44, Decimal("1.55"))}, products, 30) == -3
    assert days_past_replenishment({"c": (25, one), "unknown": (1, one)}, products, 30) is None


def test_subscriptions():
    def subscription(key: str, **values) -> dict:
        return {"subscription_id": key, "customer_id": key, "started_at": days_ago(50), **values}

    raw = {
        "subscriptions": [
            subscription("trial", trial_ends_at=days_ago(0), monthly_amount="5", renews_at=days_ago(1)),
            subscription("paid", trial_ends_at=days_ago(1), monthly_amount="5", renews_at=days_ago(-30)),
            subscription("ending", status="Active", cancelled_at=days_ago(-1), renews_at=days_ago(0)),
            subscription("ended", status="canceled", cancelled_at=days_ago(0)),
            subscription(
                "runs on", status="active", cancelled_at=days_ago(9), renews_at=days_ago(-1), monthly_amount="5"
            ),
            subscription(
                "ran out", status="active", cancelled_at=days_ago(9), renews_at=days_ago(0), monthly_amount="5"
            ),
            subscription("contradicts itself", status="active", cancelled_at=days_ago(9), monthly_amount="5"),
            subscription("trial runs on", status="trialing", cancelled_at=days_ago(9), trial_ends_at=days_ago(0)),
            subscription("trial without end", status="trialing", monthly_amount="5"),
            subscription("ended later", status="canceled", cancelled_at=days_ago(-1), monthly_amount="5"),
            subscription("expired later", status="expired", renews_at=days_ago(-1), monthly_amount="5"),
            subscription("expired", status="expired", renews_at=days_ago(0), monthly_amount="5"),
            subscription("never begun", status="incomplete_expired", cancelled_at=days_ago(9), monthly_amount="5"),
            subscription("paused", status="paused"),
            {"subscription_id": "x", "customer_id": "future", "started_at": days_ago(-1)},
        ],
        "customers": [{"customer_id": "future"}],
    }
    found = evaluate(raw, D)
    names = ("is_subscribed", "is_in_trial", "has_paid_subscription", "has_cancelled_subscription")
    expected = {
        "trial": (True, True, False, False),
        "paid": (True, False, True, False),
        "ending": (True, False, False, False),
        "ended": (False, False, False, True),
        "runs on": (True, False, True, False),
        "ran out": (False, False, False, True),
        "contradicts itself": (True, False, True, False),
        "trial runs on": (True, True, False, False),
        "trial without end": (True, True, False, False),
        "ended later": (True, False, True, False),
        "expired later": (True, False, True, False),
        "expired": (False, False, False, False),
        "never begun": (False, False, False, False),
        "paused": (False, False, False, False),
        "future": (False, False, False, False),
    }
    assert {who: tuple(t[n] for n in names) for who, t in found.customers.items()} == expected
    assert [found.customers[w]["days_until_renewal"] for w in ("trial", "paid", "ending", "runs on")] == [
        None,
        30,
        0,
        None,
    ]
    assert found.behaviour["renewal_approaching"] == {"paid", "ending", "expired later"}


def test_tickets():
    raw = {
        "support_tickets": [
            {
                "ticket_id": "1",
                "customer_id": "a",
                "opened_at": days_ago(29),
                "closed_at": days_ago(-1),
                "nps": "0",
            },
            {
                "ticket_id": "2",
                "customer_id": "b",
                "opened_at": days_ago(5),
                "closed_at": days_ago(0),
                "nps": "6",
            },
            {"ticket_id": "3", "customer_id": "c", "opened_at": days_ago(30), "satisfaction": "1"},
            {
                "ticket_id": "4",
                "customer_id": "d",
                "opened_at": days_ago(5),
                "closed_at": days_ago(0),
                "nps": "11",
            },
        ]
    }
    result = evaluate(raw, D)
    assert {w: (t["open_tickets_30d"], t["lowest_nps_30d"]) for w, t in result.customers.items()} == {
        "a": (1, None),
        "b": (0, 6),
        "c": (0, None),
        "d": (0, None),
    }
    assert result.behaviour["service_recovery"] == {"a", "b"}


def test_usage_and_visits():
    days = (0, 13, 14, 15, 27, 28)
    raw = {"events": [event(str(n), "a", "logged_in", n) for n in days] + [event("x", "a", "page_viewed", 0)]}
    traits = evaluate(raw, D).customers["a"]
    assert (traits["usage_14d"], traits["usage_previous_14d"]) == (2, 3)
    assert traits["usage_change_14d"] == Decimal("-0.333333")
    assert (traits["visits_7d"], traits["visits_previous_7d"]) == (1, 1)


def test_the_profile_is_that_of_the_canonical_id_else_of_the_smallest():
    raw = {
        "customers": [{"customer_id": "c", "country": "DE"}, {"customer_id": "b", "country": "NL"}],
        "orders": [order("1", "z", 9)],
        "identities": [{"identifier_type": "email", "identifier": "x", "customer_id": who} for who in ("z", "b", "c")],
    }
    assert evaluate(raw, D).customers["z"]["country"] == "NL"


def test_clauses():
    def clause(operator: str, value: str = "") -> Clause:
        return Clause("1", "t", operator, value)

    assert passes(clause("is_unknown"), None) and not passes(clause("not_equals", "1"), None)
    assert passes(clause("between", "-5..5"), -5) and not passes(clause("between", "-5..5"), 6)
    assert passes(clause("in", "low|none"), "none") and not passes(clause("equals", "Low"), "low")
    assert passes(clause("equals", "false"), False) and passes(clause("is_known"), 0)
    assert passes(clause("above", "300"), Decimal("300.01")) and not passes(clause("above", "300"), Decimal(300))


# properties --------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(raw_tables(date(2024, 3, 31), "America/New_York"), st.randoms(use_true_random=False))
def test_nothing_depends_on_the_order_of_rows_and_the_sums_hold(raw, rng):
    as_of = date(2024, 3, 31)
    result = evaluate(raw, as_of, NEW_YORK)
    for counts in result.reconciliation.values():
        parts = ("staged", "superseded", "quarantined", "not_yet_known")
        assert counts["raw"] == sum(counts[part] for part in parts)
    money = result.money
    parts = money["customers"] + money["guests"] + money["unattributed"]
    assert parts == money["orders_minus_refunds"]
    shuffled = {table: rng.sample(rows, len(rows)) for table, rows in raw.items()}
    assert evaluate(shuffled, as_of, NEW_YORK) == result


@settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(raw_tables(date(2024, 3, 31), "America/New_York"), st.sampled_from(["refunded_on", "ordered_on"]))
def test_the_shipped_rows_of_traits_say_what_is_computed_without_them(raw, policy):
    as_of = date(2024, 3, 31)
    result = evaluate(raw, as_of, Config(timezone="America/New_York", refund_date_policy=policy))
    names = {row.trait for row in load_rules(DEFAULT_RULES_DIR, as_of).traits}
    assert result.row_traits == {one: {t: traits[t] for t in names} for one, traits in result.customers.items()}


def test_the_shipped_rows_of_traits_say_it_on_either_side_of_every_line():
    result = evaluate(ladders(D), D)
    assert result.row_traits
    for customer_id, said in result.row_traits.items():
        assert said == {trait: result.customers[customer_id][trait] for trait in said}

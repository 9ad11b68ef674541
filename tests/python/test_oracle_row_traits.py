"""Traits that are rows, worked out by hand, that pin the oracle to docs/definitions.md."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from oracle import Config, evaluate
from oracle.clock import Clock
from oracle.row_traits import History, full_years, text_in_json, value_of
from oracle.rules import TraitRow
from rule_folders import add_rows, clause_row, copy_of_rules, segment_row, trait_row

D = date(2024, 6, 30)


def days_ago(n: int, at: str = "12:00:00") -> str:
    return f"{date.fromordinal(D.toordinal() - n)} {at}"


def order(order_id: str, ago: int, amount: str, channel: str | None, **values) -> dict:
    row = {"order_id": order_id, "customer_id": "a", "ordered_at": days_ago(ago), "amount": amount}
    return {**row, "channel": channel, **values}


def line(order_id: str, number: int, **values) -> dict:
    return {"order_id": order_id, "line_number": str(number), **values}


def refund(refund_id: str, ago: int, amount: str, **values) -> dict:
    return {"refund_id": refund_id, "refunded_at": days_ago(ago), "amount": amount, **values}


def event(event_id: str, name: str, ago: int, **values) -> dict:
    return {"event_id": event_id, "customer_id": "a", "event_name": name, "occurred_at": days_ago(ago), **values}


SHOP = {
    "orders": [
        order("o1", 5, "100", " Web "),
        order("o2", 5, "50", "store"),
        order("o3", 40, "10", "web", currency="EUR"),
        order("o4", 1, "99", "web", status="cancelled"),
        order("o5", -1, "99", "web"),
        {**order("o6", 0, "1", None), "customer_id": "b"},
    ],
    "order_items": [
        line("o1", 1, product_id="p1", category="tea", quantity="2", unit_price="10"),
        line("o1", 2, product_id="p2", unit_price="7.005"),
        line("o2", 1, product_id="p1", category="tea", quantity="1"),
        line("o3", 1, product_id="p2", quantity="3", unit_price="0.335"),
        line("o4", 1, category="tea", quantity="9", unit_price="9"),
        line("o5", 1, category="tea", quantity="9", unit_price="9"),
    ],
    "products": [{"product_id": "p2", "category": "mugs"}, {"product_id": "p1", "category": "coffee"}],
    "refunds": [
        refund("r1", 3, "30", order_id="o1"),
        refund("r2", 10, "4", order_id="o3"),
        refund("r3", 2, "5", customer_id="a"),
        refund("r4", 2, "9", order_id="o4"),
    ],
    "exchange_rates": [{"currency": "EUR", "valid_on": "2020-01-01", "rate": "1.5"}],
    "events": [
        event("1", "feature_used", 0, properties='{"feature": "export", "plan": {"seats": [1, 2.50]}, "price": 12}'),
        event("2", "feature_used", 0, properties='{"feature": "import"}'),
        event("3", "feature_used", 7, properties='{"feature": "export"}'),
        event("4", "feature_used", 7, properties="{feature: export}"),
        event("5", "login", 14, source="GA4", properties='["export"]'),
        event("6", "message_opened", 3, campaign_id="spring"),
        event("7", "message_opened", 3, campaign_id="spring", channel="SMS"),
        event("8", "message_clicked", 2, campaign_id="autumn"),
        event("9", "page_viewed", 13, product_id="p2", properties='{"page": "/help"}'),
        event("10", "page_viewed", -1),
    ],
    "support_tickets": [
        {"ticket_id": "t1", "customer_id": "a", "opened_at": days_ago(29)},
        {"ticket_id": "t2", "customer_id": "a", "opened_at": days_ago(29), "closed_at": days_ago(3)},
        {"ticket_id": "t3", "customer_id": "a", "opened_at": days_ago(-1)},
    ],
}
LIFE = ("life", "life")
# measure, activity, scope, values, window: the value of a, who has done all of it.
ROWS = {
    ("count", "ordered", "category", "tea", LIFE): 2,
    ("count", "ordered", "category", "coffee", LIFE): 0,
    ("days", "ordered", "category", "tea", LIFE): 1,
    ("days", "ordered", "any", "any", LIFE): 2,
    ("count", "ordered", "product", "p1|p2", LIFE): 3,
    ("count", "ordered", "order_channel", "web", LIFE): 2,
    ("share", "ordered", "category", "tea", LIFE): Decimal("0.666667"),
    ("share", "ordered", "order_channel", "store", (0, 29)): Decimal("0.5"),
    ("share", "ordered", "order_channel", "store", (0, 4)): None,
    ("quantity", "ordered", "category", "tea", LIFE): 3,
    ("quantity", "ordered", "category", "mugs", LIFE): 4,
    ("quantity", "ordered", "any", "any", (0, 29)): 4,
    ("revenue", "ordered", "category", "tea", LIFE): Decimal("20.00"),
    # 7.005 to cents is 7.01; 3 x 0.335 x 1.5 = 1.5075
    ("revenue", "ordered", "product", "p2", LIFE): Decimal("8.52"),
    ("revenue", "ordered", "order_channel", "web", LIFE): Decimal("79.00"),
    ("revenue", "ordered", "order_channel", "web|store", (0, 29)): Decimal("114.00"),
    ("revenue", "ordered", "any", "any", (0, 29)): Decimal("109.00"),
    ("revenue", "ordered", "any", "any", (0, 4)): Decimal("-35.00"),
    ("revenue", "refunded", "any", "any", LIFE): Decimal("41.00"),
    ("revenue", "refunded", "order_channel", "web", (0, 9)): Decimal("30.00"),
    ("count", "refunded", "any", "any", LIFE): 3,
    ("share", "refunded", "order_channel", "web", LIFE): Decimal("0.666667"),
    ("has_done", "refunded", "order_channel", "store", LIFE): False,
    ("days_since_first", "ordered", "category", "mugs", LIFE): 40,
    ("days_since_first", "ordered", "category", "mugs", (0, 39)): 5,
    ("days_since_last", "ordered", "category", "mugs", (6, "life")): 40,
    ("days_since_last", "ordered", "category", "mugs", (41, "life")): None,
    ("count", "feature_used", "feature", "export", LIFE): 2,
    ("count", "feature_used", "feature", "export|import", (0, 6)): 2,
    ("days", "feature_used", "feature", "export|import", LIFE): 2,
    ("count", "feature_used", "properties.price", "12", LIFE): 1,
    ("count", "feature_used", "properties.plan", '{"seats":[1,2.50]}', LIFE): 1,
    ("count", "feature_used", "properties.plan", "seats", LIFE): 0,
    ("has_done", "page_viewed", "page", "/help", (13, 13)): True,
    ("count", "page_viewed", "any", "any", LIFE): 1,
    ("count", "page_viewed", "category", "mugs", LIFE): 1,
    ("has_done", "page_viewed", "product", "p2", (0, 12)): False,
    ("count", "used", "any", "any", LIFE): 5,
    ("count", "used", "source", "ga4", LIFE): 1,
    ("share", "used", "feature", "export", (0, 13)): Decimal("0.5"),
    ("days", "visited", "any", "any", LIFE): 2,
    ("count", "message_opened|message_clicked", "campaign", "spring", LIFE): 2,
    ("share", "message_opened|message_clicked", "channel", "email", LIFE): Decimal("0.666667"),
    ("days_since_last", "message_opened|message_clicked", "any", "any", LIFE): 2,
    ("count", "ticket_opened", "any", "any", (0, 29)): 2,
    ("days", "ticket_opened", "any", "any", LIFE): 1,
    ("count", "ticket_opened", "any", "any", (0, 28)): 0,
}


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = copy_of_rules(tmp_path_factory.mktemp("rows") / "rules")
    traits = [trait_row(f"row_{i}", *row) for i, row in enumerate(ROWS)]
    add_rows(
        folder,
        traits=traits,
        segments=[segment_row("tea_drinkers", 901), segment_row("no_tea", 902, status="draft")],
        segment_clauses=[
            clause_row("tea_drinkers", "row_0", "at_least", "2"),
            clause_row("no_tea", "row_1", "is_known"),
        ],
    )
    return evaluate(SHOP, D, rules_dir=folder)


@pytest.mark.parametrize("number", range(len(ROWS)), ids=[" ".join(map(str, row)) for row in ROWS])
def test_a_row(number, result):
    found, expected = result.row_traits["a"][f"row_{number}"], list(ROWS.values())[number]
    assert (type(found) is bool, found) == (type(expected) is bool, expected)


def test_who_has_done_nothing_of_it_has_the_default(result):
    """b has one order without lines and channel, and nothing else."""
    of_b = result.row_traits["b"]
    for number, (measure, activity, scope, *_) in enumerate(ROWS):
        if activity != "ordered" or scope in ("category", "product"):
            expected = {"has_done": False, "share": None, "days_since_last": None, "days_since_first": None}.get(
                measure, 0
            )
            if activity == "ordered" and measure == "share":
                expected = 0
            assert of_b[f"row_{number}"] == expected, list(ROWS)[number]


def test_clauses_see_rows_and_only_those_of_active_segments_are_in_use(result):
    assert result.behaviour["tea_drinkers"] == {"a"}
    assert result.row_trait_defaults["row_0"] == 0
    assert "row_1" not in result.row_trait_defaults
    assert "row_0" not in result.customers["a"]


def test_a_refund_counts_on_the_day_of_the_policy(tmp_path):
    folder = copy_of_rules(tmp_path / "rules")
    rows = [
        trait_row("refunds_7d", "count", "refunded", window=(0, 6)),
        trait_row("web_7d", "revenue", "ordered", "order_channel", "web", (0, 6)),
    ]
    add_rows(folder, traits=rows)
    # Of an order of 40 days ago.
    shop = {**SHOP, "refunds": [refund("r2", 3, "4", order_id="o3")]}
    for policy, refunds, revenue in (("refunded_on", 1, 94), ("ordered_on", 0, 100)):
        found = evaluate(shop, D, Config(refund_date_policy=policy), folder).row_traits["a"]
        assert (found["refunds_7d"], found["web_7d"]) == (refunds, revenue), policy


def test_lines_of_a_trillion_and_those_that_are_rounded_twice(tmp_path):
    """0.5 x 0.0335 is 0.0168, which at a rate of 120 is 2.016."""
    folder = copy_of_rules(tmp_path / "rules")
    rows = [trait_row(f"{name}_tea", name, "ordered", "category", "tea") for name in ("quantity", "revenue")]
    add_rows(folder, traits=rows)
    lines = [
        ("0.5", "0.0335"),
        ("1000000000000", "0.5"),
        ("-1000000000000", "0"),
        ("999999999999", "0.9"),
        ("2", "1e3"),
    ]
    shop = {
        "orders": [order("o1", 1, "1", None, currency="XAU")],
        "exchange_rates": [{"currency": "XAU", "valid_on": "2020-01-01", "rate": "120"}],
        "order_items": [
            line("o1", number, category="tea", quantity=quantity, unit_price=price)
            for number, (quantity, price) in enumerate(lines)
        ],
    }
    found = evaluate(shop, D, rules_dir=folder).row_traits["a"]
    assert found["quantity_tea"] == Decimal("1000000000001.5")
    assert found["revenue_tea"] == Decimal("2.02")
    # Half a trillion in the currency of the reports.
    shop["orders"][0].pop("currency")
    assert evaluate(shop, D, rules_dir=folder).row_traits["a"]["revenue_tea"] == Decimal("1399999999999.12")


# attributes --------------------------------------------------------------------------------------------

RECORD = SimpleNamespace(
    country="NL",
    language="12",
    birth_date=date(1990, 7, 1),
    signed_up_at=datetime(2024, 6, 29, 23, 30),
    acquisition_cost=Decimal("3.5000"),
    attributes=json.dumps(
        {"team": " red ", "seats": "12.34567", "price": 9.5, "is_pro": "Yes", "flag": True, "no": ""}
    ),
    other_columns=json.dumps({"favourite_store": "Utrecht", "visits": "7", "tags": ["a", "b"]}),
)


@pytest.mark.parametrize(
    ("kind", "scope", "name", "expected"),
    [
        ("text", "column", "country", "NL"),
        ("number", "column", "language", 12),
        ("number", "column", "country", None),
        ("number", "column", "birth_date", 33),
        ("number", "column", "acquisition_cost", Decimal("3.5")),
        ("text", "column", "favourite_store", "Utrecht"),
        ("number", "column", "visits", 7),
        ("text", "column", "tags", '["a","b"]'),
        ("text", "column", "team", None),
        ("text", "key", "team", "red"),
        ("text", "key", "no", None),
        ("text", "key", "favourite_store", None),
        ("text", "key", "country", None),
        ("number", "key", "seats", Decimal("12.3457")),
        ("number", "key", "price", Decimal("9.5")),
        ("number", "key", "team", None),
        ("boolean", "key", "is_pro", True),
        ("boolean", "key", "flag", True),
        ("boolean", "key", "team", None),
        ("text", "key", "flag", "true"),
    ],
)
def test_attributes(kind, scope, name, expected):
    row = TraitRow("t", kind, "attribute", "profile", scope, name, 0, None)
    history = History([], {}, [], [], [], RECORD)
    found = value_of(row, history, Clock("UTC"), D.toordinal())
    assert (type(found) is bool, found) == (type(expected) is bool, expected)
    history.record = None
    assert value_of(row, history, Clock("UTC"), D.toordinal()) is None


def test_days_since_the_sign_up_are_business_days():
    row = TraitRow("t", "number", "attribute", "profile", "column", "signed_up_at", 0, None)
    history = History([], {}, [], [], [], RECORD)
    days = [value_of(row, history, Clock(zone), D.toordinal()) for zone in ("UTC", "Europe/Paris")]
    assert days == [1, 0]


@pytest.mark.parametrize(
    ("born", "day", "years"),
    [
        (date(2000, 6, 30), D, 24),
        (date(2000, 7, 1), D, 23),
        (date(2000, 2, 29), date(2001, 2, 28), 0),
        (date(2000, 2, 29), date(2001, 3, 1), 1),
        (date(2000, 2, 29), date(2004, 2, 29), 4),
        (D, D, 0),
        (date(2024, 7, 1), D, None),
    ],
)
def test_full_years(born, day, years):
    assert full_years(born, day) == years


def test_keys_of_json_as_text():
    said = '{"a": "x ", "b": 1, "c": false, "d": null, "e": {"k": [1, "y", null]}, "a.b": 2, "g": "é"}'
    found = {key: text_in_json(said, key) for key in ("a", "b", "c", "d", "e", "a.b", "f", "g")}
    expected = {
        "a": "x ",
        "b": "1",
        "c": "false",
        "d": None,
        "e": '{"k":[1,"y",null]}',
        "a.b": "2",
        "f": None,
        "g": "é",
    }
    assert found == expected
    for unusable in ("", "{", "[1]", '"a"', "{'a': 1}", '{"a": NaN}', None):
        assert text_in_json(unusable, "a") is None

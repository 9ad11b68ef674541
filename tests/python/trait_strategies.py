"""Traits that are rows, drawn and planted: rows of traits.csv, segments and clauses on them, and shops that they hit.

``shops_with_traits(as_of, timezone)`` draws some rows of every kind, and plants what they count into shops drawn by
``strategies.several_shops``: at both ends of their windows and a day beside, in their scope and in another.
``every_kind`` gives one row of each kind that there is, with the same plants for each. All names and values are those
of the pools of ``strategies``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, time
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from rule_folders import clause_row, segment_row, trait_row
from strategies import CANONICAL_EVENTS, COLUMNS, FORMS, IDS, LOCAL_TIMES, Planter, Raw, several_shops

Row = dict[str, str]
Rules = dict[str, list[Row]]

LIFE = ("life", "life")
WINDOWS = [
    LIFE,
    LIFE,
    (0, 6),
    (7, 13),
    (0, 0),
    (0, 29),
    (14, 27),
    (0, 89),
    (25, 35),
    (30, "life"),
    (0, "life"),
    (1, 365),
]
COUNTING = ["count", "days", "has_done", "days_since_last", "days_since_first"]
CATEGORY_VALUES = ["tea", "Tea", "coffee", "größe", "mugs"]
PRODUCT_VALUES = ["p1", "p2", "p-unknown", "p9"]
ORDER_SCOPES = {
    "category": CATEGORY_VALUES,
    "product": PRODUCT_VALUES,
    "order_channel": ["web", "store", "pos", "fax"],
}
EVENT_SCOPES = {
    "category": CATEGORY_VALUES,
    "product": PRODUCT_VALUES,
    "channel": ["email", "sms", "web", "app", "fax"],
    "source": ["klaviyo", "segment", "ga4", "shop", "hubspot"],
    "campaign": ["spring", "Spring", "autumn"],
    "feature": ["export", "import", "Export"],
    "page": ["/pricing", "/help", '["/help"]'],
    "properties.seats": ["3", "2.5", "many"],
    "properties.is_new": ["true", "false"],
    "properties.plan.name": ["pro", "größe"],
    "properties.$tier": ["gold"],
    "properties.nested": ['{"a":[1,"x"]}'],
    "properties.Feature": ["export"],
}
# Type, scope and name of every attribute that the pools fill, and values for clauses on it.
ATTRIBUTES = [
    ("text", "column", "country", ["NL", "DE"]),
    ("text", "column", "language", ["nl"]),
    ("text", "column", "timezone", ["Europe/Paris"]),
    ("text", "column", "loyalty_tier", ["gold"]),
    ("text", "column", "Loyalty_Tier", ["gold"]),
    ("text", "column", "acquisition_channel", ["ads"]),
    ("number", "column", "acquisition_cost", ["12.5", "0"]),
    ("number", "column", "birth_date", ["30", "29", "0", "24"]),
    ("number", "column", "signed_up_at", ["0", "30"]),
    ("text", "column", "favourite_store", ["Utrecht", "Berlin"]),
    ("text", "column", "Favourite_Store", ["Utrecht", "Berlin"]),
    ("text", "column", "visits", ["7", "often"]),
    ("number", "column", "visits", ["7", "7.5"]),
    ("boolean", "column", "is_staff", []),
    ("text", "column", "no_such_column", ["x"]),
    ("text", "key", "team", ["red", "blue"]),
    ("number", "key", "seats", ["3", "12.3457", "-0.5"]),
    ("text", "key", "seats", ["3", "many"]),
    ("boolean", "key", "is_pro", []),
    ("text", "key", "is_pro", ["true", "No"]),
    ("text", "key", "plan.name", ["pro"]),
    ("text", "key", "$tier", ["gold"]),
    ("text", "key", "nested", ['{"a":[1,"x"]}']),
    ("text", "key", "Team", ["red"]),
]
# What is planted of an attribute, as text in a column or as a value of JSON under a key.
SAID: dict[str, list[Any]] = {
    "text": [" red ", "Utrecht", "", "größe"],
    "number": ["12.34565", "-3", "many", " 7 "],
    "boolean": ["Yes", "f", "maybe", "1"],
}
# Traits that are no rows, for clauses beside those on rows.
OTHER_CLAUSES = [
    ("orders_life", "at_least", "1"),
    ("engagement_tier", "in", "high|medium|low"),
    ("is_subscribed", "equals", "false"),
]


def measures(activity: str, scope: str) -> list[str]:
    """The measures that fit."""
    fitting = list(COUNTING)
    if scope != "any":
        fitting.append("share")
    if activity in ("ordered", "refunded"):
        fitting.append("revenue")
    if activity == "ordered" and scope in ("any", "category", "product"):
        fitting.append("quantity")
    return fitting


def scopes(activity: str) -> dict[str, list[str]]:
    """The scopes that fit, with values."""
    own = {"ordered": ORDER_SCOPES, "ticket_opened": {}, "refunded": {"order_channel": ORDER_SCOPES["order_channel"]}}
    return {"any": ["any"], **own.get(activity, EVENT_SCOPES)}


# rows, segments and clauses ----------------------------------------------------------------------------


def drawn_trait(draw: st.DrawFn, name: str) -> Row:
    """A row of any kind."""
    pick = st.sampled_from
    kind = draw(pick(["ordered", "ordered", "refunded", "ticket_opened", "events", "events", "attribute"]))
    if kind == "attribute":
        of_type, scope, attribute, _ = draw(pick(ATTRIBUTES))
        return trait_row(name, "attribute", "profile", scope, attribute, kind=of_type)
    activity = kind
    if kind == "events":
        names = st.lists(pick(CANONICAL_EVENTS), min_size=1, max_size=3, unique=True).map("|".join)
        activity = draw(st.one_of(pick(["visited", "used", "feature_used", "product_viewed"]), names))
    scope, values = draw(pick(sorted(scopes(activity).items())))
    value = "|".join(draw(st.lists(pick(values), min_size=1, max_size=3, unique=True)))
    window = draw(
        st.one_of(pick(WINDOWS), st.tuples(st.integers(0, 40), st.integers(0, 60)).map(lambda w: (w[0], sum(w))))
    )
    return trait_row(name, draw(pick(measures(activity, scope))), activity, scope, value, window)


def conditions(row: Row) -> list[tuple[str, str]]:
    """Operators and values that fit a row, at and beside the values that shops lead to."""
    known = [("is_known", "-"), ("is_unknown", "-")]
    if row["type"] == "boolean":
        return [("equals", "true"), ("equals", "false"), *known]
    values = next((v for t, s, n, v in ATTRIBUTES if (t, s, n) == (row["type"], row["scope"], row["scope_value"])), [])
    if row["type"] == "text":
        texts = [(operator, value) for operator in ("equals", "not_equals", "in", "not_in") for value in values]
        return [*texts, ("in", "|".join([*values, "else"])), ("not_in", "|".join([*values, "else"])), *known]
    operators = ("equals", "not_equals", "above", "at_least", "below", "at_most")
    if row["measure"] == "share":
        return [*product(operators, ["0", "0.5", "1"]), ("between", "0.4..1"), *known]
    numbers = product(operators, values or ["0", "1", "2", "0.5", "10"])
    return [*numbers, ("between", "0..1"), ("between", "-5..5"), ("between", "0.5..100"), *known]


@st.composite
def trait_rules(draw: st.DrawFn) -> Rules:
    """Rows named row_1 and on, and a segment for each, most of them active, with one clause or two."""
    pick = st.sampled_from
    count = draw(st.integers(10, 20))
    traits = [drawn_trait(draw, f"row_{number}") for number in range(1, count + 1)]
    segments, clauses = [], []
    for number, row in enumerate(traits, 1):
        key = f"rows_{number}"
        status = draw(pick(["active", "active", "active", "active", "draft", "retired"]))
        segments.append(segment_row(key, 900 + number, status=status))
        clauses.append(clause_row(key, row["trait"], *draw(pick(conditions(row)))))
        if draw(st.booleans()):
            other = draw(pick(traits))
            second = (other["trait"], *draw(pick(conditions(other))))
            second = draw(st.one_of(st.just(second), pick(OTHER_CLAUSES)))
            further = clause_row(key, *second, group=draw(pick([1, 2])))
            clauses += [further] if further not in clauses else []
    return {"traits": traits, "segments": segments, "segment_clauses": clauses}


# what rows count ---------------------------------------------------------------------------------------


def plant(p: Planter, row: Row, who: str, ago: int, value: str, variant: int = 0) -> None:
    """Something of the activity of a row, `ago` days before D, with a value in its scope."""
    activity, scope = row["activity"].split("|")[-1], row["scope"]
    if activity == "profile":
        _plant_attribute(p, row, who, variant)
    elif activity == "ordered":
        _plant_order(p, scope, who, ago, value, variant)
    elif activity == "refunded":
        order = p.order(who, ago + variant, "40", channel=value.upper() if scope == "order_channel" else None)
        p.add("refunds", order_id=order, refunded_at=p.when(ago), amount=["10", "40", "0.005", "50"][variant])
    elif activity == "ticket_opened":
        p.add("support_tickets", customer_id=who, opened_at=p.when(ago))
    else:
        name = {"visited": "page_viewed", "used": "logged_in"}.get(activity, activity)
        values = _event_values(p, scope, value, variant)
        if variant == 3:
            visitor = {"identifier_type": "anonymous_id", "identifier": f"browser of {who}"}
            p.raw["identities"].append({**dict.fromkeys(COLUMNS["identities"]), **visitor, "customer_id": who})
            values |= {"customer_id": None, "anonymous_id": visitor["identifier"]}
        p.event(who, name, ago, **values)


def _plant_order(p: Planter, scope: str, who: str, ago: int, value: str, variant: int) -> None:
    """An order with a line in the scope and, of a variant, one beside it; the category of a line or of its product."""
    channel = [value, value.upper(), f" {value} ", value][variant] if scope == "order_channel" else None
    order = p.order(who, ago, "30", channel=channel, currency="xau" if variant == 2 else None)
    if variant == 2:
        p.add("exchange_rates", currency="XAU", valid_on="2000-01-01", rate="120")
    if scope == "order_channel":
        return
    # 0.5 x 0.0335 is 0.0168, and 2.02 at a rate of 120; of more decimals it would be 2.01.
    line: dict[str, str | None] = {
        "quantity": ["2", None, "0.5", "-1"][variant],
        "unit_price": ["9.99", None, "0.0335", "1"][variant],
    }
    if scope == "category" and variant % 2:
        line["product_id"] = p.add("products", product_id=f"{p.prefix}in-{value}", category=value)
    elif scope in ("category", "product"):
        line["category" if scope == "category" else "product_id"] = value
    p.add("order_items", order_id=order, line_number="1", **line)
    if variant:
        p.add("order_items", order_id=order, line_number="2", category="other", product_id="p9", unit_price="5")
    if variant == 3:
        p.add("order_items", **{**line, "order_id": order, "line_number": "3"})
        return
    # Too many units, too much money, and too much at the rate of the order only.
    units, price = [("1000000000000", "0.5"), ("999999999999.9999", "1.1"), ("999999999999", "0.9")][variant]
    great = {"quantity": units, "unit_price": price}
    p.add("order_items", **{**line, **great, "order_id": order, "line_number": "4"})


def _event_values(p: Planter, scope: str, value: str, variant: int) -> dict[str, str | None]:
    """The columns of an event that has a value in a scope."""
    if scope == "any":
        return {}
    if scope == "category" and variant % 2:
        return {"product_id": p.add("products", product_id=f"{p.prefix}in-{value}", category=value)}
    columns = {"category": "category", "product": "product_id", "campaign": "campaign_id"}
    if scope in columns:
        return {columns[scope]: value}
    if scope in ("channel", "source"):
        return {scope: [value, value.upper(), f" {value}", value][variant]}
    key = scope.removeprefix("properties.")
    is_json = value in ("true", "false") or value[0] in "[{" or (variant % 2 == 0 and value[0].isdigit())
    return {"properties": json.dumps({"other": 1, key: json.loads(value) if is_json else value}, ensure_ascii=False)}


def _plant_attribute(p: Planter, row: Row, who: str, variant: int) -> None:
    name, said = row["scope_value"], SAID[row["type"]][variant]
    if row["scope"] == "key":
        p.add("customers", customer_id=who, attributes=json.dumps({name: said}, ensure_ascii=False))
    elif name == "birth_date":
        # The last was born on the day itself.
        today = p.as_of.toordinal()
        birthday = date(p.as_of.year - 20, p.as_of.month, min(p.as_of.day, 28)).toordinal()
        born = date.fromordinal([birthday - 1, birthday, birthday + 1, today][variant])
        p.add("customers", customer_id=who, birth_date=born.isoformat())
    elif name == "signed_up_at":
        p.add("customers", customer_id=who, signed_up_at=p.when(variant * 30))
    else:
        p.add("customers", customer_id=who, **{name.lower(): said})


def edges(row: Row) -> Iterator[int]:
    """The ages at both ends of a window, and a day beside them."""
    start = 0 if row["from_days"] == "life" else int(row["from_days"])
    ends = [start, start + 400 if row["to_days"] == "life" else int(row["to_days"])]
    return (end + near for end in ends for near in (-1, 0, 1))


@st.composite
def shops_with_traits(draw: st.DrawFn, as_of: date, timezone: str = "UTC") -> tuple[Rules, Raw]:
    """Rows of traits.csv with their segments and clauses, and raw tables that hold what they count."""
    rules, raw = draw(trait_rules()), draw(several_shops(as_of, timezone))
    zone, pick = ZoneInfo(timezone), st.sampled_from
    for table in COLUMNS:
        raw.setdefault(table, [])
    plants = st.tuples(
        pick(IDS[:3]), st.integers(0, 5), st.integers(0, 3), st.booleans(), pick(FORMS), pick(LOCAL_TIMES)
    )
    for number, row in enumerate(rules["traits"]):
        for again, (who, edge, variant, is_in_scope, form, at) in enumerate(
            draw(st.lists(plants, min_size=1, max_size=4))
        ):
            p = Planter(raw, as_of, zone, 100 + 10 * number + again, form, at)
            values = row["scope_value"].split("|")
            plant(
                p, row, who, list(edges(row))[edge], values[variant % len(values)] if is_in_scope else "other", variant
            )
    return rules, raw


# Windows of every_kind, and the ages at their ends and a day beside.
KINDS_OF_WINDOWS = [(7, 13), LIFE, (25, "life"), (0, 29), (0, 6)]
AGES = (-1, 0, 1, 5, 6, 7, 8, 12, 13, 14, 24, 25, 26, 28, 29, 30, 400)


def every_kind(as_of: date, timezone: str = "UTC") -> tuple[Rules, Raw]:
    """A row of each activity, scope and measure that fit, with a segment; customers who did it once, and ever again."""
    traits: list[Row] = []
    raw: Raw = {table: [] for table in COLUMNS}
    for activity, scope, values in _kinds():
        for measure in measures(activity, scope):
            window = KINDS_OF_WINDOWS[len(traits) % len(KINDS_OF_WINDOWS)]
            traits.append(trait_row(f"row_{len(traits) + 1}", measure, activity, scope, "|".join(values[:2]), window))
        for step, ago in enumerate(AGES):
            p = Planter(raw, as_of, ZoneInfo(timezone), 100 * len(traits) + step, "plain", time(12))
            once, again = f"{activity} {scope} {ago}", f"{activity} {scope} again"
            plant(p, traits[-1], once, ago, values[0], step % 4)
            for who, value in (
                (once, "other"),
                (again, values[step % len(values)]),
                (again, values[0]),
                (again, "other"),
            ):
                plant(p, traits[-1], who, ago, value, (step + 1) % 4)
    for of_type, scope, attribute, _ in ATTRIBUTES:
        traits.append(trait_row(f"row_{len(traits) + 1}", "attribute", "profile", scope, attribute, kind=of_type))
        p = Planter(raw, as_of, ZoneInfo(timezone), 100 * len(traits), "plain", time(12))
        for variant in range(4):
            plant(p, traits[-1], f"{of_type} {scope} {attribute} {variant}", 0, attribute, variant)
    segments, clauses = [], []
    for number, row in enumerate(traits, 1):
        fitting = conditions(row)
        segments.append(segment_row(f"rows_{number}", 900 + number))
        clauses.append(clause_row(f"rows_{number}", row["trait"], *fitting[number % len(fitting)]))
    return {"traits": traits, "segments": segments, "segment_clauses": clauses}, raw


def _kinds() -> Iterator[tuple[str, str, list[str]]]:
    """Activities and scopes that fit, with values; each scope of events with one activity, any with all."""
    events = ("visited", "used", "feature_used|product_viewed")
    for activity in ("ordered", "refunded", "ticket_opened"):
        yield from ((activity, scope, values) for scope, values in scopes(activity).items())
    yield from ((activity, "any", ["any"]) for activity in events)
    yield from ((events[number % 3], scope, values) for number, (scope, values) in enumerate(EVENT_SCOPES.items()))

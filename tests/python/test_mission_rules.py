"""Rules that marketers ask for, as rows of tests/fixtures/mission_rules over the shipped ones, built by `spine`.

Who ought to be in a segment is read from the raw rows of a small shop by a predicate of its own, written without a look
at the models or the oracle.
"""

import csv
import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from comparison import differences
from conftest import PROJECT_DIR, once, run_spine
from oracle import Config, evaluate
from rule_folders import add_rows, copy_of_rules, read_rows

RULES = PROJECT_DIR / "tests" / "fixtures" / "mission_rules"
DAY = date(2026, 6, 30)
VISITS = {"page_viewed", "product_viewed", "content_read", "paywall_hit", "logged_in", "added_to_cart"}
USAGE = {"logged_in", "feature_used", "teammate_invited", "tutorial_completed"}
# The last is a name that the shop has not added to the taxonomy.
NOT_ENGAGING = {"message_sent", "message_delivered", "tutorial_started"}
Rows = dict[str, list[dict[str, str]]]


class Shop:
    """Raw rows, and what the predicates ask of them; `ago` is in days before the day."""

    def __init__(self):
        self.rows: Rows = {}

    def add(self, table: str, **values: str) -> None:
        self.rows.setdefault(table, []).append(values)

    def order(self, who: str, ago: int, amount: str = "20", *categories: str, **values: str) -> None:
        """An order with a line per category."""
        order_id = f"o{len(self.rows.get('orders', []))}"
        self.add("orders", order_id=order_id, customer_id=who, ordered_at=when(ago), amount=amount, **values)
        for number, category in enumerate(categories, 1):
            self.add("order_items", order_id=order_id, line_number=str(number), category=category)

    def refund(self, ago: int, amount: str) -> None:
        """A refund of the order before."""
        order_id = self.rows["orders"][-1]["order_id"]
        self.add("refunds", refund_id=f"r{order_id}", order_id=order_id, refunded_at=when(ago), amount=amount)

    def event(self, who: str, name: str, *agos: int, **values: str) -> None:
        for ago in agos:
            event_id = f"e{len(self.rows.get('events', []))}"
            self.add("events", event_id=event_id, event_name=name, occurred_at=when(ago), customer_id=who, **values)

    def subscription(self, who: str, **values: str) -> None:
        self.add("subscriptions", subscription_id=f"s {who}", customer_id=who, started_at=when(100), **values)

    def customer(self, who: str, **values: str) -> None:
        self.add("customers", customer_id=who, **values)

    # what predicates ask

    @property
    def people(self) -> set[str]:
        return {row["customer_id"] for rows in self.rows.values() for row in rows if "customer_id" in row}

    def of(self, who: str, table: str) -> list[dict[str, str]]:
        return [row for row in self.rows[table] if row["customer_id"] == who]

    def orders(self, who: str) -> list[dict[str, str]]:
        return [row for row in self.of(who, "orders") if row.get("status") != "cancelled"]

    def bought(self, who: str, category: str) -> list[int]:
        """How many days ago each of the orders with a line of a category was."""
        holding = {row["order_id"] for row in self.rows["order_items"] if row["category"] == category}
        return [age(row["ordered_at"]) for row in self.orders(who) if row["order_id"] in holding]

    def ages(self, who: str, *names: str, **values: str) -> list[int]:
        """How many days ago each of the events of some names, and with some values, was."""
        rows = [row for row in self.of(who, "events") if row["event_name"] in names]
        return [age(row["occurred_at"]) for row in rows if values.items() <= row.items()]

    def order_ages(self, who: str) -> list[int]:
        return [age(row["ordered_at"]) for row in self.orders(who)]

    def about(self, who: str) -> dict[str, str]:
        return next(iter(self.of(who, "customers")), {})

    def interactions(self, who: str) -> list[int]:
        names = {row["event_name"] for row in self.rows["events"]} - NOT_ENGAGING
        return [*self.order_ages(who), *self.ages(who, *names)]


def when(ago: int) -> str:
    return f"{DAY - timedelta(days=ago)} 12:00:00"


def age(text: str) -> int:
    return (DAY - date.fromisoformat(text[:10])).days


def within(ages: list[int], days: int) -> int:
    """How many lie within the last days."""
    return sum(0 <= one < days for one in ages)


def make_shop() -> Shop:
    """Two people or more per rule: one to whom it applies, and one to whom it nearly does."""
    s = Shop()
    s.order("spent 301", 89, "200")
    s.order("spent 301", 5, "150")
    s.refund(2, "49")
    s.order("spent 300", 5, "300")
    s.order("spent before", 90, "900")
    s.order("spent and refunded", 5, "350")
    s.refund(1, "50")

    s.event("tea twice", "product_viewed", 6, 0, category="tea")
    s.event("tea once this week", "product_viewed", 7, 0, category="tea")
    s.event("tea and mugs", "product_viewed", 1, category="tea")
    s.event("tea and mugs", "product_viewed", 1, category="mugs")

    s.order("skincare", 29, "20", "coffee", "skincare")
    s.order("skincare a month ago", 30, "20", "skincare")
    s.order("skincare cancelled", 3, "20", "skincare", status="cancelled")

    for who in ("left a cart", "cart and order"):
        s.event(who, "product_viewed", 6)
        s.event(who, "added_to_cart", 5)
    s.order("cart and order", 4)
    s.event("cart without view", "added_to_cart", 5)
    s.event("view without cart", "product_viewed", 5)
    s.order("ordered before the cart", 6)
    s.event("ordered before the cart", "product_viewed", 6)
    s.event("ordered before the cart", "added_to_cart", 5)

    for who, ago in (("coffee 25", 25), ("coffee 35", 35), ("coffee 36", 36), ("coffee 24", 24), ("coffee since", 30)):
        s.order(who, ago, "9", "coffee")
        s.event(who, "message_opened", 59)
    s.order("coffee since", 3, "9", "coffee")
    s.order("coffee without email", 30, "9", "coffee")
    s.event("coffee without email", "message_opened", 60)
    s.event("coffee without email", "message_clicked", 5, channel="sms")

    for ago in (13, 14, 29, 30, 59, 60):
        s.event(f"quiet for {ago}", "page_viewed", ago, 90)
        s.event(f"quiet for {ago}", "message_sent", 1)
    s.customer("never heard of")

    s.event("opener", "message_opened", 89)
    s.event("opener", "message_clicked", 90)
    s.event("clicker", "message_opened", 20)
    s.event("clicker", "message_clicked", 89)
    s.event("opened long ago", "message_opened", 90)

    for who, ends in (("trial with a team", 0), ("trial over", 1), ("trial alone", -5)):
        s.subscription(who, status="trialing", trial_ends_at=when(ends), monthly_amount="9")
    s.event("trial with a team", "teammate_invited", 40)
    s.event("trial over", "teammate_invited", 40)

    for who in ("usage down", "usage the same", "usage without pay"):
        s.subscription(who, status="active", monthly_amount="0" if who == "usage without pay" else "9")
        s.event(who, "feature_used", 27, 14, 13)
    s.event("usage the same", "logged_in", 0)

    for topic in ("sports", "business"):
        s.event(f"reads {topic}", "content_read", 89, 3, category=topic)
        s.event(f"read {topic} once", "content_read", 90, 3, category=topic)
    s.event("reads of both", "content_read", 3, category="sports")
    s.event("reads of both", "content_read", 3, category="business")

    s.event("paywall twice", "paywall_hit", 29, 29)
    s.event("paywall once", "paywall_hit", 30, 29)

    for who, agos in (("churned visitor", (6, 7)), ("churned once a fortnight", (6, 14)), ("churned lately", (0, 1))):
        s.subscription(who, status="cancelled", cancelled_at=when(20))
        s.event(who, "page_viewed", *agos)
    s.subscription("subscribed visitor", status="active", monthly_amount="0")
    s.event("subscribed visitor", "page_viewed", 6, 7)

    s.customer("turned 25", birth_date="2001-06-30", country="NL", language="nl")
    s.customer("still 24", birth_date="2001-07-01", country="NL", language="nl")
    s.customer("still 34", birth_date="1991-07-01", country="NL", language="nl")
    s.customer("turned 35", birth_date="1991-06-30", country="NL", language="nl")
    s.customer("of Belgium", birth_date="1995-01-01", country="BE", language="nl")
    s.customer("speaks Frisian", birth_date="1995-01-01", country="NL", language="fy")
    s.customer("of no age", country="NL", language="nl")

    for tier in ("gold", "platinum", "Gold", "silver"):
        s.customer(f"tier {tier}", loyalty_tier=tier)
    s.customer("goes to Utrecht", favourite_store=" Utrecht ")
    s.customer("goes to Berlin", favourite_store="Berlin")
    s.customer("lives in Utrecht", attributes=json.dumps({"favourite_store": "Utrecht"}))
    s.customer("dry skin", attributes=json.dumps({"skin_type": "dry", "newsletter": True}))
    s.customer("oily skin", attributes=json.dumps({"skin_type": "oily"}))
    s.customer("dry wit", attributes=json.dumps({"skin_type": None, "wit": "dry"}))

    for who, skincare, others in (("2 of 5 skincare", 2, 3), ("1 of 3 skincare", 1, 2)):
        for number in range(skincare):
            s.order(who, 100 + number, "20", "skincare", "skincare", "tea")
        for number in range(others):
            s.order(who, 200 + number, "20", "tea")
    s.order("skincare lines", 300, "20", *["skincare"] * 9)
    s.order("orders without lines", 300, "20", "skincare")
    for ago in (301, 302):
        s.order("skincare lines", ago, "20", "tea")
        s.order("orders without lines", ago)

    s.event("tutorial done", "tutorial_completed", 400)
    s.event("tutorial tomorrow", "tutorial_completed", -1)
    s.event("tutorial tomorrow", "tutorial_started", 1)
    return s


# who ought to be in ------------------------------------------------------------------------------------


def spent_over_300(s: Shop, who: str) -> bool:
    orders = [row for row in s.orders(who) if within([age(row["ordered_at"])], 90)]
    theirs = {row["order_id"] for row in s.orders(who)}
    refunds = [row for row in s.rows["refunds"] if row["order_id"] in theirs and within([age(row["refunded_at"])], 90)]
    return sum(Decimal(row["amount"]) for row in orders) - sum(Decimal(row["amount"]) for row in refunds) > 300


def left_a_cart(s: Shop, who: str) -> bool:
    return (
        within(s.ages(who, "product_viewed"), 7) > 0
        and within(s.ages(who, "added_to_cart"), 7) > 0
        and within(s.order_ages(who), 7) == 0
    )


def is_out_of_coffee(s: Shop, who: str) -> bool:
    emails = s.ages(who, "message_opened") + s.ages(who, "message_clicked", channel="email")
    return 25 <= min(s.bought(who, "coffee"), default=0) <= 35 and within(emails, 60) > 0


def is_quiet(days: int) -> Callable[[Shop, str], bool]:
    return lambda s, who: within(s.interactions(who), days) == 0


def is_in_trial_with_a_team(s: Shop, who: str) -> bool:
    in_trial = [row for row in s.of(who, "subscriptions") if "trial_ends_at" in row and age(row["trial_ends_at"]) <= 0]
    return bool(in_trial and s.ages(who, "teammate_invited"))


def uses_less(s: Shop, who: str) -> bool:
    ages = s.ages(who, *USAGE)
    pays = any(
        row["status"] == "active" and float(row["monthly_amount"]) > 0
        for row in s.of(who, "subscriptions")
        if "trial_ends_at" not in row
    )
    return pays and within(ages, 14) < within(ages, 28) - within(ages, 14)


def has_churned_and_visits_weekly(s: Shop, who: str) -> bool:
    visits = s.ages(who, *VISITS)
    return (
        any(row["status"] == "cancelled" for row in s.of(who, "subscriptions"))
        and any(one < 7 for one in visits)
        and any(7 <= one < 14 for one in visits)
    )


def is_young_and_dutch(s: Shop, who: str) -> bool:
    about = s.about(who)
    # Who turns 25 on the day, up to who turns 35 the day after.
    is_of_age = "1991-07-01" <= about.get("birth_date", "") <= "2001-06-30"
    return is_of_age and about.get("country") == "NL" and about.get("language") == "nl"


def buys_skincare(s: Shop, who: str) -> bool:
    return bool(s.orders(who)) and len(s.bought(who, "skincare")) * 10 >= len(s.orders(who)) * 4


# Per segment its predicate, some of its members and some near misses.
CASES: dict[str, tuple[Callable[[Shop, str], bool], set[str], set[str]]] = {
    "mission_spent_over_300": (spent_over_300, {"spent 301"}, {"spent 300", "spent before", "spent and refunded"}),
    "mission_viewed_tea_twice": (
        lambda s, who: within(s.ages(who, "product_viewed", category="tea"), 7) >= 2,
        {"tea twice"},
        {"tea once this week", "tea and mugs"},
    ),
    "mission_skincare_buyer": (
        lambda s, who: within(s.bought(who, "skincare"), 30) > 0,
        {"skincare"},
        {"skincare a month ago", "skincare cancelled"},
    ),
    "mission_left_cart": (
        left_a_cart,
        {"left a cart"},
        {"cart and order", "cart without view", "view without cart", "ordered before the cart"},
    ),
    "mission_out_of_coffee": (
        is_out_of_coffee,
        {"coffee 25", "coffee 35"},
        {"coffee 24", "coffee 36", "coffee since", "coffee without email"},
    ),
    "mission_quiet_14": (is_quiet(14), {"quiet for 14", "quiet for 60", "never heard of"}, {"quiet for 13"}),
    "mission_quiet_30": (is_quiet(30), {"quiet for 30", "quiet for 60", "never heard of"}, {"quiet for 29"}),
    "mission_quiet_60": (is_quiet(60), {"quiet for 60", "never heard of"}, {"quiet for 59"}),
    "mission_opened_never_clicked": (
        lambda s, who: within(s.ages(who, "message_opened"), 90) > 0 == within(s.ages(who, "message_clicked"), 90),
        {"opener"},
        {"clicker", "opened long ago"},
    ),
    "mission_trial_with_team": (is_in_trial_with_a_team, {"trial with a team"}, {"trial over", "trial alone"}),
    "mission_usage_down": (uses_less, {"usage down"}, {"usage the same", "usage without pay"}),
    "mission_sports_readers": (
        lambda s, who: within(s.ages(who, "content_read", category="sports"), 90) >= 2,
        {"reads sports"},
        {"read sports once", "reads business", "reads of both"},
    ),
    "mission_business_readers": (
        lambda s, who: within(s.ages(who, "content_read", category="business"), 90) >= 2,
        {"reads business"},
        {"read business once", "reads sports", "reads of both"},
    ),
    "mission_paywall_twice": (
        lambda s, who: within(s.ages(who, "paywall_hit"), 30) >= 2,
        {"paywall twice"},
        {"paywall once"},
    ),
    "mission_churned_visitor": (
        has_churned_and_visits_weekly,
        {"churned visitor"},
        {"churned once a fortnight", "churned lately", "subscribed visitor"},
    ),
    "mission_young_dutch": (
        is_young_and_dutch,
        {"turned 25", "still 34"},
        {"still 24", "turned 35", "of Belgium", "speaks Frisian", "of no age"},
    ),
    "mission_gold_or_platinum": (
        lambda s, who: s.about(who).get("loyalty_tier") in ("gold", "platinum"),
        {"tier gold", "tier platinum"},
        {"tier Gold", "tier silver"},
    ),
    "mission_store_utrecht": (
        lambda s, who: s.about(who).get("favourite_store", "").strip() == "Utrecht",
        {"goes to Utrecht"},
        {"goes to Berlin", "lives in Utrecht"},
    ),
    "mission_dry_skin": (
        lambda s, who: json.loads(s.about(who).get("attributes", "{}")).get("skin_type") == "dry",
        {"dry skin"},
        {"oily skin", "dry wit"},
    ),
    "mission_skincare_fan": (
        buys_skincare,
        {"2 of 5 skincare"},
        {"1 of 3 skincare", "skincare lines", "orders without lines"},
    ),
    "mission_tutorial_done": (
        lambda s, who: any(one >= 0 for one in s.ages(who, "tutorial_completed")),
        {"tutorial done"},
        {"tutorial tomorrow"},
    ),
}


@pytest.fixture(scope="module")
def shop() -> Shop:
    return make_shop()


@pytest.fixture(scope="module")
def folder(tmp_path_factory, shop) -> Path:
    """A folder with the rules, the raw files and the database that `spine build` made of them."""

    def make(folder: Path) -> None:
        add_rows(copy_of_rules(folder / "rules"), **{path.stem: read_rows(path) for path in RULES.glob("*.csv")})
        (folder / "raw").mkdir()
        for table, rows in shop.rows.items():
            with (folder / "raw" / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
                writer.writeheader()
                writer.writerows(rows)
        places = ("--raw", folder / "raw", "--db", folder / "shop.duckdb", "--rules", folder / "rules")
        run = run_spine("build", *places, "--as-of", DAY, scratch=folder)  # with the tests of rules
        assert run.code == 0, run.all_text

    return once(tmp_path_factory, "mission", make)


@pytest.fixture(scope="module")
def members(folder) -> dict[str, set[str]]:
    with duckdb.connect(str(folder / "shop.duckdb"), read_only=True) as connection:
        rows = connection.execute("select segment_key, customer_id from marts.segment_members").fetchall()
    found: dict[str, set[str]] = {}
    for segment_key, customer_id in rows:
        found.setdefault(segment_key, set()).add(customer_id)
    return found


def test_every_rule_of_the_fixtures_is_tried():
    assert {row["segment_key"] for row in read_rows(RULES / "segments.csv")} == set(CASES)


@pytest.mark.parametrize("segment_key", CASES)
def test_a_rule_holds_whom_it_says(segment_key, shop, members):
    is_member, some, near_misses = CASES[segment_key]
    expected = {who for who in shop.people if is_member(shop, who)}
    assert some <= expected and not near_misses & expected
    assert near_misses <= shop.people
    assert members.get(segment_key, set()) == expected


def test_the_definitions_say_the_same_of_this_shop(folder, shop):
    """Of columns that the contract does not have, too, as the runner reads them from files."""
    with duckdb.connect(str(folder / "shop.duckdb"), read_only=True) as connection:
        assert not differences(
            connection, evaluate(shop.rows, DAY, Config(reporting_currency="auto"), folder / "rules")
        )

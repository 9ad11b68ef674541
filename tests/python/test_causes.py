"""Why customers enter and leave segments: small shops, built on two or three days, with causes worked out by hand.

A shop is known otherwise on the later day: rows have come, in time or late, or gone, ids were joined, rules are others.
What the definitions say of each customer stands beside what happens to them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest
from ledger_days import Built, Days, Rules, Shop, edited, ledger_faults, shipped
from oracle.causes import Ledger
from rule_folders import clause_row, segment_row

D = date(2026, 6, 30)


@dataclass
class Story:
    """What was known on the days of a shop, and the movements that are to be seen on the last of them.

    `moves` holds customer and segment, and in words whether they entered or left, and why.
    """

    shop: Shop
    moves: dict[tuple[str, str], str]
    rules_before: Rules = field(default_factory=dict)
    rules: Rules = field(default_factory=dict)
    gap: int = 1
    vars_before: dict[str, Any] = field(default_factory=dict)
    vars: dict[str, Any] = field(default_factory=dict)


def same_rules(rules: Rules) -> dict[str, Rules]:
    """Rules that were the same before."""
    return {"rules": rules, "rules_before": rules}


# The segments of kinds that hold one segment per customer are written as `from -> to`.
def moved(who: str, start: str, end: str, cause: str) -> dict[tuple[str, str], str]:
    """Both halves of a move."""
    return {(who, start): f"left {cause}", (who, end): f"entered {cause}"}


def what_customers_do() -> Story:
    """The rules stay: each customer has one thing happen to them, or two of which the first counts."""
    shop, moves = Shop(D), {}
    # Somebody has sent in a row of every table on either day, so that all segments can be computed.
    shop.event("anchor", "message_clicked", 40)
    shop.ticket("anchor", 200, nps="9", satisfaction="5")
    shop.add(
        "consent", consent_id="c0", customer_id="anchor", channel="email", status="opted_out", occurred_at=shop.day(50)
    )
    shop.refund(shop.order("anchor", 300, 20), 250, 1)

    shop.order("sleeper", 91)
    moves |= moved("sleeper", "lifecycle_active", "lifecycle_at_risk", "time")
    shop.order("returner", 100)
    shop.order("returner", 0)
    moves |= moved("returner", "lifecycle_at_risk", "lifecycle_active", "behaviour")
    shop.order("forgotten", 100)
    shop.order("forgotten", 1, since=0)
    moves |= moved("forgotten", "lifecycle_at_risk", "lifecycle_active", "late")
    shop.order("late_and_again", 100)
    shop.order("late_and_again", 1, since=0)
    shop.order("late_and_again", 0)
    moves |= moved("late_and_again", "lifecycle_at_risk", "lifecycle_active", "late")
    shop.order("value_fades", 365, 77)
    moves["value_fades", "value_none"] = "entered time"

    shop.order("newcomer", 0)
    for key in ("lifecycle_new", "engagement_none", "new_customer_onboarding"):
        moves["newcomer", key] = "entered behaviour"
    shop.order("of_yesterday", 1, since=0)
    for key in ("lifecycle_new", "engagement_none", "new_customer_onboarding"):
        moves["of_yesterday", key] = "entered late"
    shop.order("vanished", 10, until=1)
    for key in ("lifecycle_new", "engagement_none", "new_customer_onboarding"):
        moves["vanished", key] = "left late"
    # Of whom nothing was known but a record.
    shop.add("customers", until=1, customer_id="struck_off", signed_up_at=shop.day(60))
    moves["struck_off", "lifecycle_prospect"] = "left late"
    # A row without a time says that its customer was there all along.
    shop.add("customers", since=0, customer_id="undated")
    moves["undated", "lifecycle_prospect"] = "entered late"
    # The visits were there yesterday; whose they are is known since today.
    shop.event(None, "product_viewed", 3, times=5, anonymous_id="v1", product_id="p")
    shop.event("visitor", "page_viewed", 0, anonymous_id="v1")
    moves["visitor", "window_shopper"] = "entered behaviour"
    moves["visitor", "engagement_medium"] = "entered behaviour"
    shop.order("new_device", 200)
    shop.event(None, "product_viewed", 3, times=5, anonymous_id="v2", product_id="p")
    shop.event("new_device", "page_viewed", 0, anonymous_id="v2")
    moves |= moved("new_device", "engagement_none", "engagement_medium", "late")

    shop.order("mailed", 50)
    shop.event("mailed", "message_sent", 0)
    moves["mailed", "mailed"] = "entered time"
    shop.event("mailed_and_clicked", "message_clicked", 20)
    shop.event("mailed_and_clicked", "message_sent", 0)
    shop.event("mailed_and_clicked", "message_clicked", 0)
    moves["mailed_and_clicked", "mailed"] = "entered time"
    shop.order("opener", 50)
    shop.event("opener", "message_opened", 0)
    moves["opener", "opened_not_clicked"] = "entered behaviour"
    for who, ago, since in (("clicker", 0, 0), ("clicker_of_yesterday", 1, 0)):
        shop.event(who, "message_opened", 5)
        shop.event(who, "message_clicked", ago, since=since)
        moves[who, "opened_not_clicked"] = "left late" if ago else "left behaviour"
    shop.event("opener_of_old", "message_opened", 90)
    moves["opener_of_old", "opened_not_clicked"] = "left time"
    moves |= moved("opener_of_old", "engagement_low", "engagement_none", "time")
    shop.order("replier", 50)
    shop.event("replier", "message_replied", 0)
    moves |= moved("replier", "engagement_none", "engagement_medium", "behaviour")
    shop.event("fading", "message_replied", 1)
    moves |= moved("fading", "engagement_medium", "engagement_low", "time")
    shop.order("heard_late", 50)
    shop.event("heard_late", "message_replied", 1, times=2, since=0)
    moves |= moved("heard_late", "engagement_none", "engagement_medium", "late")

    shop.add("subscriptions", **subscription(shop, "renewer", -30))
    moves["renewer", "renewal_approaching"] = "entered time"
    # Only what rests on subscriptions moves because one has changed.
    shop.order("extender", 91)
    shop.add("subscriptions", until=1, **subscription(shop, "extender", -10))
    shop.add("subscriptions", since=0, **subscription(shop, "extender", -200))
    moves["extender", "renewal_approaching"] = "left behaviour"
    moves |= moved("extender", "lifecycle_active", "lifecycle_at_risk", "time")
    # And whoever orders has not done anything about a subscription.
    shop.add("subscriptions", **subscription(shop, "orders_and_renews", -30))
    shop.order("orders_and_renews", 0)
    moves["orders_and_renews", "renewal_approaching"] = "entered time"

    shop.order("complains", 50)
    shop.ticket("complains", 0)
    moves["complains", "service_recovery"] = "entered behaviour"
    shop.ticket("served", 5, closed=0)
    moves["served", "service_recovery"] = "left behaviour"
    row = {"ticket_id": "served", "customer_id": "served_yesterday", "opened_at": shop.day(5)}
    shop.add("support_tickets", until=1, **row)
    shop.add("support_tickets", since=0, closed_at=shop.day(1), **row)
    moves["served_yesterday", "service_recovery"] = "left late"
    shop.order("complained_yesterday", 50)
    # Whether it was rated yesterday, or when it was closed, nobody can tell of a closed one.
    shop.ticket("rated_and_served", 5, closed=0, nps="9")
    moves["rated_and_served", "service_recovery"] = "left late"
    shop.ticket("complained_yesterday", 1, since=0)
    moves["complained_yesterday", "service_recovery"] = "entered late"
    row = {"ticket_id": "rated", "customer_id": "rated_late", "opened_at": shop.day(5), "closed_at": shop.day(4)}
    shop.add("support_tickets", until=1, **row)
    shop.add("support_tickets", since=0, nps="2", **row)
    moves["rated_late", "service_recovery"] = "entered late"
    shop.ticket("ticket_of_old", 30)
    moves["ticket_of_old", "service_recovery"] = "left time"

    shop.add("customers", until=1, customer_id="emigrant", country="FR", signed_up_at=shop.day(80))
    shop.add("customers", since=0, customer_id="emigrant", country="DE", signed_up_at=shop.day(80))
    moves["emigrant", "germans"] = "entered behaviour"
    shop.order("agrees", 50)
    consent = {"customer_id": "agrees", "channel": "email", "status": "opted_in", "occurred_at": shop.day(0)}
    shop.add("consent", since=0, consent_id="c1", **consent)
    moves["agrees", "mailable"] = "entered behaviour"

    shop.order("buyer", 50, 250)
    shop.order("buyer", 0, 100)
    moves["buyer", "big_spender"] = "entered behaviour"
    shop.refund(shop.order("gives_back", 50, 400), 0, 200)
    moves["gives_back", "big_spender"] = "left behaviour"
    shop.refund(shop.order("gave_back", 50, 400), 1, 200, since=0)
    moves["gave_back", "big_spender"] = "left late"
    shop.order("spent_long_ago", 90, 400)
    moves["spent_long_ago", "big_spender"] = "left time"
    row = {"order_id": "cancelled", "customer_id": "cancelled", "ordered_at": shop.day(20), "amount": "400"}
    shop.order("cancelled", 60, 10)
    shop.add("orders", until=1, **row)
    shop.add("orders", since=0, status="cancelled", **row)
    moves["cancelled", "big_spender"] = "left late"

    return Story(shop, moves | joined_and_parted(shop), **same_rules(with_segments(
        mailed=[("messages_sent_7d", "at_least", "1")], germans=[("country", "equals", "DE")],
        mailable=[("has_consent_email", "equals", "true")],
    )))  # fmt: skip


def joined_and_parted(shop: Shop) -> dict[tuple[str, str], str]:
    """Ids that are found to be, or not to be, one person's; what else happens to them comes after that."""
    for pair, late, today in (("a", 0, 0), ("b", 200, 0), ("c", 0, 200)):
        shop.order(f"{pair}1", 20, 160)
        shop.order(f"{pair}2", 10, 160)
        shop.link(f"{pair}1", f"{pair}2")
        for amount, ago in ((late, 1), (today, 0)):
            if amount:
                shop.order(f"{pair}1", ago, amount, since=0)
    moves = {(f"{pair}1", "big_spender"): "entered merge" for pair in "abc"}
    moves |= {(f"{pair}2", "lifecycle_new"): "left merge" for pair in "abc"}
    # The second id is new today: nobody bore it before, so that it joins nobody.
    shop.order("d1", 20, 160)
    shop.order("d2", 0, 160)
    shop.link("d1", "d2")
    moves["d1", "big_spender"] = "entered behaviour"
    shop.order("g1", 20, 160)
    shop.order("g2", 10, 160, since=0)
    shop.link("g1", "g2")
    moves["g1", "big_spender"] = "entered late"
    # So is the address of an order as a guest, and it is the canonical one where the record has no time of its own.
    for who, signed_up_at in (("prospect", shop.day(60)), ("undated_prospect", None)):
        address = f"{who}@shop.example"
        shop.add("customers", customer_id=who, signed_up_at=signed_up_at, email=address)
        shop.add("orders", 0, order_id=f"of {who}", ordered_at=f"{D} 12:00:00", amount="50", email=address)
    moves |= moved("prospect", "lifecycle_prospect", "lifecycle_new", "behaviour")
    moves["undated_prospect", "lifecycle_prospect"] = "left merge"
    shop.order("e1", 20, 160)
    shop.order("e2", 10, 160)
    shop.link("e1", "e2", since=99, until=1)
    moves |= {("e1", "big_spender"): "left merge", ("e2", "lifecycle_new"): "entered merge"}
    # One of the two ids is gone altogether, and not the customer.
    shop.order("f1", 20, 160)
    shop.order("f2", 10, 160, until=1)
    shop.link("f1", "f2", since=99, until=1)
    moves["f1", "big_spender"] = "left merge"
    return moves


def subscription(shop: Shop, who: str, renews: int) -> dict[str, str]:
    """A subscription that is renewed so many days ago, or in so many days."""
    row = {"subscription_id": f"s {who}", "customer_id": who, "status": "active", "monthly_amount": "9"}
    return row | {"started_at": shop.day(100), "renews_at": shop.day(renews)}


def with_segments(**clauses: list[tuple[str, str, str]]) -> Rules:
    """The shipped segments and some more, given by their clauses."""
    segments = [segment_row(key, 900 + number) for number, key in enumerate(clauses)]
    rows = [clause_row(key, *clause) for key, wanted in clauses.items() for clause in wanted]
    return {"segments": [*shipped("segments"), *segments], "segment_clauses": [*shipped("segment_clauses"), *rows]}


def other_rules() -> Story:
    """Rules of every kind are other ones than yesterday; not whatever happens on that day happens because of them."""
    shop, moves = Shop(D), {}
    shop.event("anchor", "message_clicked", 40, product_id="p")
    spent = {"spender": 250, "grower": 150, "leaper": 250, "late": 10, "late_and_much": 10, "a1": 100, "a2": 150}
    for who, amount in spent.items():
        shop.order(who, 50, amount)
    moves["spender", "big_spender"] = "entered rule"
    # By yesterday's 300 the 250 of today would be too little still ...
    shop.order("grower", 0, 100)
    moves["grower", "big_spender"] = "entered rule"
    shop.order("late", 49, 240, since=0)
    moves["late", "big_spender"] = "entered rule"
    # ... and 350 would be enough.
    shop.order("leaper", 0, 100)
    moves["leaper", "big_spender"] = "entered behaviour"
    shop.order("late_and_much", 49, 340, since=0)
    moves["late_and_much", "big_spender"] = "entered late"
    shop.link("a1", "a2")
    moves["a1", "big_spender"] = "entered merge"

    shop.order("drowsy", 70)
    moves |= moved("drowsy", "lifecycle_active", "lifecycle_at_risk", "rule")
    shop.order("sleeper", 181)
    moves |= moved("sleeper", "lifecycle_at_risk", "lifecycle_dormant", "time")
    shop.event("replier", "message_replied", 2, times=3)
    moves |= moved("replier", "engagement_medium", "engagement_high", "rule")
    shop.event("fading", "message_replied", 1)
    moves |= moved("fading", "engagement_medium", "engagement_low", "time")

    # What today's views are by yesterday's row is not known.
    shop.event("viewer", "product_viewed", 40, times=5, product_id="p")
    shop.event("viewer_of_today", "page_viewed", 40)
    shop.event("viewer_of_today", "product_viewed", 0, times=5, product_id="p")
    moves |= {(who, "window_shopper"): "entered rule" for who in ("viewer", "viewer_of_today")}
    # The version of the catalogue that begins today asks for a cart of the last three days.
    shop.event("carter", "added_to_cart", 4)
    moves["carter", "cart_abandoner"] = "left rule"
    shop.event("carter_of_old", "added_to_cart", 7)
    moves["carter_of_old", "cart_abandoner"] = "left time"
    shop.order("newcomer", 0)
    moves |= {("spender", "retiring"): "left rule", ("spender", "fresh"): "entered rule"}
    moves |= {("newcomer", "fresh"): "entered rule", ("newcomer", "lifecycle_new"): "entered behaviour"}
    moves["spender", "dropped"] = "left rule"

    return Story(shop, moves, before_the_change(), after_the_change())


def before_the_change() -> Rules:
    """The shipped rules, and segments that are soon gone."""
    anybody = [("orders_life", "at_least", "1")]
    return with_segments(retiring=anybody, dropped=anybody)


def after_the_change() -> Rules:
    """A lower line, other stages and tiers, another row of a trait, a new version, a segment more and two less."""
    rules = with_segments(retiring=[("orders_life", "at_least", "1")], fresh=[("orders_life", "at_least", "1")])
    for row in rules["segments"]:
        if row["segment_key"] == "retiring":
            row["status"] = "retired"
        if row["segment_key"] == "cart_abandoner":
            row["valid_to"] = (D - timedelta(days=1)).isoformat()
            newer = row | {"version": "2", "valid_from": D.isoformat(), "valid_to": "9999-12-31"}
    rules["segments"].append(newer)
    rules["segment_clauses"].append(
        clause_row("cart_abandoner", "days_since_abandoned_cart", "between", "0..2", version=2)
    )
    for row in rules["segment_clauses"]:
        if row["segment_key"] == "big_spender":
            row["value"] = "200"
    stages = edited("lifecycle_stages", {"lifecycle_stage": "active"}, max_days_since_last_order="60")
    for row in stages:
        if row["lifecycle_stage"] == "at_risk":
            row["min_days_since_last_order"] = "61"
    tiers = edited("engagement_tiers", {"engagement_tier": "high"}, min_points="10")
    for row in tiers:
        if row["engagement_tier"] == "medium":
            row["max_points"] = "10"
    traits = edited("traits", {"trait": "product_views_30d"}, to_days="59")
    return {**rules, "lifecycle_stages": stages, "engagement_tiers": tiers, "traits": traits}


def twenty(shop: Shop, fewer: int = 0) -> None:
    """Customers u1 to u20, who have ordered once, 20 days ago: for 10, 20, … 200.

    The vip is u20; u17 to u19 are high, u11 to u16 mid, the rest low. On the axis of monetary value u17 to u20 have 5,
    u13 to u16 4 and so on; on the others all are alike and have 1. At risk are those with 4 and 5, lost the others.
    """
    shop.event("u1", "page_viewed", 30)
    for number in range(1, 21 - fewer):
        shop.order(f"u{number}", 20, 10 * number)


def other_customers() -> Story:
    """One of twenty orders and passes fifteen others: they move though nothing has happened to them."""
    shop = Shop(D)
    twenty(shop)
    shop.order("u5", 0, 500)
    moves = moved("u5", "value_low", "value_vip", "behaviour")
    moves |= {("u5", "rfm_champions"): "entered behaviour", ("u5", "rfm_lost"): "left behaviour"}
    moves |= moved("u20", "value_vip", "value_high", "population")
    moves |= moved("u13", "rfm_at_risk", "rfm_lost", "population")
    # Passed as well, but not idle.
    shop.order("u17", 0, 1)
    moves |= moved("u17", "value_high", "value_mid", "behaviour")
    shop.order("u11", 2, 1, since=0)
    moves |= moved("u11", "value_mid", "value_low", "late")
    return Story(shop, moves)


def rules_and_customers() -> Story:
    """As above, and on the same day the share of VIPs is raised to 15 % and at risk needs a monetary score of 5."""
    shop = Shop(D)
    twenty(shop)
    shop.order("u5", 0, 500)
    # Third of today's twenty: by yesterday's shares high.
    moves = moved("u19", "value_high", "value_vip", "rule")
    # Fifth: mid by today's and by yesterday's shares; only among yesterday's customers, and by their shares, high.
    moves |= moved("u17", "value_high", "value_mid", "several")
    shop.order("u11", 0, 1)
    moves |= moved("u11", "value_mid", "value_low", "behaviour")
    # A score of 4 today, as yesterday.
    moves |= moved("u16", "rfm_at_risk", "rfm_lost", "rule")
    # Of 5 yesterday and 4 today: yesterday's cell holds both.
    moves |= moved("u17", "rfm_at_risk", "rfm_lost", "rule")
    # Of 4 yesterday and 3 today: yesterday's cell does not hold the 3, today's does not hold the 4.
    moves |= moved("u13", "rfm_at_risk", "rfm_lost", "several")
    tiers = edited("value_tiers", {"value_tier": "vip"}, max_share="0.15")
    for row in tiers:
        if row["value_tier"] == "high":
            row["min_share"] = "0.15"
    cells = edited("rfm_segments", {"priority": "11"}, min_monetary_score="5")
    return Story(shop, moves, rules={"value_tiers": tiers, "rfm_segments": cells})


def first_enough() -> Story:
    """The twentieth customer comes: nobody was scored before, for want of others to compare them with."""
    shop = Shop(D)
    twenty(shop, fewer=1)
    shop.order("u20", 0, 200)
    moves = moved("u19", "rfm_unscored", "rfm_at_risk", "population")
    moves |= moved("u2", "rfm_unscored", "rfm_lost", "population")
    moves["u20", "rfm_potential_loyalists"] = "entered behaviour"
    return Story(shop, moves)


def ranks() -> Story:
    """Where ties are split there are no lines: who is passed by others is there by the passing of time."""
    shop = Shop(D)
    twenty(shop)
    shop.order("u5", 0, 500)
    moves = moved("u13", "rfm_loyalists", "rfm_at_risk", "time") | moved("u20", "value_vip", "value_high", "population")
    split = {"tie_policies": dict.fromkeys(("recency", "frequency", "monetary"), "split")}
    return Story(shop, moves, vars_before=split, vars=split)


def other_measures() -> Story:
    """The window of RFM and the basis of value tiers are other ones: today's values by yesterday's are not known."""
    shop = Shop(D)
    twenty(shop)
    shop.order("u1", 400, 1000)
    # Of 21 who have spent anything the first two are vip: u4 and u20, and then u4 and u1.
    moves = moved("u1", "value_low", "value_vip", "rule") | moved("u20", "value_vip", "value_high", "rule")
    # Ten orders of a hundred days ago are no longer in the window.
    for _ in range(10):
        shop.order("u4", 100, 300)
    moves |= moved("u4", "rfm_at_risk", "rfm_lost", "rule")
    # What rests on another thing has not been measured otherwise.
    shop.order("sleeper", 91, 1)
    moves |= moved("sleeper", "lifecycle_active", "lifecycle_at_risk", "time")
    return Story(shop, moves, vars={"rfm_window_days": 90, "value_tier_basis": "net_revenue_life"})


def other_ties() -> Story:
    """Ties are split since today: the scores of yesterday cannot be told of today's customers, nor are there lines."""
    shop = Shop(D)
    twenty(shop)
    split = {"tie_policies": dict.fromkeys(("recency", "frequency", "monetary"), "split")}
    return Story(shop, moved("u20", "rfm_at_risk", "rfm_champions", "time"), vars=split)


def first_events() -> Story:
    """Events are brought for the first time: what rests on them could not be computed yesterday."""
    shop = Shop(D)
    for who in ("idle", "reader", "earlier_reader"):
        shop.order(who, 50)
    shop.event("reader", "message_replied", 0)
    shop.event("earlier_reader", "message_replied", 1, times=2, since=0)
    moves = {("idle", "engagement_none"): "entered time", ("reader", "engagement_medium"): "entered behaviour"}
    return Story(shop, moves | {("earlier_reader", "engagement_medium"): "entered late"})


def third_segment() -> Story:
    """By the rules of yesterday the customer would have gone elsewhere: the entry is of the rules, the exit of time."""
    shop = Shop(D)
    shop.event("anchor", "page_viewed", 40)
    shop.order("sleeper", 91)
    # Yesterday active; by yesterday's rules at risk today, by today's rules dormant.
    moves = {("sleeper", "lifecycle_active"): "left time", ("sleeper", "lifecycle_dormant"): "entered rule"}
    stages = edited("lifecycle_stages", {"lifecycle_stage": "dormant"}, min_days_since_last_order="91")
    return Story(shop, moves, rules={"lifecycle_stages": stages})


def missed_days() -> Story:
    """Three days ago was the last build: what was done since then is no day late."""
    shop = Shop(D)
    shop.event("anchor", "page_viewed", 40)
    for who in ("in_time", "late"):
        shop.order(who, 100)
    shop.order("in_time", 2)
    moves = moved("in_time", "lifecycle_at_risk", "lifecycle_active", "behaviour")
    shop.order("late", 3, since=1)
    moves |= moved("late", "lifecycle_at_risk", "lifecycle_active", "late")
    shop.order("newcomer", 2)
    moves["newcomer", "lifecycle_new"] = "entered behaviour"
    shop.order("late_newcomer", 3, since=0)
    moves["late_newcomer", "lifecycle_new"] = "entered late"
    shop.order("sleeper", 92)
    moves |= moved("sleeper", "lifecycle_active", "lifecycle_at_risk", "time")
    return Story(shop, moves, gap=3)


STORIES: list[Callable[[], Story]] = [
    what_customers_do, other_rules, other_customers, rules_and_customers, first_enough, ranks, other_measures,
    other_ties, first_events, third_segment, missed_days,
]  # fmt: skip


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Days]:
    """One compiled project for all stories."""
    made = Days(tmp_path_factory.mktemp("days"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def built(days: Days) -> Callable[[Callable], tuple[Story, Built, Built]]:
    """Builds both days of a story, once."""

    @cache
    def of(told: Callable[[], Story]) -> tuple[Story, Built, Built]:
        story = told()
        before = days.build(
            D - timedelta(days=story.gap), story.shop.raw(story.gap), story.rules_before, **story.vars_before
        )
        return story, before, days.build(D, story.shop.raw(), story.rules, after=before, **story.vars)

    return of


EVERY_MOVE = [
    pytest.param(told, pair, said, id=f"{told.__name__}-{'-'.join(pair)}")
    for told in STORIES
    for pair, said in told().moves.items()
]


@pytest.mark.parametrize(("told", "pair", "said"), EVERY_MOVE)
def test_the_cause(told: Callable, pair: tuple[str, str], said: str, built: Callable) -> None:
    _, _, now = built(told)
    found = now.changes().get(pair)
    assert found is not None, f"{pair} has not moved"
    assert f"{found[0]} {found[1]}" == said


@pytest.mark.parametrize("told", STORIES, ids=lambda told: told.__name__)
def test_the_ledger_adds_up(told: Callable, built: Callable) -> None:
    _, before, now = built(told)
    assert not ledger_faults(before, now)
    assert not ledger_faults(None, before)


@pytest.mark.parametrize("told", STORIES, ids=lambda told: told.__name__)
def test_all_that_moves_beside(told: Callable, built: Callable) -> None:
    """The oracle, that is another reading of the definitions, says the same of every movement of a story."""
    _, before, now = built(told)
    ledger = Ledger()
    ledger.move_on(before.as_read())
    ledger.move_on(now.as_read())
    assert now.causes() == ledger.causes


def test_every_cause_is_told_of() -> None:
    told = {said.split()[1] for story in STORIES for said in story().moves.values()}
    assert told == {"merge", "rule", "late", "behaviour", "population", "several", "time"}


def by_three_days(days: Days, shop: Shop, without: tuple[str, ...] = (), rules: Rules | None = None) -> list[Built]:
    """Builds of three days ago, of yesterday (where some raw tables were not brought) and of today."""
    built: list[Built] = []
    for ago in (3, 1, 0):
        raw = {table: rows for table, rows in shop.raw(ago).items() if ago != 1 or table not in without}
        built.append(days.build(D - timedelta(days=ago), raw, rules, after=built[-1] if built else None))
        assert not ledger_faults(built[-2] if len(built) > 1 else None, built[-1])
    return built


def told_by(stays: list[dict]) -> list[tuple]:
    """Of stays in days before D: from when to when, the rest as it is."""
    names = ("entry_ordinal", "is_early_reentry", "entry_cause", "exit_cause")
    ago = [[None if row[at] is None else (D - row[at]).days for at in ("entered_on", "exited_on")] for row in stays]
    return [(*both, *(row[name] for name in names)) for both, row in zip(ago, stays, strict=True)]


@pytest.fixture(scope="module")
def back_again(days: Days) -> list[Built]:
    """Tickets that are open, closed and opened again, and a segment into which nobody comes back too early."""
    shop = Shop(D)
    shop.event("anchor", "page_viewed", 40)
    shop.ticket("angry", 5, closed=1)
    shop.ticket("angry", 0)
    shop.order("once", 0)
    # A column that is not in the catalogue as shipped: whoever comes back after a day is early for nobody.
    rules = with_segments(open_ticket=[("open_tickets_30d", "at_least", "1")])
    rules["segments"] = [
        row | ({"reentry_days": "1"} if row["segment_key"] == "open_ticket" else {}) for row in rules["segments"]
    ]
    return by_three_days(days, shop, rules=rules)


def test_the_ledger_begins_with_those_who_are_there(back_again: list[Built]) -> None:
    first = back_again[0]
    assert {row["entry_cause"] for row in first.marts["segment_membership_history"]} == {"start"}
    assert not first.changes()
    assert not first.marts["segment_transitions"]
    row = first.daily("service_recovery")
    assert (row["customers"], row["customers_before"], row["entries"], row["exits"]) == (1, 1, 0, 0)


def test_who_comes_back_begins_another_stay(back_again: list[Built]) -> None:
    stays = back_again[-1].stays("angry", "service_recovery")
    assert told_by(stays) == [
        (3, 1, 1, False, "start", "behaviour"),
        (0, None, 2, True, "behaviour", None),
    ]


def test_a_segment_says_after_how_many_days_a_reentry_is_early(back_again: list[Built]) -> None:
    stays = back_again[-1].stays("angry", "open_ticket")
    assert [row["is_early_reentry"] for row in stays] == [False, False]


def test_sizes_of_a_day_are_kept_as_they_were(back_again: list[Built]) -> None:
    rows = [row for row in back_again[-1].marts["segment_daily"] if row["segment_key"] == "service_recovery"]
    said = [
        (row["customers"], row["entries"], row["entries_behaviour"], row["exits"], row["exits_behaviour"])
        for row in sorted(rows, key=lambda row: row["day"])
    ]
    assert said == [(1, 0, 0, 0, 0), (0, 0, 0, 1, 1), (1, 1, 1, 0, 0)]
    assert [row["churn_out_rate"] for row in sorted(rows, key=lambda row: row["day"])] == [0, 1, None]


def test_from_where_and_to_where(built: Callable) -> None:
    _, _, now = built(what_customers_do)
    changes = now.changes()
    both = ("lifecycle_active", "lifecycle_at_risk")
    assert changes["sleeper", "lifecycle_at_risk"] == ("entered", "time", *both)
    assert changes["sleeper", "lifecycle_active"] == ("left", "time", *both)
    assert changes["newcomer", "lifecycle_new"][2:] == (None, "lifecycle_new")
    assert changes["vanished", "lifecycle_new"][2:] == ("lifecycle_new", None)
    assert changes["buyer", "big_spender"][2:] == (None, None)
    ways = {
        (row["from_segment_key"], row["to_segment_key"]): row["customers"] for row in now.marts["segment_transitions"]
    }
    # sleeper and extender; vanished, a2, b2 and c2; newcomer, of_yesterday, e2 and the address of undated_prospect.
    assert (ways[both], ways["lifecycle_new", "none"], ways["none", "lifecycle_new"]) == (2, 4, 4)


@pytest.fixture(scope="module")
def without_events(days: Days) -> list[Built]:
    """Events were brought three days ago and today, and not yesterday."""
    shop = Shop(D)
    for who in ("stays", "fades", "new_reader"):
        shop.order(who, 50)
    shop.event("stays", "message_replied", 3, times=3)
    shop.event("fades", "message_replied", 3)
    shop.event("new_reader", "message_replied", 0)
    return by_three_days(days, shop, without=("events",))


def test_who_is_in_a_segment_that_cannot_be_computed_stays_in(without_events: list[Built]) -> None:
    _, yesterday, today = without_events
    assert not [key for _, key in yesterday.changes() if key.startswith("engagement") or key == "hot_prospect"]
    for key in ("engagement_medium", "engagement_none", "hot_prospect"):
        row = yesterday.daily(key)
        assert (row["customers"], row["customers_before"], row["entries"], row["exits"]) == (None,) * 4
    assert told_by(today.stays("stays", "engagement_medium")) == [(3, None, 1, False, "start", None)]
    # Yesterday nothing was known of what was done before: today it has come late.
    assert told_by(today.stays("fades", "engagement_medium")) == [(3, 0, 1, False, "start", "late")]
    assert told_by(today.stays("new_reader", "engagement_none")) == [(3, 0, 1, False, "start", "behaviour")]

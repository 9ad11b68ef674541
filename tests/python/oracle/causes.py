"""Who entered and left which segment from one day of the ledger to the next, and why ("History", "Causes").

A build is known here by what it knew (its ``Result``), the rules and the vars that it went by. Premises are answered by
judging today's customers anew: by the rules of before, by the lines that the customers of before drew, or by both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from . import Life, Result
from .config import AXES, Config
from .lifecycle import stage_of
from .performance import KINDS
from .rfm import Metrics, score_axis, segment_of
from .rules import Rules
from .segments import members
from .value import value_tiers

CAUSES = ("merge", "rule", "late", "behaviour", "population", "several", "time")
_METRICS = {"recency": "recency_days", "frequency": "frequency", "monetary": "monetary"}

# What of a customer's doing a trait of SQL rests on; a trait that is a row rests on its activity.
_RESTS_ON = {
    "ordered": "gross_revenue_life discounted_order_share recency_score frequency_score monetary_score rfm_segment "
    "lifecycle_stage value_tier purchase_cadence_days overdue_ratio days_since_last_interaction repeat_views_7d "
    "days_since_abandoned_cart days_past_replenishment top_category categories_bought_life",
    "refunded": "refunded_amount_life monetary_score rfm_segment value_tier",
    "engaged": "engagement_tier engagement_points engagement_points_7d_ago engagement_change_7d "
    "days_since_last_interaction",
    "used": "usage_change_14d",
    "product_viewed": "repeat_views_7d",
    "added_to_cart": "days_since_abandoned_cart",
    "interested": "top_category",
    "subscription": "is_subscribed is_in_trial has_paid_subscription has_cancelled_subscription days_until_renewal",
    "ticket": "open_tickets_30d lowest_nps_30d lowest_satisfaction_30d",
    "consent": "has_consent_email has_consent_sms has_consent_push has_consent_ads",
}
# Whoever is mailed has done nothing.
_DONE_TO_THEM = {"message_sent", "message_delivered", "message_bounced"}
_PROFILE = (
    "country", "language", "loyalty_tier", "acquisition_channel", "acquisition_cost", "timezone", "birth_date",
    "signed_up_at", "attributes", "other_columns",
)  # fmt: skip


# The traits of rows that are computed though no clause names them.
_COLUMNS_OF_CUSTOMERS = (
    "days_since_first_order days_since_last_order orders_30d orders_90d orders_180d orders_365d orders_life "
    "net_revenue_30d net_revenue_90d net_revenue_180d net_revenue_365d net_revenue_life messages_sent_7d "
    "messages_sent_90d messages_opened_90d messages_clicked_90d emails_engaged_60d product_views_30d usage_14d "
    "usage_previous_14d visits_7d visits_previous_7d paywall_hits_30d teammates_invited_life country language "
    "loyalty_tier acquisition_channel"
)


class Build(NamedTuple):
    """One full build."""

    as_of: date
    result: Result
    rules: Rules
    config: Config = Config()


@dataclass
class Stay:
    """A customer's time in a segment."""

    customer_id: str
    segment_key: str
    entered_on: date
    exited_on: date | None
    entry_ordinal: int
    is_early_reentry: bool
    entry_cause: str
    exit_cause: str | None = None


@dataclass
class Ledger:
    """All stays; ``causes`` are those of the movements of the newest day, an entry being True."""

    stays: list[Stay] = field(default_factory=list)
    causes: dict[tuple[str, str, bool], str] = field(default_factory=dict)
    newest: Build | None = None

    def open_stays(self) -> dict[tuple[str, str], Stay]:
        """Who is in what."""
        return {(stay.customer_id, stay.segment_key): stay for stay in self.stays if stay.exited_on is None}

    def move_on(self, now: Build, reentry_days: Callable[[str], int] = lambda key: 7) -> None:
        """The ledger of a later day."""
        before, there = self.newest, self.open_stays()
        held = {(one, key) for key, ids in now.result.members.items() for one in ids}
        self.newest = now
        if before is None:
            self.stays = [Stay(*pair, now.as_of, None, 1, False, "start") for pair in sorted(held)]
            return
        suspended = {key for key in {key for _, key in held | there.keys()} if _is_suspended(key, now)}
        entries = {pair for pair in held - there.keys() if pair[1] not in suspended}
        exits = {pair for pair in there.keys() - held if pair[1] not in suspended}
        self.causes = causes(before, now, entries, exits)
        for pair in exits:
            there[pair].exited_on, there[pair].exit_cause = now.as_of, self.causes[*pair, False]
        for one, key in sorted(entries):
            past = [stay for stay in self.stays if (stay.customer_id, stay.segment_key) == (one, key)]
            since = min(((now.as_of - stay.exited_on).days for stay in past), default=None)
            early = since is not None and since < reentry_days(key)
            self.stays.append(Stay(one, key, now.as_of, None, len(past) + 1, early, self.causes[one, key, True]))


def _is_suspended(key: str, now: Build) -> bool:
    kind = key.split("_")[0]
    return key in now.result.lacks or (key not in now.rules.behaviour and now.result.lacks.get(kind) is not None)


def causes(before: Build, now: Build, entries: Iterable, exits: Iterable) -> dict[tuple[str, str, bool], str]:
    """The cause of every movement, given as pairs of customer and segment."""
    premises = {name: _premised(before, now, name) for name in ("rules", "lines", "both")}
    found = {}
    for is_entry, pairs in ((True, entries), (False, exits)):
        for one, key in pairs:
            # Who enters was no member, who leaves was one.
            is_old_answer = {name: (one in holders.get(key, ())) is not is_entry for name, holders in premises.items()}
            found[one, key, is_entry] = _cause(before, now, one, key, is_old_answer)
    return found


def _cause(before: Build, now: Build, one: str, key: str, is_old_answer: dict[str, bool]) -> str:
    if has_other_ids(before.result.lives, now.result.lives, one):
        return "merge"
    if has_lost_a_trait(before, now, key) or is_old_answer["rules"]:
        return "rule"
    if has_late_rows(before, now, one):
        return "late"
    if one not in before.result.lives or acted(before, now, one) & rests_on(before, now, key):
        return "behaviour"
    if is_old_answer["lines"]:
        return "population"
    return "several" if is_old_answer["both"] else "time"


# merge -------------------------------------------------------------------------------------------------


def has_other_ids(before: dict[str, Life], now: dict[str, Life], one: str) -> bool:
    """Whether ids that somebody bore before were joined to a customer's, or have parted from them."""
    had = before[one].ids if one in before else frozenset()
    has = now[one].ids if one in now else frozenset()
    if not has:
        return any(life.ids & had for life in now.values())
    joined = has - had
    return not had <= has or (bool(joined) and any(life.ids & joined for life in before.values()))


# rule --------------------------------------------------------------------------------------------------


def has_lost_a_trait(before: Build, now: Build, key: str) -> bool:
    """Whether it rests on a trait of which today's value by its old row, or by an old var, is not known."""
    if traits_of(before, now, key) & _measured_otherwise(before.config, now.config):
        return True
    rows_before = {row.trait: row for row in before.rules.traits}
    rows_now = {row.trait: row for row in now.rules.traits}
    in_use = now.rules.traits_in_use | {*_COLUMNS_OF_CUSTOMERS.split()}
    return any(
        rows_before[clause.trait] != rows_now.get(clause.trait) or clause.trait not in in_use
        for clause in before.rules.behaviour.get(key, ())
        if clause.trait in rows_before
    )


def traits_of(before: Build, now: Build, key: str) -> set[str]:
    """What the clauses of a segment name, or have named; a cell, stage or tier is a value of one trait."""
    named = [rules.behaviour.get(key, ()) for rules in (before.rules, now.rules)]
    traits = {clause.trait for clauses in named for clause in clauses}
    return traits or {column for kind, column in KINDS.items() if key.startswith(f"{kind}_")}


def _measured_otherwise(before: Config, now: Config) -> set[str]:
    """The traits whose values would be others by the vars of before."""
    found = {"value_tier"} if before.value_tier_basis != now.value_tier_basis else set()
    if before.rfm_window_days != now.rfm_window_days:
        found |= {"frequency_score", "monetary_score", "rfm_segment"}
    return found


# late --------------------------------------------------------------------------------------------------


def has_late_rows(before: Build, now: Build, one: str) -> bool:
    """Whether what is dated by the day before is another than what was known of it then, or the customer is gone."""
    if one not in now.result.lives:
        return True
    if one not in before.result.lives:
        first_seen = now.result.customers[one]["first_seen_at"]
        return first_seen is None or now.result.clock.day(first_seen) <= before.as_of.toordinal()
    return facts(before, one, before.as_of) != facts(now, one, before.as_of)


def facts(build: Build, one: str, until: date) -> list[tuple]:
    """What has happened to a customer by a day, as a build knew it."""
    life, today = build.result.lives[one], build.as_of.toordinal()
    history, day_of = life.history, build.result.clock.day
    found: list[tuple] = []
    for order in history.orders:
        day = today - order.age
        found.append((day, "order", order.at, order.amount, order.discount > 0))
        for line in history.lines.get(order.order_id, ()):
            found.append((day, "line", order.order_id, line.product_id or "", line.category or "", line.quantity))
    found += [(today - refund.age, "refund", refund.amount) for refund in history.refunds]
    events = defaultdict(list)
    for event in history.events:
        events[today - event.age].append(event.rule.weight)
    found += [(day, "events", len(ws), sum(w > 0 for w in ws), sum(ws, Decimal(0))) for day, ws in events.items()]
    for ticket in life.tickets:
        opened = day_of(ticket.opened_at)
        closed = opened if ticket.closed_at is None else day_of(ticket.closed_at)
        found.append((opened, "opened", ticket.ticket_id))
        if ticket.closed_at is not None or ticket.nps is not None or ticket.satisfaction is not None:
            rating = (str(ticket.nps), str(ticket.satisfaction))
            found.append((closed, "closed or rated", ticket.ticket_id, ticket.closed_at is None, *rating))
    return sorted(fact for fact in found if fact[0] <= min(until.toordinal(), today))


# behaviour ---------------------------------------------------------------------------------------------


def acted(before: Build, now: Build, one: str) -> set[str]:
    """What a customer did after the day before, and what has changed about them."""
    if one not in now.result.lives:
        return set()
    life, days = now.result.lives[one], (now.as_of - before.as_of).days
    history, day_of = life.history, now.result.clock.day
    found = {"ordered"} if any(order.age < days for order in history.orders) else set()
    found |= {"refunded"} if any(refund.age < days and refund.amount for refund in history.refunds) else set()
    for event in history.events:
        if event.age < days:
            rule = event.rule
            said = (rule.is_visit, rule.is_usage, rule.weight > 0, rule.interaction != "none")
            found.add(rule.event_name)
            found |= {
                what for what, is_so in zip(("visited", "used", "engaged", "interested"), said, strict=True) if is_so
            }
    newer = range(before.as_of.toordinal() + 1, now.as_of.toordinal() + 1)
    for ticket in life.tickets:
        opened = day_of(ticket.opened_at) in newer
        closed = ticket.closed_at is not None and day_of(ticket.closed_at) in newer
        found |= ({"ticket_opened", "ticket"} if opened else set()) | ({"ticket"} if closed else set())
    if one in before.result.lives:
        then, today = states(before, one), states(now, one)
        found |= {name for name in today if then[name] != today[name]}
    return found - _DONE_TO_THEM


def states(build: Build, one: str) -> dict[str, Any]:
    """How things stand that have no day of their own."""
    life, traits, clock = build.result.lives[one], build.result.customers[one], build.result.clock
    record = life.history.record
    return {
        "subscription": sorted(filter(None, (_subscription(row, build) for row in life.subscriptions))),
        "profile": None if record is None else [_on_day(getattr(record, name), clock) for name in _PROFILE],
        "consent": [traits[f"has_consent_{channel}"] for channel in ("email", "sms", "push", "ads")],
    }


def _on_day(value: Any, clock: Any) -> Any:
    return clock.day(value) if hasattr(value, "hour") else value


def _subscription(row: Any, build: Build) -> tuple | None:
    """A subscription that has begun; its end counts from its day."""
    day_of, today = build.result.clock.day, build.as_of.toordinal()
    days = [None if at is None else day_of(at) for at in (row.cancelled_at, row.renews_at, row.trial_ends_at)]
    if day_of(row.started_at) > today:
        return None
    word = "active" if row.status is None else row.status.lower()
    cancelled, renews, trial_ends = days
    ended = cancelled
    if cancelled is None and build.rules.subscription_statuses[word].name == "expired":
        ended = trial_ends if renews is None else renews
    over = [day if day is not None and day <= today else None for day in (cancelled, ended)]
    return row.subscription_id, word, *map(str, (row.monthly_amount, renews, trial_ends, *over))


def rests_on(before: Build, now: Build, key: str) -> set[str]:
    """What the traits of a segment rest on."""
    traits = traits_of(before, now, key)
    found = {what for what, names in _RESTS_ON.items() if traits & {*names.split()}}
    for row in now.rules.traits:
        if row.trait in traits:
            found |= {*row.activity.split("|")}
            # Net revenue is what was bought less what was given back.
            if (row.measure, row.activity) == ("revenue", "ordered") and row.scope not in ("category", "product"):
                found.add("refunded")
    return found


# rule, population, several: today's customers judged anew ----------------------------------------------------


def _premised(before: Build, now: Build, premise: str) -> dict[str, set[str]]:
    """The members of today's segments if rules, lines or both were those of the day before."""
    rules = now.rules if premise == "lines" else before.rules
    customers = {one: {**traits, **now.result.row_traits[one]} for one, traits in now.result.customers.items()}
    unknown = now.result.unknown
    for column, values in _judged_anew(before, now, rules, premise).items():
        if column not in unknown:
            for one, value in values.items():
                customers[one][column] = value
    held: dict[str, set[str]] = defaultdict(set)
    for kind, column in KINDS.items():
        for one, traits in customers.items():
            if traits[column] is not None:
                held[f"{kind}_{traits[column]}"].add(one)
    for key, clauses in rules.behaviour.items():
        if premise == "lines" or not has_lost_a_trait(before, now, key):
            held[key] = members(clauses, customers, unknown)
    return held


def _judged_anew(before: Build, now: Build, rules: Rules, premise: str) -> dict[str, dict[str, Any]]:
    customers, lives = now.result.customers, now.result.lives
    found: dict[str, dict[str, Any]] = defaultdict(dict)
    for one, traits in customers.items():
        ages = sorted({order.age for order in lives[one].history.orders}, reverse=True)
        stage = stage_of(rules, len(lives[one].history.orders), ages)
        found["lifecycle_stage"][one] = stage and stage.name
        found["engagement_tier"][one] = _engagement_tier(rules, traits["engagement_points"], lives[one])
    found["value_tier"] = _value_tiers(before, now, premise)
    scores = {axis: _scores(before, now, axis, premise) for axis in AXES}
    for one in scores["recency"]:
        for axis in AXES:
            found[f"{axis}_score"][one] = scores[axis][one]
        found["rfm_segment"][one] = segment_of(rules, tuple(scores[axis][one] for axis in AXES))
    return found


def _engagement_tier(rules: Rules, points: Decimal | None, life: Life) -> str | None:
    is_engaged = any(event.rule.weight > 0 and event.age < 90 for event in life.history.events)
    for tier in rules.engagement_tiers:
        if not is_engaged and not tier.applies:
            return tier.name
        if is_engaged and tier.applies and points is not None and tier.low <= points < tier.high:
            return tier.name
    return None


def _value_tiers(before: Build, now: Build, premise: str) -> dict[str, str | None]:
    """Shares and customers draw a line together: the old ones, by other shares, are not those of today's rules."""
    bases = {one: traits["value_basis"] for one, traits in now.result.customers.items()}
    if None in bases.values():
        return dict.fromkeys(bases)
    is_other_basis = before.config.value_tier_basis != now.config.value_tier_basis
    has_other_shares = before.rules.value_tiers != now.rules.value_tiers
    if not is_other_basis and has_other_shares and premise == "rules":
        return value_tiers(bases, before.rules)
    if premise == ("lines" if is_other_basis or has_other_shares else "rules"):
        return {one: now.result.customers[one]["value_tier"] for one in bases}
    then = before.result.customers.values()
    worst: dict[str, Decimal] = {}
    for traits in then:
        if traits["value_tier"] is not None and traits["value_basis"] > 0:
            tier = traits["value_tier"]
            worst[tier] = min(traits["value_basis"], worst.get(tier, traits["value_basis"]))
    without = next((tier.name for tier in before.rules.value_tiers if not tier.applies), None)
    return {one: without if basis <= 0 else _reached(basis, worst) for one, basis in bases.items()}


def _reached(value: Any, worst: dict[Any, Any]) -> Any:
    """The best band whose worst value is reached; whoever is worse than all is in the lowest."""
    if not worst:
        return None
    reached = [(least, band) for band, least in worst.items() if least <= value]
    return max(reached)[1] if reached else min((least, band) for band, least in worst.items())[1]


def _scores(before: Build, now: Build, axis: str, premise: str) -> dict[str, int | None]:
    """The scores of an axis. A line is a rule's if it is fixed, if it is drawn otherwise, or on another thing."""
    metric, column = _METRICS[axis], f"{axis}_score"
    population = {one: t for one, t in now.result.customers.items() if t[metric] is not None}
    today = {one: traits[column] for one, traits in population.items()}
    methods = [(b.config.rfm_methods[axis], axis != "recency" and b.config.rfm_window_days) for b in (before, now)]
    is_by_rules = methods[0] != methods[1] or methods[0][0] == "fixed"
    is_split = now.config.tie_policies[axis] == "split" and methods[1][0] != "fixed"
    if is_split or premise == ("lines" if is_by_rules else "rules"):
        return today
    if methods[0][0] == "fixed":
        measured = [Metrics(one, t["recency_days"], t["frequency"], t["monetary"]) for one, t in population.items()]
        return score_axis(axis, measured, before.config, before.rules.rfm_fixed_bands)
    sign = -1 if axis == "recency" else 1
    worst: dict[int, Any] = {}
    for traits in before.result.customers.values():
        if (score := traits[column]) is not None:
            worst[score] = min(sign * traits[metric], worst.get(score, sign * traits[metric]))
    return {one: _reached(sign * traits[metric], worst) for one, traits in population.items()}

"""An independent reading, in plain Python, of docs/definitions.md.

``evaluate`` takes raw rows and gives what the models ought to give as of one day. Nothing in here has
been taken from the SQL; where the two differ, one of them misreads the definitions.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Context, Decimal, localcontext
from pathlib import Path
from typing import Any

from .added_up import Line, added_up
from .addresses import address_in_id
from .affinity import affinity, top_category
from .clock import Clock
from .config import Config
from .consent import Answer, Consent
from .contract import TABLES
from .currency import currency_of
from .engagement import engagement, events_by_person
from .identity import CARRIERS, Identity, customers_as_of
from .lifecycle import gap_of, stage_of
from .money import Books
from .needs import brought, lacks_of_segment, lacks_of_traits
from .performance import KINDS, memberships, order_gaps, performance
from .reading import TRILLION, read_all
from .rfm import Metrics, rfm
from .row_traits import History, default_of, lines_of_orders, row_traits, tickets_of
from .rules import DEFAULT_RULES_DIR, Rules, load_rules
from .segments import members
from .traits import (
    config_basis_days,
    days_past_replenishment,
    event_traits,
    order_traits,
    profile_traits,
    record_of,
    subscription_traits,
    ticket_traits,
)
from .value import value_tiers

__all__ = ["DEFAULT_RULES_DIR", "TABLES", "Config", "Life", "Result", "evaluate", "load_rules"]

_NO_RFM = dict.fromkeys(
    (
        "recency_days",
        "frequency",
        "monetary",
        "recency_score",
        "frequency_score",
        "monetary_score",
        "rfm_score",
        "rfm_segment",
    )
)


@dataclass(frozen=True)
class Life:
    """What is known of a customer beside their traits: their ids, what they did, and rows that say how things stand."""

    ids: frozenset[str]
    history: History
    subscriptions: list
    tickets: list


@dataclass(frozen=True)
class Result:
    """What is true as of D. Money and ratios are Decimals, times are naive UTC datetimes.

    ``customers`` holds what is computed without the rows of ``traits.csv``, ``row_traits`` what each of them says;
    ``row_trait_defaults`` are those that clauses name, with the value of a customer of whom nothing is known.
    ``lacks`` says per kind, and per behavioural segment, what is to be brought before it can be computed.
    """

    reconciliation: dict[str, dict[str, int]]
    quarantined: dict[str, Counter]
    canonical: dict[tuple[str, str], str | None]
    joined_by: dict[str, str]
    customers: dict[str, dict[str, Any]]
    stage_gaps: dict[str, tuple[int, int] | None]
    row_traits: dict[str, dict[str, Any]]
    row_trait_defaults: dict[str, Any]
    affinity: dict[tuple[str, str], Decimal]
    consent: dict[tuple[str, str, str], Answer]
    lacks: dict[str, str]
    behaviour: dict[str, set[str]]
    members: dict[str, set[str]]
    money: dict[str, Decimal]
    added_up: dict[tuple, Line]
    performance: dict[str, dict[str, Any]]
    staged: dict[str, Counter]
    clock: Clock = field(compare=False)
    lives: dict[str, Life] = field(compare=False)
    unknown: frozenset[str] = field(compare=False)


def evaluate(
    raw: dict[str, list[dict]],
    as_of: date,
    config: Config | None = None,
    rules_dir: Path | str = DEFAULT_RULES_DIR,
) -> Result:
    """Everything as of the end of business day ``as_of``."""
    config = config or Config()
    if config.reporting_currency == "auto":
        config = replace(config, reporting_currency=currency_of(raw))
    with localcontext(Context(prec=60)):
        return _evaluate(raw, as_of, config, load_rules(Path(rules_dir), as_of))


def _group(rows: list, identity: Identity) -> dict[str, list]:
    groups: dict[str, list] = defaultdict(list)
    for row in rows:
        person = identity.person(row.customer_id)
        if person is not None:
            groups[person].append(row)
    return groups


def _junk_ids(staged: dict[str, list], said: list[tuple], identity: Identity) -> set[str]:
    """The customer ids that are nobody."""
    found = {row.customer_id for name in CARRIERS if name != "consent" for row in staged[name]}
    found |= {row.customer_id for row, _ in said}
    found |= {row.identifier for row in staged["identities"] if row.identifier_type == "customer_id"}
    return {one for one in found if one is not None and identity.is_junk(one)}


def _purchases(staged: dict[str, list], books: Books, category_of: dict[str, str | None]):
    """Per person: (age, category) of every line of a completed order; and per product the last age, with its units."""
    owner = {
        order.order_id: (holder[1], order.age)
        for holder, orders in books.orders.items()
        if holder[0] == "customer"
        for order in orders
    }
    lines: dict[str, list[tuple[int, str | None]]] = defaultdict(list)
    last: dict[str, dict[str, tuple[int, Decimal]]] = defaultdict(dict)
    for row in staged["order_items"]:
        if row.order_id not in owner:
            continue
        person, age = owner[row.order_id]
        lines[person].append((age, row.category or category_of.get(row.product_id)))
        if row.product_id is not None:
            units = row.quantity if row.quantity and 0 < row.quantity < TRILLION else Decimal(1)
            newest, had = last[person].get(row.product_id, (age, Decimal(0)))
            last[person][row.product_id] = (age, units + had) if age == newest else min((age, units), (newest, had))
    return lines, last


def _evaluate(raw: dict[str, list[dict]], as_of: date, config: Config, rules: Rules) -> Result:
    clock, today = Clock(config.timezone), as_of.toordinal()
    readings, rates = read_all(raw, config, clock, rules)
    staged = {name: reading.staged for name, reading in readings.items()}
    said = [
        (version.row, version.counts_from)
        for version in readings["consent"].versions
        if version.is_known and not (version.status.is_withdrawal and address_in_id(version.row.customer_id))
    ]
    identity = Identity(staged, said, rules, config.link_customers_by_address)
    customer_ids = customers_as_of(staged, said, identity, clock, today)
    books = Books(staged, rates, rules, identity, clock, today, config.refund_date_policy)
    products = {row.product_id: row for row in staged["products"]}
    category_of = {product_id: row.category for product_id, row in products.items()}
    events = events_by_person(staged, rules, identity, clock, today, category_of)
    lines, last_bought = _purchases(staged, books, category_of)
    order_lines = lines_of_orders(staged, books, category_of)
    all_rows = {name: reading.all_rows for name, reading in readings.items()}
    consent = Consent(readings["consent"].versions, staged, all_rows, rules, identity, clock, today)
    consents = consent.answers(customer_ids)
    contactable: dict[str, set[str]] = defaultdict(set)
    has_consent: dict[str, set[str]] = defaultdict(set)
    for (customer_id, channel, purpose), answer in consents.items():
        if purpose == "marketing" and answer.is_contactable:
            contactable[customer_id].add(channel)
        if purpose == "marketing" and answer.has_consent:
            has_consent[customer_id].add(channel)
    subscriptions = _group(staged["subscriptions"], identity)
    tickets = _group(staged["support_tickets"], identity)
    records = {
        row.customer_id: row
        for row in staged["customers"]
        if row.signed_up_at is None or clock.day(row.signed_up_at) <= today
    }

    customers: dict[str, dict[str, Any]] = {}
    said_by_rows: dict[str, dict[str, Any]] = {}
    lives: dict[str, Life] = {}
    gaps: dict[str, list[int]] = {}
    stage_gaps: dict[str, tuple[int, int] | None] = {}
    carted: set[str] = set()
    affinities: dict[tuple[str, str], Decimal] = {}
    population: list[Metrics] = []
    for customer_id in sorted(customer_ids):
        holder = ("customer", customer_id)
        orders, own_events = books.orders.get(holder, []), events.get(customer_id, [])
        traits = dict(_NO_RFM)
        traits |= order_traits(books, customer_id, lambda age: date.fromordinal(today - age))
        ages = sorted({o.age for o in orders}, reverse=True)
        stage = stage_of(rules, len(orders), ages)
        stage_gaps[customer_id] = gap_of(stage, ages)
        gaps[customer_id] = order_gaps(orders)
        if any(event.rule.event_name == "added_to_cart" and event.age < 30 for event in own_events):
            carted.add(customer_id)
        traits["lifecycle_stage"] = stage.name if stage else None
        traits["is_churned"] = stage.is_churned if stage else None
        if orders:
            window = config.rfm_window_days
            population.append(
                Metrics(
                    customer_id,
                    traits["days_since_last_order"],
                    sum(1 for order in orders if order.age < window),
                    books.net_revenue(holder, window),
                )
            )
        traits["gross_revenue_life"] = books.gross_revenue(holder)
        traits["refunded_amount_life"] = books.refunded_amount(holder)
        traits["value_basis"] = books.net_revenue(holder, config_basis_days(config))
        traits |= engagement(own_events, rules)
        points = affinity(own_events, lines.get(customer_id, []), rules.affinity_weights)
        affinities |= {(customer_id, category): p for category, p in points.items()}
        traits["top_category"] = top_category(points, Decimal(str(config.top_category_min_share)))
        traits |= event_traits(own_events, orders)
        traits["days_past_replenishment"] = days_past_replenishment(
            last_bought.get(customer_id, {}), products, config.default_replenish_days
        )
        traits |= subscription_traits(subscriptions.get(customer_id, []), rules.subscription_statuses, clock, today)
        traits |= ticket_traits(tickets.get(customer_id, []), clock, today)
        traits["categories_bought_life"] = len({c for _, c in lines.get(customer_id, []) if c is not None})
        record = record_of(identity.members[customer_id], customer_id, records)
        traits |= profile_traits(record)
        history = History(
            orders,
            order_lines,
            books.refunds.get(holder, []),
            tickets_of(tickets.get(customer_id, []), clock, today),
            own_events,
            record,
        )
        said_by_rows[customer_id] = row_traits(rules.traits, history, clock, today)
        lives[customer_id] = Life(
            frozenset(identity.members[customer_id]),
            history,
            subscriptions.get(customer_id, []),
            tickets.get(customer_id, []),
        )
        for channel in ("email", "sms", "push", "ads"):
            traits[f"is_contactable_{channel}"] = channel in contactable[customer_id]
            traits[f"has_consent_{channel}"] = channel in has_consent[customer_id]
        traits["contactable_channels"] = "|".join(sorted(contactable[customer_id])) or None
        traits["first_seen_at"] = identity.first_seen_at(customer_id)
        traits["count_customer_ids"] = len(identity.members[customer_id])
        customers[customer_id] = traits

    for customer_id, columns in rfm(population, config, rules).items():
        customers[customer_id] |= columns
    basis = {customer_id: traits["value_basis"] for customer_id, traits in customers.items()}
    for customer_id, tier in value_tiers(basis, rules).items():
        customers[customer_id]["value_tier"] = tier

    unknown = lacks_of_traits(brought(readings), rules.traits)
    for traits in (*customers.values(), *said_by_rows.values()):
        traits.update(dict.fromkeys(traits.keys() & unknown.keys()))
    lacks = {kind: unknown.get(trait, frozenset()) for kind, trait in KINDS.items()}
    lacks |= {key: lacks_of_segment(clauses, unknown) for key, clauses in rules.behaviour.items()}
    defaults = {row.trait: default_of(row) for row in rules.traits if row.trait in rules.traits_in_use}

    judged = {customer_id: traits | said_by_rows[customer_id] for customer_id, traits in customers.items()}
    behaviour = {key: members(clauses, judged, unknown) for key, clauses in rules.behaviour.items()}
    membership = memberships(customers, behaviour)
    junk_ids = _junk_ids(staged, said, identity)
    lines = added_up(readings, rates, rules, books, identity, clock, today, customers, junk_ids, consents)
    return Result(
        reconciliation={name: readings[name].counts() for name in TABLES},
        quarantined={name: Counter(readings[name].quarantined) for name in TABLES},
        canonical=identity.canonical,
        joined_by=identity.joined_by,
        customers=customers,
        stage_gaps=stage_gaps,
        row_traits=said_by_rows,
        row_trait_defaults={trait: None if trait in unknown else default for trait, default in defaults.items()},
        affinity=affinities,
        consent=consents,
        lacks={name: "|".join(sorted(lacking)) for name, lacking in lacks.items() if lacking},
        behaviour=behaviour,
        members=membership,
        money=books.totals(),
        added_up=lines,
        performance=performance(customers, membership, gaps, carted),
        staged={name: Counter(rows) for name, rows in staged.items()},
        clock=clock,
        lives=lives,
        unknown=frozenset(unknown),
    )

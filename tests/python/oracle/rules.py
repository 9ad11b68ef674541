"""The rule tables (seeds/rules/*.csv) as typed objects, only the rows valid on a day."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

DEFAULT_RULES_DIR = Path(__file__).resolve().parents[3] / "seeds" / "rules"


class EventRule(NamedTuple):
    """What an event's name means."""

    event_name: str
    channel: str | None
    weight: Decimal
    is_visit: bool
    is_usage: bool
    interaction: str


class RfmSegment(NamedTuple):
    """Ranges of the three scores."""

    name: str
    recency: tuple[int, int]
    frequency: tuple[int, int]
    monetary: tuple[int, int]


class FixedBand(NamedTuple):
    """A band of the method ``fixed``."""

    axis: str
    score: int
    low: Decimal
    high: Decimal


class LifecycleStage(NamedTuple):
    """Ranges, inclusive, of a lifecycle stage."""

    name: str
    is_churned: bool
    orders: tuple[int, int]
    since_last: tuple[int, int]
    since_first: tuple[int, int]
    gap: tuple[int, int]
    since_gap: tuple[int, int]


class Tier(NamedTuple):
    """A tier of value or engagement: low <= x < high."""

    name: str
    applies: bool
    low: Decimal
    high: Decimal


class ConsentStatus(NamedTuple):
    """What a consent status means."""

    name: str
    restrictiveness: int
    is_contactable: bool
    is_withdrawal: bool
    is_for_ever: bool


class Clause(NamedTuple):
    """One condition on one trait."""

    group: str
    trait: str
    operator: str
    value: str


class TraitRow(NamedTuple):
    """A trait that is a row; ages of the window include both ends, and an end of None is open."""

    trait: str
    type: str
    measure: str
    activity: str
    scope: str
    scope_value: str
    youngest: int
    oldest: int | None


def is_junk(identifier: str, junk: frozenset[str]) -> bool:
    """A placeholder of the rules, or zeros only (also with hyphens)."""
    lower = identifier.strip().lower()
    return lower in junk or (set(lower) <= {"0", "-"} and "0" in lower)


class SubscriptionStatus(NamedTuple):
    """What a status of a subscription stands for."""

    name: str
    is_live: bool
    has_ended: bool
    has_begun: bool


class _Statuses(dict):
    """Statuses by the word of the source; a word without a row says that a subscription has begun, and no more."""

    def __missing__(self, word: str) -> SubscriptionStatus:
        return SubscriptionStatus("unmapped", False, False, True)


@dataclass(frozen=True)
class Rules:
    """All rules of a folder that are valid on one day."""

    junk: frozenset[str]
    max_customer_ids: dict[str, int]
    order_is_revenue: dict[str, bool]
    order_statuses: dict[str, str]
    subscription_statuses: dict[str, SubscriptionStatus]
    events: dict[tuple[str, str], EventRule]
    affinity_weights: dict[str, Decimal]
    consent_statuses: dict[str, ConsentStatus]
    channels: tuple[tuple[str, str], ...]
    address_types: dict[str, str]
    rfm_segments: tuple[RfmSegment, ...]
    rfm_fixed_bands: tuple[FixedBand, ...]
    lifecycle_stages: tuple[LifecycleStage, ...]
    value_tiers: tuple[Tier, ...]
    engagement_tiers: tuple[Tier, ...]
    behaviour: dict[str, tuple[Clause, ...]]
    traits: tuple[TraitRow, ...]

    @property
    def traits_in_use(self) -> frozenset[str]:
        """The traits that clauses of active segments name."""
        return frozenset(clause.trait for clauses in self.behaviour.values() for clause in clauses)


def _is_true(text: str) -> bool:
    return text.strip().lower() == "true"


def _span(row: dict, name: str) -> tuple[int, int]:
    return int(row[f"min_{name}"]), int(row[f"max_{name}"])


def _by_priority(rows: list[dict]) -> list[dict]:
    return sorted(rows, key=lambda row: int(row["priority"]))


def load_rules(folder: Path, as_of: date) -> Rules:
    """Load the rules of a folder; unchanged files are read once per day asked for."""
    folder = Path(folder)
    stamp = tuple(sorted((f.name, f.stat().st_mtime_ns, f.stat().st_size) for f in folder.glob("*.csv")))
    return _load(folder, stamp, as_of)


def _read(path: Path) -> list[dict]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _catalogue(folder: Path) -> str:
    """The name of the table that lists the segments: whichever has a ``segment_kind``."""
    for path in sorted(folder.glob("seg*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            if "segment_kind" in next(csv.reader(file), []):
                return path.stem
    raise FileNotFoundError(f"no catalogue of segments in {folder}")


@lru_cache(maxsize=256)
def _load(folder: Path, stamp: tuple, as_of: date) -> Rules:
    def rows(name: str) -> list[dict]:
        found = _read(folder / f"{name}.csv")
        day = as_of.isoformat()
        return [r for r in found if r.get("valid_from", "") <= day <= r.get("valid_to", "9999-12-31")]

    def tiers(name: str, applies: str, what: str) -> tuple[Tier, ...]:
        return tuple(
            Tier(r[name], _is_true(r[applies]), Decimal(r[f"min_{what}"]), Decimal(r[f"max_{what}"]))
            for r in _by_priority(rows(f"{name}s"))
        )

    clauses = rows("segment_clauses")
    behaviour = {}
    for s in rows(_catalogue(folder)):
        if s["segment_kind"] == "behaviour" and s["status"] == "active":
            behaviour[s["segment_key"]] = tuple(
                Clause(c["clause_group"], c["trait"], c["operator"], c["value"])
                for c in clauses
                if (c["segment_key"], c["version"]) == (s["segment_key"], s["version"])
            )
    return Rules(
        max_customer_ids={r["identifier_type"]: int(r["max_customer_ids"]) for r in rows("identifier_types")},
        junk=frozenset(r["identifier"].strip().lower() for r in rows("junk_identifiers")),
        order_statuses={r["source_status"]: r["order_status"] for r in rows("order_statuses")},
        order_is_revenue={r["source_status"]: _is_true(r["is_revenue"]) for r in rows("order_statuses")},
        subscription_statuses=_Statuses(
            (
                row["source_status"],
                SubscriptionStatus(
                    row["subscription_status"],
                    *(_is_true(row[is_so]) for is_so in ("is_live", "has_ended", "has_begun")),
                ),
            )
            for row in rows("subscription_statuses")
        ),
        events={
            (r["source"], r["source_event_name"]): EventRule(
                r["event_name"],
                r["channel"] or None,
                Decimal(r["engagement_weight"]),
                _is_true(r["is_visit"]),
                _is_true(r["is_usage"]),
                r["affinity_interaction"],
            )
            for r in rows("event_taxonomy")
        },
        affinity_weights={r["interaction"]: Decimal(r["weight"]) for r in rows("affinity_weights")},
        consent_statuses={
            r["source_status"]: ConsentStatus(
                r["consent_status"],
                int(r["restrictiveness"]),
                _is_true(r["is_contactable"]),
                _is_true(r["is_withdrawal"]),
                _is_true(r["is_for_ever"]),
            )
            for r in rows("consent_statuses")
        },
        channels=tuple((r["channel"], r["purpose"]) for r in rows("channels")),
        address_types={r["channel"]: r["address_type"] for r in rows("channels")},
        rfm_segments=tuple(
            RfmSegment(
                r["rfm_segment"],
                _span(r, "recency_score"),
                _span(r, "frequency_score"),
                _span(r, "monetary_score"),
            )
            for r in _by_priority(rows("rfm_segments"))
        ),
        rfm_fixed_bands=tuple(
            FixedBand(r["axis"], int(r["score"]), Decimal(r["min_value"]), Decimal(r["max_value"]))
            for r in rows("rfm_fixed_bands")
        ),
        lifecycle_stages=tuple(
            LifecycleStage(
                r["lifecycle_stage"],
                _is_true(r["is_churned"]),
                _span(r, "orders"),
                _span(r, "days_since_last_order"),
                _span(r, "days_since_first_order"),
                _span(r, "gap_days"),
                _span(r, "days_since_gap"),
            )
            for r in _by_priority(rows("lifecycle_stages"))
        ),
        value_tiers=tiers("value_tier", "has_value", "share"),
        engagement_tiers=tiers("engagement_tier", "has_engagement", "points"),
        behaviour=behaviour,
        traits=tuple(
            TraitRow(
                r["trait"],
                r["type"],
                r["measure"],
                r["activity"],
                r["scope"],
                r["scope_value"],
                0 if r["from_days"] == "life" else int(r["from_days"]),
                None if r["to_days"] == "life" else int(r["to_days"]),
            )
            for r in rows("traits")
        ),
    )

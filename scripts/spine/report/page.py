"""A report as one HTML page that needs nothing else: no script, no other file, no network."""

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from spine.report import figures, headlines
from spine.report.adding_up import waterfalls
from spine.report.charts import LINE_HEIGHT, LINE_WIDTH, line_points, shade
from spine.report.facts import CHANNELS, Causes, Facts, Row, channel_name
from spine.report.feeds import event_sources, newest_day
from spine.report.figures import Figure, Sentence
from spine.report.periods import in_words
from spine.report.rule_words import rules_in_words, scores_in_words

_FOLDER = Path(__file__).parent
_KINDS = {
    "rfm": "RFM: recency, frequency and money",
    "lifecycle": "Lifecycle stages",
    "value": "Value tiers",
    "engagement": "Engagement tiers",
    "behaviour": "Behavioural segments (a customer may be in several)",
}
_STATUSES = {
    "draft": "It is a draft",
    "retired": "It is retired",
    "not_valid": "It is not valid on this day",
    "not_computable": "It cannot be computed",
}
_HEALTH = {"warn": "warning", "error": "error", "not_computable": "cannot be computed"}
_METRICS = {
    "unmapped_event_name": "rows of events whose names the rules do not know",
    "unmapped_order_status": "orders with a status that the rules do not know",
    "unmapped_consent_status": "records of consent with a status that the rules do not know",
    "unmapped_consent_channel": "records of consent for a channel that the rules do not know",
    "unmapped_consent_purpose": "records of consent for a purpose that the rules do not know",
    "unmapped_subscription_status": "subscriptions with a status that the rules do not know",
    "late_share": "rows that were loaded more than a day after they happened",
    "unreadable_values": "values that cannot be read",
    "orphan_ids": "ids that point to nothing in the data",
    "differing_versions": "ids that came with rows that differ",
    "contradicting_versions": "ids that came with rows that contradict each other",
    "differing_totals": "orders whose total is not the sum of its parts",
    "opt_ins_held_back": "customers whose opt-in is held back by another answer",
    "withdrawn_after_day": "customers who have withdrawn after the day",
    "withdrawals_of_strangers": "withdrawals of addresses that nobody here has",
    "chained_people": "customers joined by a chain of ids",
    "crowded_addresses": "addresses that too many ids share",
    "rounded_ids": "ids that were rounded",
    "midnights": "times at midnight: days without a time?",
    "uncategorised_lines": "order lines without a category",
    "orders_of_one_customer": "orders of the customer who has the most",
    "contradicting_dates": "dates that contradict each other",
    "implied_refunds": "refunds implied by the status of the order",
    "missing_refunds": "orders whose refund is missing",
    "identifiers_unlinked": "identifiers that are linked to no customer",
    "identifiers_junk": "identifiers that stand for nobody",
    "identifiers_set_apart": "identifiers that too many customers share",
}
# What is no fault in itself.
_NO_FAULTS = ("null_share", "identifiers_linked", "withdrawn_after_day")
# Some customer always has the most orders: their share is a fault only above max_order_share, which the page knows as
# shipped, for it sees the published database alone.
_MOST_ORDERS, _LEAST_ORDER_SHARE = "orders_of_one_customer", 0.20
SHOWN_IDS = 500
SHOWN_FLOWS = 12
SHOWN_QUALITY = 20


@dataclass(frozen=True)
class Entered:
    """Who has entered a segment and is in it: how many, how many of them by cause, and, if asked for, who."""

    segment: Row
    count: Figure
    causes: list[tuple[str, Figure]]
    rows: list[Row]


def page_of(facts: Facts) -> str:
    """The report as HTML."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["in_words"] = in_words
    template = environment.get_template("page.html.j2")
    return template.render(
        facts=facts,
        period=facts.period,
        style=Markup((_FOLDER / "page.css").read_text(encoding="utf-8")),
        script=Markup((_FOLDER / "page.js").read_text(encoding="utf-8")),
        broken=headlines.broken(facts),
        sums=headlines.sums(facts),
        moved=headlines.moved(facts),
        unusual=headlines.unusual(facts),
        lacking=headlines.lacking(facts),
        moves=_moves(facts),
        waterfalls=waterfalls(facts),
        kinds=_segments_by_kind(facts),
        grid=_grid(facts),
        scores=_scores(facts),
        flows=_flows(facts),
        stages=_stages(facts),
        value_paths=_value_paths(facts),
        entered=[_entered(facts, key) for key in facts.entered],
        shown_ids=SHOWN_IDS,
        shown_quality=SHOWN_QUALITY,
        health=_health(facts),
        sources=_sources(facts),
        event_sources=event_sources(facts),
        quality=_quality(facts),
        catalogue=_catalogue(facts),
        line_size=(LINE_WIDTH, LINE_HEIGHT),
    )


def _moves(facts: Facts) -> Sentence:
    """`Since 23 June 2026 customers entered a segment 123 times and left one 45 times.`"""
    since = facts.period.since
    if since is None:
        return []
    causes = [counts for by_cause in facts.movements.values() for counts in by_cause.values()]
    return [
        f"Since {in_words(since)} customers entered a segment ",
        figures.count("moves.entries", sum(entries for entries, _ in causes)),
        " times and left one ",
        figures.count("moves.exits", sum(exits for _, exits in causes)),
        " times, all segments together.",
    ]


def _segments_by_kind(facts: Facts) -> list[tuple[str, list[dict]]]:
    kinds: dict[str, list[dict]] = {}
    for row in facts.segments:
        if row["status"] in ("active", "not_computable") and (row["customers"] or row["segment_name"] != "unscored"):
            kinds.setdefault(row["segment_kind"], []).append(_segment(facts, row))
    return [(_KINDS.get(kind, kind), rows) for kind, rows in kinds.items()]


def _segment(facts: Facts, row: Row) -> dict:
    key, period = row["segment_key"], facts.period
    name = f"segments.{key}"
    prefix = "contactable" if period.kind == "day" else "with_consent"
    causes = facts.movements.get(key, {})
    return {
        "row": row,
        "customers": figures.count(f"{name}.customers", row["customers"]),
        "share": figures.share(f"{name}.customer_share", row["customer_share"]),
        "revenue": figures.money(f"{name}.net_revenue_365d", row["net_revenue_365d"]),
        "revenue_share": figures.share(f"{name}.revenue_share", row["revenue_share"]),
        "change": figures.change(f"{name}.change", headlines.change_of(row, "customers_since")),
        "change_before": figures.change(
            f"{name}.change_before", headlines.change_of(row, "customers_before", "customers_since")
        ),
        "long_change": figures.change(f"{name}.long_change", headlines.change_of(row, "customers_long_since")),
        "entered": _by_cause(f"{name}.entries", None if period.since is None else causes, 0),
        "left": _by_cause(f"{name}.exits", None if period.since is None else causes, 1),
        "reach": [
            (channel_name(channel), figures.count(f"{name}.{prefix}_{channel}", row[f"{prefix}_{channel}"] or 0))
            for channel in CHANNELS
            if row["customers"] is not None
        ],
        "line": line_points(facts.sizes.get(key, {}), period.line_since, period.last),
        "lacks": (row["lacks"] or "").replace("|", " and "),
    }


def _by_cause(name: str, causes: Causes | None, place: int) -> tuple[Figure, list[tuple[str, Figure]]]:
    """How many entered or left, and how many of them by each cause; unknown where the ledger has just begun."""
    if causes is None:
        return figures.count(name, None), []
    counts = {cause: counts[place] for cause, counts in causes.items() if counts[place]}
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return (
        figures.count(name, sum(counts.values())),
        [(cause, figures.count(f"{name}_{cause}", number)) for cause, number in ranked],
    )


def _grid(facts: Facts) -> list[tuple[int, list[dict]]]:
    """The cells of the grid, the highest recency score first, each with its customers, money, segment and shade."""
    cells = {(row["recency_score"], row["frequency_score"]): row for row in facts.heat_map}
    if not cells:
        return []
    most = max(row["customers"] for row in cells.values())
    labels = {row["segment_name"]: row["label"] for row in facts.segments if row["segment_kind"] == "rfm"}

    def cell(recency: int, frequency: int) -> dict:
        row, name = cells.get((recency, frequency)), f"grid.{recency}{frequency}"
        number, amount = (row["customers"], row["net_revenue"]) if row else (0, 0)
        return {
            "customers": figures.count(f"{name}.customers", number),
            "revenue": figures.money(f"{name}.net_revenue", amount),
            "segment": labels.get(row["rfm_segment"], "") if row else "",
            "shade": shade(number, most),
        }

    return [(recency, [cell(recency, frequency) for frequency in range(1, 6)]) for recency in range(5, 0, -1)]


def _scores(facts: Facts) -> list[tuple[str, str, list[tuple[int, str]]]]:
    """For each axis what it measures, and the values of its scores, the highest first; one scored by rank has none."""
    words = scores_in_words(facts)
    lines = [row for row in facts.lines if row["rule_table"] == "rfm_scores"]
    meanings = {row["metric"].removesuffix("_days"): row["meaning"].rstrip(".").lower() for row in lines}
    return [
        (axis, meanings[axis], [(score, words.get((axis, score), "nobody")) for score in range(5, 0, -1)])
        for axis in ("recency", "frequency", "monetary")
        if any(of_axis == axis for of_axis, _ in words)
    ]


def _stages(facts: Facts) -> list[tuple[str, str]]:
    """The stages that anybody was in, in their order, with their names."""
    seen = {key for row in facts.flow for key in (row["from_key"], row["to_key"])}
    known = [(key, row["label"]) for key, row in facts.by_key.items() if key in seen]
    gone = [(key, key) for key in sorted(seen - {key for key, _ in known} - {"none"})]
    return [*known, *gone, *([("none", "Not in the data")] if "none" in seen else [])]


def _flows(facts: Facts) -> dict:
    """Who went from which stage to which: all cells, and the largest flows with their bars."""
    labels = dict(_stages(facts))
    cells = {
        (row["from_key"], row["to_key"]): figures.count(f"flow.{row['from_key']}.{row['to_key']}", row["customers"])
        for row in facts.flow
    }
    went = sorted(
        (row for row in facts.flow if row["from_key"] != row["to_key"]),
        key=lambda row: (-row["customers"], row["from_key"], row["to_key"]),
    )[:SHOWN_FLOWS]
    most = max((row["customers"] for row in went), default=1)
    largest = [
        (
            labels[row["from_key"]],
            labels[row["to_key"]],
            cells[row["from_key"], row["to_key"]],
            round(row["customers"] / most * 100, 1),
        )
        for row in went
    ]
    return {"cells": cells, "largest": largest}


def _value_paths(facts: Facts) -> dict[str, object]:
    """Who went up and down from one value tier to another; the first tier is the best."""
    places = {key: place for place, key in enumerate(facts.by_key)}

    def ways(is_up: bool) -> tuple[Figure, list[tuple[str, str, Figure]]]:
        name = "value_paths.up" if is_up else "value_paths.down"
        went = [
            (facts.by_key[row["from_key"]]["label"], facts.by_key[row["to_key"]]["label"], row["customers"])
            for row in facts.value_flow
            if {row["from_key"], row["to_key"]} <= places.keys()
            and row["from_key"] != row["to_key"]
            and (places[row["to_key"]] < places[row["from_key"]]) == is_up
        ]
        return (
            figures.count(name, sum(customers for _, _, customers in went)),
            [
                (before, after, figures.count(f"{name}.{before}.{after}", customers))
                for before, after, customers in went
            ],
        )

    return {"up": ways(True), "down": ways(False)}


def _entered(facts: Facts, key: str) -> Entered:
    rows = facts.entered[key]
    causes: dict[str, int] = {}
    for row in rows:
        causes[row["entry_cause"]] = causes.get(row["entry_cause"], 0) + 1
    ranked = sorted(causes.items(), key=lambda one: (-one[1], one[0]))
    return Entered(
        facts.by_key[key],
        figures.count(f"entered.{key}", len(rows)),
        [
            (headlines.CAUSES.get(cause, cause), figures.count(f"entered.{key}.{cause}", number))
            for cause, number in ranked
        ],
        rows[:SHOWN_IDS] if facts.with_ids else [],
    )


def _health(facts: Facts) -> list[dict]:
    return [
        {
            "label": row["label"],
            "status": _HEALTH.get(row["health_status"], row["health_status"]),
            "share": figures.share(f"health.{row['segment_key']}.customer_share", row["customer_share"]),
            "why": f"bring {row['lacks'].replace('|', ' and ')}"
            if row["lacks"]
            else (row["reason"] or "").replace("_", " "),
        }
        for row in facts.health
    ]


def _sources(facts: Facts) -> list[dict]:
    return [
        {
            "table": row["table_name"],
            "newest": figures.day(f"sources.{row['table_name']}.newest_on", newest_day(facts, row["table_name"])),
            **{
                name: figures.count(f"sources.{row['table_name']}.{name}", row[name])
                for name in ("raw_rows", "staged_rows", "superseded_rows", "quarantined_rows")
            },
        }
        for row in facts.sources
    ]


def _quality(facts: Facts) -> list[dict]:
    faults = [row for row in facts.quality if _is_fault(row)]
    ranked = sorted(faults, key=lambda row: -row["affected_rows"])
    return [
        {
            "what": _METRICS.get(row["metric"], row["metric"].replace("_", " ")),
            "where": f"{row['table_name']}, {row['subject']}",
            "affected": figures.count(
                f"quality.{row['metric']}.{row['table_name']}.{row['subject']}", row["affected_rows"]
            ),
            "share": figures.share(
                f"quality.{row['metric']}.{row['table_name']}.{row['subject']}.share", row["affected_share"]
            ),
        }
        for row in ranked[:SHOWN_QUALITY]
    ]


def _is_fault(row: Row) -> bool:
    if row["metric"] == _MOST_ORDERS:
        return (row["affected_share"] or 0) > _LEAST_ORDER_SHARE
    return row["metric"] not in _NO_FAULTS


def _catalogue(facts: Facts) -> list[dict]:
    rules = rules_in_words(facts)
    return [
        {
            "row": row,
            "ways": rules.get(row["segment_key"], []),
            "status": _STATUSES.get(row["status"], ""),
            "changed": _changed(facts, row),
        }
        for row in facts.segments
    ]


def _changed(facts: Facts, row: Row) -> Sentence:
    """When the rule was last changed, and what that moved; nothing where the ledger knows of no change."""
    moved = facts.rule_changes.get(row["segment_key"])
    if moved is None:
        return []
    name = f"rule_changes.{row['segment_key']}"
    return [
        "Last change: on ",
        figures.day(f"{name}.changed_on", moved["changed_on"]),
        ". ",
        figures.count(f"{name}.entries", moved["entries"]),
        " entered and ",
        figures.count(f"{name}.exits", moved["exits"]),
        " left because of it.",
    ]

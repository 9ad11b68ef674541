"""What has moved, what is unusual and what is lacking, in sentences that are written from the numbers."""

from itertools import groupby, pairwise

from spine.report import figures
from spine.report.facts import CHANNELS, Causes, Facts, Row, channel_name
from spine.report.feeds import old_feeds, unusual_feeds
from spine.report.figures import Sentence
from spine.report.periods import in_words

MOST_MOVES, MOST_OF_A_KIND, MOST_UNUSUAL = 6, 2, 6
# A change is unusual if it is more than twice the greatest of at least so many earlier spans, and not of a handful.
LEAST_SPANS, TIMES, LEAST_CHANGE = 4, 2, 10
# Segments that rest on a table are in doubt where a feed of at least this share of its rows brings less.
LEAST_SHARE_OF_TABLE = 0.1
CAUSES = {
    "behaviour": "by their own behaviour",
    "population": "because other customers moved the line",
    "time": "because time passed",
    "rule": "because a rule was changed",
    "late": "because rows of earlier days came late or were corrected",
    "merge": "because customer ids were joined or parted",
    "several": "because rule and line moved together",
}


def moved(facts: Facts) -> list[Sentence]:
    """The greatest changes of size since the day compared with, each with its causes; none where nothing changed.

    What a change of a rule has moved is told in any case.
    """
    known = [(row, change) for row in facts.counted if (change := change_of(row, "customers_since")) is not None]
    ranked = sorted(known, key=lambda one: (-abs(one[1]), one[0]["segment_key"]))
    kept: list[tuple[Row, int]] = []
    for row, change in ranked:
        if change and sum(row["segment_kind"] == other["segment_kind"] for other, _ in kept) < MOST_OF_A_KIND:
            kept.append((row, change))
    kept = kept[:MOST_MOVES]
    keys = {row["segment_key"] for row, _ in kept}
    for row, change in ranked:
        if "rule" in facts.movements.get(row["segment_key"], {}) and row["segment_key"] not in keys:
            kept.append((row, change))
    broken = {feed.table for feed in unusual_feeds(facts) if feed.is_less and feed.share >= LEAST_SHARE_OF_TABLE}
    return [_move(facts, row, change, broken) for row, change in kept]


def sums(facts: Facts) -> list[Sentence]:
    """What a review begins with: net revenue beside that of the period before, and how consent has changed."""
    sentences: list[Sentence] = []
    now = sum(row["amount"] for row in facts.adds_up if row["section"] == "revenue" and row["is_total"])
    if facts.net_revenue_before:
        sentences.append(
            [
                f"Net revenue: {facts.currency} ",
                figures.money("sums.net_revenue", now),
                f"; the {facts.period.span_name} before: {facts.currency} ",
                figures.money("sums.net_revenue_before", facts.net_revenue_before["amount"]),
                ".",
            ]
        )
    consent: Sentence = []
    for channel in CHANNELS:
        now, since = facts.consent[channel], facts.consent[f"{channel}_since"]
        if since is not None and now != since:
            name = f"sums.with_consent_{channel}"
            number, change = figures.count(name, now), figures.change(f"{name}.change", now - since)
            consent += [", " if consent else "", number, f" to {channel_name(channel)} (", change, ")"]
    return [*sentences, ["Customers with consent: ", *consent, "."]] if consent else sentences


def broken(facts: Facts) -> list[Sentence]:
    """The feeds that bring much less than they did."""
    return [feed.sentence for feed in unusual_feeds(facts) if feed.is_less]


def unusual(facts: Facts) -> list[Sentence]:
    """What else differs from its own past: sizes of segments, and feeds that bring much more than they did."""
    found = [feed.sentence for feed in unusual_feeds(facts) if not feed.is_less]
    ranked = []
    for row in facts.counted:
        past = _past_changes(facts, row["segment_key"])
        now, most = change_of(row, "customers_since"), max(map(abs, past), default=0)
        if now and len(past) >= LEAST_SPANS and abs(now) >= LEAST_CHANGE and abs(now) > TIMES * most:
            ranked.append((-abs(now), row["segment_key"], _unusual_size(facts, row, now, most, len(past))))
    return found + [sentence for _, _, sentence in sorted(ranked)[:MOST_UNUSUAL]]


def lacking(facts: Facts) -> list[Sentence]:
    """What the data lack: feeds that segments need, segments out of their bounds, consent, new orders."""
    sentences: list[Sentence] = []
    by_lack = sorted(
        (row for row in facts.segments if row["status"] == "not_computable"), key=lambda row: row["lacks"] or ""
    )
    for lacks, rows in groupby(by_lack, lambda row: row["lacks"]):
        labels = [row["label"] for row in rows]
        are = "segment cannot be computed" if len(labels) == 1 else "segments cannot be computed"
        number = figures.count(f"lacking.{lacks}", len(labels))
        bring = (lacks or "").replace("|", " and ")
        them = "it" if len(labels) == 1 else "them"
        sentences.append([number, f" {are}: {', '.join(labels)}. Bring {bring}, or retire {them}."])
    for row in facts.health:
        if row["health_status"] in ("warn", "error"):
            sentences.append(_out_of_bounds(row))
    sentences += old_feeds(facts)
    if facts.is_of_today and not any(reach(facts).values()):
        nobody = figures.count("lacking.contactable", 0)
        sentences.append([nobody, " customers may be contacted by any channel. Bring consent."])
    return sentences


def reach(facts: Facts) -> dict[str, int]:
    """How many customers may be written to, by the name of the channel, the most reaching first."""
    rows = [row for row in facts.adds_up if row["section"] == "channels" and row["line"] == "contactable"]
    ranked = sorted(rows, key=lambda row: (-row["entries"], row["channel"]))
    return {channel_name(row["channel"]): row["entries"] for row in ranked}


def causes_in_words(name: str, causes: Causes) -> Sentence:
    """`18 by their own behaviour, 15 because the line moved`: what each cause adds to a change, which they add up to.

    Where some causes go the other way, each says which way it goes.
    """
    nets = {cause: entries - exits for cause, (entries, exits) in causes.items() if entries != exits}
    ranked = sorted(nets.items(), key=lambda one: (-abs(one[1]), one[0]))
    is_one_way = len({net > 0 for net in nets.values()}) < 2
    sentence: Sentence = []
    for cause, net in ranked:
        way = "" if is_one_way else " more" if net > 0 else " fewer"
        number = figures.count(f"{name}.{cause}", abs(net))
        sentence += [", " if sentence else "", number, f"{way} {CAUSES.get(cause, cause)}"]
    return sentence


def change_of(row: Row, then: str, now: str = "customers") -> int | None:
    """By how many customers a segment has changed between two counts of its row; None where one is unknown."""
    return None if row[now] is None or row[then] is None else row[now] - row[then]


def _move(facts: Facts, row: Row, change: int, broken: set[str]) -> Sentence:
    """`Champions shrank by 42 to 2,824: 18 by their own behaviour, 24 because time passed. The week before it …`"""
    key, period = row["segment_key"], facts.period
    name = f"moved.{key}"
    sentence: Sentence = [
        f"{row['label']} {_grew(change)} by ",
        figures.count(f"{name}.change", abs(change)),
        " to ",
        figures.count(f"{name}.customers", row["customers"]),
    ]
    causes = causes_in_words(f"{name}.causes", facts.movements.get(key, {}))
    sentence += [": ", *causes, "."] if causes else ["."]
    before = row["customers_before"]
    if period.before is not None and before is not None:
        earlier = row["customers_since"] - before
        number = figures.count(f"{name}.change_before", abs(earlier))
        sentence += [f" The {period.span_name} before it {_grew(earlier)} by ", number, "."]
    if rests_on := broken & set(row["rests_on"]):
        sentence.append(f" It rests on {' and '.join(sorted(rests_on))}, of which less has come than usual.")
    return sentence


def _grew(change: int) -> str:
    return "grew" if change > 0 else "shrank" if change < 0 else "changed"


def _past_changes(facts: Facts, key: str) -> list[int]:
    """The changes of a segment in the spans before, as far back as it had a size without a break."""
    sizes = facts.sizes.get(key, {})
    past: list[int] = []
    for later, earlier in pairwise(facts.period.ends[1:]):
        if earlier is None or later not in sizes or earlier not in sizes:
            break
        past.append(sizes[later] - sizes[earlier])
    return past


def _unusual_size(facts: Facts, row: Row, now: int, most: int, spans: int) -> Sentence:
    span, name = facts.period.span_name, f"unusual.{row['segment_key']}"
    sentence: Sentence = [
        f"{row['label']} {_grew(now)} by ",
        figures.count(f"{name}.change", abs(now)),
        f" since {in_words(facts.period.since)}; in each of the {spans} {span}s before it changed by at most ",
        figures.count(f"{name}.most", most),
    ]
    causes = causes_in_words(f"{name}.causes", facts.movements.get(row["segment_key"], {}))
    return [*sentence, ". This time: ", *causes, "."] if causes else [*sentence, "."]


def _out_of_bounds(row: Row) -> Sentence:
    name = f"bounds.{row['segment_key']}"
    if row["reason"] and row["reason"].startswith("completeness"):
        return [
            f"{row['label']}: ",
            figures.share(f"{name}.data_completeness", row["data_completeness"]),
            " of its customers have an address or number and a country; at least ",
            figures.share(f"{name}.min_completeness", row["min_completeness"]),
            " are expected.",
        ]
    return [
        f"{row['label']} holds ",
        figures.share(f"{name}.customer_share", row["customer_share"]),
        " of all customers; ",
        figures.share(f"{name}.min_share_warn", row["min_share_warn"]),
        " to ",
        figures.share(f"{name}.max_share_warn", row["max_share_warn"]),
        " are expected.",
    ]

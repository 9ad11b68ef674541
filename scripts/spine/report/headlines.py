"""What has moved, what is unusual and what is lacking, in sentences that are written from the numbers."""

from collections.abc import Iterator
from itertools import groupby, pairwise

from spine.report import figures
from spine.report.facts import Causes, Facts, Row, channel_name
from spine.report.figures import Sentence
from spine.report.periods import in_words

MOST_MOVES, MOST_OF_A_KIND, MOST_UNUSUAL = 6, 2, 6
# A change is unusual if it is more than twice the greatest of at least so many earlier spans, and not of a handful.
LEAST_SPANS, TIMES, LEAST_CHANGE = 4, 2, 10
# A feed is unusual if it brings so many times less or more than in each of four weeks that had so many rows at least.
LEAST_ROWS_A_WEEK = 20
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
    """The greatest changes of size since the day compared with, each with its causes; none where nothing changed."""
    changed = [(row, _change(row, "customers_since")) for row in facts.counted]
    ranked = sorted((one for one in changed if one[1]), key=lambda one: (-abs(one[1]), one[0]["segment_key"]))
    kept: list[tuple[Row, int]] = []
    for row, change in ranked:
        if sum(row["segment_kind"] == other["segment_kind"] for other, _ in kept) < MOST_OF_A_KIND:
            kept.append((row, change))
    return [_move(facts, row, change) for row, change in kept[:MOST_MOVES]]


def unusual(facts: Facts) -> list[Sentence]:
    """What differs from its own past: sizes of segments, and feeds that bring much less or more than they did."""
    found = [*_unusual_feeds(facts)] if facts.period.kind == "day" else []
    ranked = []
    for row in facts.counted:
        past = _past_changes(facts, row["segment_key"])
        now, most = _change(row, "customers_since"), max(map(abs, past), default=0)
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
        sentences.append([number, f" {are}: {', '.join(labels)}. Bring {bring}."])
    for row in facts.health:
        if row["health_status"] in ("warn", "error"):
            sentences.append(_out_of_bounds(row))
    if facts.period.kind == "day":
        sentences += _old_feeds(facts)
        if not any(reach(facts).values()):
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


def _change(row: Row, then: str) -> int | None:
    return None if row[then] is None else row["customers"] - row[then]


def _move(facts: Facts, row: Row, change: int) -> Sentence:
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


def _unusual_feeds(facts: Facts) -> Iterator[Sentence]:
    """A sentence for each feed that brings much less or more than in each of four weeks; of a whole table, just one."""
    told: set[tuple[str, str]] = set()
    for (table, source, event_name), (now, *past) in _rows_by_feed(facts.feeds):
        least, most = min(past), max(past)
        is_less, is_more = TIMES * now < least, now > TIMES * most
        if least < LEAST_ROWS_A_WEEK or not (is_less or is_more) or told & {(table, ""), (table, source)}:
            continue
        if not event_name:
            told.add((table, source))
        name = f"feeds.{table}.{source}.{event_name}"
        yield [
            " ".join(filter(None, (table, event_name))) + (f" from {source}" if source else "") + ": ",
            figures.count(f"{name}.rows_7d", now),
            " rows in the last 7 days, between ",
            figures.count(f"{name}.least", least),
            " and ",
            figures.count(f"{name}.most", most),
            " a week in the 4 weeks before" + ("; is something broken?" if is_less else "."),
        ]


def _rows_by_feed(feeds: list[Row]) -> list[tuple[tuple[str, str, str], list[int]]]:
    """The rows by week, the newest first, of each table, then of each source of events, then of each event."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for row in feeds:
        table, source, event_name = row["table_name"], row["source"], row["event_name"]
        for feed in dict.fromkeys([(table, "", ""), (table, source, ""), (table, source, event_name)]):
            sums[feed] = [one + more for one, more in zip(sums.get(feed, [0] * 5), row["rows_by_week"], strict=True)]
    return sorted(sums.items(), key=lambda one: (one[0][2] != "", one[0][1] != "", one[0]))


def _old_feeds(facts: Facts) -> Iterator[Sentence]:
    """A sentence for each watched table whose newest row is old."""
    newest: dict[str, Row] = {}
    for row in facts.feeds:
        if row["is_old"] and row["age_days"] <= newest.get(row["table_name"], row)["age_days"]:
            newest[row["table_name"]] = row
    for table, row in newest.items():
        yield [
            f"The newest row of {table} is of ",
            figures.day(f"old.{table}.newest_on", row["newest_on"]),
            ", ",
            figures.count(f"old.{table}.age_days", row["age_days"]),
            " days before.",
        ]


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

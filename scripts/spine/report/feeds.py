"""Whether the tables, and the sources and names of events, still bring what they used to bring."""

import datetime
from collections.abc import Iterator
from typing import NamedTuple

from spine.report import figures
from spine.report.facts import Facts, Row
from spine.report.figures import Sentence

# A feed is unusual if it brings so many times less or more than in each of four weeks that had so many rows at least.
TIMES, LEAST_ROWS_A_WEEK = 2, 20


class UnusualFeed(NamedTuple):
    """A feed that brings much less or more than in each of four weeks, and what is to be said of it.

    `share` is what it brought in these weeks of all rows of its table.
    """

    table: str
    is_less: bool
    share: float
    sentence: Sentence


def unusual_feeds(facts: Facts) -> list[UnusualFeed]:
    """The unusual feeds, those that bring less first; of a whole table or source only that, not each of its events.

    None for a report whose last day is not that of the marts: how much was brought by then they do not say.
    """
    found: list[UnusualFeed] = []
    told: set[tuple[str, str]] = set()
    feeds = dict(_rows_by_feed(facts.feeds)) if facts.is_of_today else {}
    for (table, source, event_name), (now, *past) in feeds.items():
        least, most = min(past), max(past)
        is_less, is_more = TIMES * now < least, now > TIMES * most
        if least < LEAST_ROWS_A_WEEK or not (is_less or is_more) or told & {(table, ""), (table, source)}:
            continue
        if not event_name:
            told.add((table, source))
        name = f"feeds.{table}.{source}.{event_name}"
        sentence: Sentence = [
            " ".join(filter(None, (table, event_name))) + (f" from {source}" if source else "") + ": ",
            figures.count(f"{name}.rows_7d", now),
            " rows in the last 7 days, between ",
            figures.count(f"{name}.least", least),
            " and ",
            figures.count(f"{name}.most", most),
            " a week in the 4 weeks before" + ("; is something broken?" if is_less else "."),
        ]
        found.append(UnusualFeed(table, is_less, sum(past) / sum(feeds[table, "", ""][1:]), sentence))
    return sorted(found, key=lambda feed: not feed.is_less)


def old_feeds(facts: Facts) -> Iterator[Sentence]:
    """A sentence for each watched table whose newest row is old."""
    newest: dict[str, Row] = {}
    for row in facts.feeds if facts.is_of_today else []:
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


def newest_day(facts: Facts, table: str, source: str | None = None) -> datetime.date | None:
    """The newest day of a table, or of one source of it."""
    days = (row["newest_on"] for row in facts.feeds if row["table_name"] == table and source in (None, row["source"]))
    return max(days, default=None)


def event_sources(facts: Facts) -> list[dict]:
    """The sources of events with their newest days and their rows; none where there is but one."""
    sums = {source: weeks for (_, source, event_name), weeks in _rows_by_feed(facts.feeds) if source and not event_name}
    return [
        {
            "source": source,
            "newest": figures.day(f"event_sources.{source}.newest_on", newest_day(facts, "events", source)),
            "rows_7d": figures.count(f"event_sources.{source}.rows_7d", now),
            "least": figures.count(f"event_sources.{source}.least", min(past)),
            "most": figures.count(f"event_sources.{source}.most", max(past)),
        }
        for source, (now, *past) in (sums.items() if len(sums) > 1 else ())
    ]


def _rows_by_feed(feeds: list[Row]) -> list[tuple[tuple[str, str, str], list[int]]]:
    """The rows by week, the newest first, of each table, then of each source of events, then of each event."""
    sums: dict[tuple[str, str, str], list[int]] = {}
    for row in feeds:
        table, source, event_name = row["table_name"], row["source"], row["event_name"]
        for feed in dict.fromkeys([(table, "", ""), (table, source, ""), (table, source, event_name)]):
            sums[feed] = [one + more for one, more in zip(sums.get(feed, [0] * 5), row["rows_by_week"], strict=True)]
    return sorted(sums.items(), key=lambda one: (one[0][2] != "", one[0][1] != "", one[0]))

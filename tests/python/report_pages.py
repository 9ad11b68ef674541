"""Reading a report as a browser does, and what each of its figures must be, from queries of its own."""

import datetime
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import duckdb

CHANNELS = ("email", "sms", "push", "ads")
CAUSES = ("merge", "rule", "late", "behaviour", "population", "several", "time")


class Page(HTMLParser):
    """A page: its tags with their attributes, its text, and its figures by name."""

    def __init__(self, html: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.figures: dict[str, set[str]] = {}
        self.text: list[str] = []
        self.sections: dict[str, str] = {}
        self._figure: str | None = None
        self._section = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag == "section":
            self._section = dict(attributes)["id"]
        self._figure = dict(attributes).get("data-figure", self._figure if tag != "span" else None)

    def handle_endtag(self, tag: str) -> None:
        if tag == "span":
            self._figure = None

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] in ("style", "script"):
            return
        self.text.append(data)
        self.sections[self._section] = self.sections.get(self._section, "") + data
        if self._figure is not None:
            self.figures.setdefault(self._figure, set()).add(data)

    def items_of(self, section: str) -> list[str]:
        """The lines of text of a section that say something."""
        return [line.strip() for line in self.sections.get(section, "").splitlines() if line.strip()]


def shown(value: object) -> str:
    """A number or day as text: counts with commas, unknown as a dash."""
    if value is None:
        return "\u2013"
    if isinstance(value, datetime.date):
        return f"{value.day} {value:%B} {value.year}"
    return f"{int(value):,}"


def shown_change(value: int | None) -> str:
    """A change with its sign."""
    return shown(value) if not value else f"{'+' if value > 0 else chr(0x2212)}{abs(value):,}"


def shown_money(value: object) -> str:
    """An amount in whole units."""
    return "\u2013" if value is None else f"{round(value):,}".replace("-", "\u2212")


def shown_share(value: float | None) -> str:
    """A share in percent."""
    return "\u2013" if value is None else f"{100 * value:.1f} %".replace("-0.0", "0.0").replace("-", "\u2212")


class Marts:
    """The marts of a database, and the figures of a report on some of its days."""

    def __init__(self, db: Path, last: datetime.date, since: datetime.date | None, flow_since: datetime.date | None):
        self.connection = duckdb.connect(str(db), read_only=True)
        self.last, self.since, self.flow_since = last, since, flow_since

    def one(self, query: str, *parameters: object) -> object:
        return self.connection.execute(query, parameters).fetchall()[0][0]

    def rows(self, query: str, *parameters: object) -> list[tuple]:
        return self.connection.execute(query, parameters).fetchall()

    def size(self, key: str, day: datetime.date | None) -> int | None:
        found = self.rows("select customers from marts.segment_daily where segment_key = ? and day = ?", key, day)
        return found[0][0] if found else None

    def figures_of_segments(
        self, before: datetime.date | None, long_since: datetime.date | None
    ) -> Iterator[tuple[str, str]]:
        """Each figure of the table of segments."""
        everybody = self.one(
            "select count(distinct customer_id) from marts.segment_membership_history "
            "where entered_on <= ? and (exited_on is null or exited_on > ?)", self.last, self.last
        )  # fmt: skip
        all_revenue = self.one(
            "select sum(net_revenue_365d) from marts.segment_daily where segment_kind = 'value' and day = ?", self.last
        )
        for (key,) in self.rows("select segment_key from marts.segments"):
            name, size = f"segments.{key}", self.size(key, self.last)
            revenue = self.one(
                "select max(net_revenue_365d) from marts.segment_daily where segment_key = ? and day = ?",
                key,
                self.last,
            )
            yield f"{name}.customers", shown(size)
            yield f"{name}.customer_share", shown_share(size / everybody if size is not None else None)
            yield f"{name}.net_revenue_365d", shown_money(revenue)
            yield f"{name}.revenue_share", shown_share(None if revenue is None else float(revenue) / float(all_revenue))
            days = {"change": (self.since, self.last), "change_before": (before, self.since)}
            for what, (then, now) in {**days, "long_change": (long_since, self.last)}.items():
                sizes = self.size(key, then), self.size(key, now)
                yield f"{name}.{what}", shown_change(None if None in sizes else sizes[1] - sizes[0])
            for what, change in (("entries", "entered"), ("exits", "left")):
                causes = self.rows(
                    "select cause, count(*) from marts.segment_changes "
                    "where segment_key = ? and change = ? and changed_on > ? and changed_on <= ? group by 1",
                    key, change, self.since, self.last,
                )  # fmt: skip
                yield f"{name}.{what}", shown(sum(count for _, count in causes))
                yield from ((f"{name}.{what}_{cause}", shown(count)) for cause, count in causes)
            for channel in CHANNELS:
                reach = self.one(
                    "select count(*) from marts.segment_members "
                    "inner join marts.channel_eligibility using (customer_id) "
                    "where segment_key = ? and channel = ? and purpose = 'marketing' and is_contactable",
                    key,
                    channel,
                )
                yield f"{name}.contactable_{channel}", shown(reach)
                consent = self.one(
                    f"select max(with_consent_{channel}) from marts.segment_daily where segment_key = ? and day = ?",
                    key, self.last,
                )  # fmt: skip
                yield f"{name}.with_consent_{channel}", shown(consent or 0)

    def figures_of_headlines(self) -> Iterator[tuple[str, str]]:
        """What a headline may say of any segment, and of all movement together."""
        for change, what in (("entered", "entries"), ("left", "exits")):
            query = "select count(*) from marts.segment_changes where change = ? and changed_on > ? and changed_on <= ?"
            yield f"moves.{what}", shown(self.one(query, change, self.since, self.last))
        for (key,) in self.rows("select segment_key from marts.segments"):
            now, then = self.size(key, self.last), self.size(key, self.since)
            if now is None or then is None:
                continue
            yield f"moved.{key}.change", shown(abs(now - then))
            yield f"moved.{key}.customers", shown(now)
            for cause in CAUSES:
                net = self.one(
                    "select coalesce(sum(case change when 'entered' then 1 else -1 end), 0) from marts.segment_changes "
                    "where segment_key = ? and cause = ? and changed_on > ? and changed_on <= ?",
                    key, cause, self.since, self.last,
                )  # fmt: skip
                yield f"moved.{key}.causes.{cause}", shown(abs(net))
        for channel in CHANNELS:
            counts = [
                self.one(
                    f"select sum(with_consent_{channel}) from marts.segment_daily "
                    "where segment_kind = 'value' and day = ?",
                    day,
                )
                for day in (self.last, self.since)
            ]
            yield f"sums.with_consent_{channel}", shown(counts[0])
            yield f"sums.with_consent_{channel}.change", shown_change(int(counts[0] - counts[1]))
        for lacks, count in self.rows(
            "select lacks, count(*) from marts.segments where status = 'not_computable' group by 1"
        ):
            yield f"lacking.{lacks}", shown(count)

    def figures_of_sums(
        self, months: tuple[str, ...] | None, months_before: tuple[str, ...] | None
    ) -> Iterator[tuple[str, str]]:
        """Each figure of the waterfalls, by section and line; of all months or of some, beside those before."""
        for name, some in (("net_revenue", months), ("net_revenue_before", months_before)):
            amounts = (
                self.one(
                    "select sum(amount) from marts.does_it_add_up "
                    "where section = 'owners' and not is_total and month = ?",
                    month,
                )
                for month in some or ()
            )
            yield f"sums.{name}", shown_money(sum(amount or 0 for amount in amounts))
        for section, month, channel, line, reason, entries, amount in self.rows(
            "select section, month, channel, line, reason, entries, amount from marts.does_it_add_up order by all"
        ):
            if months and month not in (*months, "all"):
                continue
            name = f"{section}.{channel}" if section == "channels" else section
            is_money = section in ("revenue", "invoices", "owners")
            self._add(f"adds_up.{name}.{line}", amount if is_money else entries, is_money)
            self._add(f"adds_up.{name}.{line}.{reason}", entries, False)
        yield from (
            (name, (shown_money if is_money else shown)(value)) for name, (value, is_money) in self._sums.items()
        )

    @property
    def _sums(self) -> dict[str, tuple[object, bool]]:
        return self.__dict__.setdefault("sums", {})

    def _add(self, name: str, value: object, is_money: bool) -> None:
        self._sums[name] = ((self._sums.get(name, (0, is_money))[0]) + (value or 0), is_money)

    def figures_of_the_grid(self) -> Iterator[tuple[str, str]]:
        """Customers and money of each of the 25 squares."""
        for recency in range(1, 6):
            for frequency in range(1, 6):
                customers, revenue = self.rows(
                    "select count(*), coalesce(sum(monetary), 0) from marts.customer_rfm "
                    "where recency_score = ? and frequency_score = ?", recency, frequency
                )[0]  # fmt: skip
                yield f"grid.{recency}{frequency}.customers", shown(customers)
                yield f"grid.{recency}{frequency}.net_revenue", shown_money(revenue)

    def _holders(self, kind: str, day: datetime.date) -> dict[str, str]:
        """The segment of a kind that each customer was in on a day."""
        return dict(
            self.rows(
                "select customer_id, segment_key from marts.segment_membership_history "
                "where segment_kind = ? and entered_on <= ? and coalesce(exited_on > ?, true)", kind, day, day
            )
        )  # fmt: skip

    def figures_of_movement(self) -> Iterator[tuple[str, str]]:
        """Who went from which stage to which, from which tier to which, and who is new in watched segments."""
        before, after = self._holders("lifecycle", self.flow_since), self._holders("lifecycle", self.last)
        flows: dict[str, int] = {}
        for customer in {*before, *after}:
            name = f"flow.{before.get(customer, 'none')}.{after.get(customer, 'none')}"
            flows[name] = flows.get(name, 0) + 1
        yield from ((name, shown(count)) for name, count in flows.items())
        before, after = self._holders("value", self.flow_since), self._holders("value", self.last)
        labels = dict(self.rows("select segment_key, label from marts.segments"))
        places = {key: priority for key, priority in self.rows("select segment_key, priority from marts.segments")}
        paths = {"value_paths.up": 0, "value_paths.down": 0}
        for customer in before.keys() & after.keys():
            old, new = before[customer], after[customer]
            if old != new:
                way = "value_paths.up" if places[new] < places[old] else "value_paths.down"
                for name in (way, f"{way}.{labels[old]}.{labels[new]}"):
                    paths[name] = paths.get(name, 0) + 1
        yield from ((name, shown(count)) for name, count in paths.items())
        for (key,) in self.rows(
            "select segment_key from marts.segments where segment_name in ('at_risk', 'reactivated')"
        ):
            causes = self.rows(
                "select entry_cause, count(*) from marts.segment_membership_history where segment_key = ? "
                "and entry_cause <> 'start' and entered_on between cast(? as date) + 1 and ? "
                "and coalesce(exited_on > ?, true) and customer_id not in ("
                "select customer_id from marts.segment_changes "
                "where segment_key = ? and changed_on > ? and changed_on <= ? "
                "qualify row_number() over (partition by customer_id order by changed_on) = 1 and change = 'left') "
                "group by 1", key, self.since, self.last, self.last, key, self.since, self.last
            )  # fmt: skip
            yield f"entered.{key}", shown(sum(count for _, count in causes))
            yield from ((f"entered.{key}.{cause}", shown(count)) for cause, count in causes)

    def figures_of_health(self) -> Iterator[tuple[str, str]]:
        """Rows of the input, what is wanting, segments out of bounds, and what rules have moved."""
        weeks = ("rows_7d", "rows_8_to_14d", "rows_15_to_21d", "rows_22_to_28d", "rows_29_to_35d")
        for source, newest, now, *past in self.rows(
            f"select source, max(newest_on), {', '.join(f'sum({week})' for week in weeks)} "
            "from marts.feed_freshness where table_name = 'events' and source <> '' group by 1"
        ):
            yield f"event_sources.{source}.newest_on", shown(newest)
            yield f"event_sources.{source}.rows_7d", shown(now)
            yield f"event_sources.{source}.least", shown(min(past))
            yield f"event_sources.{source}.most", shown(max(past))
        for table, *counts, newest in self.rows(
            "select table_name, raw_rows, staged_rows, superseded_rows, quarantined_rows, newest_on "
            "from marts.source_reconciliation left join "
            "(select table_name, max(newest_on) as newest_on from marts.feed_freshness group by 1) using (table_name)"
        ):
            names = ("raw_rows", "staged_rows", "superseded_rows", "quarantined_rows")
            yield from ((f"sources.{table}.{name}", shown(count)) for name, count in zip(names, counts, strict=True))
            yield f"sources.{table}.newest_on", shown(newest)
        names: dict[tuple[str, str, str], list[int]] = {}
        for metric, table, subject, affected, total in self.rows(
            "select metric, table_name, subject, affected_rows, total_rows from marts.data_quality "
            "where affected_rows > 0"
        ):
            place = (metric, table, "" if metric.startswith("unmapped_") else subject)
            count, rows, _ = names.get(place, [0, 0, 0])
            names[place] = [count + 1, rows + affected, total]
        for (metric, table, subject), (count, affected, total) in names.items():
            name = f"quality.{metric}.{table}.{subject or f'{count} names'}"
            yield name, shown(affected)
            yield f"{name}.share", shown_share(affected / total)
        for key, customer_share in self.rows("select segment_key, customer_share from marts.segment_health"):
            yield f"health.{key}.customer_share", shown_share(customer_share)
            yield f"bounds.{key}.customer_share", shown_share(customer_share)
        for key, low, high in self.rows("select segment_key, min_share_warn, max_share_warn from marts.segment_health"):
            yield f"bounds.{key}.min_share_warn", shown_share(low)
            yield f"bounds.{key}.max_share_warn", shown_share(high)
        for key, day in self.rows(
            "select segment_key, max(changed_on) from marts.segment_changes where cause = 'rule' group by 1"
        ):
            moved = dict(
                self.rows(
                    "select change, count(*) from marts.segment_changes "
                    "where cause = 'rule' and segment_key = ? and changed_on = ? group by 1", key, day
                )
            )  # fmt: skip
            yield f"rule_changes.{key}.changed_on", shown(day)
            yield f"rule_changes.{key}.entries", shown(moved.get("entered", 0))
            yield f"rule_changes.{key}.exits", shown(moved.get("left", 0))

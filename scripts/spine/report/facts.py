"""What a report says, read from the published marts: one query per panel, in `sql`."""

import datetime
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb

from spine.errors import UsageError
from spine.report.periods import Period, period_of, wanted_days
from spine.run.database import is_damaged, reader, reason_of
from spine.run.moved import known_causes

_SQL = Path(__file__).with_name("sql")
_PUBLICATION = "select run_id, rule_version, full_run_id from marts.publication"
# The names of segments of which the report tells who has entered them.
WATCHED_NAMES = ("at_risk", "reactivated")
CHANNELS = ("email", "sms", "push", "ads")
_CHANNEL_NAMES = {"email": "e-mail", "sms": "SMS", "push": "push", "ads": "ads"}

Row = dict[str, object]
# Of one segment, by cause: how many entered and left.
Causes = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Facts:
    """All that a report says, as rows of the marts; what each row is stands in the query of its name."""

    period: Period
    run_id: str | None
    rule_version: str | None
    full_run_id: str | None
    segments: list[Row]
    movements: dict[str, Causes]
    sizes: dict[str, dict[datetime.date, int]]
    adds_up: list[Row]
    consent: Row
    net_revenue_before: Row | None
    heat_map: list[Row]
    lines: list[Row]
    clauses: list[Row]
    rule_changes: dict[str, Row]
    flow: list[Row]
    value_flow: list[Row]
    entered: dict[str, list[Row]]
    health: list[Row]
    sources: list[Row]
    feeds: list[Row]
    quality: list[Row]
    with_ids: bool = False

    @cached_property
    def currency(self) -> str:
        """The reporting currency."""
        return next((row["reporting_currency"] for row in self.adds_up), "")

    @property
    def is_of_today(self) -> bool:
        """Whether the last day of the report is that of the marts."""
        return self.period.last == self.period.as_of

    @cached_property
    def by_key(self) -> dict[str, Row]:
        """The segments by key, in their order."""
        return {row["segment_key"]: row for row in self.segments}

    @cached_property
    def counted(self) -> list[Row]:
        """The segments that have a size on the last day."""
        return [row for row in self.segments if row["customers"] is not None]


def channel_name(channel: str) -> str:
    """What a channel, which may stand with the purpose of what is sent, is called: `e-mail`, `e-mail (service)`."""
    name, _, purpose = channel.partition(" ")
    return _CHANNEL_NAMES.get(name, name) + (f" ({purpose})" if purpose not in ("", "marketing") else "")


def read_facts(db: Path, kind: str, with_ids: bool) -> Facts:
    """Reads all that a report says from a built or published database.

    Raises UsageError when the database or its marts are not there, or the ledger does not reach back to the period.
    """
    with reader(db) as connection:
        try:
            return _read(connection, kind, with_ids)
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise UsageError(
                f"--db {db}: holds no marts, or those of an earlier version of spine; build them with `spine build`, "
                "or `spine refresh` if it is published."
            ) from error
        except duckdb.Error as error:
            if not is_damaged(str(error)):
                raise
            raise UsageError(f"--db {db}: {reason_of(error)}") from error


def _read(connection: duckdb.DuckDBPyConnection, kind: str, with_ids: bool) -> Facts:
    def rows(name: str, **parameters: object) -> list[Row]:
        return _rows(connection, (_SQL / f"{name}.sql").read_text(encoding="utf-8"), parameters)

    def movements(after: datetime.date | None, until: datetime.date | None) -> dict[str, Causes]:
        if after is None or until is None:
            return {}
        found: dict[str, Causes] = {}
        for row in _rows(connection, movements_sql, {"after": after, "until": until}):
            found.setdefault(row["segment_key"], {})[row["cause"]] = (row["entries"], row["exits"])
        return found

    period = _period(rows, kind)
    movements_sql = _with_causes((_SQL / "movements.sql").read_text(encoding="utf-8"), known_causes(connection))
    days = {"last": period.last, "since": period.since, "before": period.before, "long_since": period.long_since}
    segments = rows("segments", **days)
    first_month, last_month = period.months or (None, None)
    first_drawn = min(day for day in (*period.ends, period.line_since) if day is not None)
    sizes: dict[str, dict[datetime.date, int]] = {}
    for row in rows("sizes_by_day", first=first_drawn, until=period.last):
        sizes.setdefault(row["segment_key"], {})[row["day"]] = row["customers"]
    flow_days = {"after": period.flow_since, "until": period.last}
    watched = [row["segment_key"] for row in segments if row["segment_name"] in WATCHED_NAMES]
    has_flow = period.flow_since is not None
    published = _publication(connection)
    return Facts(
        period=period,
        run_id=published.get("run_id"),
        rule_version=published.get("rule_version"),
        full_run_id=published.get("full_run_id"),
        segments=segments,
        movements=movements(period.since, period.last),
        sizes=sizes,
        adds_up=rows("adds_up", first_month=first_month, last_month=last_month),
        consent=rows("consent", last=period.last, since=period.since)[0],
        net_revenue_before=_net_revenue(rows, period.months_before),
        heat_map=rows("heat_map"),
        lines=rows("lines"),
        clauses=rows("clauses"),
        rule_changes={row["segment_key"]: row for row in rows("rule_changes")},
        flow=rows("flow", kind="lifecycle", **flow_days) if has_flow else [],
        value_flow=rows("flow", kind="value", **flow_days) if has_flow else [],
        entered={
            key: rows("entered", segment_key=key, after=period.since, until=period.last)
            for key in (watched if period.since else ())
        },
        health=rows("health"),
        sources=rows("sources"),
        feeds=rows("feeds"),
        quality=rows("quality"),
        with_ids=with_ids,
    )


def _period(rows, kind: str) -> Period:
    ((as_of, began_on),) = (row.values() for row in rows("periods"))
    if as_of is None:
        raise UsageError("--db: holds no segments yet; build them with `spine build` or `spine refresh`.")
    ends, long_since = wanted_days(kind, as_of)
    known = {row["asked"]: row["day"] for row in rows("days", days=[*ends, long_since])}
    return period_of(kind, as_of, began_on, known)


def _net_revenue(rows, months: tuple[str, str] | None) -> Row | None:
    """The net revenue of some months; None without any, and where there were no orders in them."""
    if months is None:
        return None
    (found,) = rows("net_revenue", first_month=months[0], last_month=months[1])
    return found if found["is_known"] else None


def _with_causes(query: str, names: list[str]) -> str:
    return query.format(
        causes=", ".join(f"'{name}'" for name in names),
        entries=", ".join(f"sum(entries_{name})" for name in names),
        exits=", ".join(f"sum(exits_{name})" for name in names),
    )


def _rows(connection: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, object]) -> list[Row]:
    found = connection.execute(query, parameters or None)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _publication(connection: duckdb.DuckDBPyConnection) -> Row:
    """The run that has published the database; nothing of one that was built."""
    try:
        return _rows(connection, _PUBLICATION, {})[0]
    except duckdb.CatalogException:
        return {}

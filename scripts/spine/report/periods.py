"""The days that a report compares: its last one, and those before it that it is held against."""

import calendar
import datetime
from dataclasses import dataclass

from spine.errors import UsageError

# How many earlier spans of the same length a change is held against.
EARLIER_SPANS = 12
# By kind of period what one span is called.
_SPANS = {"day": "week", "month": "month", "quarter": "quarter"}
# How many of them the longer span has.
_SPANS_OF_LONG = {"month": 3, "quarter": 4}
# How far back the small lines beside the segments go, in days.
_LINE_DAYS = {"day": 90, "month": 180, "quarter": 400}
PERIODS = tuple(_SPANS)


@dataclass(frozen=True)
class Period:
    """The days of a report, each a day of the ledger; None where the ledger does not reach back so far.

    `ends` are the last day of the report and the days, one span apart, that it is held against, the newest first.
    `long_since` is the day at the beginning of the longer span, `flow_since` that from which movements are shown. For
    these and `since` the newest day of the ledger stands that is not later, or its first day.
    """

    kind: str
    as_of: datetime.date
    began_on: datetime.date
    ends: tuple[datetime.date | None, ...]
    long_since: datetime.date | None

    @property
    def last(self) -> datetime.date:
        """The day that the report is of."""
        return self.ends[0]

    @property
    def since(self) -> datetime.date | None:
        """The day that the last one is compared with."""
        return self.ends[1]

    @property
    def before(self) -> datetime.date | None:
        """The day that `since` is compared with."""
        return self.ends[2]

    @property
    def flow_since(self) -> datetime.date | None:
        """The day since when customers' movements are shown."""
        return self.long_since if self.kind == "day" else self.since

    @property
    def span_name(self) -> str:
        """What the time from `since` to `last` is called."""
        return _SPANS[self.kind]

    @property
    def line_since(self) -> datetime.date:
        """The first day of the small lines beside the segments."""
        return self.last - datetime.timedelta(days=_LINE_DAYS[self.kind] - 1)

    @property
    def months(self) -> tuple[str, str] | None:
        """The first and the last month of a period of whole months, as YYYY-MM."""
        return self._months(is_before=False)

    @property
    def months_before(self) -> tuple[str, str] | None:
        """The first and the last month of the period before, likewise."""
        return self._months(is_before=True)

    def _months(self, is_before: bool) -> tuple[str, str] | None:
        if self.kind == "day":
            return None
        first, last = _whole(self.last, self.kind)
        if is_before:
            first, last = _whole(first - datetime.timedelta(days=1), self.kind)
        return f"{first:%Y-%m}", f"{last:%Y-%m}"

    @property
    def name(self) -> str:
        """What the period is called: `30 June 2026`, `June 2026` or `quarter 2 of 2026`."""
        match self.kind:
            case "month":
                return f"{self.last:%B %Y}"
            case "quarter":
                return f"quarter {(self.last.month + 2) // 3} of {self.last.year}"
        return in_words(self.last)


def wanted_days(kind: str, as_of: datetime.date) -> tuple[list[datetime.date], datetime.date]:
    """The days that a report on a kind of period would compare, the newest first, and the beginning of the longer span.

    The period of a `month` or `quarter` is the newest whole one at the end of the day `as_of`.
    """
    if kind == "day":
        ends = [as_of - datetime.timedelta(days=7 * count) for count in range(EARLIER_SPANS + 2)]
        return ends, as_of - datetime.timedelta(days=30)
    months = 1 if kind == "month" else 3
    last = _newest_end(as_of, months)
    ends = [_month_end(last, months * count) for count in range(EARLIER_SPANS + 2)]
    return ends, _month_end(last, months * _SPANS_OF_LONG[kind])


def period_of(
    kind: str, as_of: datetime.date, began_on: datetime.date, known: dict[datetime.date, datetime.date | None]
) -> Period:
    """The period of a report, where `known` says for each wanted day which day of the ledger stands for it.

    Raises UsageError where the ledger begins after the last whole period, or has no day of it.
    """
    ends, long_since = wanted_days(kind, as_of)
    if known[ends[0]] is None:
        raise UsageError(
            f"--period {kind}: the ledger begins on {began_on}, after {ends[0]}, the end of the last whole {kind}. "
            "`spine backfill --from` makes the days before (docs/history.md)."
        )
    if kind != "day" and known[ends[0]] < _whole(ends[0], kind)[0]:
        raise UsageError(
            f"--period {kind}: the ledger has no day of the last whole {kind}, which ends on {ends[0]}; the newest "
            f"before is {known[ends[0]]}. `spine backfill --from` makes the days between (docs/history.md)."
        )
    is_exact = known[ends[1]] == ends[1]  # else what lies before is no span of the same length
    found = [known[ends[0]], known[ends[1]], *(day if is_exact and known[day] == day else None for day in ends[2:])]
    begins_within = began_on if began_on < found[0] else None
    return Period(
        kind, as_of, began_on, (found[0], found[1] or begins_within, *found[2:]), known[long_since] or begins_within
    )


def in_words(day: datetime.date) -> str:
    """`30 June 2026`."""
    return f"{day.day} {day:%B %Y}"


def _whole(day: datetime.date, kind: str) -> tuple[datetime.date, datetime.date]:
    """The first and the last day of the month, or of the quarter, that a day lies in."""
    last = _month_end(day, 0 if kind == "month" else -(-day.month % 3))
    return _month_end(last, 0 if kind == "month" else 2).replace(day=1), last


def _newest_end(as_of: datetime.date, months: int) -> datetime.date:
    """The newest last day of a month, or of a quarter, up to a day."""
    end = _month_end(as_of, 0)
    if end > as_of:
        end = _month_end(as_of, 1)
    return _month_end(end, end.month % months)


def _month_end(day: datetime.date, months_before: int) -> datetime.date:
    """The last day of the month that lies a number of months before that of a day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months_before, 12)
    return datetime.date(year, month + 1, calendar.monthrange(year, month + 1)[1])

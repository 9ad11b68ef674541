"""The business day of a timestamp, as a day number (date.toordinal)."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


class Clock:
    """Turns naive UTC timestamps into day numbers of one business time zone."""

    def __init__(self, timezone: str):
        self.zone = None if timezone == "UTC" else ZoneInfo(timezone)

    def day(self, moment: datetime) -> int:
        """The day number of the local date."""
        if self.zone is None:
            return moment.toordinal()
        return moment.replace(tzinfo=UTC).astimezone(self.zone).toordinal()

    def start_of(self, day: int) -> datetime:
        """The naive UTC moment at which a local day begins."""
        midnight = datetime.fromordinal(day)
        if self.zone is None:
            return midnight
        return midnight.replace(tzinfo=self.zone).astimezone(UTC).replace(tzinfo=None)

"""The year's clock: it stands where the script puts it, and runs on once the year is over."""

from datetime import date, datetime, time
from time import monotonic

from node.calendar import SHANGHAI

MORNING = time(9)


class YearClock:
    """One clock for all twelve stations."""

    def __init__(self, day: date) -> None:
        """It stands at nine o'clock in the morning of a day, Beijing time."""
        self._now_ms = 0
        self._anchor_s: float | None = None
        self.set_to(day)

    def set_to(self, day: date) -> None:
        """It is the morning of a day."""
        self._now_ms = round(datetime.combine(day, MORNING, SHANGHAI).timestamp() * 1000)

    def pass_minutes(self, minutes: int) -> None:
        """Work takes its time."""
        self._now_ms += minutes * 60_000

    def run_on(self) -> None:
        """From now on it runs as other clocks do."""
        self._anchor_s = monotonic()

    def now_ms(self) -> int:
        """Unix time in milliseconds."""
        if self._anchor_s is None:
            return self._now_ms
        return self._now_ms + round((monotonic() - self._anchor_s) * 1000)

    @property
    def today(self) -> date:
        """The day in Beijing."""
        return datetime.fromtimestamp(self.now_ms() / 1000, SHANGHAI).date()

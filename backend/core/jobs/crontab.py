"""The times of periodic jobs: crontab lines, or Celery beat's words for them."""

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from cronsim import CronSim, CronSimError

Word = str | int | Iterable[int]


def crontab(
    minute: Word = "*", hour: Word = "*", day_of_week: Word = "*", day_of_month: Word = "*", month_of_year: Word = "*"
) -> str:
    """A crontab line from the words of Celery's `crontab`, with its defaults: `crontab(hour=3, minute=0)` is "0 3 * * *"."""
    return " ".join(map(_word, (minute, hour, day_of_month, month_of_year, day_of_week)))


def _word(word: Word) -> str:
    return str(word) if isinstance(word, str | int) else ",".join(str(number) for number in sorted(word))


class Schedule:
    """The moments that a crontab line names. Raises `ValueError` for one that is none.

    A line with a day of the month and a day of the week is refused: cron takes either day, Celery days that are both.
    """

    def __init__(self, line: str) -> None:
        parts = line.split()
        if len(parts) != 5:
            raise ValueError(
                f'{line!r} is no schedule: write minute, hour, day of month, month, day of week, e.g. "0 3 * * *"'
            )
        if not (parts[2].startswith("*") or parts[4].startswith("*")):
            raise ValueError(f"{line!r}: name a day of the month or a day of the week, not both")
        self.line = line
        try:
            self.next_after(datetime(2026, 1, 1, tzinfo=UTC), UTC)
        except (CronSimError, StopIteration) as error:
            raise ValueError(f"{line!r} is no schedule: {error or 'there is no such day'}") from None

    def next_after(self, moment: datetime, zone: tzinfo) -> datetime:
        """The first moment of the schedule after this one, by the clocks of that time zone; in UTC."""
        return next(CronSim(self.line, moment.astimezone(zone))).astimezone(UTC)

    def last_until(self, moment: datetime, zone: tzinfo) -> datetime:
        """The last moment of the schedule that is not after this one."""
        inclusive = moment.astimezone(zone).replace(
            microsecond=1
        )  # on a whole second, cronsim leaves the second itself out
        return next(CronSim(self.line, inclusive, reverse=True)).astimezone(UTC)

"""Settings of jobs: whether this process works on them, with how many threads, where a broker is."""

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator

from backend.core.settings_fields import Seconds, SettingsFields, Switch


class JobSettings(SettingsFields):
    """Core's settings with those of jobs."""

    jobs_in_process: Switch = Field(
        None,
        description="true: each server process works on jobs, too, in threads beside the requests; false: `flask worker` alone. "
        "Empty: as true in development.",
    )
    jobs_threads: int = Field(
        2, ge=1, le=100, description="Jobs that a worker runs at the same time; fewer than DB_POOL_SIZE."
    )
    jobs_poll_seconds: Seconds = Field(
        1, description="Seconds between two looks for jobs when there was nothing to do."
    )
    jobs_drain_seconds: Annotated[float, Field(ge=0, le=3600)] = Field(
        20, description="Seconds that a worker which is told to stop lets its jobs go on; then others get them."
    )
    jobs_keep_days: int = Field(
        30, ge=1, le=3650, description="Days after which jobs that are done are deleted. Dead ones stay."
    )
    jobs_timezone: str = Field("UTC", description="Time zone of the schedules of periodic jobs, e.g. Asia/Shanghai.")
    jobs_broker_url: SecretStr = Field(
        SecretStr(""),
        description="Broker of Celery that jobs are handed to, e.g. amqp://user:password@host:5672// or redis://host:6379/2; "
        "empty: workers run them themselves. Needs `pip install celery`, with redis for Redis.",
    )

    @field_validator("jobs_timezone")
    @classmethod
    def _is_there(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("no time zone that this machine knows; write one like Asia/Shanghai, or UTC") from None
        return value

    @property
    def works_on_jobs(self) -> bool:
        """Whether a server process is to work on jobs as well."""
        return self.app_env == "development" if self.jobs_in_process is None else self.jobs_in_process

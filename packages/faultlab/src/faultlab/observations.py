"""What a case observes: requests, faults, outages, checks, liveness, snapshots of the database; and texts in both languages.

Times are seconds since the case began. Amounts are in the smallest unit of the currency (fen).
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from faultlab.language import LANGUAGES, _, speaking

Outcome = Literal["ok", "fail", "unknown"]  # done; certainly not done; the client does not know
Phase = Literal["steady", "fault", "recovery", "settle"]


CONFIG = ConfigDict(extra="forbid", frozen=True)


class Model(BaseModel):
    model_config = CONFIG


class Text(Model):
    """A text in both languages of the report; `str()` gives the current one."""

    en: str
    zh: str

    @classmethod
    def of(cls, said: object) -> "Text":
        """A message, or an error that carries one, in each language."""
        return cls(**{language: _read(said, language) for language in LANGUAGES})

    def __str__(self) -> str:
        return str(getattr(self, _.language()))


def _read(said: object, language: str) -> str:
    with speaking(language):
        return str(said)


class Request(Model):
    """A request as its client saw it."""

    t: float = Field(description="When it was sent.")
    phase: Phase
    client: int = Field(description="Number of the client, from 0.")
    method: str
    path: str
    operation: str | None = Field(
        None, description="The operation that it executes; None for a request that only reads."
    )
    key: str | None = Field(None, description="Its idempotency key.")
    amount: int | None = None
    status: int | None = Field(None, description="HTTP status; None if no answer came.")
    outcome: Outcome
    ms: float
    error: str = Field("", description="Why no answer came.")
    retry_after: str | None = None
    replayed: bool = False
    problems: list[str] = Field([], description="Problems of the answer's form: no envelope, internals shown.")


class Firing(Model):
    """A fault that was set off."""

    t: float
    fault: str
    moment: str
    where: str = Field("", description="The start of the statement at which it was set off, or `connect`.")


class Outage(Model):
    """The time in which the database did not work as usual."""

    began: float
    ended: float


class Step(Model):
    """A check of a case."""

    t: float
    name: Text
    expected: str
    actual: str
    ok: bool


class Health(Model):
    """An answer of the liveness path; `status` is None if none came."""

    t: float
    ms: float
    status: int | None
    load: float = Field(1.0, description="Runnable tasks per core at that time, at least 1.")


class Stored(Model):
    """What the database holds of one operation."""

    operation: str
    count: int = Field(description="How often it is stored: 1 is right, 2 is a duplicate.")
    amount: int | None = None
    states: list[str] = Field([], description="Its states, in order.")


class DatabaseSnapshot(Model):
    """What the database held at one moment, read without the proxy."""

    t: float
    when: Literal["healed", "settled"] = Field(
        description="`healed`: before anything was repeated. `settled`: at the end."
    )
    operations: list[Stored]
    problems: list[str] = Field([], description="Every inconsistency, in words.")
    quiet: bool = Field(True, description="No transaction was open.")

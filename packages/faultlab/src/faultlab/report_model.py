"""What a run records: every request, every fault, what the database held, what was found. `Report` is report.json.

Times are seconds since the case began, unless a name says otherwise. An amount is in the smallest unit of its money (fen).
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from faultlab.language import LANGUAGES, _, speaking

SCHEMA_VERSION = 1

Outcome = Literal["ok", "fail", "unknown"]  # done; surely not done; nobody told the client
Phase = Literal["steady", "fault", "recovery", "settle"]
CaseKind = Literal["functional", "fault_tolerance"]
Priority = Literal["P0", "P1", "P2"]
Status = Literal["passed", "failed", "void", "not_run"]  # void: it proves nothing, and fails the run


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Model):
    """The same in the two languages of the report; `str()` reads it in the one that is spoken."""

    en: str
    zh: str

    @classmethod
    def of(cls, said: object) -> "Text":
        """What `str(said)` is in each language: a message, or an error that carries one."""
        return cls(**{language: _read(said, language) for language in LANGUAGES})

    def __str__(self) -> str:
        return str(getattr(self, _.language()))


def _read(said: object, language: str) -> str:
    with speaking(language):
        return str(said)


class Request(Model):
    """One request as its client saw it."""

    t: float = Field(description="When it was sent.")
    phase: Phase
    client: int = Field(description="Number of the client, from 0.")
    method: str
    path: str
    operation: str | None = Field(None, description="What it was to do, if it was to change anything; None for a look.")
    key: str | None = Field(None, description="Its idempotency key.")
    amount: int | None = None
    status: int | None = Field(None, description="HTTP status; None if no answer came.")
    outcome: Outcome
    ms: float
    error: str = Field("", description="Why no answer came.")
    retry_after: str | None = None
    replayed: bool = False
    problems: list[str] = Field(
        [], description="What is wrong with the form of the answer: no envelope, insides shown."
    )


class Firing(Model):
    """A fault that was set off."""

    t: float
    fault: str
    moment: str
    where: str = Field("", description="The beginning of the statement at which it was set off, or `connect`.")


class Outage(Model):
    """From when until when the database could not be used as it should."""

    began: float
    ended: float


class Step(Model):
    """One thing that a case did or looked at."""

    t: float
    name: Text
    expected: str
    actual: str
    ok: bool


class Health(Model):
    """An answer of the service's liveness address; `status` None: there was none."""

    t: float
    ms: float
    status: int | None
    load: float = Field(
        1.0, description="Tasks that could run, for each core of the machine, when it was asked; 1 or more."
    )


class Stored(Model):
    """What the database holds of one operation."""

    operation: str
    count: int = Field(description="How often it is there: 1 is right, 2 is doubled.")
    amount: int | None = None
    states: list[str] = Field([], description="The states that it went through, in order.")


class DatabaseSnapshot(Model):
    """What the database held at one moment, read past the proxy by the laboratory itself."""

    t: float
    when: Literal["healed", "settled"] = Field(
        description="`healed`: before anything was sent again. `settled`: at the end."
    )
    operations: list[Stored]
    problems: list[str] = Field([], description="Half states and sums that do not add up, in words.")
    quiet: bool = Field(True, description="No transaction was open any more.")


class Finding(Model):
    """Whether one of the promises was kept; `ok` None: there was nothing to judge it by."""

    id: str
    ok: bool | None
    detail: str = ""
    detail_zh: str = Field("", description="The same in Chinese.")

    @property
    def text(self) -> Text:
        return Text(en=self.detail, zh=self.detail_zh or self.detail)


class Case(Model):
    """One case: a fault at a moment, and everything that was seen."""

    id: str
    title: Text
    kind: CaseKind
    priority: Priority
    fault: str
    moment: str
    clients: int
    seed: int
    budget: float = Field(description="Seconds within which the service promises an answer.")
    promptly: bool = Field(False, description="Requests of phase `fault` had to be refused at once.")
    allowed: list[int] = Field(
        [], description="Statuses that are right in this case besides 200, 201, 204, 409, 422 and 503."
    )
    operations: list[str] = Field([], description="Every operation of the case.")
    status: Status
    reason: str = Field("", description="Why it failed, is void or was not run.")
    reason_zh: str = Field("", description="The same in Chinese.")
    started: str = Field(description="UTC, ISO 8601.")
    duration_ms: float
    steps: list[Step] = []
    requests: list[Request] = []
    firings: list[Firing] = []
    overlap: int = Field(0, description="So many requests of phase `fault` had to be open at the same moment.")
    planned: tuple[int, int | None] = Field(
        (0, 0), description="How often the fault was to be set off: at least, at most."
    )
    outages: list[Outage] = []
    healed: float | None = Field(None, description="When the last fault was over.")
    recovered: float | None = Field(None, description="When the first request after that succeeded.")
    books: list[DatabaseSnapshot] = []
    health: list[Health] = []
    transitions: dict[str, list[str]] = Field({}, description="Which state may follow which; `` is the beginning.")
    findings: list[Finding] = []
    logs: list[str] = Field([], description="Lines of the service's log that tell of the fault.")

    @property
    def why(self) -> Text:
        """The reason in both languages."""
        return Text(en=self.reason, zh=self.reason_zh or self.reason)


class Environment(Model):
    """Where it ran."""

    database: str
    version: str
    way: str = Field(description="local, docker or url.")
    service: str = Field(description="Name of the adapter.")
    settings: dict[str, str] = {}
    versions: dict[str, str] = Field({}, description="Of Python and of the libraries that matter.")
    cores: int


class Run(Model):
    id: str
    seed: int
    started: str
    duration_s: float
    slack: float = Field(1.0, description="Factor by which the limits of time were stretched.")
    interrupted: bool = Field(False, description="Somebody ended it before all cases had run: the report is partial.")
    log: Literal["run.log"] = Field("run.log", description="The file beside this one that tells the run line by line.")


class Criterion(Model):
    """How many of its cases a kind passed, and how many it had to."""

    kind: CaseKind
    passed: int
    total: int
    percent: float
    required: float
    ok: bool


class Summary(Model):
    passed: int
    failed: int
    void: int = Field(
        0, description="Cases that prove nothing: their fault did not fire, no requests met, nothing was judged."
    )
    not_run: int
    criteria: list[Criterion]
    ok: bool


class Report(Model):
    schema_version: Literal[1] = 1
    run: Run
    environment: Environment
    cases: list[Case]
    summary: Summary

"""The record of a run; `Report` is report.json.

Times are seconds since the case began, unless a name says otherwise. Observations are importable from here too.
"""

from typing import Literal

from pydantic import BaseModel, Field

from faultlab.observations import (
    CONFIG,
    DatabaseSnapshot,
    Firing,
    Health,
    Outage,
    Outcome,
    Phase,
    Request,
    Step,
    Stored,
    Text,
)

__all__ = [
    "SCHEMA_VERSION",
    "Case",
    "CaseKind",
    "Criterion",
    "DatabaseSnapshot",
    "Environment",
    "Finding",
    "Firing",
    "Health",
    "Outage",
    "Outcome",
    "Phase",
    "Priority",
    "Report",
    "Request",
    "Run",
    "Status",
    "Step",
    "Stored",
    "Summary",
    "Text",
]  # fmt: skip

SCHEMA_VERSION = 1

CaseKind = Literal["functional", "fault_tolerance"]
Priority = Literal["P0", "P1", "P2"]
Status = Literal["passed", "failed", "void", "not_run"]  # void: proves nothing, and fails the run


class Model(BaseModel):
    model_config = CONFIG


class Finding(Model):
    """The verdict on one promise; `ok` is None if there was nothing to judge."""

    id: str
    ok: bool | None
    detail: str = ""
    detail_zh: str = Field("", description="The same in Chinese.")

    @property
    def text(self) -> Text:
        return Text(en=self.detail, zh=self.detail_zh or self.detail)


class Case(Model):
    """A case: a fault at a moment, and everything observed."""

    id: str
    title: Text
    kind: CaseKind
    priority: Priority
    fault: str
    moment: str
    clients: int
    seed: int
    budget: float = Field(description="Seconds within which the service promises an answer.")
    promptly: bool = Field(False, description="Requests of phase `fault` must be refused at once.")
    allowed: list[int] = Field([], description="Allowed statuses besides 200, 201, 204, 409, 422 and 503.")
    operations: list[str] = Field([], description="Every operation of the case.")
    status: Status
    reason: str = Field("", description="Why it failed, is void or was not run.")
    reason_zh: str = Field("", description="The same in Chinese.")
    started: str = Field(description="UTC, ISO 8601.")
    duration_ms: float
    steps: list[Step] = []
    requests: list[Request] = []
    firings: list[Firing] = []
    overlap: int = Field(0, description="Requests of phase `fault` that must be open at the same moment.")
    planned: tuple[int, int | None] = Field(
        (0, 0), description="How often the fault must be set off: at least, at most."
    )
    outages: list[Outage] = []
    healed: float | None = Field(None, description="When the last fault was over.")
    recovered: float | None = Field(None, description="When the first request after that succeeded.")
    books: list[DatabaseSnapshot] = []
    health: list[Health] = []
    transitions: dict[str, list[str]] = Field({}, description="Allowed next states by state; `` is the start.")
    findings: list[Finding] = []
    logs: list[str] = Field([], description="Lines of the service's log about the fault.")

    @property
    def why(self) -> Text:
        """The reason in both languages."""
        return Text(en=self.reason, zh=self.reason_zh or self.reason)


class Environment(Model):
    """Where the run took place."""

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
    """How many cases of a kind passed, and the required share."""

    kind: CaseKind
    passed: int
    total: int
    percent: float
    required: float
    ok: bool


class Summary(Model):
    passed: int
    failed: int
    void: int = Field(0, description="Cases that prove nothing: no fault, no overlap, or nothing to judge.")
    not_run: int
    criteria: list[Criterion]
    ok: bool


class Report(Model):
    schema_version: Literal[1] = 1
    run: Run
    environment: Environment
    cases: list[Case]
    summary: Summary

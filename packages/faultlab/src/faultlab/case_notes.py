"""The notes of a case while it runs, in the order in which they were taken."""

from dataclasses import dataclass, field

from faultlab.report_model import DatabaseSnapshot, Firing, Outage, Request, Step


@dataclass
class Notes:
    """Lists that `CaseRun` appends to."""

    steps: list[Step] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    firings: list[Firing] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    books: list[DatabaseSnapshot] = field(default_factory=list)
    deaths: list[Outage] = field(default_factory=list)  # of the service itself
    healed: float | None = None
    recovered: float | None = None

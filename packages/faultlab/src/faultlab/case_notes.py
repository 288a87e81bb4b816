"""What was seen while a case ran, in the order in which it was noted."""

from dataclasses import dataclass, field

from faultlab.report_model import DatabaseSnapshot, Firing, Outage, Request, Step


@dataclass
class Notes:
    """Everything that was seen so far."""

    steps: list[Step] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    firings: list[Firing] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    books: list[DatabaseSnapshot] = field(default_factory=list)
    deaths: list[Outage] = field(default_factory=list)  # of the service itself
    healed: float | None = None
    recovered: float | None = None

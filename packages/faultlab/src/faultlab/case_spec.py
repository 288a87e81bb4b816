"""What a case is, before it runs: its name, what it does, and what it needs of the testbed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from faultlab.report_model import CaseKind, Priority, Text


@dataclass(frozen=True)
class Spec:
    """What a case is. `run` does it; `control`: it kills or freezes the database's server; `alone`: others on that server would notice."""

    id: str
    title: Text
    run: Callable[[Any], None]  # gets the CaseRun
    kind: CaseKind = "fault_tolerance"
    priority: Priority = "P1"
    fault: str = ""
    moment: str = ""
    clients: int = 1
    profile: str = "quick"
    promptly: bool = False
    control: bool = False
    alone: bool = False
    planned: tuple[int, int | None] = (0, 0)
    overlap: int = 0  # so many requests of phase `fault` have to be open at the same moment

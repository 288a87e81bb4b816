"""The specification of a case: its name, its function, and what it needs of the testbed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from faultlab.report_model import CaseKind, Priority, Text


@dataclass(frozen=True)
class Spec:
    """`control`: it kills, stops or freezes the database server; `alone`: other cases on that server would be disturbed."""

    id: str
    title: Text
    run: Callable[[Any], None]  # called with the CaseRun
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
    overlap: int = 0  # requests of phase `fault` that must be open at the same moment

"""What changed between two versions of a contract, by rules whose ids and severities are those of oasdiff where the meaning is equal."""

from mdt.contracts.diff.changes import RANK, Change, Severity, Spot
from mdt.contracts.diff.operations import compare
from mdt.contracts.diff.reports import Advice, DiffReport, advice
from mdt.contracts.diff.rules import RULES, Rule

__all__ = ["RANK", "RULES", "Advice", "Change", "DiffReport", "Rule", "Severity", "Spot", "advice", "compare"]

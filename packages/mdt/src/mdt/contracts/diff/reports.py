"""Changes as text, JSON, Markdown and annotations of GitHub; how bad they are; which version comes next."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mdt.contracts.diff.changes import RANK, Change, Severity
from mdt.language import Words, _

_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?(?:[-+].*)?")


@dataclass(frozen=True, slots=True)
class Advice:
    """The part of the version that must rise (Semantic Versioning 2.0.0), and the least version that follows."""

    part: str  # major, minor, patch, none
    least: str  # "" where the old version is no such number
    given: str
    enough: bool

    @property
    def text(self) -> Words:
        if not self.least:
            return _("The versions are no numbers of Semantic Versioning.")
        if self.enough:
            return _("{given} is a fitting version; the least is {least}.", given=self.given, least=self.least)
        return _("{given} is too low: the least version is {least}.", given=self.given, least=self.least)


def advice(changes: Sequence[Change], old: str, new: str) -> Advice:
    """Below 1.0.0 what breaks raises the minor number."""
    before, after = _numbers(old), _numbers(new)
    part = _part(changes)
    if before is None or after is None:
        return Advice(part, "", new, enough=True)
    raised = "minor" if part == "major" and before[0] == 0 else part
    least = {
        "major": (before[0] + 1, 0, 0),
        "minor": (before[0], before[1] + 1, 0),
        "patch": (*before[:2], before[2] + 1),
        "none": before,
    }[raised]
    return Advice(part, ".".join(map(str, least)), new, enough=after >= least)


def _part(changes: Sequence[Change]) -> str:
    worst = max((RANK[one.severity] for one in changes), default=-1)
    return {2: "major", 1: "minor", 0: "minor", -1: "none"}[worst]


def _numbers(version: str) -> tuple[int, int, int] | None:
    found = _VERSION.fullmatch(version.removeprefix("v"))
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


@dataclass(frozen=True, slots=True)
class DiffReport:
    """What `mdt contract diff` says. `approved` are the fingerprints that somebody accepted."""

    old: str
    new: str
    changes: tuple[Change, ...]
    advice: Advice
    approved: Collection[str] = field(default_factory=frozenset)

    def counted(self) -> Counter[Severity]:
        return Counter(one.severity for one in self.changes if one.fingerprint not in self.approved)

    def worst(self) -> int:
        """The rank of the worst change that nobody approved; -1 without any."""
        return max((RANK[one] for one in self.counted()), default=-1)

    def as_json(self) -> dict[str, Any]:
        counted = self.counted()
        return {
            "old": self.old,
            "new": self.new,
            "summary": {one.value: counted[one] for one in Severity},
            "version": {
                "raise": self.advice.part,
                "least": self.advice.least,
                "given": self.advice.given,
                "enough": self.advice.enough,
            },
            "changes": [{**one.as_json(), "approved": one.fingerprint in self.approved} for one in self.changes],
        }

    def title(self) -> Words:
        counted = self.counted()
        return _(
            "{old} → {new}: {err} break, {warn} may break, {info} do not",
            old=self.old,
            new=self.new,
            err=counted[Severity.ERR],
            warn=counted[Severity.WARN],
            info=counted[Severity.INFO],
        )

    def lines(self) -> list[str]:
        """The text for a terminal."""
        found = []
        for one in self.changes:
            mark = _("approved") if one.fingerprint in self.approved else one.severity.value
            found += [f"{mark!s:<5} {one.spot.operation or '-'}", f"      {one.text}   [{one.id} {one.fingerprint}]"]
        return [*found, str(self.title()), str(self.advice.text)]

    def markdown(self) -> str:
        rows = [
            f"| {one.severity.value} | `{one.spot.operation or '-'}` | {escaped(str(one.text))} | `{one.id}` | `{one.fingerprint}` |"
            for one in self.changes
        ]
        head = f"| {_('severity')} | {_('operation')} | {_('change')} | {_('rule')} | {_('fingerprint')} |"
        table = [head, "|---|---|---|---|---|", *rows, ""] if rows else []
        return "\n".join([f"### {self.title()}", "", *table, str(self.advice.text)])

    def annotations(self) -> list[str]:
        """Workflow commands of GitHub Actions (docs.github.com, workflow-commands-for-github-actions)."""
        return [_annotation(one) for one in self.changes if one.fingerprint not in self.approved]


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")


KINDS: Mapping[Severity, str] = {Severity.ERR: "error", Severity.WARN: "warning", Severity.INFO: "notice"}


def _annotation(change: Change) -> str:
    where = f"file={_property(change.file)},line={max(change.line, 1)},title={_property(change.id)}"
    message = f"{change.spot.operation}: {change.text}".replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::{KINDS[change.severity]} {where}::{message}"


def _property(text: str) -> str:
    return text.replace("%", "%25").replace(":", "%3A").replace(",", "%2C").replace("\n", "%0A").replace("\r", "%0D")

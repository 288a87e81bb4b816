"""How the engine's work ends: an answer, or no answer and the near miss, which says criterion by criterion why not."""

from dataclasses import dataclass
from typing import Any

from mdt.engine.messages import Answered, Request
from mdt.engine.texts import said
from mdt.language import Words


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that the closest route asks for: ("path", False, "chek → check"); `name` is for programs."""

    name: str
    ok: bool
    detail: Words = ""

    @property
    def label(self) -> str:
        """The name, for people."""
        return str(said(f"criterion.{self.name}"))

    @property
    def text(self) -> str:
        """The verdict: "✗ chek → check"."""
        return f"{'✓' if self.ok else '✗'} {self.detail}".rstrip()

    def __str__(self) -> str:
        return f"{self.label} {self.text}"

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "label": self.label, "ok": self.ok, "text": self.text}


@dataclass(frozen=True, slots=True)
class NearMiss:
    """The report about one unmatched request; its text is meant to be read in a terminal and to be pasted."""

    request: Request
    scenario: str  # what is selected: "inventory.outOfStock"; "" when nothing is
    route: str | None  # the closest one: "POST /internal/inventory/check"
    file: str | None
    line: int | None
    criteria: tuple[Criterion, ...]
    why: Words

    @property
    def reason(self) -> str:
        return str(self.why)

    def __str__(self) -> str:
        selected = f"   {said('report.scenario', names=self.scenario)}" if self.scenario else ""
        lines = [f"{said('report.request')}  {self.request.method} {self.request.url}{selected}"]
        if self.route:
            lines.append(f"{said('report.closest')}  {self.route}   {self.file}:{self.line}")
        lines += [f"  {line}" for line in self._verdicts()]
        return "\n".join([*lines, f"  {self.reason}"])

    def _verdicts(self) -> list[str]:
        """What fits on one line, then what does not, each on its own."""
        fits = "   ".join(str(criterion) for criterion in self.criteria if criterion.ok)
        return [*([fits] if fits else []), *(str(criterion) for criterion in self.criteria if not criterion.ok)]


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Nothing answers this request; the near miss says what comes closest."""

    near_miss: NearMiss


type Outcome = Answered | Unmatched

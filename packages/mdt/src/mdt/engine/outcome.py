"""The outcome of a request: an answer, or a near miss that explains criterion by criterion why there is none."""

from dataclasses import dataclass
from typing import Any

from mdt.engine.messages import Answered, Request
from mdt.language import Words, _

LABELS: dict[str, Words] = {
    "method": _("method"),
    "host": _("host"),
    "path": _("path"),
    "query": _("query"),
    "headers": _("headers"),
    "cookies": _("cookies"),
    "basicAuth": _("basic auth"),
    "form": _("form"),
    "multipart": _("multipart"),
    "json": _("json"),
    "graphql": _("graphql"),
    "xml": _("xml"),
    "text": _("text"),
    "scenario": _("scenario"),
    "state": _("state"),
    "prefer": _("preference"),
    "template": _("template"),
    "handler": _("handler"),
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """What the request must fulfil for the closest route: ("path", False, "chek → check"). `name` is for programs."""

    name: str
    ok: bool
    detail: Words = ""

    @property
    def label(self) -> str:
        """The name for people."""
        return str(LABELS[self.name])

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
    """The report about one unmatched request; its text fits a terminal."""

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
        selected = f"   {_('(scenario {names})', names=self.scenario)}" if self.scenario else ""
        lines = [f"{_('UnmatchedRequest')}  {self.request.method} {self.request.url}{selected}"]
        if self.route:
            lines.append(f"{_('closest route   ')}  {self.route}   {self.file}:{self.line}")
        lines += [f"  {line}" for line in self._verdicts()]
        return "\n".join([*lines, f"  {self.reason}"])

    def _verdicts(self) -> list[str]:
        """One line with all that fits, then one line for each that does not."""
        fits = "   ".join(str(criterion) for criterion in self.criteria if criterion.ok)
        return [*([fits] if fits else []), *(str(criterion) for criterion in self.criteria if not criterion.ok)]


@dataclass(frozen=True, slots=True)
class Unmatched:
    """No route answers the request; `near_miss` describes the closest one."""

    near_miss: NearMiss


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A callback that got no answer: nobody listens there, or it must not go there."""

    why: Words

    @property
    def reason(self) -> str:
        return str(self.why)


type Outcome = Answered | Unmatched

"""Compares the answers of the real service with recorded ones."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mdt.engine.messages import FaultKind, Reply
from mdt.recording.fitting import compared
from mdt.recording.inference import path_of
from mdt.recording.model import RecordedCall
from mdt.recording.recorder import answer_body


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the real service answers other than the recording."""

    call: str  # "GET /orders/1"
    places: tuple[str, ...]  # "$.price: 3 → 2", the real value first

    def __str__(self) -> str:
        return f"{self.call}: {'; '.join(self.places)}"


@dataclass(slots=True)
class Comparison:
    """Compares the real answer with the recorded one."""

    _tell_of: Callable[[Difference | None], None]
    _call: RecordedCall
    _volatile: Mapping[str, list[str]]
    limit: int = 10_000_000

    def answered(self, reply: Reply, *, partial: bool) -> None:
        known, wrong = self._call.answer, []
        if reply.status != known.status:
            wrong.append(f"{reply.status} → {known.status or known.fault}")
        wrong += [] if partial else self._bodies(answer_body(reply), known.body)
        self._tell(wrong)

    def _bodies(self, real: Mapping[str, Any], known: Mapping[str, Any]) -> list[str]:
        if "sse" in known and "sse" in real:
            real, known = ({"sse": [_untimed(event) for event in one["sse"]]} for one in (real, known))
        if real.keys() != known.keys():
            return [f"{', '.join(real) or '-'} → {', '.join(known) or '-'}"]
        places = [one for form in known for one in compared(known[form], real[form])]
        return [one for one in places if _place(one) not in self._expected()]

    def _expected(self) -> list[str]:
        return self._volatile.get(f"{self._call.request.method} {path_of(self._call)}", [])

    def failed(self, kind: FaultKind) -> None:
        self._tell([] if self._call.answer.fault == kind else [f"{kind} → {self._call.answer.status}"])

    def _tell(self, wrong: list[str]) -> None:
        call = f"{self._call.request.method} {self._call.request.path}"
        self._tell_of(Difference(call, tuple(wrong)) if wrong else None)


def _untimed(event: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key != "delay"}


def _place(difference: str) -> str:
    """The place of a difference, for all items of a list: $.items[].id."""
    return re.sub(r"\[\d+\]", "[]", difference.partition(": ")[0])

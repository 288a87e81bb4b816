"""A stub in the process: m.stub("POST /x").reply(json=…)."""

import sys
from pathlib import Path
from typing import Any, Self

from mdt.control.stubs import Stubbing
from mdt.engine.journal import Entry
from mdt.engine.outcome import Unmatched
from mdt.engine.session import Session
from mdt.engine.stubs import Stub
from mdt.errors import MdtError
from mdt.language import _


class StubHandle:
    """One stub. It answers from its first `reply` on, until `remove` or the end of its block."""

    def __init__(self, stubbing: Stubbing, written: dict[str, Any]) -> None:
        self._stubbing = stubbing
        self._written = written
        self._answers: list[dict[str, Any]] = []
        self._stub: Stub | None = None

    def reply(self, **answer: Any) -> Self:
        """Adds an answer, with the keys of a definition: json, status, headers, text, latency, fault and so on.

        Several are given one for each call; the last one stays. Texts may be templates.
        """
        self._answers.append(answer)
        answers = {"answer": answer} if len(self._answers) == 1 else {"answers": self._answers}
        own = {"id": self._stub.id} if self._stub else {}
        self._stub = self._stubbing.add({**self._written, **own, **answers})
        return self

    def calls(self) -> list[Entry]:
        """The calls that it answered, oldest first."""
        entries = self._session.journal.entries()
        return [one for one in entries if one.scenario == self.id and not isinstance(one.outcome, Unmatched)]

    def called(self, *, times: int | None = None) -> list[Entry]:
        """Asserts at least one call, or exactly `times`, and returns the calls."""
        found = self.calls()
        if (len(found) != times) if times is not None else not found:
            raise AssertionError(
                str(_("The stub {route} was called {count} times.", route=self._written["route"], count=len(found)))
            )
        return found

    def remove(self) -> None:
        """Takes it out; scenarios answer again."""
        try:
            self._session.stubs.remove(self.id)
        except KeyError:
            raise MdtError(_("This stub is removed already, or its block has ended.")) from None

    @property
    def id(self) -> str:
        if self._stub is None:
            raise MdtError(_("This stub answers nothing yet. Call reply(...) on it."))
        return self._stub.id

    @property
    def _session(self) -> Session:
        return self._stubbing.session


def caller() -> tuple[str, int]:
    """File and line of the code outside of mdt that called."""
    frame = sys._getframe(1)  # noqa: SLF001 - what inspect does, without reading sources
    own = str(Path(__file__).parents[1])
    while frame.f_back is not None and frame.f_code.co_filename.startswith(own):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno

"""Records: sends each call of a service on to the real one, and writes what it answers, without secrets, at once."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mdt.engine.answers import Forward
from mdt.engine.call import Call
from mdt.engine.catalog import Catalog, RecordingSettings, Service
from mdt.engine.messages import FaultKind, Passthrough, Reply, Request
from mdt.engine.routes import encoded
from mdt.engine.session import Session
from mdt.language import _
from mdt.recording.bodies import body_of, events_of
from mdt.recording.model import Body, Pairs, RecordedAnswer, RecordedCall, RecordedRequest
from mdt.recording.overlay import PlainDispatcher, PlayedRoute, check_target, checked_url, service_of, with_dispatcher
from mdt.recording.places import Place, new_place
from mdt.recording.redaction import Redactor
from mdt.recording.session_file import SessionWriter, read_recording, write_recording


class Recorder:
    """Records one service into one file, which is made with the first call.

    target: the real service; the service's own url if it is not given. session: the name of the recording, otherwise the
    minute. allow_hosts: hosts where the target may be, besides the service's own, this machine, and those of mdt.yaml. unmocked: the definitions answer what they know, and only the rest is called for real and recorded.
    """

    def __init__(
        self,
        service: str,
        *,
        target: str | None = None,
        session: str | None = None,
        unmocked: bool = False,
        allow_hosts: tuple[str, ...] = (),
    ) -> None:
        self.name = service
        self.target = checked_url(target) if target else None
        self.unmocked = unmocked
        self.allow_hosts = allow_hosts
        self.redactor = Redactor()
        self.place: Place | None = None
        self._session = session
        self._writer: SessionWriter | None = None
        self._service: Service | None = None
        self._lock = threading.Lock()
        self._closed = False

    def over(self, catalog: Catalog) -> Catalog:
        """The catalog with the recorder in the place of the service. The first one decides where the file is."""
        service = service_of(catalog, self.name, self.target)
        check_target(catalog, service, self.target, self.allow_hosts)
        if self.place is None or self._closed:
            self._closed, self._writer = False, None
            self.place = new_place(catalog.folder, self.name, service.file or None, self._session)
            self.redactor = Redactor(catalog.settings.recording)
            self._service = service
        dispatcher = _Dispatcher(self, service, catalog.settings.recording)
        return with_dispatcher(catalog, service, dispatcher, known=self.unmocked)

    @property
    def count(self) -> int:
        """The calls that are written."""
        return self._writer.count if self._writer else 0

    @property
    def file(self) -> Path | None:
        """The file; None before the first call."""
        return self._writer.path if self._writer else None

    def write(self, call: RecordedCall) -> None:
        redacted = self.redactor.call(call)
        with self._lock:
            if self._closed:
                return
            if self._writer is None and self.place and self._service:
                self._writer = SessionWriter(self.place.path, self.name, self.target or self._service.url)
        if self._writer:
            self._writer.append(redacted)

    def end(self) -> None:
        """Closes the file, and replaces in it what later calls have shown to be secrets."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        if self._writer is None:
            return
        self._writer.close()
        recording = read_recording(self._writer.path)
        calls = tuple(map(self.redactor.call, recording.calls))
        if calls != recording.calls:
            write_recording(replace(recording, calls=calls), self._writer.path)


class _Dispatcher(PlainDispatcher):
    """Passes every call on to the real service, with an ear on the answer."""

    def __init__(self, recorder: Recorder, service: Service, settings: RecordingSettings) -> None:
        super().__init__(recorder.place.path if recorder.place else "")
        self.description = str(_("records {service}", service=service.name))
        self._recorder = recorder
        self._service = service
        self._settings = settings
        base = recorder.target or service.url
        self._forward = Forward(base, same=recorder.target is None)
        self._base = base

    def find(self, method: str, path: str) -> tuple[PlayedRoute, dict[str, str]] | None:
        """Of a recorder of what is not mocked, None where the definitions have an answer."""
        if self._recorder.unmocked and any(self._answers(method, path)):
            return None
        return PlayedRoute(f"{method} {path}", self.file), {}

    def _answers(self, method: str, path: str) -> list[Any]:
        return [
            route
            for route, _values in self._service.table.find(method, path)
            if self._service.default_of(route) in route.scenarios
        ]

    def state(self, session: Session) -> None:
        return None

    def answer(self, route: PlayedRoute, path: Mapping[str, str], request: Request, session: Session) -> Passthrough:
        below = route.label.partition(" ")[2]
        outcome = self._forward.outcome(Call(request, session, below, {}, {}, 1))
        asked = RecordedRequest(request.method, _address(below, request), _pairs(request.headers), _body(request))
        return Passthrough(outcome.url, _Listener(self._recorder, asked, self._settings.max_body), self._base)  # type: ignore[union-attr]


def _address(below: str, request: Request) -> str:
    return encoded(below) + (f"?{request.query}" if request.query else "")


def _pairs(headers: Mapping[str, str]) -> Pairs:
    return tuple((name.lower(), value) for name, value in headers.items())


def _body(request: Request) -> Body:
    return body_of(request.body, request.headers.get("content-type", ""), is_request=True)


@dataclass(slots=True)
class _Listener:
    """Writes the call when its answer has ended."""

    _recorder: Recorder
    _request: RecordedRequest
    limit: int
    _at: str = ""
    _began: float = 0.0
    _heard: bool = False

    def __post_init__(self) -> None:
        self._at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self._began = time.monotonic()

    def answered(self, reply: Reply, *, partial: bool) -> None:
        self._heard = True
        headers = tuple((name.lower(), value) for name, value in reply.headers)
        answer = RecordedAnswer(reply.status, headers, answer_body(reply), partial=partial)
        self._write(answer, reply.delay)

    def failed(self, kind: FaultKind) -> None:
        """Writes the fault, unless it is only what the client makes of the answers that are written."""
        if self._heard:
            return
        self._write(RecordedAnswer(0, fault=str(kind)), time.monotonic() - self._began)

    def _write(self, answer: RecordedAnswer, took: float) -> None:
        self._recorder.write(RecordedCall(self._at, self._request, answer, took))


def answer_body(reply: Reply) -> Body:
    """The recorded body of an answer: events of a stream, else what it is decoded to."""
    named = {name.lower(): value for name, value in reply.headers}
    kind, encoding = named.get("content-type", ""), named.get("content-encoding", "")
    if kind.startswith("text/event-stream") and reply.chunks and not encoding:
        return {"sse": events_of(reply.chunks)}
    return body_of(reply.content(), kind, encoding)

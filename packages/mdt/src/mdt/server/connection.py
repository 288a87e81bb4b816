"""One connection: reads requests, answers them in order, and keeps its deadlines.

An answer that is ready is written at once. One that takes time runs as a task, which ends when the client leaves.
Requests that arrive meanwhile wait in a queue.
"""

import asyncio
import logging
from collections import deque
from typing import Protocol, cast

from mdt.engine import http1
from mdt.engine.messages import FaultKind, Reply
from mdt.language import words_of
from mdt.server import wire
from mdt.server.connection_transport import NEVER, ConnectionTransport, Timekeeper
from mdt.server.exchange import Incoming, Listener, ServerAnswer, Site, refusal
from mdt.server.headers import Headers
from mdt.server.reader import Reader
from mdt.server.response_writer import PIECE, send

log = logging.getLogger(__name__)
_NOBODY = Headers([])


class ConnectionHost(Timekeeper, Protocol):
    """What a connection needs of its server."""

    site: Site
    loop: asyncio.AbstractEventLoop
    stopping: bool

    def certificate_of(self, transport: asyncio.Transport) -> FaultKind | None: ...

    def admit(self, connection: "Connection") -> bool: ...

    def forget(self, connection: "Connection") -> None: ...


class Connection(ConnectionTransport):
    """`patient`: the client of the running task may have ended its side and still wants the answer."""

    def __init__(self, server: ConnectionHost, listener: Listener) -> None:
        super().__init__(server)
        self._server: ConnectionHost = server
        self._listener = listener
        self._reader = Reader(self, server.limits)
        self._queue: deque[Incoming] = deque()
        self._task: asyncio.Task[None] | None = None
        self._paused = False
        self._ended = False  # the client has ended its side
        self._owes_continue = False
        self._may_be_tls = listener.refuses_tls is not None  # until the first byte
        self.patient = False
        self.certificate: FaultKind | None = None

    def keeps(self, incoming: Incoming, begin: wire.Start) -> bool:
        """Whether the connection stays open after this answer."""
        return incoming.keep_alive and not begin.closes and not self._server.stopping

    # the connection's life

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.certificate = self._server.certificate_of(self.transport)
        self._be_idle()
        if not self._server.admit(self):
            self.refuse(refusal("too-many-connections"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._deaf = True
        self._queue.clear()
        self._server.forget(self)
        if self._task is not None:
            self._task.cancel()
        if self._writable is not None:
            self._writable.set()

    def eof_received(self) -> bool:
        """Returns True to keep our side open. A client that waits for a stream and ends its side has left."""
        waits = bool(self._queue) or (self._task is not None and self.patient)
        self._deaf = self._ended = True
        return waits and self._server.limits.half_close and not self._listener.secure

    @property
    def idle(self) -> bool:
        """Whether nothing is being read, answered or written."""
        return self._task is None and self._writable is None and not self._reader.midway and not self._queue

    @property
    def endless(self) -> bool:
        """Whether it sends something without an end: a stream or a fault."""
        return self._task is not None and not self.patient

    def check(self, now: float) -> None:
        """Ends the connection if it is past a deadline."""
        if self._write_deadline <= now or (self._deaf and self._deadline <= now):
            self.transport.abort()
        elif self._deadline > now or self._paused:
            return
        elif self._reader.midway:
            self.refuse(refusal("too-slow"))
        else:
            self.close()

    # reading

    def data_received(self, data: bytes) -> None:
        if self._may_be_tls:
            self._may_be_tls = False
            self._look_for_tls(data)
        if not self._deaf:
            self._reader.feed(data)

    def _look_for_tls(self, data: bytes) -> None:
        """Fails the handshake of a client that speaks TLS to a plain port."""
        if data.startswith(wire.TLS_HANDSHAKE) and self._listener.refuses_tls is not None:
            self._listener.refuses_tls()
            self._deadline = NEVER
            self.transport.write(wire.HANDSHAKE_FAILURE)
            self._linger()

    def expects_continue(self) -> None:
        self._owes_continue = True
        self._say_continue()

    def _say_continue(self) -> None:
        """Lets a client that waits for 100 send its body, after all earlier requests are answered."""
        if self._owes_continue and self._task is None and not self._queue and not self.transport.is_closing():
            self._owes_continue = False
            self.transport.write(wire.CONTINUE)

    def received(self, incoming: Incoming) -> bool:
        self._owes_continue = False
        self._deadline = NEVER
        if self._task is None and self._writable is None and not self._queue:
            self._perform(incoming)
        else:
            self._enqueue(incoming)
        return not self._deaf

    def _enqueue(self, incoming: Incoming) -> None:
        self._queue.append(incoming)
        if not self._paused and len(self._queue) >= self._server.limits.pipeline:
            self._paused = True
            self.transport.pause_reading()

    def refuse(self, reply: Reply) -> None:
        """Answers with the refusal after all earlier requests, and reads no more."""
        self._deaf = True
        self._deadline = NEVER
        self._reader.midway = False
        self._queue.append(Incoming("GET", "*", _NOBODY, b"", keep_alive=False, old=False, refusal=reply))
        self._next()

    # answering

    def _perform(self, incoming: Incoming) -> None:
        answer = incoming.refusal or self._answer(incoming)
        if type(answer) is Reply and not answer.delay and answer.chunks is None and len(answer.body) <= PIECE:
            self._at_once(incoming, answer)
        else:
            self._task = self._server.loop.create_task(self._slowly(incoming, answer))
            self._task.add_done_callback(self._task_done)

    def _answer(self, incoming: Incoming) -> ServerAnswer:
        try:
            return self._server.site.answer(incoming, self._listener, self.certificate)
        except Exception:
            log.exception("%s %s could not be answered", incoming.method, incoming.target)
            return refusal("internal-error")

    def _at_once(self, incoming: Incoming, reply: Reply) -> None:
        try:
            begin = wire.start(reply.status, reply.headers)
        except http1.BadHeaderError as error:
            reply = refusal("bad-answer", words_of(error))
            begin = wire.start(reply.status, reply.headers)
        keep = self.keeps(incoming, begin)
        is_head = incoming.method == "HEAD"
        self.transport.write(wire.whole(reply, begin, keep_alive=keep, old=incoming.old, is_head=is_head))
        if keep:
            self._be_idle()
        elif incoming.refusal is not None:
            self._linger()
        else:
            self.close()

    async def _slowly(self, incoming: Incoming, answer: ServerAnswer) -> None:
        try:
            keep = await send(self, incoming, answer)
        except ConnectionResetError:
            return
        if not keep:
            self.close()

    def _task_done(self, task: asyncio.Task[None]) -> None:
        self._task = None
        self.patient = False
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an answer could not be sent", exc_info=error)
            self.transport.abort()
        self._be_idle()
        self._next()

    def _next(self) -> None:
        """Answers waiting requests until one takes time."""
        while self._queue and self._task is None and self._writable is None and not self.transport.is_closing():
            self._perform(self._queue.popleft())
        if self._paused and len(self._queue) < self._server.limits.pipeline and not self.transport.is_closing():
            self._paused = False
            self.transport.resume_reading()
        self._say_continue()
        if self._ended and self.idle:
            self.close()

    def _be_idle(self) -> None:
        if not self._reader.midway:
            self._deadline = self._server.now + self._server.limits.idle_seconds

    def resume_writing(self) -> None:
        super().resume_writing()
        self._next()

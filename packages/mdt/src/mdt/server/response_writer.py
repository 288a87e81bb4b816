"""Writes answers that take time: delays, long bodies, dribble, streams. Each ends when the client leaves."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from typing import Protocol

from mdt.engine import http1
from mdt.engine.messages import TLS_FAULTS, Chunk, Fault, FaultKind, Reply
from mdt.language import words_of
from mdt.server import wire
from mdt.server.exchange import Incoming, Limits, ServerAnswer, Stream, StreamBrokenError, refusal
from mdt.server.wire import LAST_WORDS

log = logging.getLogger(__name__)
PIECE = 256 * 1024  # bytes; longer bodies are written in pieces, as fast as the client reads


class Channel(Protocol):
    """The connection to write to. `patient`: its client may have ended its side and still wants the answer."""

    patient: bool
    certificate: FaultKind | None
    transport: asyncio.Transport

    @property
    def limits(self) -> Limits: ...

    def keeps(self, incoming: Incoming, begin: wire.Start) -> bool: ...

    def reset(self) -> None: ...

    async def drain(self) -> None: ...


async def send(connection: Channel, incoming: Incoming, answer: ServerAnswer) -> bool:
    """Sends the answer. Returns whether the connection can take another request."""
    if isinstance(answer, Awaitable):
        connection.patient = True
        answer = await _awaited(answer)
    try:
        return await _sent(connection, incoming, answer)
    except http1.BadHeaderError as error:
        return await _reply(connection, incoming, refusal("bad-answer", words_of(error)))


async def _sent(connection: Channel, incoming: Incoming, answer: Reply | Fault | Stream) -> bool:
    if isinstance(answer, Fault):
        return await _fault(connection, incoming, answer)
    if isinstance(answer, Stream):
        return await _stream(connection, incoming, answer)
    return await _reply(connection, incoming, answer)


async def _fault(connection: Channel, incoming: Incoming, fault: Fault) -> bool:
    if fault.delay:
        await asyncio.sleep(fault.delay)
    if fault.kind in TLS_FAULTS and fault.kind is connection.certificate:
        return await _reply(connection, incoming, fault.reply)
    if fault.kind is FaultKind.TIMEOUT:
        await asyncio.sleep(connection.limits.timeout_fault)
    elif fault.kind in LAST_WORDS:
        connection.transport.write(LAST_WORDS[fault.kind](fault.reply))
    else:
        connection.reset()
    return False


async def _awaited(answer: Awaitable[Reply | Fault | Stream]) -> Reply | Fault | Stream:
    try:
        return await answer
    except Exception:
        log.exception("an answer could not be made")
        return refusal("internal-error")


async def _reply(connection: Channel, incoming: Incoming, answer: Reply) -> bool:
    """Waits for the delay, then sends the reply whole or in its chunks."""
    begin = wire.start(answer.status, answer.headers)
    connection.patient = answer.chunks is None
    if answer.delay:
        await asyncio.sleep(answer.delay)
    if answer.chunks is not None:
        return await _pieces(connection, incoming, begin, _dribbled(answer.chunks))
    return await _whole(connection, incoming, answer, begin)


async def _whole(connection: Channel, incoming: Incoming, answer: Reply, begin: wire.Start) -> bool:
    keep = connection.keeps(incoming, begin)
    data = memoryview(wire.whole(answer, begin, keep_alive=keep, old=incoming.old, is_head=incoming.method == "HEAD"))
    for at in range(0, len(data), PIECE):
        await connection.drain()
        connection.transport.write(data[at : at + PIECE])
    return keep


async def _stream(connection: Channel, incoming: Incoming, stream: Stream) -> bool:
    """Closes the pieces however the answer ends, so that they can let go of what they hold."""
    async with aclosing(stream.pieces) as pieces:
        try:
            if stream.raw:
                return await _raw(connection, pieces)
            return await _pieces(connection, incoming, wire.start(stream.status, stream.headers), pieces)
        except StreamBrokenError as broken:
            await connection.drain()
            if broken.reset:
                connection.reset()
            return False


async def _raw(connection: Channel, pieces: AsyncGenerator[bytes]) -> bool:
    async for piece in pieces:
        await connection.drain()
        connection.transport.write(piece)
    return False


async def _dribbled(chunks: tuple[Chunk, ...]) -> AsyncGenerator[bytes]:
    for chunk in chunks:
        if chunk.delay:
            await asyncio.sleep(chunk.delay)
        yield chunk.data


async def _pieces(connection: Channel, incoming: Incoming, begin: wire.Start, pieces: AsyncGenerator[bytes]) -> bool:
    """Sends a chunked body; for HTTP/1.0 the end of the connection ends the body."""
    keep = connection.keeps(incoming, begin) and not incoming.old
    framing = b"" if incoming.old else http1.CHUNKED
    connection.transport.write(begin.head(framing, keep_alive=keep, old=incoming.old))
    if incoming.method == "HEAD":
        return keep
    async for piece in pieces:
        await connection.drain()
        connection.transport.write(piece if incoming.old else http1.chunk(piece))
    await connection.drain()
    connection.transport.write(b"" if incoming.old else http1.LAST_CHUNK)
    return keep

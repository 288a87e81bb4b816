"""Lets a listener hear a real answer to httpx or httpx2 while the client reads it."""

from collections.abc import AsyncIterator, Iterator
from types import ModuleType
from typing import Any

from mdt.engine.messages import Passthrough
from mdt.engine.piece_tap import PieceTap


def tapped(httpx: ModuleType, response: Any, outcome: Passthrough | None, began: float) -> Any:
    """The response; its stream tells the outcome's listener what comes."""
    if outcome is None or outcome.listener is None:
        return response
    headers = tuple((name.lower(), value) for name, value in response.headers.multi_items())
    tap = PieceTap(outcome.listener, response.status_code, headers, began)
    inner = response.stream
    asynchronous = isinstance(inner, httpx.AsyncByteStream)
    response.stream = (_async_stream if asynchronous else _stream)(httpx, inner, tap)
    return response


def _stream(httpx: ModuleType, inner: Any, tap: PieceTap) -> Any:
    class Tapped(httpx.SyncByteStream):  # type: ignore[misc, name-defined]
        """The real stream."""

        _whole = False

        def __iter__(self) -> Iterator[bytes]:
            for piece in inner:
                tap.piece(piece)
                yield piece
            self._whole = True

        def close(self) -> None:
            inner.close()
            tap.end(whole=self._whole)

    return Tapped()


def _async_stream(httpx: ModuleType, inner: Any, tap: PieceTap) -> Any:
    class Tapped(httpx.AsyncByteStream):  # type: ignore[misc, name-defined]
        """The real stream."""

        _whole = False

        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for piece in inner:
                tap.piece(piece)
                yield piece
            self._whole = True

        async def aclose(self) -> None:
            await inner.aclose()
            tap.end(whole=self._whole)

    return Tapped()

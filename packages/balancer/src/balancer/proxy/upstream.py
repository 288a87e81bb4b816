"""The HTTP client towards the providers: one session for the whole process, and every fault of the network by its name."""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from types import TracebackType
from typing import Self

import aiohttp
from yarl import URL

from balancer.proxy.classification import AttemptFailedError, of_fault
from balancer.proxy.config import ProviderSettings, Settings

READ_SIZE = 256 * 1024  # the session's buffer for one answer: beyond it the provider waits for the caller
MAX_ERROR_BODY = 1024 * 1024
DRAIN_SECONDS = 0.2
LARGE_BODY = 1024 * 1024  # from here on the client sends a body in pieces, so that others get their turn

# The first class that fits names the fault. The words connection, timeout, ssl and network are those of
# `unhealthy_exception_patterns`.
_FAULTS: tuple[tuple[type[BaseException], str], ...] = (
    (aiohttp.ClientConnectorDNSError, "network_dns"),
    (aiohttp.ClientConnectorCertificateError, "ssl_certificate"),
    (aiohttp.ClientSSLError, "ssl_handshake"),
    (ssl.SSLError, "ssl_error"),
    (aiohttp.ConnectionTimeoutError, "timeout_connect"),
    (aiohttp.ClientConnectorError, "connection_refused"),
    (aiohttp.ServerDisconnectedError, "connection_reset"),
    (TimeoutError, "timeout_read"),
    (aiohttp.ClientPayloadError, "connection_cut"),
    (OSError, "connection_reset"),
    (aiohttp.ClientResponseError, "network_bad_http"),
    (aiohttp.ClientError, "network_error"),
)
FAULTS = (aiohttp.ClientError, OSError, ssl.SSLError)


def fault_name(error: BaseException) -> str:
    """The category of a client's exception."""
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, ConnectionResetError):
        return "connection_reset"  # a handshake that ended in a reset
    return next(name for kind, name in _FAULTS if isinstance(error, kind))


class UpstreamAnswer:
    """A provider's answer whose headers have come. `read` gives its body in the pieces in which it arrives."""

    def __init__(self, response: aiohttp.ClientResponse, settings: Settings, ends: float) -> None:
        self.status = response.status
        self.headers = response.headers
        self._response = response
        self._settings = settings
        self._ends = ends

    @property
    def media_type(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    async def read(self, seconds: float, reason: str = "timeout_idle") -> bytes:
        """The next bytes, b"" at the end. Raises AttemptFailedError after `seconds` of silence or when the connection breaks."""
        now = asyncio.get_running_loop().time()
        content = self._response.content
        try:
            if data := content.read_nowait():
                return data
            if content.at_eof():
                return b""
            async with asyncio.timeout_at(min(now + seconds, self._ends)):
                return await content.readany()
        except TimeoutError:
            late = self._ends - now < seconds
            raise self._failed("timeout_total" if late else reason) from None
        except FAULTS as error:
            raise self._failed(fault_name(error)) from error

    async def read_all(self, seconds: float, limit: int) -> bytes:
        """The whole body. Raises AttemptFailedError also when it is longer than `limit` bytes."""
        parts, size = [], 0
        while part := await self.read(seconds):
            size += len(part)
            if size > limit:
                raise AttemptFailedError(of_fault("answer_too_large", self._settings))
            parts.append(part)
        return b"".join(parts)

    async def drain(self) -> None:
        """Take the end of a body whose content is complete, so that the connection can serve the next request."""
        content = self._response.content
        with suppress(TimeoutError, *FAULTS):
            async with asyncio.timeout(DRAIN_SECONDS):
                while not content.at_eof() and await content.readany():
                    pass

    def close(self) -> None:
        """Drop the connection if the body has not ended; hand it back to the pool if it has."""
        self._response.close()

    def _failed(self, reason: str) -> AttemptFailedError:
        return AttemptFailedError(of_fault(reason, self._settings, status=_status_of(reason), network=True))


class Upstream:
    """One aiohttp session. It follows no redirects, keeps no cookies, reads no proxy settings from the environment."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._urls: dict[str, URL] = {}

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60),
            timeout=aiohttp.ClientTimeout(total=None),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            read_bufsize=READ_SIZE,
            skip_auto_headers=("User-Agent", "Accept"),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(
        self, provider: ProviderSettings, path: str, headers: Mapping[str, str], body: bytes, settings: Settings
    ) -> UpstreamAnswer:
        """Send `body` to `base_url` + `path` and wait for the headers. Raises AttemptFailedError for every fault on the way."""
        limits = provider.timeouts
        ends = asyncio.get_running_loop().time() + limits.total
        try:
            async with asyncio.timeout_at(ends):
                response = await self._opened().post(
                    self._url(provider.base_url + path),
                    headers=headers,
                    data=body if len(body) < LARGE_BODY else BytesIO(body),
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=None, connect=limits.connect, sock_read=limits.first_byte),
                    ssl=provider.verify_tls,
                )
        except aiohttp.ConnectionTimeoutError as error:
            raise AttemptFailedError(of_fault("timeout_connect", settings, status=504, network=True)) from error
        except TimeoutError as error:
            raise AttemptFailedError(of_fault("timeout_first_byte", settings, status=504, network=True)) from error
        except FAULTS as error:
            raise AttemptFailedError(of_fault(fault_name(error), settings, network=True)) from error
        _stop_clock(response)
        return UpstreamAnswer(response, settings, ends)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("The client opens with the application: enter it first.")
        return self._session

    def _url(self, text: str) -> URL:
        """Parsed once: a provider has three or four addresses."""
        if text not in self._urls:
            self._urls[text] = URL(text)
        return self._urls[text]


def _stop_clock(response: aiohttp.ClientResponse) -> None:
    """Stop the client's clock for the first byte: from here on `read` keeps the time."""
    protocol = response.connection.protocol if response.connection is not None else None
    if protocol is not None:  # a protocol without waiting messages is false
        protocol.read_timeout = None
        protocol.start_timeout()


def _status_of(reason: str) -> int:
    return 504 if reason.startswith("timeout") else 502

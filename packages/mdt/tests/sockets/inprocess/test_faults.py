"""Each fault gives the exception that a real connection gives in that library: measured, compared, and pinned."""

import asyncio
import ssl
import time
import warnings

import httpx
import httpx2
import pytest
import requests

from mdt import mock_scenario
from tests.sockets.inprocess.faulty_server import FAULTS, TLS, authority_file, serving

MOCKED = "https://broken.example.com/thing"
TIMEOUT, LONG = 0.3, 10
LATE = ("timeout", "stalls")  # the faults that a short timeout is for
PINNED = {  # fault: the exceptions of requests, and of httpx and httpx2
    "reset": ("ConnectionError", "ReadError"),
    "empty": ("ConnectionError", "RemoteProtocolError"),
    "garbage": ("ConnectionError", "RemoteProtocolError"),
    "malformedChunk": ("ChunkedEncodingError", "RemoteProtocolError"),
    "truncated": ("ChunkedEncodingError", "RemoteProtocolError"),
    "timeout": ("ReadTimeout", "ReadTimeout"),
    "stalls": ("ConnectionError", "ReadTimeout"),
    "untrusted": ("SSLError", "ConnectError"),
    "expired": ("SSLError", "ConnectError"),
    "wrongHost": ("SSLError", "ConnectError"),
}


def by_requests(url, verify, read=TIMEOUT, **options):
    return requests.get(url, timeout=(LONG, read), verify=verify, **options)


def by_httpx(library):
    def get(url, verify, read=TIMEOUT):
        context = ssl.create_default_context(cafile=verify) if verify else False
        return library.get(url, timeout=library.Timeout(LONG, read=read), verify=context)

    return get


def by_async(library):
    def get(url, verify, read=TIMEOUT):
        async def ask():
            context = ssl.create_default_context(cafile=verify) if verify else False
            async with library.AsyncClient(verify=context) as client:
                return await client.get(url, timeout=library.Timeout(LONG, read=read))

        return asyncio.run(ask())

    return get


CLIENTS = {
    "requests": by_requests,
    "httpx": by_httpx(httpx),
    "httpx2": by_httpx(httpx2),
    "httpx-async": by_async(httpx),
    "httpx2-async": by_async(httpx2),
}


@pytest.fixture
def authority(tmp_path):
    return authority_file(tmp_path)


def failure(get, *args):
    """The exception with what it wraps, and how long it took."""
    start = time.monotonic()
    with pytest.raises(Exception) as told:
        get(*args)
    took = time.monotonic() - start
    inner = told.value.args[0] if told.value.args else None
    reason = getattr(inner, "reason", None)
    kinds = [type(told.value), *(type(one) for one in (inner, reason) if isinstance(one, Exception))]
    return [f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in kinds], took, told.value


@pytest.mark.parametrize("fault", [*FAULTS, *TLS])
@pytest.mark.parametrize("client", CLIENTS)
def test_a_fault_fails_as_on_a_real_connection(client, fault, authority):
    get, read = CLIENTS[client], TIMEOUT if fault in LATE else LONG
    with serving(fault) as url:
        real, _, real_error = failure(get, url, authority, read)
    with mock_scenario(f"broken.{fault}"):
        mocked, took, error = failure(get, MOCKED, authority, read)
    library = client.removesuffix("-async")
    assert mocked == real
    assert mocked[0] == f"{library}.{PINNED[fault][0 if client == 'requests' else 1]}"
    assert took < TIMEOUT + 2
    assert (error.request is None) == (real_error.request is None)


@pytest.mark.parametrize("client", CLIENTS)
def test_the_client_that_checks_no_certificate_gets_the_answer(client):
    with mock_scenario("broken.expired"), warnings.catch_warnings(action="ignore"):
        assert CLIENTS[client](MOCKED, False).status_code == 200


@pytest.mark.parametrize("client", CLIENTS)
def test_a_tls_fault_fails_a_service_without_tls_too(client, authority):
    with mock_scenario("plain.expired"):
        assert failure(CLIENTS[client], "http://plain.internal/", authority)[0][0].endswith(
            ("SSLError", "ConnectError")
        )


@pytest.mark.parametrize("fault", ["malformedChunk", "truncated"])
def test_a_streamed_body_breaks_while_it_is_read(fault, authority):
    def begin(url):
        answer = requests.get(url, stream=True, verify=authority, timeout=LONG)
        assert answer.status_code == 200
        return list(answer.iter_content(1000))

    with serving(fault) as url:
        real, _, _ = failure(begin, url)
    with mock_scenario(f"broken.{fault}"):
        assert failure(begin, MOCKED)[0] == real


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_httpx_connects_again_as_often_as_its_transport_says(library, authority):
    """Retries of httpx are for connections only, and the whole script is one answer."""
    client = library.Client(transport=library.HTTPTransport(retries=1, verify=ssl.create_default_context()))
    with client, mock_scenario("broken.expired") as m, pytest.raises(library.ConnectError):
        client.get(MOCKED)
    assert len(m.calls()) == 1


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_so_do_its_asynchronous_clients(library):
    async def main():
        transport = library.AsyncHTTPTransport(retries=1, verify=ssl.create_default_context())
        async with library.AsyncClient(transport=transport) as client:
            with pytest.raises(library.ConnectError):
                await client.get(MOCKED)

    with mock_scenario("broken.expired") as m:
        asyncio.run(main())
    assert len(m.calls()) == 1


def test_a_timeout_waits_as_long_as_the_client_said():
    with mock_scenario("broken.timeout"):
        _, took, error = failure(CLIENTS["requests"], MOCKED, True)
    assert TIMEOUT <= took < TIMEOUT + 2
    assert "broken.example.com" in str(error)

"""What mdt does not answer itself is refused inside a block, never let through in silence; and urllib3 is answered."""

import http.client
import socket
import subprocess
import sys
import threading
import urllib.request

import botocore.session
import pytest
import urllib3
from botocore.config import Config

from mdt import UnmatchedRequestError, mock_scenario
from tests.unit.inprocess.conftest import CHECK

pytestmark = pytest.mark.may_be_void("about connections that are refused before any service")

HERE = ("127.0.0.1", 9)
AWAY = ("198.51.100.7", 80)  # reserved for documents (RFC 5737)


class ReachedError(OSError):
    """The connection would have been made."""


@pytest.fixture(autouse=True)
def network(monkeypatch):
    """A network that tells Python's audit hooks what is asked of it, as the real one does, and then that it was reached."""

    def connect(self, address):
        sys.audit("socket.connect", self, address)
        raise ReachedError("reached")

    def addresses(host, port, *_, **__):
        sys.audit("socket.getaddrinfo", host, port, 0, 0, 0)
        there = {"localhost": "127.0.0.1"}.get(host, host if host[0] in "0123456789:" else AWAY[0])
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (there, port))]

    own = next(one for one in socket.socket.__mro__ if one.__module__ == "socket")
    monkeypatch.setattr("socket.socket", own)
    monkeypatch.setattr(own, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", addresses)


def raw(host, port):
    socket.create_connection((host, port), timeout=1)


CLIENTS = {
    "socket": raw,
    "http.client": lambda host, port: http.client.HTTPConnection(host, port, timeout=1).request("GET", "/"),
    "urllib.request": lambda host, port: urllib.request.urlopen(f"http://{host}:{port}/", timeout=1),
}


@pytest.fixture(params=CLIENTS)
def connect(request):
    return CLIENTS[request.param]


def test_the_hook_hears_of_real_connections():
    """What the network of these tests says, Python's own does."""
    code = """
import socket, mdt
block = mdt.mock_scenario("inventory.available"); block.__enter__()
for act in (lambda: socket.getaddrinfo("inventory.internal", 80), lambda: socket.socket().connect(("198.51.100.7", 80))):
    try: act()
    except mdt.UnmatchedRequestError: print("refused")
"""
    ran = subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout.split() == ["refused", "refused"]


def refused(words, act, *args):
    block = mock_scenario("inventory.available")
    block.__enter__()
    with pytest.raises(UnmatchedRequestError, match=words):
        act(*args)
    with pytest.raises(UnmatchedRequestError, match=words):
        block.__exit__(None, None, None)


def test_a_host_that_is_played_is_refused(connect):
    refused("The definitions play this host", connect, "inventory.internal", 80)


def test_a_host_that_nobody_allowed_is_refused(connect):
    refused(r"example.org:8080\n.*neither played nor allowed", connect, "example.org", 8080)


def test_an_address_that_nobody_allowed_is_refused(connect):
    refused("is neither played nor allowed", connect, *AWAY)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_is_allowed(host):
    with mock_scenario("inventory.available"), pytest.raises(ReachedError):
        raw(host, 3306)


def test_an_allowed_host_is_reached_by_its_name(connect):
    with (
        mock_scenario("inventory.available", allow_hosts="example.org"),
        pytest.raises(OSError, match="reached"),
    ):  # urllib.request wraps it
        connect("example.org", 8080)


def test_without_a_block_nothing_is_refused(connect):
    with pytest.raises(OSError, match="reached"):  # urllib.request wraps it
        connect("example.org", 8080)


def test_a_thread_without_a_session_does_not_reach_what_is_played():
    seen = []

    def work():
        try:
            raw("inventory.internal", 80)
        except UnmatchedRequestError as error:
            seen.append(str(error))

    block = mock_scenario("inventory.available")
    block.__enter__()
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    with pytest.raises(UnmatchedRequestError, match="The definitions play this host"):
        block.__exit__(None, None, None)
    assert "inventory.internal" in seen[0]


def test_datagrams_are_not_looked_at():
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with sender, mock_scenario("inventory.available"), pytest.raises(ReachedError):
        sender.connect(AWAY)


def test_urllib3_is_answered():
    with mock_scenario("inventory.outOfStock") as m:
        answer = urllib3.request("POST", CHECK, json={"productId": "p"})
        assert (answer.status, answer.json()["available"]) == (200, False)
        m.inventory.called(times=1, json={"productId": "p"})


def test_urllib3_retries_are_calls_of_their_own():
    with mock_scenario("inventory.flaky") as m:
        retry = urllib3.Retry(3, status_forcelist=[503], allowed_methods=None, backoff_factor=0)
        answer = urllib3.PoolManager(retries=retry).request("POST", CHECK, json={"productId": "p"})
        assert answer.status == 200
        m.inventory.called(times=3)


def test_urllib3_gets_near_misses():
    block = mock_scenario("inventory.outOfStock")
    block.__enter__()
    with pytest.raises(UnmatchedRequestError, match="chek → check"):
        urllib3.request("POST", CHECK.replace("check", "chek"))
    with pytest.raises(UnmatchedRequestError):
        block.__exit__(None, None, None)


def test_urllib3_gets_the_faults_of_connections():
    with mock_scenario("broken.empty"), pytest.raises(urllib3.exceptions.HTTPError):
        urllib3.request("GET", "https://broken.example.com/thing", retries=False)


def test_botocore_is_answered():
    """It signs and parses by itself, over a pool of urllib3."""
    session = botocore.session.Session()
    session.set_credentials("key", "secret")
    config = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})
    client = session.create_client("s3", "here", endpoint_url="http://inventory.internal", config=config)
    with mock_scenario("inventory.available") as m:
        answer = client.get_object(Bucket="products", Key="7")
        assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Body"].read()) == (200, b'{"id":"7"}')
        m.inventory.called(times=1)

"""What each fault is in each client: the table that code under test has to live with."""

import socket
import ssl
import sys

import httpx
import httpx2
import pytest
import requests

from mdt.engine.choice import Sequence
from mdt.server.client import ServerRefusedError
from tests.sockets.server.definitions import KINDS

# fault: (requests, httpx, httpx2); httpx2 has httpx's names
EXCEPTIONS = {
    "connection-reset": ("ConnectionError", "ReadError", "ReadError"),
    "empty": ("ConnectionError", "RemoteProtocolError", "RemoteProtocolError"),
    "garbage": ("ConnectionError", "RemoteProtocolError", "RemoteProtocolError"),
    "malformed-chunk": ("ChunkedEncodingError", "RemoteProtocolError", "RemoteProtocolError"),
    "truncated": ("ChunkedEncodingError", "RemoteProtocolError", "RemoteProtocolError"),
    "timeout": ("ReadTimeout", "ReadTimeout", "ReadTimeout"),
    "tls-untrusted": ("SSLError", "ConnectError", "ConnectError"),
    "tls-expired": ("SSLError", "ConnectError", "ConnectError"),
    "tls-wrong-host": ("SSLError", "ConnectError", "ConnectError"),
}
WORDS = {
    "tls-untrusted": "self-signed certificate in certificate chain",
    "tls-expired": "certificate has expired",
    "tls-wrong-host": "IP address mismatch",
}
CLIENTS = ("requests", "httpx", "httpx2")
TIMEOUT = 0.7


def test_every_fault_is_in_the_table() -> None:
    assert sorted(EXCEPTIONS) == sorted(KINDS)


def ask(name: str, url: str, verify: object = True) -> str:
    """The body of the answer."""
    if name == "requests":
        with requests.Session() as session:
            session.trust_env = False
            return session.get(url, timeout=TIMEOUT, verify=verify).text
    module = {"httpx": httpx, "httpx2": httpx2}[name]
    with module.Client(trust_env=False, verify=verify, timeout=TIMEOUT) as client:
        return client.get(url).text


def context_for(name: str, path) -> object:
    return str(path) if name == "requests" else ssl.create_default_context(cafile=str(path))


@pytest.fixture
def authority(running, tmp_path):
    path = tmp_path / "ca.pem"
    path.write_bytes(requests.get(f"{running.server.url}/_mdt/ca.pem", timeout=5).content)
    return path


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", CLIENTS)
def test_the_exception_of_each_client(name, kind, client, authority) -> None:
    tls = kind.startswith("tls-")
    session = client.open(None, [f"inventory.{kind}"], tls=tls)
    base = session["tls_urls" if tls else "urls"]["inventory"]

    with pytest.raises(Exception) as raised:
        ask(name, f"{base}/internal/ping", context_for(name, authority) if tls else True)

    assert raised.type.__name__ == EXCEPTIONS[kind][CLIENTS.index(name)]
    assert WORDS.get(kind, "") in str(raised.value)
    (entry,) = client.journal(session["id"])
    assert (entry["service"], entry["scenario"], entry["fault"]["kind"]) == ("inventory", kind, kind)


@pytest.mark.parametrize("kind", sorted(WORDS))
def test_a_tls_fault_resets_a_plain_connection(client, kind) -> None:
    with client.session([f"inventory.{kind}"]) as session, pytest.raises(requests.ConnectionError):
        ask("requests", f"{session['urls']['inventory']}/internal/ping")


@pytest.mark.parametrize("name", CLIENTS)
def test_the_certificate_is_good_again_when_the_scenario_is(name, client, authority) -> None:
    trusted = context_for(name, authority)
    session = client.open("s", ["inventory.tls-expired"], tls=True)
    url = f"{session['tls_urls']['inventory']}/internal/ping"
    with pytest.raises(Exception, match="expired"):
        ask(name, url, trusted)

    client.select(["inventory.available"], "s")

    assert ask(name, url, trusted) == "pong"


def test_a_tls_fault_of_one_service_or_session_is_none_of_another(client, authority) -> None:
    one = client.open("one", ["inventory.tls-expired"], tls=True)
    two = client.open("two", tls=True)
    trusted = context_for("requests", authority)

    assert ask("requests", f"{one['tls_urls']['users']}/users/7", trusted) == '{"user":"7"}'
    assert ask("requests", f"{two['tls_urls']['inventory']}/internal/ping", trusted) == "pong"
    assert set(one["tls_urls"].values()).isdisjoint(two["tls_urls"].values())


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_who_accepts_the_certificate_gets_the_answer(client) -> None:
    session = client.open(None, ["inventory.tls-untrusted"], tls=True)

    assert ask("requests", f"{session['tls_urls']['inventory']}/internal/ping", verify=False) == '{"pong":true}'


def test_a_sequence_of_certificates_moves_on(client, authority) -> None:
    trusted = context_for("requests", authority)
    session = client.open(None, ["stock.onceExpired"], tls=True)
    url = f"{session['tls_urls']['stock']}/items/7"

    with pytest.raises(requests.exceptions.SSLError):
        ask("requests", url, trusted)
    assert ask("requests", url, trusted) == '{"id":"7"}'
    assert ask("requests", url, trusted) == '{"id":"7"}'


def test_a_chosen_sequence_of_certificates_moves_on(client, authority) -> None:
    trusted = context_for("requests", authority)
    session = client.open(
        None, [Sequence(("inventory.tls-expired", "inventory.tls-untrusted", "inventory.available"))], tls=True
    )
    url = f"{session['tls_urls']['inventory']}/internal/ping"

    for words in ("certificate has expired", "self-signed"):
        with pytest.raises(requests.exceptions.SSLError, match=words):
            ask("requests", url, trusted)
    assert ask("requests", url, trusted) == "pong"


def test_the_tls_port_serves_the_default_session(serve, tmp_path) -> None:
    running = serve(tls_port=0)
    client = running.client()
    path = tmp_path / "ca.pem"
    path.write_bytes(requests.get(f"{running.server.url}/_mdt/ca.pem", timeout=5).content)
    url = f"{running.server.tls_url}/inventory/internal/ping"
    assert ask("requests", url, str(path)) == "pong"

    client.select("inventory.tls-wrong-host")
    with pytest.raises(requests.exceptions.SSLError, match="mismatch"):
        ask("requests", url, str(path))


def test_the_tls_port_goes_by_the_name_that_is_asked_for(serve) -> None:
    running = serve(tls_port=0, scenarios=["inventory.tls-expired"])
    trusted = ssl.create_default_context(cadata=running.server.tls.authority_pem().decode())

    def shake(name: str) -> str:
        with (
            socket.create_connection(("127.0.0.1", running.server.tls_port), 5) as plain,
            trusted.wrap_socket(plain, server_hostname=name) as secure,
        ):
            return secure.version()

    assert shake("users.internal") == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        shake("inventory.internal")


def test_closing_a_session_closes_its_listeners(client, authority) -> None:
    session = client.open("s", tls=True)
    client.close("s")

    with pytest.raises(requests.ConnectionError):
        ask("requests", f"{session['tls_urls']['users']}/users/7", context_for("requests", authority))


def test_without_cryptography_tls_says_what_to_install(client, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)

    with pytest.raises(ServerRefusedError, match=r"pip install 'mdt\[tls\]'"):
        client.open("s", tls=True)


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize(
    ("scenario", "body"),
    [("slow", "pong"), ("dribbled", "Hello world"), ("streamed", 'data: {"n":1}\n\nevent: b\ndata: two\n\n')],
)
def test_what_takes_time_arrives_whole(name, scenario, body, client) -> None:
    with client.session([f"inventory.{scenario}"]) as session:
        assert ask(name, f"{session['urls']['inventory']}/internal/ping") == body


@pytest.mark.parametrize("name", CLIENTS)
def test_a_large_answer_arrives_whole(name, client) -> None:
    with client.session(["inventory.large"]) as session:
        assert len(ask(name, f"{session['urls']['inventory']}/internal/ping")) == 500_000

"""The admin API: what it does, and whom it refuses."""

import http.client
import json
import threading
import time

import pytest
import requests

from mdt.engine.choice import Sequence
from mdt.server.client import Client, ServerRefusedError, ServerUnreachableError
from tests.sockets.server.support import Raw, get

GOOD = {"productId": "p", "quantity": 1}


def refused(what) -> tuple[int, str]:
    with pytest.raises(ServerRefusedError) as raised:
        what()
    return raised.value.status, raised.value.code


def ping(session: dict, service: str = "inventory") -> requests.Response:
    return requests.get(f"{session['urls'][service]}/internal/ping", timeout=5)


def test_a_session_has_everything_that_a_test_needs(client, url) -> None:
    session = client.open("s", ["inventory.outOfStock"], seed=5)

    assert session["urls"]["inventory"] == f"{url}/_s/s/inventory" == client.address_of("inventory", "s")
    assert (session["scenarios"], session["choice"]) == (["inventory.outOfStock"], {"inventory": ["outOfStock"]})
    assert (session["seed"], session["calls"], session["dropped"]) == (5, 0, 0)
    assert client.get("s")["id"] == "s"
    assert [one["id"] for one in client.sessions()] == ["default", "s"]
    assert client.get()["urls"]["inventory"] == f"{url}/inventory" == client.address_of("inventory")


def test_an_id_is_made_when_none_is_given(client) -> None:
    assert client.open()["id"] != client.open()["id"]


def test_a_request_without_a_body_takes_the_defaults(url) -> None:
    answer = requests.post(f"{url}/_mdt/sessions", timeout=5)

    assert (answer.status_code, answer.json()["scenarios"]) == (201, [])


def test_compositions_and_sequences_can_be_chosen(client) -> None:
    session = client.open("s", ["shop.empty"])
    assert (session["choice"], session["virtual"]) == ({"inventory": ["outOfStock"]}, ["counter"])

    chosen = client.select([Sequence(("inventory.available", "inventory.slow"))], "s")
    assert (chosen["choice"], chosen["virtual"]) == ({"inventory": ["available", "slow"]}, [])
    assert client.select([], "s")["scenarios"] == []


def test_switching_keeps_what_it_does_not_name(client) -> None:
    client.open("s", ["inventory.outOfStock", "stock.expired"])

    assert client.switch(["inventory.slow"], "s")["choice"] == {"inventory": ["slow"], "stock": ["expired"]}
    assert client.switch(session="s", clear=["stock"])["choice"] == {"inventory": ["slow"]}


def test_the_journal_can_be_read_from_a_number_on(client) -> None:
    session = client.open("s")
    for _ in range(3):
        ping(session)

    numbers = [entry["number"] for entry in client.journal("s")]
    assert [entry["number"] for entry in client.journal("s", since=numbers[0])] == numbers[1:]
    entry = client.journal("s")[0]
    assert (entry["service"], entry["route"], entry["scenario"]) == ("inventory", "GET /internal/ping", "available")
    assert entry["reply"]["text"] == "pong"
    assert entry["file"].endswith("inventory.yaml")


def test_the_newest_are_kept_when_fewer_are_asked_for(client, url) -> None:
    session = client.open("s")
    for _ in range(3):
        ping(session)

    plain = requests.get(f"{url}/_mdt/sessions/s/journal?limit=2&brief=1", timeout=5).json()
    assert ([entry["number"] for entry in plain["entries"]], plain["left_out"]) == ([2, 3], 1)
    assert plain["entries"][0] | {"at": "", "url": ""} == {
        "number": 2, "at": "", "service": "inventory", "route": "GET /internal/ping", "scenario": "available",
        "method": "GET", "url": "", "kind": "reply", "status": 200, "delay": 0,
    }  # fmt: skip
    assert requests.get(f"{url}/_mdt/sessions/s/journal?limit=0", timeout=5).json()["entries"] == []


def test_entries_of_one_service(client, url) -> None:
    session = client.open("s")
    for service in ("inventory", "stock", "inventory", "stock", "inventory"):
        ping(session, service)

    assert [one["number"] for one in client.journal("s", service="stock")] == [2, 4]
    newest = client.journal("s", since=1, service="inventory", limit=1, brief=True)
    assert [(one["number"], one["method"], one["kind"]) for one in newest] == [(5, "GET", "reply")]
    assert client.journal("s", service="nothing") == []


def test_being_listed_does_not_keep_a_session_alive(serve, folder) -> None:
    (folder / "mdt.yaml").write_text("sessionTtl: 500ms\n", encoding="utf-8")
    client = serve().client()
    client.open("s")
    end = time.monotonic() + 10

    while [one["id"] for one in client.sessions()] != ["default"]:
        assert time.monotonic() < end
        time.sleep(0.05)

    assert refused(lambda: client.get("s")) == (404, "unknown-session")


def test_brief_entries_of_faults_and_others(client, url) -> None:
    session = client.open("s", ["inventory.empty"])
    with pytest.raises(requests.ConnectionError):
        ping(session)
    client.select(["inventory.real"], "s")
    assert ping(session).headers["X-Mdt-Error"] == "passthrough-failed"
    requests.get(f"{session['urls']['inventory']}/nothing", timeout=5)

    entries = requests.get(f"{url}/_mdt/sessions/s/journal?brief=1", timeout=5).json()["entries"]
    assert [entry["kind"] for entry in entries] == ["fault", "passthrough", "unmatched"]
    assert (entries[0]["fault"], entries[1]["to"]) == ("empty", "http://127.0.0.1:1/internal/ping")
    assert "No route" in entries[2]["reason"]


def test_one_entry_with_its_report(client, url) -> None:
    requests.get(f"{url}/inventory/internal/pin", timeout=5)
    (number,) = [entry["number"] for entry in client.journal()]

    entry = requests.get(f"{url}/_mdt/sessions/default/journal/{number}", timeout=5).json()
    assert "✗ pin → ping" in entry["report"]
    assert entry["unmatched"]["criteria"]
    assert requests.get(f"{url}/_mdt/sessions/default/journal/99", timeout=5).json()["error"] == "unknown-entry"
    assert [miss["number"] for miss in client.near_misses()] == [number]
    assert client.near_misses(since=number) == []


def test_the_tree_counts_by_scenario(client, url) -> None:
    session = client.open("s", ["inventory.flaky", "counter.virtual"])
    for _ in range(3):
        requests.post(f"{session['urls']['inventory']}/internal/inventory/check", json=GOOD, timeout=5)
    requests.post(f"{session['urls']['counter']}/add", timeout=5)
    requests.get(f"{session['urls']['counter']}/total", timeout=5)
    requests.get(f"{session['urls']['inventory']}/nothing", timeout=5)

    assert client.stats("s")["inventory"]["POST /internal/inventory/check"]["flaky"] == 3
    assert client.stats("s")["counter"] == {"POST /add": {"broken": 0, "virtual": 1}, "GET /total": {"virtual": 1}}
    assert client.stats()["inventory"]["POST /internal/inventory/check"]["flaky"] == 0
    tree = client.catalog("s")
    inventory = next(one for one in tree["services"] if one["name"] == "inventory")
    assert (inventory["selected"], inventory["calls"], tree["unmatched"]) == (["flaky"], 4, 1)
    assert [route["playing"] for route in inventory["routes"]] == [["flaky"], ["available"]]
    counter = next(one for one in tree["services"] if one["name"] == "counter")
    assert (counter["virtual"], counter["selected"]) == (True, ["virtual"])
    assert [one["name"] for one in tree["compositions"]] == ["shop.empty"]


def test_clock(client) -> None:
    client.open("s")
    assert client.freeze("s", "2030-01-01T08:00:00+08:00")["now"] == "2030-01-01T00:00:00+00:00"
    assert client.advance("s", minutes=15, seconds=0.5)["now"] == "2030-01-01T00:15:00.500000+00:00"
    assert client.unfreeze("s")["now"].startswith("2030-01-01T00:15:0")
    assert not client.reset("s")["now"].startswith("2030")
    assert client.freeze("s")["now"] == client.get("s")["now"]


def test_the_document_of_a_virtual_service(client) -> None:
    assert set(client.openapi("counter")["paths"]) == {"/add", "/total"}
    assert refused(lambda: client.openapi("inventory")) == (404, "not-virtual")
    assert refused(lambda: client.openapi("inventry")) == (404, "unknown-service")


WRONG_BODIES = [
    ("POST", "", b"{", 400, "bad-json"),
    ("POST", "", b"[" * 100_000, 400, "bad-json"),
    ("POST", "", b"[]", 422, "bad-body"),
    ("POST", "", b'{"scenario": []}', 422, "bad-body"),
    ("POST", "", b'{"scenarios": 5}', 422, "bad-body"),
    ("POST", "", b'{"scenarios": [5]}', 422, "bad-body"),
    ("POST", "", b'{"scenarios": [{"sequence": "inventory.slow"}]}', 422, "bad-body"),
    ("POST", "", b'{"scenarios": [{"sequence": []}]}', 422, "not-possible"),
    ("POST", "", b'{"scenarios": ["inventory.outOfStok"]}', 422, "unknown-scenario"),
    ("POST", "", b'{"scenarios": ["inventory.slow", "inventory.outOfStock"]}', 422, "not-possible"),
    ("POST", "", b'{"seed": true}', 422, "bad-body"),
    ("POST", "", b'{"tls": 1}', 422, "bad-body"),
    ("POST", "", b'{"id": "default"}', 422, "not-possible"),
    ("POST", "", '{"id": "会话"}'.encode(), 422, "not-possible"),
    ("PUT", "/s/scenarios", b"{}", 422, "bad-body"),
    ("PUT", "/nobody/scenarios", b'{"scenarios": []}', 404, "unknown-session"),
    ("POST", "/s/clock", b"{}", 422, "bad-body"),
    ("POST", "/s/clock", b'{"advance": {"minute": 1}}', 422, "bad-body"),
    ("POST", "/s/clock", b'{"advance": {"minutes": "1"}}', 422, "bad-body"),
    ("POST", "/s/clock", b'{"advance": {"minutes": true}}', 422, "bad-body"),
    ("POST", "/s/clock", b'{"advance": {}}', 422, "bad-body"),
    ("POST", "/s/clock", b'{"advance": {"days": 1e9}}', 422, "bad-body"),
    ("POST", "/s/clock", b'{"freeze": "tomorrow"}', 422, "bad-body"),
    ("POST", "/s/clock", b'{"freeze": false}', 422, "bad-body"),
    ("POST", "/s/clock", b'{"freeze": true, "unfreeze": true}', 422, "bad-body"),
    ("GET", "/s/journal?since=x", b"", 422, "bad-query"),
    ("GET", "/s/journal?since=-1", b"", 422, "bad-query"),
    ("GET", "/nobody", b"", 404, "unknown-session"),
    ("DELETE", "/nobody", b"", 404, "unknown-session"),
    ("DELETE", "/default", b"", 422, "not-possible"),
    ("PUT", "/s", b"{}", 405, "wrong-method"),
    ("GET", "/s/jurnal", b"", 404, "not-found"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "code"), WRONG_BODIES)
def test_what_is_wrong_is_told(client, url, method, path, body, status, code) -> None:
    client.open("s")
    answer = requests.request(
        method, f"{url}/_mdt/sessions{path}", data=body, headers={"Content-Type": "application/json"}, timeout=5
    )

    assert (answer.status_code, answer.json()["error"], answer.headers["X-Mdt-Error"]) == (status, code, code)
    assert len(answer.json()["message"]) > 10
    assert [one["id"] for one in client.sessions()] == ["default", "s"]


def test_typos_are_answered_with_what_is_meant(client) -> None:
    with pytest.raises(ServerRefusedError, match=r"Did you mean inventory\.outOfStock"):
        client.open("s", ["inventory.outOfStok"])
    with pytest.raises(ServerRefusedError, match="Did you mean scenarios"):
        client.open("s", scenrios=[])


def test_a_failed_switch_changes_nothing(client) -> None:
    client.open("s", ["inventory.slow"])
    assert refused(lambda: client.select(["stock.nothing"], "s")) == (422, "unknown-scenario")
    assert client.get("s")["scenarios"] == ["inventory.slow"]


def test_events_are_live_and_belong_to_their_session(running, client) -> None:
    session = client.open("s")
    client.open("other")
    seen: dict[str, list] = {"s": [], "all": []}
    threads = [
        threading.Thread(target=lambda key=key, name=name: seen[key].extend(client.events(name)), daemon=True)
        for key, name in (("s", "s"), ("all", None))
    ]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 5
    while len(running.server.hub._listening) < 2 and time.monotonic() < end:
        time.sleep(0.01)

    ping(session)
    ping({"urls": {"inventory": client.address_of("inventory", "other")}})
    client.select(["inventory.slow"], "s")
    client.reload()
    time.sleep(0.2)
    running.stop()
    for thread in threads:
        thread.join(5)

    assert [(kind, data.get("session", data.get("id"))) for kind, data in seen["s"]] == [
        ("call", "s"),
        ("session", "s"),
        ("reload", None),
    ]
    assert [data.get("session") for kind, data in seen["all"] if kind == "call"] == ["s", "other"]
    assert seen["s"][0][1]["status"] == 200
    assert seen["s"][2][1] == {"status": "ok", "error": None}


def test_events_of_an_unknown_session(client) -> None:
    assert refused(lambda: next(client.events("nobody"))) == (404, "unknown-session")


def test_a_listener_that_does_not_read_misses_events_and_is_told(monkeypatch) -> None:
    import asyncio

    from mdt.server import events

    monkeypatch.setattr(events, "WAITING", 3)

    async def play() -> list[bytes]:
        hub = events.Hub(asyncio.get_running_loop())
        listening = hub.listen(None)
        first = await anext(listening)
        for number in range(5):
            hub.publish("call", {"n": number})
        await asyncio.sleep(0)
        got = [first, *[await anext(listening) for _ in range(4)]]
        await listening.aclose()
        assert hub.silent
        return got

    got = asyncio.run(play())
    assert [b'"n": %d' % n in one for n, one in enumerate(got[1:4])] == [True] * 3
    assert got[4] == b'event: missed\ndata: {"count": 2}\n\n'


def test_a_quiet_stream_is_kept_alive(monkeypatch) -> None:
    import asyncio

    from mdt.server import events

    monkeypatch.setattr(events, "HEARTBEAT", 0.01)

    async def play() -> bytes:
        listening = events.Hub(asyncio.get_running_loop()).listen(None)
        await anext(listening)
        return await anext(listening)

    assert asyncio.run(play()).startswith(b": ")


# who may ask

FOREIGN = {
    "rebinding": {"Host": "evil.test"},
    "rebinding with a port": {"Host": "evil.test:3002"},
    "a name that begins like ours": {"Host": "127.0.0.1.evil.test"},
    "no name": {"Host": ""},
    "another origin": {"Origin": "https://evil.test"},
    "no origin of its own": {"Origin": "null"},
    "no URL": {"Origin": "http://["},
    "another port": {"Origin": "http://127.0.0.1:1"},
    "fetch from another site": {"Sec-Fetch-Site": "cross-site"},
    "fetch from a sibling": {"Sec-Fetch-Site": "same-site"},
}


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=list(FOREIGN))
@pytest.mark.parametrize(("method", "path"), [("POST", "/sessions"), ("GET", "/services"), ("GET", "/nothing")])
def test_pages_of_other_sites_are_refused(running, client, method, path, headers) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", running.server.port, timeout=5)
    connection.request(method, f"/_mdt{path}", b"{}" if method == "POST" else None, headers)
    answer = connection.getresponse()

    assert answer.status == 403
    assert json.loads(answer.read())["error"] in {"foreign-page", "foreign-host"}
    assert len(client.sessions()) == 1
    connection.close()


def test_a_form_of_another_page_cannot_post(url, client) -> None:
    answer = requests.post(f"{url}/_mdt/sessions", data="{}", headers={"Content-Type": "text/plain"}, timeout=5)

    assert (answer.status_code, answer.json()["error"]) == (415, "json-needed")


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "127.0.0.2", "[::1]"])
def test_this_machine_is_not_foreign(running, name) -> None:
    port = running.server.port
    headers = (
        f"Host: {name}:{port}",
        f"Origin: http://{name.lower()}:{port}",
        "Sec-Fetch-Site: same-origin",
        "Connection: close",
    )
    with Raw(port) as raw:
        data = get("/_mdt/sessions", *headers).replace(b"Host: mocks.test\r\n", b"")
        assert raw.send(data).rest().startswith(b"HTTP/1.1 200 ")


def test_mocked_services_may_be_asked_from_any_page(url) -> None:
    answer = requests.get(f"{url}/inventory/internal/ping", headers={"Origin": "https://shop.test"}, timeout=5)

    assert answer.text == "pong"


@pytest.fixture
def guarded(serve) -> object:
    return serve(host="0.0.0.0").server


@pytest.mark.parametrize(
    "given", [None, "Bearer", "Bearer ", "Bearer wrong", "Basic TOKEN", "TOKEN", "Bearer TOKENx", "Bearer 值"]
)
def test_elsewhere_than_on_loopback_the_token_is_needed(guarded, given) -> None:
    headers = {} if given is None else {"Authorization": given.replace("TOKEN", guarded.token).encode()}
    for path in ("/sessions", "/services", "/events", "/nothing", "/ca.pem"):
        answer = requests.get(f"{guarded.url}/_mdt{path}", headers=headers, timeout=5)
        assert (answer.status_code, answer.json()["error"]) == (401, "token-needed")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert requests.get(f"{guarded.url}/_mdt/health", headers=headers, timeout=5).json() == {"status": "ok"}


def test_with_the_token_any_name_is_right(guarded) -> None:
    assert len(guarded.token) > 20
    assert Client(guarded.url, guarded.token).health()["services"] == 4
    headers = {"Host": "mocks.example.test", "Authorization": f"bearer {guarded.token}"}
    assert requests.get(f"{guarded.url}/_mdt/services", headers=headers, timeout=5).status_code == 200
    headers["Origin"] = "https://evil.test"
    assert requests.get(f"{guarded.url}/_mdt/services", headers=headers, timeout=5).status_code == 403


def test_a_given_token_is_asked_for_on_loopback_too(serve) -> None:
    server = serve(token="t0ken").server

    assert refused(Client(server.url).sessions) == (401, "token-needed")
    assert len(Client(server.url, "t0ken").sessions()) == 1


def test_mocks_need_no_token(guarded) -> None:
    assert requests.get(f"{guarded.url}/inventory/internal/ping", timeout=5).text == "pong"


def test_nobody_there_is_told(client, running) -> None:
    running.stop()
    with pytest.raises(ServerUnreachableError, match="No mdt server answers at http://127"):
        client.health()


def test_another_server_is_told(start) -> None:
    from mdt.engine.messages import Reply

    other = start({"/_mdt/health": Reply(418, (), b"teapot")})
    with pytest.raises(ServerRefusedError, match="418: teapot"):
        Client(other.url).health()

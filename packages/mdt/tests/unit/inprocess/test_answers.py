"""Replies become real response objects of each library."""

import gzip
import io
from dataclasses import replace
from datetime import timedelta

import httpx
import httpx2
import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from mdt import Engine, Reply, load, mock_scenario, sequence
from mdt.errors import MdtError, UnmatchedRequestError
from mdt.inprocess import requests_transport
from mdt.inprocess.requests_transport import read
from mdt.inprocess.script import head
from tests.unit.inprocess.conftest import MOCKS

PAY = "https://pay.example.com:8443/v1"
THING = "https://broken.example.com/thing"


def test_the_selected_scenario_answers(client):
    with mock_scenario("inventory.outOfStock"):
        answer = client.check("p9")
    assert answer.status_code == 200
    assert answer.json() == {"productId": "p9", "available": False, "quantity": 0}
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["content-length"] == str(len(answer.content))


def test_a_response_knows_its_request_url_reason_and_time(client):
    with mock_scenario("payment.declined"):
        answer = client("POST", f"{PAY}/charge?x=1", json={})
    assert str(answer.url) == f"{PAY}/charge?x=1"
    assert answer.request.method == "POST"
    assert (answer.reason if client.package is requests else answer.reason_phrase) == "Payment Required"
    assert timedelta() < answer.elapsed < timedelta(seconds=5)
    assert answer.history == []


def test_raise_for_status_raises_the_librarys_own_error(client):
    error = requests.HTTPError if client.package is requests else client.package.HTTPStatusError
    with mock_scenario("inventory.serviceError"), pytest.raises(error, match="503"):
        client.check().raise_for_status()


def test_redirects_are_followed_and_remembered(client):
    with mock_scenario("payment.success"):
        answer = client("GET", f"{PAY}/old", follow=True)
    assert answer.text == "moved"
    assert [past.status_code for past in answer.history] == [302]


def test_cookies_are_kept_and_sent_again():
    for session in (requests.Session(), httpx.Client(), httpx2.Client()):
        with mock_scenario("payment.success") as m, session:
            first = session.get(f"{PAY}/login")
            session.get(f"{PAY}/login")
        assert dict(first.cookies) == {"sid": "1"}
        assert m.calls()[1].request.headers["cookie"] == "sid=1"


def test_text_is_decoded_as_the_header_says(client):
    with mock_scenario("payment.success"):
        assert client("GET", f"{PAY}/latin").text == "你好"


def test_head_and_204_have_no_body(client):
    with mock_scenario("payment.success"):
        headed, empty = client("HEAD", f"{PAY}/file"), client("GET", f"{PAY}/empty")
    assert (headed.content, headed.headers["content-length"]) == (b"", "10")
    assert (empty.status_code, empty.content) == (204, b"")
    assert "content-length" not in empty.headers


def test_a_status_that_has_no_name(client):
    with mock_scenario("payment.success"):
        answer = client("GET", f"{PAY}/teapot")
    assert (answer.status_code, answer.text) == (299, "odd")


@pytest.mark.parametrize("path", ["/charge", "/login"])  # at once, and over the wire
def test_requests_streams(path):
    method = "POST" if path == "/charge" else "GET"
    with mock_scenario("payment.success"), requests.request(method, f"{PAY}{path}", stream=True) as answer:
        pieces = list(answer.iter_content(3))
    assert len(pieces) > 1
    assert b"".join(pieces) in {b"hello", b'{"status":"PAID"}'}


@pytest.mark.parametrize("library", [httpx, httpx2])
@pytest.mark.parametrize("scenario", ["payment.success", "broken.dribbled"])
def test_httpx_streams(library, scenario):
    url = f"{PAY}/old" if scenario.startswith("payment") else THING
    with mock_scenario(scenario), library.stream("GET", url) as answer:
        assert not answer.is_closed
        raw = b"".join(answer.iter_raw())
    assert answer.is_closed
    assert answer.num_bytes_downloaded == len(raw)


def test_events_arrive_line_by_line(client):
    lines = ["event: tick", "id: 1", 'data: {"n":1}', "", "data: two", ""]
    with mock_scenario("broken.events"):
        if client.package is requests:
            got = list(requests.get(THING, stream=True).iter_lines(decode_unicode=True))
        else:
            with client.package.stream("GET", THING) as answer:
                got = list(answer.iter_lines())
    assert got == lines


def test_the_fast_way_and_the_wire_give_the_same(client, monkeypatch):
    def said(answer):
        reason = answer.reason if client.package is requests else answer.reason_phrase
        return answer.status_code, reason, dict(answer.headers), answer.content, str(answer.url), answer.encoding

    urls = [("POST", "/charge"), ("GET", "/old"), ("HEAD", "/file"), ("GET", "/latin"), ("GET", "/teapot")]
    with mock_scenario("payment.success"):
        fast = [said(client(method, PAY + path)) for method, path in urls]
        for module in ("requests_transport", "httpx_transport"):
            monkeypatch.setattr(f"mdt.inprocess.{module}._at_once", lambda *_: None)
        wire = [said(client(method, PAY + path)) for method, path in urls]
    assert fast == wire


def test_an_error_status_needs_no_wire_either(client, monkeypatch):
    """A Response of requests is false from 400 on."""
    for module in ("requests_wire", "httpx_wire"):
        monkeypatch.setattr(f"mdt.inprocess.{module}.over_the_wire", None)
    with mock_scenario("inventory.serviceError"):
        assert client.check().status_code == 503


def test_urllib3_retries_see_each_answer():
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=Retry(3, status_forcelist=[503], allowed_methods=None)))
    with mock_scenario("inventory.flaky") as m:
        answer = session.post("http://inventory.internal/internal/inventory/check", json={"productId": "a"})
    assert answer.json()["available"] is True
    m.inventory.called("POST /internal/inventory/check", times=3, json={"productId": "a"})


def test_urllib3_retries_that_run_out():
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=Retry(1, status_forcelist=[503], allowed_methods=None)))
    with mock_scenario("inventory.serviceError") as m, pytest.raises(requests.exceptions.RetryError):
        session.post("http://inventory.internal/internal/inventory/check", json={"productId": "a"})
    assert len(m.calls()) == 2


def test_urllib3_retries_obey_retry_after():
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=Retry(2, allowed_methods=None)))
    with mock_scenario("payment.busy") as m:
        assert session.post(f"{PAY}/charge").status_code == 503  # the last one, as urllib3 does it
    assert len(m.calls()) == 3


def test_a_retry_after_a_fault_may_succeed():
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=Retry(2)))
    with mock_scenario(sequence("broken.reset", "broken.empty", "broken.fine")):
        assert session.get(THING).status_code == 200


def test_a_retry_into_nothing_is_an_unmatched_call():
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=Retry(2)))
    engine = Engine(load(MOCKS))

    def forget(_):
        engine.catalog = replace(engine.catalog, hosts={})

    with pytest.raises(UnmatchedRequestError), mock_scenario("broken.reset", mocks=engine) as m:  # noqa: PT012
        m.journal.subscribe(forget)
        session.get(THING)


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"bytes", b"bytes"),
        ("täxt", "täxt".encode()),
        ({"a": "1"}, b"a=1"),
        (io.BytesIO(b"file"), b"file"),
        (io.StringIO("text"), b"text"),
        ((part for part in [b"one", "two"]), b"onetwo"),
        (None, b""),
    ],
)
def test_requests_bodies_of_every_kind(data, body):
    with mock_scenario("payment.success") as m:
        requests.post(f"{PAY}/charge", data=data)
    assert m.calls()[0].request.body == body


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_httpx_bodies_of_every_kind(library):
    with mock_scenario("payment.success") as m:
        library.post(f"{PAY}/charge", content=(part for part in [b"one", b"two"]))
        library.post(f"{PAY}/charge", data={"a": "1"})
        library.post(f"{PAY}/charge", files={"f": b"x"})
    first, second, third = [entry.request for entry in m.calls()]
    assert (first.body, second.form) == (b"onetwo", {"a": ["1"]})
    assert third.form == {"f": ["x"]}


def test_what_the_engine_sees_of_a_request(client):
    with mock_scenario("payment.success") as m:
        client("POST", "https://user:secret@PAY.example.com:8443/v1/ch%61rge?x=%20", headers={"X-A": "1"})
    seen = m.calls()[0].request
    assert (seen.method, seen.host, seen.path, seen.query) == ("POST", "pay.example.com:8443", "/v1/charge", "x=%20")
    assert seen.url.lower() in {f"{PAY}/charge?x=%20", f"{PAY}/ch%61rge?x=%20"}
    assert (seen.headers["x-a"], seen.headers["host"].lower()) == ("1", "pay.example.com:8443")
    assert "secret" not in seen.url


def test_headers_given_as_bytes_are_read():
    prepared = requests.Request("GET", PAY, headers={b"X-B": b"\xe4"}).prepare()
    assert read(prepared).headers["x-b"] == "ä"


def test_bodies_that_say_gzip_are_unpacked():
    reply = Reply(headers=(("content-encoding", "gzip"),), body=gzip.compress(b"unpacked"))
    prepared = requests.Request("GET", PAY).prepare()
    answer = requests_transport.respond(HTTPAdapter(), prepared, reply)
    assert answer.content == b"unpacked"


def test_a_header_that_would_break_the_message_is_refused():
    with pytest.raises(MdtError, match="'X-Bad' has characters"):
        head(200, (("X-Bad", "a\r\nSet-Cookie: b"),))

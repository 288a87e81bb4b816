"""A client sends once and takes whatever comes as an answer; it notices by itself that its connection was closed."""

import json
import socket
import time

import pytest

from faultlab.adapter import Outgoing
from faultlab.clients import Answer, Client, Clock

GET = Outgoing("GET", "/echo")


@pytest.fixture
def client(service):
    made = Client(service.port, timeout=10)
    yield made
    made.close()


def asked(service):
    """Without the questions of whoever started it."""
    return [line for line in service.log_since(0) if line.startswith("asked") and "/live" not in line]


def test_a_body_is_sent_as_json_with_its_headers(client):
    answer = client.send(Outgoing("POST", "/echo", {"id": "a", "名": 1}, {"Idempotency-Key": "k"}))

    data = answer.data()
    assert (answer.status, answer.error) == (200, "")
    assert json.loads(data["body"]) == {"id": "a", "名": 1}
    assert (data["key"], data["type"]) == ("k", "application/json")


@pytest.mark.parametrize("body", [{}, [], 0, False, ""])
def test_an_empty_body_is_one(client, body):
    assert client.send(Outgoing("POST", "/echo", body)).data()["body"] == json.dumps(body)


def test_without_a_body_nothing_is_said_of_one(client):
    data = client.send(GET).data()

    assert (data["body"], data["type"]) == ("", None)


def test_names_of_headers_come_in_small_letters(client):
    assert client.send(GET).headers["retry-after"] == "1"


def test_an_error_is_an_answer(client):
    assert client.send(Outgoing("GET", "/away")).status == 503


def test_redirects_are_not_followed(client, service):
    assert client.send(Outgoing("GET", "/moved")).status == 302
    assert asked(service) == ["asked GET /moved"]


def test_one_connection_is_used_for_all(client):
    assert client.send(GET).data()["port"] == client.send(GET).data()["port"]


def test_a_connection_that_was_closed_meanwhile_is_made_anew(client, service):
    first = client.send(Outgoing("GET", "/once")).data()["port"]
    time.sleep(0.2)

    second = client.send(Outgoing("POST", "/echo", {}))

    assert second.status == 200
    assert second.data()["port"] != first
    assert asked(service) == ["asked GET /once", "asked POST /echo"]


def test_what_gets_no_answer_is_sent_once(client, service):
    answer = client.send(Outgoing("POST", "/cut", {}))

    assert (answer.status, answer.error) == (None, "ProtocolError")
    assert asked(service) == ["asked POST /cut"]
    assert client.send(GET).status == 200


def test_after_the_service_was_killed_and_started_it_goes_on(client, service):
    client.send(GET)
    service.kill()

    gone = client.send(GET)
    service.start()

    assert (gone.status, gone.error) == (None, "NewConnectionError")
    assert client.send(GET).status == 200


def test_one_that_says_nothing_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        client = Client(mute.getsockname()[1], timeout=0.2)
        began = time.monotonic()

        answer = client.send(GET)
        client.close()

    assert (answer.status, answer.error) == (None, "ReadTimeoutError")
    assert time.monotonic() - began >= 0.2


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (b'{"code": 1, "data": {"a": 1}, "msg": ""}', {"a": 1}),
        (b'{"data": [1]}', {}),
        (b'{"data": null}', {}),
        (b'{"code": 1}', {}),
        (b"[1]", {}),
        (b"1", {}),
        (b"plain", {}),
        (b"\xff", {}),
        (b"", {}),
    ],
)
def test_data_is_what_the_envelope_holds(body, data):
    assert Answer(200, body=body).data() == data


def test_a_clock_begins_at_zero_and_tells_other_readings():
    clock = Clock()

    assert 0 <= clock.now() < 1
    assert clock.since(clock.zero + 1.23456) == 1.2346

"""Stubs over plain HTTP, as tests in other languages use them: open, stub, call, verify, list, remove, close."""

import jsonschema_rs
import pytest
import requests

from mdt.server.client import ServerRefusedError

STUB = {"route": "POST /internal/inventory/check", "answer": {"status": 202, "json": {"stubbed": True}}}


def ask(method: str, url: str, body=None) -> tuple[int, dict]:
    answer = requests.request(method, url, json=body, timeout=5)
    return answer.status_code, answer.json()


@pytest.fixture
def session(url):
    return ask("POST", f"{url}/_mdt/sessions", {"id": "java-1", "scenarios": ["inventory.outOfStock"]})[1]


def test_the_whole_way(url, session):
    here, base = f"{url}/_mdt/sessions/java-1", session["urls"]["inventory"]
    assert ask("POST", f"{here}/stubs", STUB) == (201, {"id": "stub-1", "service": "inventory", **STUB})
    order = {"productId": "p", "quantity": 3}
    assert ask("POST", f"{base}/internal/inventory/check", order) == (202, {"stubbed": True})

    wanted = {"route": STUB["route"], "match": {"json": {"quantity": {"min": 3}}}}
    status, verdict = ask("POST", f"{here}/called", wanted)
    assert (status, verdict["met"], verdict["count"], verdict["message"]) == (200, True, 1, None)
    assert verdict["calls"][0]["scenario"] == "stub-1"
    status, verdict = ask("POST", f"{here}/called", {**wanted, "times": 2})
    assert (status, verdict["met"], verdict["count"]) == (200, False, 1)
    assert "was expected 2 times, but was called once" in verdict["message"]

    assert ask("GET", f"{here}/stubs")[1]["stubs"][0]["id"] == "stub-1"
    assert ask("GET", f"{here}/stubs/stub-1")[1]["answer"] == STUB["answer"]
    assert ask("POST", f"{here}/reset")[1] | {"now": 0} == ask("GET", here)[1] | {"now": 0}
    assert (ask("GET", here)[1]["stubs"], ask("GET", f"{here}/journal")[1]["entries"]) == (1, [])
    assert ask("DELETE", f"{here}/stubs/stub-1") == (200, {"removed": ["stub-1"]})
    assert ask("POST", f"{base}/internal/inventory/check", order)[1]["available"] is False
    assert ask("DELETE", here) == (200, {"closed": "java-1"})
    assert ask("GET", f"{here}/stubs")[0] == 404


def test_stubs_of_one_session_are_not_those_of_another(client, url):
    one, other = client.open("one"), client.open("other")
    client.stub("GET /only/here", {"text": "one"}, "one", service="inventory")

    assert requests.get(f"{one['urls']['inventory']}/only/here", timeout=5).text == "one"
    assert requests.get(f"{other['urls']['inventory']}/only/here", timeout=5).status_code == 501
    assert requests.get(f"{url}/only/here", headers={"X-Mdt-Session": "one"}, timeout=5).text == "one"
    assert (len(client.stubs("one")), client.stubs("other"), client.stubs()) == (1, [], [])


PARTS = ("limit=1", "offset=1", "offset=2", "")


def test_a_stub_is_replaced_by_its_id_and_all_can_be_removed(client, url):
    client.open("s")
    client.stub(STUB["route"], {"json": 1}, "s", id="mine")
    client.stub(STUB["route"], {"json": 2}, "s", id="mine")
    client.stub("GET http://inventory.internal/b", {"json": 3}, "s")

    assert [stub["answer"] for stub in client.stubs("s")] == [{"json": 2}, {"json": 3}]
    assert [len(ask("GET", f"{url}/_mdt/sessions/s/stubs?{part}")[1]["stubs"]) for part in PARTS] == [1, 1, 0, 2]
    assert ask("GET", f"{url}/_mdt/sessions/s/stubs?limit=1")[1]["left_out"] == 1
    assert ask("GET", f"{url}/_mdt/sessions/s/stubs?limit=x")[0] == 422
    client.remove_stub("mine", "s")
    assert len(client.stubs("s")) == 1
    client.remove_stub(session="s")
    assert client.stubs("s") == []


MISTAKES = [  # the body: status, code, and what is told
    ({}, 422, "not-possible", "A stub has a `route`: method and path"),
    ({"route": "GET /x"}, 422, "not-possible", "either an `answer` or a list of `answers`"),
    ({"rout": "GET /x"}, 422, "bad-body", "Did you mean route?"),
    ({**STUB, "answers": []}, 422, "not-possible", "either an `answer` or a list of `answers`"),
    ({"route": "POST /internal/inventory/check", "answers": []}, 422, "not-possible", "at least one answer"),
    ({**STUB, "service": "nobody"}, 404, "unknown-service", "There is no service 'nobody'"),
    ({**STUB, "id": "a b"}, 422, "not-possible", "'a b' is no id of a stub"),
    ({**STUB, "route": "GET /nowhere"}, 422, "not-possible", "Say for which service the stub is"),
    ({**STUB, "answer": {"jsn": 1}}, 422, "not-possible", "an answer has no key 'jsn'"),
    ({**STUB, "answer": {"file": "../../etc/passwd"}}, 422, "not-possible", "lies outside of mocks/"),
    (
        {**STUB, "answer": {"passthrough": "http://10.0.0.1/"}},
        422,
        "bad-body",
        "forwards to the url of its service alone",
    ),
    (
        {**STUB, "answer": {"when": [{"match": {}, "passthrough": "http://10.0.0.1/"}]}},
        422,
        "bad-body",
        "forwards to the url of its service alone",
    ),
]


def test_mistakes_are_told_and_leave_nothing_behind(url, session):
    for body, status, code, message in MISTAKES:
        answered, error = ask("POST", f"{url}/_mdt/sessions/java-1/stubs", body)

        assert (answered, error["error"]) == (status, code), (body, error)
        assert message in error["message"], body
    assert ask("GET", f"{url}/_mdt/sessions/java-1/stubs") == (200, {"stubs": [], "left_out": 0})
    assert ask("DELETE", f"{url}/_mdt/sessions/java-1/stubs/none")[1]["error"] == "unknown-stub"
    assert ask("GET", f"{url}/_mdt/sessions/java-1/stubs/none")[1]["error"] == "unknown-stub"
    assert (
        ask("POST", f"{url}/_mdt/sessions/java-1/called", {})[1]["message"]
        == "Say which calls: `service`, `route` or both"
    )
    assert ask("POST", f"{url}/_mdt/sessions/java-1/called", {"service": "no"})[1]["error"] == "unknown-service"


def test_answers_are_as_the_document_says(url, session):
    document = ask("GET", f"{url}/_mdt/openapi.json")[1]
    here = f"{url}/_mdt/sessions/java-1"
    asked = [
        ("POST", "/stubs", STUB, 201),
        ("GET", "/stubs", None, 200),
        ("GET", "/stubs/stub-1", None, 200),
        ("POST", "/called", {"route": STUB["route"]}, 200),
        ("GET", "", None, 200),
        ("GET", "/journal", None, 200),
        ("PUT", "/scenarios", {"scenarios": []}, 200),
        ("POST", "/reset", None, 200),
        ("DELETE", "/stubs", None, 200),
    ]
    for method, rest, body, expected in asked:
        status, answer = ask(method, here + rest, body)
        template = f"/_mdt/sessions/{{id}}{rest.replace('stub-1', '{stub}')}"
        answers = document["paths"][template][method.lower()]["responses"]
        schema = answers[str(expected)]["content"]["application/json"]["schema"]

        assert status == expected, (method, rest, answer)
        validator = jsonschema_rs.validator_for({**schema, "components": document["components"]})
        assert validator.is_valid(answer), (method, rest, [error.message for error in validator.iter_errors(answer)])


def test_states_are_set_and_unknown_ones_refused(client):
    client.open("s")

    assert client.get("s")["states"] == {}
    with pytest.raises(ServerRefusedError, match="has no `states`"):
        client.set_state("inventory", "paid", "s")

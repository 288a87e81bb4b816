"""Which recorded call answers a request, and the reason when none does."""

import json

import pytest

from mdt.engine.engine import Engine
from mdt.engine.messages import Fault, FaultKind, Passthrough, Reply
from mdt.engine.outcome import Unmatched
from mdt.engine.session import Session
from mdt.errors import MdtError
from mdt.recording.fitting import compared
from mdt.recording.inference import templates, volatile_fields
from mdt.recording.model import RecordedAnswer, RecordedCall, RecordedRequest, Recording
from mdt.recording.places import new_place
from mdt.recording.replay import Replay
from mdt.recording.session_file import write_recording
from tests.unit.folders import asking, loaded

AT = "2025-01-27T10:30:00.000Z"
UUIDS = ["123e4567-e89b-12d3-a456-426614174000", "00000000-0000-4000-8000-000000000002"]


def call(method, path, body=None, answer=None, *, headers=(), status=200, fault=""):
    asked = RecordedRequest(method, path, tuple(headers), {} if body is None else {"json": body})
    known = RecordedAnswer(0 if fault else status, (), {} if answer is None else {"json": answer}, fault)
    return RecordedCall(AT, asked, known, 0.5)


class Played:
    """A replay of these calls, asked at the service's own url."""

    def __init__(self, root, *calls, **options) -> None:
        catalog = loaded(root, {"internal/shop.yaml": "service: shop\nurl: http://shop.internal/api\n"})
        write_recording(
            Recording("shop", "one", "http://shop.internal/api", calls),
            new_place(catalog.folder, "shop", None, "one").path,
        )
        self.replay = Replay("shop", "one", **options)
        self.engine = Engine(self.replay.over(catalog))
        self.session = Session("test")

    def ask(self, call, session=None, **parts):
        method, _, path = call.partition(" ")
        return self.engine.handle(asking(f"{method} http://shop.internal/api{path}", **parts), session or self.session)

    def json(self, call, **parts):
        outcome = self.ask(call, **parts)
        assert isinstance(outcome, Reply), outcome.near_miss
        return json.loads(outcome.content())

    def why(self, call, **parts):
        outcome = self.ask(call, **parts)
        assert isinstance(outcome, Unmatched), outcome
        return outcome.near_miss.reason


def test_each_answer_is_played_once_and_the_reason_says_which_is_used_up(tmp_path):
    shop = Played(tmp_path, call("GET", "/a", answer=1), call("GET", "/b", answer=2), call("GET", "/a", answer=3))

    assert [shop.json("GET /a"), shop.json("GET /a"), shop.json("GET /b")] == [1, 3, 2]
    assert "answer 2 of 2 is already used" in shop.why("GET /a")
    assert "answer 1 of 1 is already used" in shop.why("GET /b")


def test_repeat_stays_at_the_last_answer(tmp_path):
    shop = Played(tmp_path, call("GET", "/a", answer=1), call("GET", "/a", answer=2), repeat=True)
    assert [shop.json("GET /a") for _ in range(4)] == [1, 2, 2, 2]


def test_strict_keeps_the_order(tmp_path):
    shop = Played(tmp_path, call("GET", "/a", answer=1), call("POST", "/b", {"n": 1}, 2), mode="strict")

    assert "Call 1 of 2 of the recording is GET /a" in shop.why("POST /b", data={"n": 1})
    assert shop.json("GET /a") == 1
    assert "$.n: 2 → 1" in shop.why("POST /b", data={"n": 2})
    assert shop.json("POST /b", data={"n": 1}) == 2
    assert "All 2 calls" in shop.why("GET /a")


FITS = [  # recorded, asked: path, body
    (("/a?x=1&y=2", None), ("/a?y=2&x=1", None)),
    (("/a%20b", None), ("/a%20b", None)),
    (("/u/redacted-phone-1", None), ("/u/13912345678", None)),
    (("/a?t=redacted-token-1", {"t": "redacted-token-1"}), ("/a?t=zz", {"t": "zz"})),
    (("/a", {"id": UUIDS[0]}), ("/a", {"id": UUIDS[1]})),
    (("/a", {"at": AT, "n": 1}), ("/a", {"at": "2026-02-03T01:02:03Z", "n": 1.0})),
    (("/a", {"phone": 10000000001}), ("/a", {"phone": 13912345678})),
    (("/a", {"text": "Bearer redacted-token-1!"}), ("/a", {"text": "Bearer abc!"})),
]
MISFITS = [
    (("/a?x=1", None), ("/a?x=2", None), "?.x[0]: '2' → '1'"),
    (("/a", {"n": 1}), ("/a", {"n": 1, "m": 2}), "$.m: 2 → -"),
    (("/a", {"n": 1}), ("/a", {}), "$.n: - → 1"),
    (("/a", {"n": True}), ("/a", {"n": 1}), "$.n: 1 → True"),
    (("/a", [1, 2]), ("/a", [1]), "$: 1 → 2"),
    (("/a?t=redacted-token-1", {"t": "redacted-token-1"}), ("/a?t=zz", {"t": "yy"}), "$.t: 'yy' → 'redacted-token-1'"),
    (("/a", {"text": "Bearer redacted-token-1!"}), ("/a", {"text": "Basic abc!"}), "$.text"),
    (("/a", {"id": UUIDS[0]}), ("/a", {"id": "no uuid"}), "$.id"),
]


@pytest.mark.parametrize(("known", "given"), FITS)
@pytest.mark.parametrize("mode", ["match", "strict"])
def test_requests_that_fit(tmp_path, known, given, mode):
    shop = Played(tmp_path, call("POST", known[0], known[1], 1), mode=mode)
    assert shop.json(f"POST {given[0]}", data=given[1]) == 1


@pytest.mark.parametrize(("known", "given", "place"), MISFITS)
@pytest.mark.parametrize("mode", ["match", "strict"])
def test_requests_that_do_not_fit(tmp_path, known, given, place, mode):
    shop = Played(tmp_path, call("POST", known[0], known[1], 1), mode=mode)
    why = shop.why(f"POST {given[0]}", data=given[1])
    assert place in why
    assert "line 7" in why


def test_the_very_same_comes_before_the_same_shape(tmp_path):
    shop = Played(tmp_path, *(call("POST", "/a", {"id": one}, number) for number, one in enumerate(UUIDS)))
    assert shop.json("POST /a", data={"id": UUIDS[1]}) == 1
    assert shop.json("POST /a", data={"id": UUIDS[0]}) == 0


def test_the_same_credentials_come_first(tmp_path):
    users = [[("authorization", f"Bearer redacted-token-{number}")] for number in (1, 2)]
    logins = [
        call("POST", "/login", {"phone": f"redacted-phone-{n}"}, {"token": f"redacted-token-{n}"}) for n in (1, 2)
    ]
    shop = Played(tmp_path, *logins, *(call("GET", "/me", answer=n, headers=users[n - 1]) for n in (1, 2)))

    first = shop.json("POST /login", data={"phone": "139"})["token"]
    second = shop.json("POST /login", data={"phone": "138"})["token"]

    assert shop.json("GET /me", headers={"authorization": f"Bearer {second}"}) == 2
    assert shop.json("GET /me", headers={"authorization": f"Bearer {first}"}) == 1


def test_sessions_have_their_own_progress(tmp_path):
    shop = Played(tmp_path, call("GET", "/a", answer=1))
    assert isinstance(shop.ask("GET /a", Session("one")), Reply)
    assert isinstance(shop.ask("GET /a", Session("two")), Reply)


def test_faults_and_timing(tmp_path):
    shop = Played(tmp_path, call("GET", "/a", fault="timeout"), call("GET", "/b", answer=1), timing=True)
    assert shop.ask("GET /a") == Fault(FaultKind.TIMEOUT, Reply(), 0.5)
    assert shop.ask("GET /b").delay == 0.5
    assert isinstance(shop.ask("GET /a"), Fault)  # clients try again by themselves


def test_spy_goes_to_the_real_service_for_the_rest(tmp_path):
    shop = Played(tmp_path, call("GET", "/a", answer=1), mode="spy")
    assert shop.json("GET /a") == 1
    assert shop.ask("GET /x%20y?z=1") == Passthrough(
        "http://shop.internal/api/x%20y?z=1", base="http://shop.internal/api"
    )


def test_an_unknown_mode_is_refused():
    with pytest.raises(MdtError, match="strict, match, spy, diff"):
        Replay("shop", mode="tape")


PATHS = {
    "/orders/1": "/orders/{orderId}",
    "/orders/2": "/orders/{orderId}",
    "/orders/1/items/7": "/orders/{orderId}/items/7",
    "/orders/2/items/7": "/orders/{orderId}/items/7",
    "/users/redacted-phone-1": "/users/{userId}",
    "/v1/health": "/v1/health",
    "/v2/health": "/v2/health",
    "/line-items/ord-1": "/line-items/{lineItemId}",
    "/line-items/ord-2": "/line-items/{lineItemId}",
    f"/{UUIDS[0]}": "/{id}",
    f"/{UUIDS[1]}": "/{id}",
    "/alone/5": "/alone/5",
    "/shop/cart": "/shop/cart",
    "/shop/list": "/shop/list",
}


def test_templates_need_two_values_of_one_shape():
    assert templates(PATHS) == PATHS


def test_volatile_fields_differ_each_time_or_are_the_time_of_the_call():
    answers = [{"id": one, "at": AT, "born": "1999-01-01T00:00:00Z", "n": 1, "rows": [{"id": one}]} for one in UUIDS]
    calls = [call("GET", "/a?x=1", answer=answer) for answer in answers]
    assert volatile_fields(calls) == {"GET /a": ["$.at", "$.id", "$.rows[].id"]}


def test_differences_of_answers():
    assert compared({"a": [1, {"b": "x"}]}, {"a": [1, {"b": "y"}]}) == ["$.a[1].b: 'y' → 'x'"]
    assert compared({"id": UUIDS[0]}, {"id": UUIDS[1]}) == []
    assert compared({"token": "redacted-token-1"}, {"token": "real"}) == []

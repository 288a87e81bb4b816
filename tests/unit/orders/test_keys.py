"""Ordering with an `Idempotency-Key`: one order however often it is sent, and goods that the inventory holds once."""

import threading
from datetime import timedelta

import pytest

from backend.core import clock
from backend.core.db import db
from backend.core.errors import DatabaseUnavailableError, DuplicateError
from backend.modules.orders import commands, partners, reservations, service
from backend.modules.orders.commands import PlaceOrder
from tests.unit.core.support import database_error, deadlock
from tests.unit.orders.conftest import LOST, PATH, WANTED, refused
from tests.unit.orders.fake_services import AUTHORIZE, CANCEL, CHECK, PRODUCT, REFUSED, RESERVE, SEND, reservation

KEY = "b7c1-click"
LOCKED = database_error(1205, "Lock wait timeout exceeded")
SOON = [timedelta(0), timedelta(seconds=1)]
OTHERS = [{"quantity": 3}, {"product_id": "prod124"}, {"note": ""}]

pytestmark = pytest.mark.usefixtures("no_waiting")


@pytest.fixture
def place(api, owner, fake_services):
    """Order as the owner under a key; values can be changed."""

    def send(key=KEY, by=owner, **changed):
        return api.post(PATH, json={**WANTED, **changed}, by=by, headers={"Idempotency-Key": key})

    return send


@pytest.fixture
def create_fails(fails):
    """`create_fails(error, ...)`: so many tries to store an order meet these before their COMMIT."""
    return lambda *errors: fails(service.orders, "create", *errors)


@pytest.fixture
def twin(monkeypatch, place):
    """`twin(...)`: while the first request waits for the inventory, another one is sent and answered."""

    def arrange(**arguments):
        answers, real = [], reservations.obtain

        def hold(*given):
            monkeypatch.setattr(reservations, "obtain", real)
            thread = threading.Thread(target=lambda: answers.append(place(**arguments)))
            held = real(*given)
            thread.start()
            thread.join(30)
            return held

        monkeypatch.setattr(reservations, "obtain", hold)
        return answers

    return arrange


def replayed(response):
    return response.headers.get("Idempotent-Replayed") == "true"


def problem(response):
    assert response.status_code == 422
    return response.json["data"]["detail"][0]["loc"]


class TestFirst:
    def test_is_an_order_like_any_other(self, place, stored):
        response = place()

        (order,) = stored()
        assert (response.status_code, replayed(response)) == (201, False)
        assert response.json["data"]["number"] == order.number
        assert order.notified

    def test_asks_for_the_goods_at_once_because_its_own_may_be_held_already(self, place, fake_services):
        place()

        assert fake_services.asked() == ["authorize", "prod123", "reserve", "send"]

    @pytest.mark.parametrize("key", ["", '""', "a b", '"a', "ü", "a" * 129, "a,b"])
    def test_with_what_is_no_key_is_refused_and_nobody_is_asked(self, place, fake_services, key):
        assert problem(place(key=key)) == ["header", "Idempotency-Key"]
        assert fake_services.calls() == []

    def test_without_a_key_every_request_is_an_order(self, api, owner, fake_services, stored):
        answers = [api.post(PATH, json=WANTED, by=owner) for _ in range(2)]

        assert [replayed(answer) for answer in answers] == [False, False]
        assert len(stored()) == 2
        assert {(order.idempotency_key, order.fingerprint) for order in stored()} == {(None, None)}


class TestAgain:
    def test_same_request_is_the_first_answer_once_more(self, place, fake_services, stored):
        first = place()
        calls = len(fake_services.calls())

        second = place()

        assert (second.status_code, second.json, replayed(second)) == (201, first.json, True)
        assert len(fake_services.calls()) == calls
        assert len(stored()) == 1

    @pytest.mark.parametrize("what", ["cancelled", "expired"])
    def test_first_answer_stays_although_the_order_has_gone_on(self, api, owner, place, time_passes, what):
        first = place()
        if what == "cancelled":
            api.post(f"{PATH}/{first.json['data']['id']}/cancel", by=owner)
        else:
            time_passes(minutes=16)

        assert place().json == first.json

    def test_first_answer_is_the_same_whatever_zone_the_inventory_is_in(self, place, fake_services):
        until = "2126-01-02T11:04:05+08:00"
        fake_services.answers(RESERVE, {"json": {"reservationId": "r-1", "expiresAt": until}, "status_code": 201})

        first = place()

        assert first.json["data"]["reserved_until"] == "2126-01-02T03:04:05Z"
        assert place().json == first.json

    def test_it_is_the_values_that_count(self, place):
        first = place(note="", quantity=2)

        assert place(quantity=2, note="").json == first.json
        assert replayed(place(note="", key=f'"{KEY}"'))

    @pytest.mark.parametrize("change", OTHERS, ids=repr)
    def test_another_request_under_the_key_is_refused(self, place, fake_services, stored, change):
        place()
        calls = len(fake_services.calls())

        assert problem(place(**change)) == ["header", "Idempotency-Key"]
        assert len(fake_services.calls()) == calls
        assert len(stored()) == 1

    def test_another_key_is_another_order(self, place, stored):
        numbers = [place(key=key).json["data"]["number"] for key in ("a", "A")]

        assert [order.number for order in stored()] == numbers
        assert len(set(numbers)) == 2

    def test_keys_belong_to_a_user(self, place, owner, stranger, stored):
        answers = [place(), place(by=stranger)]

        assert [replayed(answer) for answer in answers] == [False, False]
        assert [order.user_id for order in stored()] == [owner.id, stranger.id]

    @pytest.mark.parametrize(
        ("address", "reply", "status"),
        [
            (AUTHORIZE, {"json": {"authorized": False}}, 403),
            (f"{PRODUCT}prod123", {"status_code": 404}, 422),
            (RESERVE, REFUSED, 503),
            (RESERVE, {"exc": OSError("lost")}, 503),
        ],
    )
    @pytest.mark.parametrize("change", [{}, *OTHERS], ids=repr)
    def test_key_whose_first_try_failed_can_be_used_again(
        self, place, fake_services, stored, address, reply, status, change
    ):
        fake_services.answers(address, reply)
        assert place().status_code == status
        good = reservation if address == RESERVE else {"authorized": True, "name": "T", "price_fen": 1}
        fake_services.answers(address, {"json": good})

        response = place(**change)

        assert (response.status_code, replayed(response)) == (201, False)
        assert len(stored()) == 1


class TestGoods:
    """The inventory is asked under the number of the key: it knows a repeat, and holds the goods once."""

    def test_are_asked_for_with_the_number_of_the_key(self, place, fake_services, stored):
        place()

        (asked,) = fake_services.calls(RESERVE)
        (order,) = stored()
        assert asked.headers["Idempotency-Key"] == f"{order.number}-reserve"
        assert asked.json()["orderId"] == order.number
        (sent,) = fake_services.calls(SEND)
        assert sent.headers["Idempotency-Key"] == f"{order.number}-send"

    @pytest.mark.parametrize(
        "errors",
        [[LOST], [deadlock()] * 3, [database_error(1452, "foreign key")], [RuntimeError("mistake")]],
        ids=["lost", "deadlocks", "refused", "mistake"],
    )
    def test_are_kept_for_the_repeat_when_the_order_cannot_be_stored(
        self, place, fake_services, stored, create_fails, errors
    ):
        """A twin may be storing an order with the same goods at this moment."""
        create_fails(*errors)

        assert place().status_code in {409, 422, 500, 503}
        assert fake_services.calls(CANCEL) == []
        assert place().status_code == 201

        first, second = fake_services.calls(RESERVE)
        assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
        assert first.json() == second.json()
        assert len(stored()) == 1

    def test_everything_else_is_asked_anew(self, place, fake_services, create_fails):
        create_fails(LOST)
        place()
        place()

        first, second = fake_services.calls(AUTHORIZE)
        assert first.headers["Idempotency-Key"] != second.headers["Idempotency-Key"]

    @pytest.mark.parametrize("change", OTHERS, ids=repr)
    def test_of_another_request_have_another_number(self, place, fake_services, create_fails, change):
        create_fails(LOST)
        place()
        place(**change)

        first, second = fake_services.calls(RESERVE)
        assert first.json()["orderId"] != second.json()["orderId"]

    @pytest.mark.parametrize(
        "reply",
        [
            {"status_code": 409},
            {"status_code": 404},
            {"json": {"reservationId": "r-0", "expiresAt": "2020-01-02T03:04:05Z"}},
        ],
        ids=["refused", "unknown", "expired"],
    )
    def test_answer_that_is_of_no_use_any_more_is_asked_for_anew(self, place, fake_services, stored, reply):
        fake_services.answers(RESERVE, reply, {"json": reservation})

        response = place()

        assert response.status_code == 201
        assert fake_services.asked() == ["authorize", "prod123", "reserve", "check", "reserve", "send"]
        (order,) = stored()
        second = fake_services.calls(RESERVE)[1]
        assert second.json()["orderId"] == order.number
        assert fake_services.calls(CHECK)[0].headers["Idempotency-Key"] == f"{order.number}-check"
        assert place().json == response.json

    def test_that_expire_at_this_moment_are_of_no_use(self, place, fake_services, monkeypatch):
        now = clock.utcnow()
        monkeypatch.setattr(clock, "utcnow", lambda: now)
        fake_services.answers(
            RESERVE, *({"json": {"reservationId": "r", "expiresAt": (now + t).isoformat()}} for t in SOON)
        )

        place()

        assert fake_services.asked().count("reserve") == 2

    def test_that_are_not_there_are_not_there(self, place, fake_services, stored):
        fake_services.answers(RESERVE, {"status_code": 409})
        fake_services.answers(CHECK, {"json": {"available": False, "quantity": 1}})

        response = place()

        assert (response.status_code, response.json["data"]) == (409, {"available": 1})
        assert stored() == []

    def test_of_nobody_elses_are_given_free_when_the_order_cannot_be_stored(self, place, fake_services, create_fails):
        fake_services.answers(RESERVE, {"status_code": 409}, {"json": reservation})
        create_fails(LOST)

        refused(place(), "not_saved")

        (cancelled,) = fake_services.calls(CANCEL)
        assert cancelled.json()["reservationId"] == f"res-{fake_services.calls(RESERVE)[1].json()['orderId']}"


@pytest.mark.usefixtures("session")
class TestNumbers:
    def test_of_a_key_stay_the_same_for_the_day(self, time_passes):
        first = commands.number_of_key(PlaceOrder(1, "p", 1, "", "k"))

        assert len(first) == 24
        assert first[:8] == f"{clock.utcnow():%Y%m%d}"
        assert commands.number_of_key(PlaceOrder(1, "p", 1, "", "k")) == first
        time_passes(days=1)
        assert commands.number_of_key(PlaceOrder(1, "p", 1, "", "k"))[8:] == first[8:]

    def test_of_others_differ(self):
        requests = [(1, "p", 1, "", "k"), (2, "p", 1, "", "k"), (1, "q", 1, "", "k"), (1, "p", 2, "", "k")]
        requests += [(1, "p", 1, "x", "k"), (1, "p", 1, "", "K")]

        assert len({commands.number_of_key(PlaceOrder(*request)) for request in requests}) == len(requests)

    def test_are_not_to_be_computed_without_our_secret(self, app, settings, monkeypatch):
        other = settings.model_copy(update={"jwt_secret": type(settings.jwt_secret)("another secret of ours")})
        mine = commands.number_of_key(PlaceOrder(1, "p", 1, "", "k"))
        monkeypatch.setitem(app.extensions, "settings", other)

        assert commands.number_of_key(PlaceOrder(1, "p", 1, "", "k")) != mine


class TestTwins:
    def test_that_was_quicker_is_answered_with(self, place, twin, fake_services, stored):
        answers = twin()

        response = place()

        (order,) = stored()
        assert [replayed(answers[0]), replayed(response)] == [False, True]
        assert response.json == answers[0].json
        assert response.json["data"]["number"] == order.number
        assert len(fake_services.calls(SEND)) == 1
        assert fake_services.calls(CANCEL) == []

    def test_that_wants_something_else_wins_the_key(self, place, twin, fake_services, stored):
        answers = twin(quantity=3)

        assert problem(place()) == ["header", "Idempotency-Key"]

        (order,) = stored()
        assert order.number == answers[0].json["data"]["number"]
        (cancelled,) = fake_services.calls(CANCEL)
        assert cancelled.json()["reservationId"] == f"res-{fake_services.calls(RESERVE)[0].json()['orderId']}"

    def test_goods_that_only_the_loser_holds_are_given_free(self, place, twin, fake_services, stored):
        fake_services.answers(RESERVE, {"status_code": 409}, {"json": reservation})
        answers = twin()

        response = place()

        (order,) = stored()
        assert replayed(response)
        assert response.json == answers[0].json
        loser = fake_services.calls(RESERVE)[1].json()["orderId"]
        assert loser != order.number
        assert [call.json()["reservationId"] for call in fake_services.calls(CANCEL)] == [f"res-{loser}"]

    def test_that_holds_the_key_at_this_moment_is_a_conflict(self, place, create_fails, stored):
        create_fails(LOCKED)

        response = place()

        assert (response.status_code, response.headers["Retry-After"]) == (409, "1")
        assert stored() == []
        assert place().status_code == 201

    @pytest.mark.parametrize("error", [deadlock(), DuplicateError()], ids=repr)
    @pytest.mark.parametrize(("times", "statuses"), [(2, [201, 201]), (3, [409, 201])])
    def test_that_is_in_the_way_for_a_moment_is_not_noticed_and_longer_is_a_conflict(
        self, place, create_fails, error, times, statuses
    ):
        create_fails(*[error] * times)

        assert [place().status_code, place().status_code] == statuses


class TestInterrupted:
    @pytest.mark.parametrize("error", [LOST, database_error(2003, "down"), DatabaseUnavailableError()], ids=repr)
    def test_before_commit_nothing_is_saved(self, place, create_fails, stored, error):
        create_fails(error)

        refused(place(), "not_saved")
        assert stored() == []
        assert place().status_code == 201

    @pytest.mark.parametrize("fate", ["applied", "lost"])
    def test_at_commit_the_next_try_settles_it(self, place, commits, fake_services, stored, fate):
        commits(fate)

        response = place()

        assert (response.status_code, replayed(response)) == (201, False)
        assert len(stored()) == 1
        assert stored()[0].notified
        assert fake_services.calls(CANCEL) == []
        assert place().json == response.json

    def test_doubt_is_said_and_the_same_request_again_settles_it(self, place, commits, fake_services, stored):
        commits("lost", "lost", "applied")

        refused(place(), "unknown")
        assert fake_services.calls(CANCEL) == []

        response = place()
        assert (response.status_code, replayed(response)) == (201, True)
        assert len(stored()) == 1

    def test_goods_of_its_own_are_left_to_an_order_in_doubt(self, place, commits, fake_services):
        fake_services.answers(RESERVE, {"status_code": 409}, {"json": reservation})
        commits("lost", "lost", "lost")

        refused(place(), "unknown")
        assert fake_services.calls(CANCEL) == []

    @pytest.mark.parametrize("error", [LOST, DatabaseUnavailableError()], ids=repr)
    def test_before_anybody_is_asked_nothing_is_saved(self, place, fake_services, fails, error):
        fails(service.orders, "find_by", always=error)

        refused(place(), "not_saved")
        assert fake_services.calls() == []

    def test_nobody_is_asked_while_a_connection_is_held(self, place, fake_services, monkeypatch):
        held, original = [], partners.registry.client
        monkeypatch.setattr(
            partners.registry,
            "client",
            lambda name: held.append(db.session().in_transaction()) or original(name),
        )

        place()

        assert held == [False] * 4

"""A phone number is one user's: who gets it, who loses it, and how it is given up."""

import pytest

from backend.core.db import db
from backend.core.errors import NotFoundError
from backend.modules.users import service
from backend.modules.users.errors import PhoneTakenError
from backend.modules.users.service import phone_moved

ME = "/api/v1/users/me"
PHONE = "13800138000"


@pytest.fixture
def on_conflict(monkeypatch):
    """`on_conflict("move")`: the setting, changed."""

    def change(policy):
        changed = service.settings.current().model_copy(update={"phone_conflict": policy})
        monkeypatch.setattr(service.settings, "current", lambda: changed)

    return change


@pytest.fixture
def couple(session):
    """Two users; the first one has the number."""
    first, second = (service.users.create(openid=f"o-{number}") for number in (1, 2))
    service.bind_phone(first.id, PHONE)
    return first, second


class TestBind:
    def test_a_number_of_another_user_is_refused_and_the_transaction_goes_on(self, couple):
        first, second = couple
        second.nickname = "written before"

        with pytest.raises(PhoneTakenError):
            service.bind_phone(second.id, PHONE)

        assert (first.phone, second.phone, second.nickname) == (PHONE, None, "written before")

    def test_ones_own_number_may_be_bound_again(self, couple):
        assert service.bind_phone(couple[0].id, PHONE).phone == PHONE

    def test_whoever_changes_the_number_gives_up_the_old_one(self, couple):
        first, second = couple

        service.bind_phone(first.id, "13900139000")

        assert service.bind_phone(second.id, PHONE).phone == PHONE

    def test_moving_takes_the_number_from_the_other_user_and_says_so(self, couple, on_conflict, log_lines):
        first, second = couple
        losers = []
        on_conflict("move")

        with phone_moved.connected_to(losers.append):
            service.bind_phone(second.id, PHONE)

        assert (first.phone, second.phone, losers) == (None, PHONE, [first.id])
        moved = [line for line in log_lines if line["event"] == "users.phone_moved"]
        assert [(line["from_user"], line["to_user"]) for line in moved] == [(first.id, second.id)]

    def test_moving_ones_own_number_moves_nothing(self, couple, on_conflict):
        losers = []
        on_conflict("move")

        with phone_moved.connected_to(losers.append):
            assert service.bind_phone(couple[0].id, PHONE).phone == PHONE

        assert losers == []

    def test_a_twin_that_was_quicker_keeps_it(self, couple, on_conflict, monkeypatch):
        """Both look, both find nobody, the other one stores first."""
        on_conflict("move")
        monkeypatch.setattr(service.users, "lock_by", lambda **_: None)

        with pytest.raises(PhoneTakenError):
            service.bind_phone(couple[1].id, PHONE)

    def test_many_users_may_have_none(self, couple):
        service.unbind_phone(couple[0].id)
        db.session.flush()

        assert service.users.count(phone=None) == 2


def test_a_number_of_another_user_is_409_over_http(api, session):
    code = {"code": "the same code is the same number"}
    api.post("/api/v1/auth/wechat/phone", json=code, by=api.login(openid="o-1"))

    answer = api.post("/api/v1/auth/wechat/phone", json=code, by=api.login(openid="o-2"))

    assert (answer.status_code, answer.headers["X-Error-Code"]) == (409, "phone_taken")


def test_a_user_removes_the_number_and_may_do_so_twice(api):
    actor = api.login(phone=PHONE)

    answers = [api.delete(f"{ME}/phone", by=actor) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json["data"]["phone"] is None
    assert api.get(ME, by=actor).json["data"]["phone"] is None


def test_the_number_is_shown_wherever_the_user_is(api):
    user, admin = api.login(openid="o-1", phone=PHONE), api.login("admin")
    theirs = f"/api/v1/users/{user.id}"

    answers = [
        api.get(ME, by=user),
        api.put(ME, json={"nickname": "小明"}, by=user),
        api.get(theirs, by=admin),
        api.put(f"{theirs}/role", json={"role": "support"}, by=admin),
        api.post(f"{theirs}/disable", by=admin),
        api.post(f"{theirs}/enable", by=admin),
    ]

    assert [answer.json["data"]["phone"] for answer in answers] == [PHONE] * len(answers)


class TestCommands:
    @pytest.fixture
    def run(self, app):
        return lambda *words: app.test_cli_runner().invoke(args=["users", *map(str, words)])

    def test_shared_numbers_are_listed_with_their_users(self, run, monkeypatch):
        monkeypatch.setattr(service.users, "shared_phones", lambda: [(PHONE, [3, 7])])

        assert run("shared-phones").output == "13800138000  users 3, 7\n1 numbers are shared.\n"

    def test_nothing_shared_is_said(self, run):
        assert run("shared-phones").output == "No phone number is shared.\n"

    def test_a_number_is_taken_from_a_user(self, api, run):
        actor = api.login(phone=PHONE)

        assert run("unbind-phone", actor.id).output == f"User {actor.id} has no phone number now.\n"
        assert api.get(ME, by=actor).json["data"]["phone"] is None

    def test_an_unknown_user_is_told_where_ids_are(self, run):
        result = run("unbind-phone", 999999)

        assert result.exit_code == 1
        assert "User 999999 not found. `flask users shared-phones` lists ids." in result.output


def test_an_unknown_user_has_nothing_to_remove(session):
    with pytest.raises(NotFoundError):
        service.unbind_phone(999999)

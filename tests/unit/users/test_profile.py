"""GET and PATCH /api/v1/users/me: one's own profile."""

import pytest

from tests.framework.tables import table

ME = "/api/v1/users/me"
AVATAR = "https://example.com/a.png"


class TestGetMe:
    def test_anonymous_is_refused(self, api):
        assert api.get(ME).status_code == 401

    def test_shows_the_caller(self, api):
        api.login(nickname="somebody else")
        actor = api.login(nickname="小明", phone="13800138000")

        data = api.get(ME, by=actor).json["data"]

        assert (data["id"], data["nickname"], data["phone"]) == (actor.id, "小明", "13800138000")
        assert data["created_at"].endswith("Z")

    def test_shows_nothing_that_is_not_meant_for_the_outside(self, api):
        actor = api.login(openid="o-inside", unionid="u-inside")

        response = api.get(ME, by=actor)

        assert "inside" not in response.text


class TestUpdateMe:
    def test_anonymous_is_refused(self, api):
        assert api.patch(ME, json={"nickname": "x"}).status_code == 401

    @pytest.mark.parametrize(
        ("sent", "nickname", "avatar_url"),
        [
            ({"nickname": "new"}, "new", AVATAR),
            ({"avatar_url": "https://cdn.example.com/b"}, "old", "https://cdn.example.com/b"),
            ({"nickname": "new", "avatar_url": "https://cdn.example.com/b"}, "new", "https://cdn.example.com/b"),
            ({}, "old", AVATAR),
        ],
    )
    def test_only_what_is_sent_changes(self, api, sent, nickname, avatar_url):
        actor = api.login(nickname="old", avatar_url=AVATAR, phone="13800138000")

        response = api.patch(ME, json=sent, by=actor)

        assert response.status_code == 200
        stored = api.get(ME, by=actor).json["data"]
        assert stored == response.json["data"]
        assert (stored["nickname"], stored["avatar_url"]) == (nickname, avatar_url)
        assert (stored["phone"], stored["role"]) == ("13800138000", "member")

    def test_only_the_caller_changes(self, api):
        actor, other = api.login(nickname="old"), api.login(nickname="old")

        api.patch(ME, json={"nickname": "new"}, by=actor)

        assert api.get(ME, by=other).json["data"]["nickname"] == "old"

    def test_moment_of_the_change_is_kept(self, api):
        actor = api.login()

        data = api.patch(ME, json={"nickname": "new"}, by=actor).json["data"]

        assert data["updated_at"] > data["created_at"]

    @table(
        "sent, stored",
        [
            ("小明", "小明"),
            ("👩‍👩‍👧‍👦 family", "👩‍👩‍👧‍👦 family"),
            ("x" * 64, "x" * 64),
            ("明" * 64, "明" * 64),
            ("😀" * 64, "😀" * 64),
            ("  spaces around  ", "spaces around"),
            ("O'Brien\"; --<b>", "O'Brien\"; --<b>"),
        ],
    )
    def test_nickname_is_stored_as_it_was_meant(self, api, sent, stored):
        actor = api.login()

        api.patch(ME, json={"nickname": sent}, by=actor)

        assert api.get(ME, by=actor).json["data"]["nickname"] == stored

    @table(
        "field, value, kind",
        [
            ("nickname", "", "string_too_short"),
            ("nickname", "   ", "string_pattern_mismatch"),
            ("nickname", "\u3000", "string_pattern_mismatch"),
            ("nickname", " " + "x" * 64, "string_too_long"),
            ("nickname", "x" * 65, "string_too_long"),
            ("nickname", "明" * 65, "string_too_long"),
            ("nickname", None, "string_type"),
            ("nickname", 7, "string_type"),
            ("nickname", "two\nlines", "string_pattern_mismatch"),
            ("nickname", "bell\x07", "string_pattern_mismatch"),
            ("nickname", "delete\x7f", "string_pattern_mismatch"),
            ("avatar_url", "", "string_pattern_mismatch"),
            ("avatar_url", None, "string_type"),
            ("avatar_url", "http://example.com/a.png", "string_pattern_mismatch"),
            ("avatar_url", "javascript:alert(1)", "string_pattern_mismatch"),
            ("avatar_url", "https://user:pw@example.com/", "string_pattern_mismatch"),
            ("avatar_url", "https://example.com/a b", "string_pattern_mismatch"),
            ("avatar_url", "https://example.com/" + "a" * 481, "string_too_long"),
            ("avatar_url", "https://example.com/a\n", "string_pattern_mismatch"),
            ("role", "admin", "extra_forbidden"),
            ("id", 1, "extra_forbidden"),
            ("phone", "13800138000", "extra_forbidden"),
            ("disabled_at", None, "extra_forbidden"),
        ],
    )
    def test_value_that_does_not_fit_is_422_and_changes_nothing(self, api, field, value, kind):
        actor = api.login(nickname="old", avatar_url=AVATAR)
        before = api.get(ME, by=actor).json["data"]

        response = api.patch(ME, json={field: value}, by=actor)

        assert response.status_code == 422
        assert [(item["loc"], item["type"]) for item in response.json["data"]["detail"]] == [(["body", field], kind)]
        assert api.get(ME, by=actor).json["data"] == before

    def test_every_bad_value_is_named_at_once(self, api):
        response = api.patch(ME, json={"nickname": "", "avatar_url": "x", "extra": 1}, by=api.login())

        places = {item["loc"][-1] for item in response.json["data"]["detail"]}
        assert places == {"nickname", "avatar_url", "extra"}

    def test_one_good_value_beside_a_bad_one_is_not_stored(self, api):
        actor = api.login(nickname="old")

        api.patch(ME, json={"nickname": "new", "avatar_url": "x"}, by=actor)

        assert api.get(ME, by=actor).json["data"]["nickname"] == "old"

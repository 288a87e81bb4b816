"""GET /api/v1/users and /api/v1/users/{user_id}: what those see who hold users:read."""

import pytest

from tests.framework.tables import table, words

USERS = "/api/v1/users"


@pytest.fixture
def reader(api):
    return api.login("support", nickname="reader")


@pytest.fixture
def find(api, reader):
    """The nicknames that a query finds."""

    def ask(**query):
        response = api.get(USERS, query_string=query, by=reader)
        return [user["nickname"] for user in response.json["data"]["items"]]

    return ask


@pytest.fixture
def strange_names(api):
    for nickname in ("xiaoming", "小明", "100%", "a_b", "back\\slash", "café"):
        api.login(nickname=nickname)
    api.login(nickname="phone", phone="13800138000")


class TestListUsers:
    def test_anonymous_is_refused(self, api):
        assert api.get(USERS).status_code == 401

    def test_member_is_refused(self, api):
        assert api.get(USERS, by=api.login()).status_code == 403

    def test_comes_in_pages_that_together_are_everything(self, api, reader):
        for number in range(4):
            api.login(nickname=f"n-{number}")

        pages = [
            api.get(USERS, query_string={"page": page, "per_page": 2}, by=reader).json["data"] for page in (1, 2, 3, 4)
        ]

        assert [len(page["items"]) for page in pages] == [2, 2, 1, 0]
        assert {(page["pages"], page["total"], page["per_page"]) for page in pages} == {(3, 5, 2)}
        assert len({user["id"] for page in pages for user in page["items"]}) == 5

    def test_is_sorted_both_ways(self, api, find):
        for nickname in ("b", "a", "b"):
            api.login(nickname=nickname)

        for sort in ("id", "created_at"):
            assert find(sort=sort) == ["reader", "b", "a", "b"]
            assert find(sort=f"-{sort}") == ["b", "a", "b", "reader"]
        assert find(sort="nickname") == ["a", "b", "b", "reader"]
        assert find(sort="-nickname") == ["reader", "b", "b", "a"]

    @pytest.mark.parametrize(("sort", "newest_first"), [("nickname", False), ("-nickname", True)])
    def test_equal_values_are_sorted_by_id_so_that_pages_do_not_overlap(self, api, reader, sort, newest_first):
        ids = [api.login(nickname="same").id for _ in range(3)]

        found = api.get(USERS, query_string={"sort": sort, "q": "same"}, by=reader).json["data"]["items"]

        assert [user["id"] for user in found] == sorted(ids, reverse=newest_first)

    def test_is_filtered(self, api, find):
        api.login(nickname="active")
        actor = api.login(nickname="away")
        admin = api.login("admin", nickname="admin")
        api.post(f"{USERS}/{actor.id}/disable", by=admin)

        assert find(role="member") == ["active", "away"]
        assert find(role="admin") == ["admin"]
        assert find(status="disabled") == ["away"]
        assert find(status="active") == ["reader", "active", "admin"]
        assert find(role="member", status="active") == ["active"]
        assert find(role="admin", status="disabled") == []
        assert find(q="a", role="member") == ["active", "away"]

    @table(
        "text, nicknames",
        [
            ("ming", ["xiaoming"]),
            ("MING", ["xiaoming"]),
            ("小", ["小明"]),
            ("cafe\u0301", ["café"]),
            ("0013", ["phone"]),
            ("nobody", []),
            ("%", ["100%"]),
            ("_", ["a_b"]),
            ("\\", ["back\\slash"]),
            ("%%", []),
            ("_" * 64, []),
            ("%" * 64, []),
            ("%_" * 32, []),
            ("' OR 1=1 --", []),
        ],
    )
    def test_search_takes_every_character_for_itself(self, find, strange_names, text, nicknames):
        assert find(q=text) == nicknames

    def test_search_counts_what_it_finds(self, api, reader):
        for number in range(3):
            api.login(nickname=f"found-{number}")

        data = api.get(USERS, query_string={"q": "found", "per_page": 2}, by=reader).json["data"]

        assert (len(data["items"]), data["total"], data["pages"]) == (2, 3, 2)

    @table(
        "query",
        [
            *words("page=0 page=-1 page=10001 page=1.5 page=one page=1&page=2 per_page=0 per_page=101 sort=phone"),
            *["sort=id;DROP TABLE users", "q=" + "x" * 65, *words("role=owner status= q= q=a%0ab openid=o")],
        ],
    )
    def test_query_that_makes_no_sense_is_422(self, api, reader, query):
        response = api.get(f"{USERS}?{query}", by=reader)

        assert response.status_code == 422
        assert [item["loc"] for item in response.json["data"]["detail"]] == [["query", query.partition("=")[0]]]


class TestGetUser:
    def test_anonymous_is_refused(self, api):
        assert api.get(f"{USERS}/{api.login().id}").status_code == 401

    def test_member_is_refused_even_their_own_account(self, api):
        actor = api.login()

        assert api.get(f"{USERS}/{actor.id}", by=actor).status_code == 403

    @pytest.mark.parametrize("role", ["support", "admin"])
    def test_is_shown_to_who_may_read(self, api, role):
        other = api.login(nickname="other")

        data = api.get(f"{USERS}/{other.id}", by=api.login(role)).json["data"]

        assert (data["id"], data["nickname"]) == (other.id, "other")

    def test_unknown_one_is_404(self, api, reader):
        response = api.get(f"{USERS}/999999", by=reader)

        assert response.status_code == 404
        assert response.json["msg"] == "User 999999 not found."

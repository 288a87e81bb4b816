"""Lists of users as the database's collation sorts and finds them."""

import pytest

from tests.framework.api import Actor, Api

USERS = "/api/v1/users"
NICKNAMES = [
    "alice",
    "Bob",
    "bob",
    "Ärger",
    "小明",
    "小红",
    "100%",
    "a_b",
    "axb",
    "back\\slash",
    "🍺",
    "🍣",
    "Işık",
    "İzmir",
]


@pytest.fixture
def admin(api: Api) -> Actor:
    return api.login("admin", openid="admin", nickname="zzz")


@pytest.fixture
def people(api: Api, admin: Actor) -> dict[int, str]:
    """The users' nicknames by id."""
    return {api.login(openid=f"o-{number}", nickname=name).id: name for number, name in enumerate(NICKNAMES)}


def names(api: Api, admin: Actor, **query) -> list[str]:
    answer = api.get(USERS, query_string={"role": "member", **query}, by=admin)
    return [user["nickname"] for user in answer.json["data"]["items"]]


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("BOB", ["Bob", "bob"]),
        ("arger", ["Ärger"]),
        ("小", ["小明", "小红"]),
        ("明", ["小明"]),
        ("🍺", ["🍺"]),
        ("🍻", []),
        ("işık", ["Işık"]),
        ("IŞIK", []),  # the Turkish letter without a dot is another letter
        ("izmir", ["İzmir"]),
        ("%", ["100%"]),
        ("_", ["a_b"]),
        ("\\", ["back\\slash"]),
        ("'; --", []),
    ],
)
def test_search_finds_text_whatever_its_case_and_takes_wildcards_for_characters(
    api: Api, admin: Actor, text: str, found: list[str]
):
    assert names(api, admin, q=text) == found


@pytest.mark.usefixtures("people")
def test_search_finds_a_phone_number(api: Api, admin: Actor):
    api.login(openid="with-phone", nickname="phone", phone="13800138000")

    assert names(api, admin, q="0013800") == ["phone"]


def test_nicknames_are_sorted_without_regard_to_case_and_equal_ones_by_id(api: Api, admin: Actor):
    for nickname in ("Carol", "bob", "Bob", "alice"):
        api.login(nickname=nickname)

    assert names(api, admin, sort="nickname") == ["alice", "bob", "Bob", "Carol"]
    assert names(api, admin, sort="-nickname") == ["Carol", "Bob", "bob", "alice"]


@pytest.mark.parametrize("sort", ["id", "-id", "created_at", "-created_at", "nickname", "-nickname"])
def test_pages_show_everybody_once_in_whatever_order(api: Api, admin: Actor, people: dict[int, str], sort: str):
    seen = []
    for page in range(1, 6):
        query = {"page": page, "per_page": 3, "sort": sort, "role": "member"}
        data = api.get(USERS, query_string=query, by=admin).json["data"]
        seen += [user["id"] for user in data["items"]]

    assert (data["pages"], data["total"]) == (5, len(people))
    assert len(seen) == len(people)
    assert set(seen) == set(people)


@pytest.mark.usefixtures("people")
def test_a_page_beyond_the_last_is_empty(api: Api, admin: Actor):
    data = api.get(USERS, query_string={"page": 10_000, "per_page": 100}, by=admin).json["data"]

    assert (data["items"], data["total"]) == ([], len(NICKNAMES) + 1)


@pytest.mark.usefixtures("people")
def test_filters_and_search_are_combined(api: Api, admin: Actor):
    disabled = api.login(openid="disabled", nickname="Bobby")
    api.post(f"{USERS}/{disabled.id}/disable", by=admin)

    assert names(api, admin, q="bob", status="disabled") == ["Bobby"]
    assert names(api, admin, q="bob", status="active") == ["Bob", "bob"]
    assert names(api, admin, q="bob", role="support") == []

"""Lists of a repository: pages, filters, order, search, and reading on behind a cursor."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from backend.core.db.repository import Repository
from backend.core.errors import InvalidInputError
from backend.core.pagination import CursorPage, CursorQuery
from tests.framework.tables import table
from tests.unit.core.support import Thing, Things, app_fixture

pytestmark = pytest.mark.usefixtures("session")


app = app_fixture()


def names(slice_) -> str:
    return "".join(thing.name for thing in slice_.items)


def walk(repository, limit, sort="id", filters=None) -> list[str]:
    """The names of each run until there is no cursor."""
    runs = [repository.list_after(None, limit, sort, filters)]
    while runs[-1].next_cursor:
        runs.append(repository.list_after(runs[-1].next_cursor, limit, sort, filters))
    return [names(run) for run in runs]


class TestList:
    @table(
        "page, per_page, expected, pages",
        [(1, 20, "abcde", 1), (1, 2, "ab", 3), (3, 2, "e", 3), (4, 2, "", 3), (1, 5, "abcde", 1), (10_000, 100, "", 1)],
    )
    def test_pages(self, repository, shelf, page, per_page, expected, pages):
        found = repository.list(page, per_page)

        assert names(found) == expected
        assert (found.page, found.per_page, found.pages, found.total) == (page, per_page, pages, 5)

    def test_an_empty_table_has_no_pages(self, repository):
        found = repository.list()

        assert (list(found.items), found.pages, found.total) == ([], 0, 0)

    @table("sort, expected", [("id", "abcde"), ("-id", "edcba"), ("colour", "ebdac"), ("-colour", "cadbe")])
    def test_equal_values_keep_the_order_of_their_ids(self, repository, shelf, sort, expected):
        assert names(repository.list(sort=sort)) == expected

    def test_pages_of_equal_values_never_overlap(self, repository, shelf):
        assert "".join(names(repository.list(page, 1, sort="colour")) for page in range(1, 6)) == "ebdac"

    @table("sort", ["name", "--id", "", "id;drop table things", "colour desc"])
    def test_an_unknown_order_is_refused_with_the_known_ones(self, repository, sort):
        with pytest.raises(InvalidInputError) as caught:
            repository.list(sort=sort)

        problem = {"loc": ["query", "sort"], "msg": "Choose from: id, colour, made_at.", "type": "value_error"}
        assert caught.value.data == {"detail": [problem]}

    @table(
        "filters, expected",
        [({"colour": "red"}, "ac"), ({"colour": None}, "abcde"), ({"colour": "red", "box_id": 1}, ""), ({}, "abcde")],
    )
    def test_filters(self, repository, shelf, filters, expected):
        found = repository.list(filters=filters)

        assert names(found) == expected
        assert found.total == len(expected)

    def test_unknown_filters_are_refused_all_at_once(self, repository):
        with pytest.raises(InvalidInputError) as caught:
            repository.list(filters={"name": "a", "colour": "red", "made_at": None})

        assert [problem["loc"] for problem in caught.value.data["detail"]] == [["query", "name"], ["query", "made_at"]]

    def test_a_repository_may_give_a_filter_a_meaning_of_its_own(self, shelf):
        class Painted(Things):
            filterable = ("painted",)

            def _condition(self, name, value):
                return Thing.colour.is_not(None) if value else Thing.colour.is_(None)

        assert names(Painted().list(filters={"painted": False})) == "e"

    def test_without_words_to_choose_from_the_message_says_so(self):
        class Bare(Repository[Thing]):
            model = Thing

        with pytest.raises(InvalidInputError) as caught:
            Bare().list(filters={"colour": "red"})

        assert caught.value.data["detail"][0]["msg"] == "Choose from: none."


class TestSearch:
    @pytest.fixture
    def odd(self, repository) -> None:
        for name in ("100% wool", "100 wool", "a_b", "acb", r"c:\temp", "c:/temp", "小明"):
            repository.create(name=name, colour="mint")

    @table(
        "text, expected",
        [
            ("wool", ["100% wool", "100 wool"]),
            ("100%", ["100% wool"]),
            ("%", ["100% wool"]),
            ("_", ["a_b"]),
            ("a_b", ["a_b"]),
            ("\\", [r"c:\temp"]),
            (r"\temp", [r"c:\temp"]),
            ("\\%", []),
            ("明", ["小明"]),
            ("' OR '1'='1", []),
            ("nothing of the kind", []),
        ],
    )
    @pytest.mark.usefixtures("odd")
    def test_special_characters_mean_themselves(self, repository, text, expected):
        found = repository.search(text)

        assert [thing.name for thing in found.items] == expected
        assert found.total == len(expected)

    @pytest.mark.usefixtures("odd")
    def test_every_searchable_column_counts(self, repository, shelf):
        assert repository.search("mint").total == 7
        assert names(repository.search("blue")) == "bd"

    def test_it_is_paged_sorted_and_filtered_like_a_list(self, repository, shelf):
        assert names(repository.search("e", 1, 2, "-id", {"colour": "blue"})) == "db"

    def test_where_nothing_is_searchable_nothing_is_found(self, shelf):
        class Bare(Repository[Thing]):
            model = Thing

        assert Bare().search("a").total == 0


class TestListAfter:
    @table(
        "limit, sort, expected",
        [
            (2, "id", ["ab", "cd", "e"]),
            (5, "id", ["abcde"]),
            (1, "-id", ["e", "d", "c", "b", "a"]),
            (2, "colour", ["eb", "da", "c"]),
            (1, "colour", ["e", "b", "d", "a", "c"]),
            (2, "-colour", ["ca", "db", "e"]),
            (1, "-colour", ["c", "a", "d", "b", "e"]),
        ],
    )
    def test_every_record_once_in_the_order_of_a_list(self, repository, shelf, limit, sort, expected):
        assert walk(repository, limit, sort) == expected
        assert "".join(expected) == names(repository.list(sort=sort))

    def test_an_empty_list_ends_at_once(self, repository):
        assert walk(repository, 20) == [""]

    def test_filters_hold_in_every_run(self, repository, shelf):
        assert walk(repository, 1, "-id", {"colour": "red"}) == ["c", "a"]

    def test_who_comes_or_goes_meanwhile_moves_nobody(self, repository, shelf):
        first = repository.list_after(None, 2, "-id")
        repository.create(name="f")
        repository.delete(first.items[1])

        assert names(repository.list_after(first.next_cursor, 2, "-id")) == "cb"

    def test_moments_that_differ_by_a_microsecond(self, repository):
        start = datetime(2026, 1, 2, tzinfo=UTC)
        for number, name in enumerate("abc"):
            repository.create(name=name, made_at=start + timedelta(microseconds=number))

        assert walk(repository, 1, "-made_at") == ["c", "b", "a"]

    @table(
        "cursor",
        [
            "",
            "x",
            "%00",
            "Ω",
            "bnVsbA",
            *(
                urlsafe_b64encode(orjson.dumps(value)).decode()
                for value in (
                    ["id", 1],
                    ["-colour", "red", 1],
                    ["colour", "red"],
                    ["colour", "red", "1"],
                    ["colour", 7, 1],
                    ["colour", "red", 1, 2],
                    7,
                )
            ),
        ],
    )
    def test_what_is_no_cursor_of_this_order_is_refused(self, repository, cursor):
        with pytest.raises(InvalidInputError) as caught:
            repository.list_after(cursor, sort="colour")

        assert caught.value.data["detail"][0]["loc"] == ["query", "cursor"]

    def test_it_becomes_a_page_of_the_api(self, repository, shelf):
        query = CursorQuery.model_validate({"limit": "2"})

        page = CursorPage[int].model_validate(
            {"items": [1, 2], "next_cursor": repository.list_after(query.cursor, query.limit).next_cursor}
        )

        assert names(repository.list_after(page.next_cursor, 2)) == "cd"

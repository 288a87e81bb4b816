"""The repository: every query that modules build on."""

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value

from backend.core.db import db
from backend.core.db.repository import Repository
from backend.core.errors import DuplicateError, InUseError, InvalidInputError, NotFoundError
from tests.framework.tables import table
from tests.unit.core.support import Thing, Things, app_fixture, things

pytestmark = pytest.mark.usefixtures("session")


app = app_fixture()


@pytest.fixture
def repository(session: None) -> Things:
    return Things()


@pytest.fixture
def shelf(repository) -> list[Thing]:
    """Five things: a to e, red and blue in turns, the last without a colour."""
    colours = {"a": "red", "b": "blue", "c": "red", "d": "blue", "e": None}
    return [repository.create(name=name, colour=colour) for name, colour in colours.items()]


def names(slice_) -> str:
    return "".join(thing.name for thing in slice_.items)


class TestCreate:
    def test_its_id_is_known_at_once(self, repository):
        thing = repository.create(name="a")

        assert repository.get(thing.id) is thing

    def test_it_is_not_committed(self, repository, app):
        repository.create(name="a")

        db.session.rollback()

        assert repository.count() == 0

    def test_a_unique_value_exists(self, repository):
        repository.create(name="a")

        with pytest.raises(DuplicateError, match="same value already: name") as refused:
            repository.create(name="a")

        assert refused.value.data == {"fields": ["name"]}

    def test_a_unique_value_whose_key_the_database_does_not_name(self, repository, monkeypatch):
        monkeypatch.setattr("backend.core.db.repository.duplicated", lambda *_: [])
        repository.create(name="a")

        with pytest.raises(DuplicateError, match="Thing exists already"):
            repository.create(name="a")

    def test_a_value_that_breaks_another_rule_is_not_a_duplicate(self, repository):
        with pytest.raises(IntegrityError, match="NOT NULL"):
            repository.create(name=None)


class TestGetAndFind:
    def test_what_is_not_there_is_not_found(self, repository):
        with pytest.raises(NotFoundError) as caught:
            repository.get(404)

        assert caught.value.msg == "Thing 404 not found."

    def test_find_by_values_none_is_no_value(self, repository, shelf):
        assert repository.find_by(name="c", colour="red") is shelf[2]
        assert repository.find_by(name="c", colour="blue") is None
        assert repository.find_by(colour=None) is shelf[4]

    def test_lock_by_values_gives_what_is_stored_now(self, repository, shelf):
        set_committed_value(shelf[2], "name", "stale")

        assert repository.lock_by(id=shelf[2].id) is shelf[2]
        assert shelf[2].name == "c"

    def test_lock_by_values_that_nothing_has(self, repository, shelf):
        assert repository.lock_by(name="c", colour=None) is None


class TestUpdateAndDelete:
    def test_update(self, repository, shelf):
        changed = repository.update(shelf[0], colour="green", name="z")

        assert changed is shelf[0]
        assert repository.find_by(name="z", colour="green") is changed

    def test_update_to_a_unique_value_that_exists(self, repository, shelf):
        with pytest.raises(DuplicateError):
            repository.update(shelf[0], name="b")

    def test_delete(self, repository, shelf):
        repository.delete(shelf[0])

        assert names(repository.list()) == "bcde"

    def test_what_others_point_to_cannot_be_deleted(self, repository, shelf):
        repository.update(shelf[1], box_id=shelf[0].id)

        with pytest.raises(InUseError):
            repository.delete(shelf[0])


class TestCount:
    @table("values, count", [({}, 5), ({"colour": "red"}, 2), ({"colour": "pink"}, 0)])
    def test_count(self, repository, shelf, values, count):
        assert repository.count(**values) == count


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

        problem = {"loc": ["query", "sort"], "msg": "Choose from: id, colour.", "type": "value_error"}
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


class TestBulk:
    def test_many_rows_are_inserted(self, repository, app):
        inserted = repository.bulk_insert([{"name": f"n{number}"} for number in range(500)])

        assert inserted == repository.count() == 500

    @table("rows", [[], ()])
    def test_no_rows_are_no_statement(self, repository, rows):
        assert repository.bulk_insert(rows) == 0

    def test_a_duplicate_stores_none_of_them(self, repository, shelf):
        with pytest.raises(DuplicateError):
            repository.bulk_insert([{"name": "x"}, {"name": "a"}, {"name": "y"}])

        assert names(repository.list()) == "abcde"

    def test_another_broken_rule_is_not_a_duplicate(self, repository):
        with pytest.raises(IntegrityError, match="NOT NULL"):
            repository.bulk_insert([{"name": None}])

    def test_many_rows_are_updated(self, repository, shelf):
        updated = repository.bulk_update([shelf[0].id, shelf[2].id, 12345], colour="green")

        db.session.expire_all()
        assert updated == 2
        assert [thing.colour for thing in repository.list().items] == ["green", "blue", "green", "blue", None]

    def test_updating_nothing_changes_nothing(self, repository, shelf):
        assert repository.bulk_update([], colour="green") == 0

    def test_an_update_to_a_unique_value_that_exists(self, repository, shelf):
        with pytest.raises(DuplicateError):
            repository.bulk_update([thing.id for thing in shelf], name="same")


class TestTransaction:
    @staticmethod
    def create_together(repository, *names):
        with repository.transaction():
            for name in names:
                repository.create(name=name)

    def test_an_error_inside_undoes_only_the_block(self, repository):
        repository.create(name="before")

        with pytest.raises(DuplicateError):
            self.create_together(repository, "inside", "before")
        repository.create(name="after")

        assert [thing.name for thing in repository.list().items] == ["before", "after"]

    def test_without_an_error_the_block_stays(self, repository, app):
        with repository.transaction():
            repository.create(name="inside")
        db.session.commit()

        assert things(app) == ["inside"]

    def test_it_does_not_commit(self, repository):
        with repository.transaction():
            repository.create(name="inside")

        db.session.rollback()

        assert repository.count() == 0

    def test_blocks_nest(self, repository):
        with repository.transaction():
            repository.create(name="outer")
            with pytest.raises(DuplicateError):
                self.create_together(repository, "inner", "outer")

        assert [thing.name for thing in repository.list().items] == ["outer"]

"""The repository: what one record is stored, found, changed and deleted by, and many at once."""

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.attributes import set_committed_value

from backend.core.db import db
from backend.core.db.repository import IDS_A_STATEMENT
from backend.core.errors import ChangedMeanwhileError, DuplicateError, InUseError, InvalidInputError, NotFoundError
from tests.framework.tables import table
from tests.unit.core.support import Draft, Drafts, Thing, Things, app_fixture, things

pytestmark = pytest.mark.usefixtures("session")


app = app_fixture()


def names(repository) -> str:
    return "".join(thing.name for thing in repository.list(per_page=100).items)


def refused_fields(error) -> list[list[str]]:
    return [problem["loc"] for problem in error.value.data["detail"]]


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

    def test_after_a_duplicate_the_transaction_goes_on(self, repository, app):
        repository.create(name="before")

        with pytest.raises(DuplicateError):
            repository.create(name="before")
        repository.create(name="after")
        db.session.commit()

        assert things(app) == ["before", "after"]

    def test_an_id_that_exists_is_a_duplicate_too(self, repository):
        known = Drafts().create(text="a").id

        with pytest.raises(DuplicateError, match="Draft exists already"):
            Drafts().create(id=known, text="b")

        assert [draft.text for draft in Drafts().list().items] == ["a"]

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

    def test_many_by_their_ids_in_the_order_that_was_asked_for(self, repository, shelf):
        ids = [thing.id for thing in shelf]

        found = repository.find_many([ids[3], 12345, ids[0], ids[3]])

        assert [thing.name for thing in found] == ["d", "a"]
        assert repository.find_many([]) == []

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

    def test_after_a_duplicate_the_record_is_as_before_and_the_transaction_goes_on(self, repository, shelf, app):
        with pytest.raises(DuplicateError):
            repository.update(shelf[0], name="b", colour="green")
        repository.update(shelf[1], colour="mint")
        db.session.commit()

        assert (shelf[0].name, shelf[0].colour) == ("a", "red")
        assert things(app) == ["a", "b", "c", "d", "e"]
        assert repository.find_by(colour="mint") is shelf[1]

    @table(
        "values, refused",
        [({"id": 7}, ["id"]), ({"nickname": "x", "colour": "pink", "metadata": 1}, ["nickname", "metadata"])],
    )
    def test_what_is_no_column_or_may_not_change_is_refused(self, repository, shelf, values, refused):
        """Python would take any name for an attribute, and the change would be lost in silence."""
        for write in (lambda: repository.update(shelf[0], **values), lambda: repository.bulk_update([1], **values)):
            with pytest.raises(InvalidInputError) as caught:
                write()

            assert refused_fields(caught) == [["body", name] for name in refused]
        assert shelf[0].colour == "red"

    def test_a_repository_says_what_may_change(self, shelf):
        class Painted(Things):
            changeable = ("colour",)

        assert Painted().update(shelf[0], colour="green").colour == "green"
        with pytest.raises(InvalidInputError) as caught:
            Painted().update(shelf[0], name="z")
        assert caught.value.data["detail"][0]["msg"] == "Choose from: colour."

    def test_a_repository_may_let_nothing_change(self, shelf):
        class Carved(Things):
            changeable = ()

        with pytest.raises(InvalidInputError):
            Carved().update(shelf[0], colour="green")

    def test_a_record_that_is_gone_meanwhile_is_not_found(self, repository, shelf):
        db.session.execute(db.delete(Thing).where(Thing.id == shelf[0].id).execution_options(synchronize_session=False))

        with pytest.raises(NotFoundError):
            repository.update(shelf[0], colour="green")

    def test_delete(self, repository, shelf):
        repository.delete(shelf[0])

        assert names(repository) == "bcde"

    def test_what_others_point_to_cannot_be_deleted(self, repository, shelf):
        repository.update(shelf[1], box_id=shelf[0].id)

        with pytest.raises(InUseError):
            repository.delete(shelf[0])
        repository.delete(shelf[4])

        assert names(repository) == "abcd"


class TestCount:
    @table("values, count", [({}, 5), ({"colour": "red"}, 2), ({"colour": "pink"}, 0)])
    def test_count(self, repository, shelf, values, count):
        assert repository.count(**values) == count


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

        assert names(repository) == "abcde"

    def test_another_broken_rule_is_not_a_duplicate(self, repository):
        with pytest.raises(IntegrityError, match="NOT NULL"):
            repository.bulk_insert([{"name": None}])

    def test_many_rows_are_updated(self, repository, shelf):
        updated = repository.bulk_update([shelf[0].id, shelf[2].id, 12345], colour="green")

        db.session.expire_all()
        assert updated == 2
        assert [thing.colour for thing in repository.list().items] == ["green", "blue", "green", "blue", None]

    def test_more_ids_than_a_statement_takes(self, repository, statements):
        repository.bulk_insert([{"name": f"n{number}"} for number in range(2 * IDS_A_STATEMENT + 1)])
        ids = [*db.session.scalars(db.select(Thing.id))]
        statements.clear()

        updated = repository.bulk_update(ids, colour="green")
        found = repository.find_many(reversed(ids))

        assert [kind for kind in statements if kind in ("UPDATE", "SELECT")] == ["UPDATE"] * 3 + ["SELECT"] * 3
        assert updated == repository.count(colour="green") == len(ids)
        assert [thing.id for thing in found] == [*reversed(ids)]

    def test_a_part_that_fails_undoes_those_before_it(self, repository, shelf, fails):
        fails(repository, "_change", None, ZeroDivisionError())
        repository.bulk_insert([{"name": f"n{number}"} for number in range(IDS_A_STATEMENT)])
        ids = [*db.session.scalars(db.select(Thing.id))]

        with pytest.raises(ZeroDivisionError):
            repository.bulk_update(ids, colour="green")

        assert repository.count(colour="green") == 0

    def test_updating_nothing_changes_nothing(self, repository, shelf):
        assert repository.bulk_update([], colour="green") == 0

    def test_an_update_to_a_unique_value_that_exists(self, repository, shelf):
        with pytest.raises(DuplicateError):
            repository.bulk_update([thing.id for thing in shelf], name="same")


class TestVersions:
    @pytest.fixture
    def draft(self, session) -> Draft:
        return Drafts().create(text="first")

    def test_every_change_counts(self, draft):
        assert draft.version == 1
        assert Drafts().update(draft, version=1, text="second").version == 2
        assert Drafts().update(draft, text="third").version == 3

    def test_many_changes_at_once_count_too(self, draft):
        Drafts().bulk_update([draft.id], text="second")

        db.session.refresh(draft)
        assert (draft.version, draft.text) == (2, "second")

    def test_whoever_has_read_an_older_one_is_refused(self, draft):
        Drafts().update(draft, text="second")

        for change in (Drafts().update, Drafts().delete):
            with pytest.raises(ChangedMeanwhileError):
                change(draft, version=1)

        assert draft.text == "second"

    @pytest.mark.parametrize("change", [lambda draft: Drafts().update(draft, text="mine"), Drafts().delete])
    def test_a_change_that_came_between_reading_and_writing_is_seen(self, draft, change):
        theirs = db.update(Draft).values(text="theirs", version=2).execution_options(synchronize_session=False)
        db.session.execute(theirs)

        with pytest.raises(ChangedMeanwhileError):
            change(draft)

    def test_nobody_writes_the_version(self, draft):
        with pytest.raises(InvalidInputError):
            Drafts().bulk_update([draft.id], version=7)

    def test_a_model_without_versions_says_so(self, repository, shelf):
        with pytest.raises(TypeError, match="Thing has no version"):
            repository.update(shelf[0], version=1, colour="green")


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

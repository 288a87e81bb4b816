"""The repository on MySQL or MariaDB, and on PostgreSQL: what a refused statement leaves behind, order, patterns, many ids, versions."""

import pytest
from testdb import open_database, postgresql_private

from backend.core.db import db
from backend.core.db.repository import IDS_A_STATEMENT
from backend.core.errors import ChangedMeanwhileError, DuplicateError, InUseError
from tests.framework.tables import table
from tests.integration.support.applications import application
from tests.unit.core.support import Draft, Drafts, Shelf, Thing, Things

NO_POSTGRESQL = pytest.mark.skipif(
    not postgresql_private.look(), reason="no PostgreSQL server is installed: apt install postgresql"
)


@pytest.fixture(scope="module")
def postgresql_url():
    with open_database("postgresql", "local", name="touchstone_test", say=lambda line: None) as database:
        yield database.url()


@pytest.fixture(
    scope="module", params=["mysql", pytest.param("postgresql", marks=[pytest.mark.postgresql, NO_POSTGRESQL])]
)
def tables(request, settings):
    """An application on this database; each test makes the tables `things` and `drafts` in it."""
    changed = {"database_url": request.getfixturevalue("postgresql_url")} if request.param == "postgresql" else {}
    with application(settings, **changed) as app:
        yield app


@pytest.fixture
def repository(tables):
    with tables.app_context():
        Shelf.metadata.create_all(db.engine)
        yield Things()
        db.session.rollback()
        Shelf.metadata.drop_all(db.engine)


@pytest.fixture
def shelf(repository):
    colours = {"a": "red", "b": "blue", "c": "red", "d": "blue", "e": None}
    return [repository.create(name=name, colour=colour) for name, colour in colours.items()]


def names(found) -> str:
    return "".join(thing.name for thing in found)


def test_after_a_refused_write_the_transaction_goes_on(repository, shelf):
    repository.update(shelf[1], box_id=shelf[0].id)
    refused = [
        (DuplicateError, lambda: repository.create(name="a")),
        (DuplicateError, lambda: repository.update(shelf[2], name="b", colour="mint")),
        (DuplicateError, lambda: repository.bulk_insert([{"name": "x"}, {"name": "a"}])),
        (DuplicateError, lambda: repository.bulk_update([thing.id for thing in shelf], name="same")),
        (InUseError, lambda: repository.delete(shelf[0])),
    ]
    for error, write in refused:
        with pytest.raises(error):
            write()
    repository.create(name="f")
    db.session.commit()

    db.session.expire_all()
    assert names(repository.list().items) == "abcdef"
    assert [thing.colour for thing in repository.list().items] == ["red", "blue", "red", "blue", None, None]


@table("sort", ["id", "-id", "colour", "-colour"])
def test_a_list_that_is_read_on_has_the_order_of_its_pages(repository, shelf, sort):
    found, cursor = [], None
    while True:
        run = repository.list_after(cursor, 1, sort)
        found += run.items
        if not (cursor := run.next_cursor):
            break

    assert names(found) == names(repository.list(sort=sort).items)
    assert len(found) == 5


def test_a_pattern_means_itself(repository):
    for name in ("100% wool", "100 wool", "a_b", "acb", r"c:\temp"):
        repository.create(name=name)

    found = {text: [thing.name for thing in repository.search(text).items] for text in ("100%", "_", "\\", "' OR 1=1")}

    assert found == {"100%": ["100% wool"], "_": ["a_b"], "\\": [r"c:\temp"], "' OR 1=1": []}


def test_more_ids_than_a_statement_takes(repository):
    repository.bulk_insert([{"name": f"n{number}"} for number in range(2 * IDS_A_STATEMENT + 1)])
    ids = [*db.session.scalars(db.select(Thing.id))]

    assert repository.bulk_update(ids, colour="green") == repository.count(colour="green") == len(ids)
    assert [thing.id for thing in repository.find_many(reversed(ids))] == [*reversed(ids)]


def test_one_of_two_who_have_read_the_same_version_is_refused(repository, tables):
    draft = Drafts().create(text="first")
    db.session.commit()
    with tables.app_context():
        Drafts().update(Drafts().get(draft.id), text="theirs")
        db.session.commit()

    with pytest.raises(ChangedMeanwhileError):
        Drafts().update(draft, version=1, text="mine")
    db.session.rollback()

    assert db.session.scalar(db.select(Draft.text)) == "theirs"

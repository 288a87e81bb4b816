"""What a column keeps on MySQL and MariaDB: where they differ from SQLite, and what the models do about it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Column, Index, MetaData, String, Table, UniqueConstraint, insert
from sqlalchemy.exc import DataError, IntegrityError

from backend.core.db import db
from backend.core.db.columns import EXACT, SEARCHABLE, exact, searchable
from backend.core.db.errors import DatabaseFault, classify
from backend.core.db.repository import Repository
from backend.core.errors import DuplicateError
from backend.modules.auth.model import AuthSession, RefreshToken
from backend.modules.auth.service import issued, sessions
from backend.modules.users import service as users
from backend.modules.users.model import User
from tests.framework.api import Api
from tests.framework.tables import table
from tests.integration.support.sql import Sql

ME = "/api/v1/users/me"
OUR_OWN_WORDS = {"ledger_entries.account", "ledger_entries.posting"}  # no client writes them
BEYOND_DOUBLE = 2**53 + 1  # the first whole number that a double cannot hold

pytestmark = pytest.mark.usefixtures("session")


def user(openid: str = "openid", **values) -> User:
    return users.users.create(openid=openid, **values)


@pytest.fixture
def words():
    """A table that only this test's connection sees: two unique columns, one ordinary and one `exact`, and a `searchable` one."""
    kinds = {"ordinary": String(64), "exact": exact(64)}
    columns = [*(Column(name, kind, unique=True) for name, kind in kinds.items()), Column("searchable", searchable(64))]
    table = Table("words", MetaData(), *columns, prefixes=["TEMPORARY"])
    table.create(db.session.connection(), checkfirst=False)
    yield table
    db.session.execute(db.text("DROP TEMPORARY TABLE words"))


def test_ordinary_text_is_unique_whatever_its_case(words: Table):
    db.session.execute(insert(words).values(ordinary="X", exact="a"))

    with pytest.raises(IntegrityError) as refused:
        db.session.execute(insert(words).values(ordinary="x", exact="b"))

    assert classify(refused.value) is DatabaseFault.DATA


@pytest.mark.parametrize(("one", "other"), [("X", "x"), ("e", "é"), ("ss", "ß"), ("a", "ａ"), ("😀", "😁")])
def test_exact_text_is_compared_byte_by_byte(words: Table, one: str, other: str):
    db.session.execute(insert(words).values(ordinary="1", exact=one))
    db.session.execute(insert(words).values(ordinary="2", exact=other))

    assert db.session.scalars(db.select(words.c.ordinary).where(words.c.exact == other)).all() == ["2"]


@table(
    "one, other, same",
    [
        ("Bob", "bOB", True),
        ("e", "é", True),
        ("ss", "ß", True),
        ("i", "İ", True),
        ("i", "ı", False),  # the Turkish letter without a dot is another letter
        ("🍺", "🍣", False),
        ("小", "晓", False),
        ("𠮷", "𠮸", False),  # beyond the first 65,536 characters
    ],
)
def test_searchable_text_is_compared_without_case_and_accents(words: Table, one: str, other: str, same: bool):
    db.session.execute(insert(words).values(ordinary=one, exact=one, searchable=one))

    found = db.session.scalars(db.select(words.c.exact).where(words.c.searchable == other)).all()

    db.session.execute(words.delete())
    assert (found == [one]) == same


def test_every_text_that_is_unique_is_exact_and_every_one_that_is_searched_is_searchable():
    """So that what a client has sent is compared in a way that somebody has chosen."""
    dialect = db.engine.dialect

    def collation(column: Column) -> str | None:
        return getattr(column.type.dialect_impl(dialect), "collation", None)

    unique = {
        column
        for one in db.metadata.sorted_tables
        for group in (*one.indexes, *one.constraints)
        if isinstance(group, UniqueConstraint) or (isinstance(group, Index) and group.unique)
        for column in group.columns
        if isinstance(column.type, String)
    }
    ours = [kind for kind in Repository.__subclasses__() if kind.model.metadata is db.metadata]  # not those of tests
    searched = {kind.model.__table__.c[name] for kind in ours for name in kind.searchable}

    assert {str(column) for column in unique if collation(column) != EXACT} - OUR_OWN_WORDS == set()
    assert {str(column) for column in searched - unique if collation(column) != SEARCHABLE} == set()
    assert {str(column) for column in (*unique, *searched)} >= {"users.openid", "users.phone", "users.nickname"}


def test_exact_text_takes_a_trailing_space_for_nothing(words: Table):
    """utf8mb4_bin pads with spaces on both servers; so nothing may be told apart by them, and no openid ends in one."""
    db.session.execute(insert(words).values(ordinary="1", exact="a"))

    with pytest.raises(IntegrityError) as refused:
        db.session.execute(insert(words).values(ordinary="2", exact="a "))

    assert classify(refused.value) is DatabaseFault.DATA


def test_openids_that_differ_in_case_are_two_users(api: Api):
    upper, lower = api.login(openid="oX-1"), api.login(openid="ox-1")

    assert upper.id != lower.id
    assert users.users.find_by(openid="oX-1").id == upper.id
    assert users.users.find_by(openid="ox-1").id == lower.id


def test_the_same_openid_twice_is_a_duplicate():
    user("o-1")

    with pytest.raises(DuplicateError), users.users.transaction():
        user("o-1")


@pytest.mark.parametrize("column", ["nickname", "openid", "avatar_url", "role"])
def test_text_that_is_too_long_is_an_error_and_nothing_is_cut_off(column: str):
    length = User.__table__.c[column].type.length
    values = {"openid": "o-1", column: "x" * (length + 1)}

    with pytest.raises(DataError) as refused, users.users.transaction():
        users.users.create(**values)

    assert classify(refused.value) is DatabaseFault.CLIENT
    assert users.users.count() == 0


@pytest.mark.parametrize("nickname", ["小明", "👩‍👩‍👧‍👦", "𠮷野家", "ﷺ", "a" * 64, "😀" * 64])
def test_every_character_comes_back_as_it_was_sent(api: Api, nickname: str):
    actor = api.login()

    api.patch(ME, json={"nickname": nickname}, by=actor)

    assert api.get(ME, by=actor).json["data"]["nickname"] == nickname


def test_a_moment_keeps_its_microseconds_and_comes_back_in_utc():
    in_shanghai = datetime(2026, 3, 1, 7, 30, 59, 123456, tzinfo=timezone(timedelta(hours=8)))

    made = user(disabled_at=in_shanghai)
    db.session.refresh(made)

    assert made.disabled_at == in_shanghai
    assert made.disabled_at.tzinfo is UTC
    assert str(db.session.scalar(db.text("SELECT disabled_at FROM users"))) == "2026-02-28 23:30:59.123456"


def test_an_id_beyond_what_a_double_holds_stays_exact(api: Api):
    user("o-1", id=BEYOND_DOUBLE)
    actor = api.login("admin", openid="o-1")

    answers = [api.get(path, by=actor) for path in (ME, f"/api/v1/users/{BEYOND_DOUBLE}")]

    assert [answer.json["data"]["id"] for answer in answers] == [BEYOND_DOUBLE] * 2


def test_a_session_needs_its_user():
    with pytest.raises(IntegrityError) as refused, sessions.transaction():
        sessions.create(user_id=1, expires_at=datetime.now(UTC))

    assert classify(refused.value) is DatabaseFault.CLIENT


def test_a_user_with_sessions_cannot_be_deleted(api: Api):
    actor = api.login()

    with pytest.raises(IntegrityError) as refused, users.users.transaction():
        db.session.execute(db.delete(User).where(User.id == actor.id))

    assert classify(refused.value) is DatabaseFault.CLIENT


def test_a_session_takes_its_refresh_tokens_with_it(api: Api):
    actor = api.login()

    db.session.execute(db.delete(AuthSession).where(AuthSession.id == actor.session_id))

    assert db.session.scalar(db.select(db.func.count()).select_from(RefreshToken)) == 0
    assert issued.count(session_id=actor.session_id) == 0


def test_text_is_stored_as_utf8_of_four_bytes(sql: Sql):
    columns = sql.rows(
        "SELECT DISTINCT character_set_name FROM information_schema.columns "
        "WHERE table_schema = DATABASE() AND character_set_name IS NOT NULL AND table_name <> 'alembic_version'"
    )

    assert columns == [("utf8mb4",)]

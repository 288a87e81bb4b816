"""The ways to the database of a test run, and what is said without any. Nothing is skipped."""

from contextlib import contextmanager

import pytest
from testdb.server import DatabaseUnavailableError, ProviderUnavailableError

from tests.framework import database, database_given, database_install


@contextmanager
def closed(say):
    raise ProviderUnavailableError("not installed")
    yield


@pytest.fixture(autouse=True)
def no_choice(monkeypatch):
    """A machine on which nobody has chosen a way."""
    monkeypatch.delenv("TEST_DATABASE", raising=False)
    monkeypatch.delenv(database_given.NAME, raising=False)


def test_without_any_way_the_message_names_all_and_what_was_wrong():
    with pytest.raises(DatabaseUnavailableError) as caught, database.first_that_works([("docker", closed)], print):
        pass

    for words in ("docker: not installed", "start Docker", "apt install mariadb-server", "INTEGRATION_DATABASE_URL="):
        assert words in str(caught.value)


@pytest.mark.parametrize(("word", "ways"), [("url", 1), ("docker", 1), ("private", 2), ("auto", 4), ("", 4)])
def test_a_word_narrows_the_ways(monkeypatch, word, ways):
    monkeypatch.setenv("TEST_DATABASE", word)

    assert len(database.open_ways()) == ways


def test_an_unknown_word_is_refused(monkeypatch):
    monkeypatch.setenv("TEST_DATABASE", "oracle")

    with pytest.raises(DatabaseUnavailableError, match="TEST_DATABASE=oracle: no such way"):
        database.provide()


def test_a_given_url_that_does_not_answer_ends_the_search(monkeypatch):
    monkeypatch.setenv(database_given.NAME, "mysql+pymysql://me:secret@127.0.0.1:1/shop")
    monkeypatch.setattr(database_given, "version", _refuse)

    with (
        pytest.raises(DatabaseUnavailableError, match="does not answer") as caught,
        database.provide(lambda line: None),
    ):
        pass

    assert "secret" not in str(caught.value)


def _refuse(url):
    raise OSError("connection refused")


@pytest.mark.parametrize("url", ["postgresql://me@here/shop", "no url"])
def test_a_url_of_another_kind_is_refused(url):
    with pytest.raises(DatabaseUnavailableError):
        database_given.without_database(url)


def test_the_database_in_a_given_url_is_never_touched():
    url = database_given.without_database("mysql://me:secret@here:3306/shop?charset=utf8mb4")

    assert url.render_as_string(hide_password=False) == "mysql+pymysql://me:secret@here:3306/"


@pytest.mark.parametrize("before", [None, "#!/bin/sh\nexit 0\n"])
def test_the_machines_own_policy_about_services_is_put_back(tmp_path, before):
    policy = tmp_path / "policy-rc.d"
    if before:
        policy.write_text(before)

    with database_install.no_service_starts(policy):
        assert "exit 101" in policy.read_text()

    assert (policy.read_text() if policy.exists() else None) == before

"""How a rule's words are found in a statement."""

import pytest

from faultlab.proxy import rules

COMMITS = [
    "COMMIT",
    "commit",
    " COMMIT ; ",
    "COMMIT WORK",
    "COMMIT TRANSACTION",
    "COMMIT AND NO CHAIN NO RELEASE",
    "commit\nwork\tand chain;",
    "/* route=pay */ COMMIT",
    "-- pay\nCOMMIT",
    "# pay\nCOMMIT",
    "COMMIT /* route=pay */",
    "COMMIT; /* a */ /* b */ ;",
    "END",
    "COMMIT\0",
]
NOT_COMMITS = [
    "SET AUTOCOMMIT = 0",
    "SET autocommit=0",
    "COMMIT PREPARED 'x'",
    "XA COMMIT 'x'",
    "INSERT INTO notes VALUES ('COMMIT')",
    "SELECT 1; COMMIT",
    "COMMITS",
    "ENDED",
    "ROLLBACK",
    "-- COMMIT",
    "/*! COMMIT */",
]
ROLLBACKS = ["ROLLBACK", "rollback work;", "ABORT"]


def meant(pattern, text):
    return rules.matcher(pattern)(rules.statement_text(text.encode()))


@pytest.mark.parametrize("text", COMMITS)
def test_commit_however_it_is_written(text):
    assert meant("COMMIT", text)
    assert meant(" commit ", text)
    assert rules.ends_transaction(rules.statement_text(text.encode()))


@pytest.mark.parametrize("text", NOT_COMMITS)
def test_commit_as_a_part_of_something_else_is_not_meant(text):
    assert not meant("COMMIT", text)


@pytest.mark.parametrize("text", ROLLBACKS)
def test_rollback(text):
    assert meant("ROLLBACK", text)
    assert rules.ends_transaction(rules.statement_text(text.encode()))


@pytest.mark.parametrize(
    "text", ["ROLLBACK TO SAVEPOINT sa_savepoint_1", "SAVEPOINT a", "BEGIN", "INSERT", "SET AUTOCOMMIT=0"]
)
def test_what_does_not_end_a_transaction(text):
    assert not rules.ends_transaction(text)


@pytest.mark.parametrize("text", ["BEGIN", "begin work", "START TRANSACTION", "BEGIN ISOLATION LEVEL SERIALIZABLE"])
def test_begin(text):
    assert meant("BEGIN", text)


@pytest.mark.parametrize("text", ["BEGINNING", "SELECT 'BEGIN'"])
def test_what_is_no_begin(text):
    assert not meant("BEGIN", text)


def test_a_pattern_is_searched_for_anywhere_and_in_any_case():
    assert meant("into (payments|orders)", "/* x */ INSERT INTO orders VALUES (1)")
    assert meant("^insert", "\n  INSERT INTO orders")
    assert not meant("^into", "INSERT INTO orders")


def test_no_pattern_means_any_statement():
    assert meant(None, "SELECT 1")


@pytest.mark.parametrize("text", ["", ";", " ; ", "-- ping", "/* ping */"])
def test_an_empty_statement_is_a_ping(text):
    assert rules.statement_text(text.encode()) == "PING"
    assert meant("PING", text)


def test_bytes_that_are_no_text_are_read_all_the_same():
    assert rules.statement_text(b"INSERT '\xff\xfe\0'") == "INSERT '��\0'"
    assert rules.statement_text("INSERT '支付'".encode()) == "INSERT '支付'"


def test_only_the_beginning_of_a_long_statement_is_read():
    assert rules.statement_text(b"INSERT " + b"x" * (1 << 20)) == "INSERT " + "x" * (rules.MOST - 7)


@pytest.mark.parametrize("text", ["/* never closed", "*/", "/*/", "SELECT */"])
def test_odd_comments_do_no_harm(text):
    assert rules.statement_text(text.encode())

"""The errors of testdb: each says what happened, where, and what to do next, in its reader's language."""


class TestdbError(Exception):
    """The base of all: catch this one to catch every error of testdb."""

    __test__ = False  # no class of tests, whatever its name begins with

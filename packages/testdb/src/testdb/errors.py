"""The errors of testdb; the text of one is the whole message: what happened, where, what to do next."""


class TestdbError(Exception):
    """The base of all: catch this one to catch every error of testdb."""

    __test__ = False  # no class of tests, whatever its name begins with

"""The errors of the fault laboratory: each says what happened, where, and what to do next, in its reader's language."""


class FaultlabError(Exception):
    """The base of all: catch this one to catch every error of faultlab."""

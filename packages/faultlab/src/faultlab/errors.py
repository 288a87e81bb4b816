"""The errors of the fault laboratory; the text of one is the whole message: what happened, where, what to do next."""


class FaultlabError(Exception):
    """The base of all: catch this one to catch every error of faultlab. Its text is read in the language that is spoken."""

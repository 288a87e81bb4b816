"""What a matcher means for a name with several values: one fits, and of `not` none does."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdt.control.calls import compiled
from mdt.engine.messages import Request

TABLE = [
    ("a", ["b", "a"], True),
    ("a", ["b"], False),
    ({"not": "a"}, ["a", "b"], False),
    ({"not": "a"}, ["b", "c"], True),
    ({"not": "a"}, [], True),
    ({"not": {"not": "a"}}, ["a", "b"], True),
    ({"not": {"not": "a"}}, ["b"], False),
    ({"not": {"oneOf": ["a", "b"]}}, ["c", "b"], False),
    ({"not": {"absent": True}}, [], False),
    ({"not": {"absent": True}}, ["a"], True),
    ({"absent": True}, ["a"], False),
    ({"any": True}, ["a", "b"], True),
    ({"min": 1, "max": 5}, ["0", "9"], False),
    ({"min": 1, "max": 5}, ["9", "3"], True),
    ({"not": {"min": 1, "max": 5}}, ["0", "9"], True),
    ({"regex": "^a", "not": "abc"}, ["ax", "b"], True),
    ({"regex": "^a", "not": "abc"}, ["ax", "abc"], False),
    (["a", "b"], ["a", "b"], True),
    ({"not": ["a", "b"]}, ["b", "a"], True),
    ({"not": ["a", "b"]}, ["a", "b"], False),
]


def requests(values):
    pairs = [("tag", value) for value in values]
    form = {"content-type": "application/x-www-form-urlencoded"}
    yield "query", Request("GET", "", "", "/", urlencode(pairs))
    yield "form", Request("POST", "", "", "/", headers=form, body=urlencode(pairs).encode())


def verdicts(wanted, values):
    for part, request in requests(values):
        match = compiled({part: {"tag": wanted}})
        fits = match.matches(request)
        assert [one.ok for one in match.criteria(request)] == [fits]
        yield fits


@pytest.mark.parametrize(("wanted", "values", "expected"), TABLE)
def test_the_table(wanted, values, expected):
    assert list(verdicts(wanted, values)) == [expected, expected]


@pytest.mark.parametrize(("value", "expected"), [("gzip, br", False), ("br, identity", True), ("gzip", False)])
def test_a_header_has_each_part_between_its_commas(value, expected):
    match = compiled({"headers": {"Accept-Encoding": {"not": "gzip"}}})
    assert match.matches(Request("GET", "", "", "/", headers={"accept-encoding": value})) is expected


TEXTS = st.sampled_from(["a", "b", "ab", "1", "7"])
POSITIVE = st.one_of(
    TEXTS,
    st.fixed_dictionaries({"oneOf": st.lists(TEXTS, min_size=1, max_size=2)}),
    st.fixed_dictionaries({"regex": TEXTS}),
    st.just({"any": True}),
    st.just({"absent": True}),
)


def fits(wanted, values):
    """The table as a program."""
    if isinstance(wanted, dict) and "not" in wanted:
        rest = {word: value for word, value in wanted.items() if word != "not"}
        return not fits(wanted["not"], values) and (not rest or fits(rest, values))
    return any(fits_one(wanted, value) for value in values or [None])


def fits_one(wanted, value):
    if isinstance(wanted, str):
        return value == wanted
    tests = {
        "oneOf": lambda choices: value in choices,
        "regex": lambda part: value is not None and part in value,
        "any": lambda _: value is not None,
        "absent": lambda _: value is None,
    }
    return all(tests[word](given) for word, given in wanted.items())


NEGATED = st.recursive(
    POSITIVE,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"not": inner}), st.fixed_dictionaries({"regex": TEXTS, "not": inner})
    ),
    max_leaves=4,
)


@given(NEGATED, st.lists(TEXTS, max_size=3))
def test_every_matcher_means_what_the_table_says(wanted, values):
    expected = fits(wanted, values)
    assert list(verdicts(wanted, values)) == [expected, expected]
    assert list(verdicts({"not": wanted}, values)) == [not expected, not expected]

"""Texts for patterns and formats; numbers for bounds."""

import random
from fractions import Fraction

import pytest

from mdt.generate.formats import FORMATS
from mdt.generate.patterns import matching
from mdt.generate.quantities import Bounds, exact, number
from mdt.generate.texts import Demand, text

PATTERNS = [
    r"^[A-Z]{3}-\d{2,4}$",
    r"^(?:[a-z]+\.)+[a-z]{2,}$",
    r"^(?<year>\d{4})-(?<month>0[1-9]|1[0-2])$",
    r"^[^\s\d]+$",
    r"^\/[\w\/-]*$",
    r"^[\u4e00-\u9fa5]{2,4}$",
    r"^(?!admin)[a-z]{4,}$",
    r"^\S+@\S+\.\S+$",
    r"^[-+]?[0-9]*\.?[0-9]+$",
    r"^#[0-9a-fA-F]{6}$",
    r"^(\([0-9]{3}\))?[0-9]{3}-[0-9]{4}$",
    r"^\p{Lu}\p{Ll}+$",
    r"^.{3}$",
    r"([^\s]+(\.(?i)(jpeg|pdf))$)",
    "code",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_text_matches_its_pattern(pattern: str) -> None:
    demand = Demand(patterns=(pattern,))

    found = [text(demand, random.Random(seed)) for seed in range(5)]

    assert all(one is not None and demand.holds(one) for one in found)


@pytest.mark.parametrize("form", FORMATS)
def test_a_text_has_its_format(form: str) -> None:
    demand = Demand(formats=(form,))

    found = text(demand, random.Random(1))

    assert found is not None
    assert demand.holds(found)


@pytest.mark.parametrize(
    ("demand", "length"),
    [
        (Demand(high=7), 7),
        (Demand(low=3, high=300), 300),
        (Demand(high=9, patterns=("^[a-z]*$",)), 9),
        (Demand(high=12, patterns=(r"^\d+$",)), 12),
    ],
)
def test_the_longest_text_is_as_long_as_allowed(demand: Demand, length: int) -> None:
    found = text(demand, random.Random(1), longest=True)

    assert found is not None
    assert len(found) == length


def test_an_expression_that_python_does_not_read_gives_nothing() -> None:
    assert list(matching("(", 0, 9, random.Random(1))) == []


def test_an_expression_that_explodes_ends() -> None:
    found = list(matching("^(((a{1,50}){1,50}){1,50}){1,50}$", 0, 40, random.Random(1)))

    assert found
    assert max(map(len, found)) <= 40


@pytest.mark.parametrize(
    ("bounds", "extreme", "expected"),
    [
        (Bounds((Fraction(3), True), (Fraction(4), False), whole=True), False, 4),
        (Bounds(high=(Fraction(250), True), whole=True), True, 249),
        (Bounds(low=(Fraction(250), False), whole=True), True, 250),
        (Bounds((Fraction(10), False), (Fraction(20), False), (exact(2.5), exact(4)), whole=True), False, 20),
        (Bounds((exact(1.5), False), (exact(1.7), False), whole=True), False, None),
        (Bounds((exact(0.1), False), (exact(0.1), False)), False, 0.1),
    ],
)
def test_numbers(bounds: Bounds, extreme: bool, expected: float | None) -> None:
    assert number(bounds, random.Random(1), extreme=extreme) == expected

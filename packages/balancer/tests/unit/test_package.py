"""The package as it is installed."""

from importlib.metadata import entry_points, version

import balancer


def test_version_is_that_of_the_distribution():
    assert balancer.__version__ == version("touchstone-balancer")


def test_mdt_finds_the_command():
    found = entry_points(group="mdt.commands", name="llm")

    assert [one.load().name for one in found] == ["llm"]

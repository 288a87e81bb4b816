"""The small project of tests/unit/tools."""

from tests.unit.tools.conftest import commands, committed, git, project  # noqa: F401

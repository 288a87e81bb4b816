"""On the application with every door open, as tests/unit/generated."""

from tests.unit.generated.conftest import app  # noqa: F401

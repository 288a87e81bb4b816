"""Services that tests start; none of them outlives its test."""

import pytest

from tests.sockets import services


@pytest.fixture
def make(tmp_path):
    """A service that is not started yet."""
    made = []

    def one(*how: str):
        made.append(services.service(tmp_path, *how))
        return made[-1]

    yield one
    for service in made:
        service.kill()


@pytest.fixture
def service(make):
    """One that runs."""
    made = make()
    made.start()
    return made

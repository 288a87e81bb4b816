"""A world in which cases run at once, without processes or sockets."""

import pytest
from hypothesis import settings

from faultlab import case_requests, case_run, clients, fault_cycle
from faultlab.cases import chaos
from tests.unit.world import Client, Time, World

settings.register_profile("faultlab", deadline=None)  # a busy machine is no bug
settings.load_profile("faultlab")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(Time())
    for module in (chaos, clients, fault_cycle, case_requests, case_run):
        monkeypatch.setattr(module, "time", made.time)
    monkeypatch.setattr(case_requests, "Client", lambda _port, timeout: Client(made, timeout))
    return made

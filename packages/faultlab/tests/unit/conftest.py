"""A world in which cases run at once, without processes or sockets."""

import pytest
from hypothesis import settings

from faultlab import case_run, clients
from faultlab.cases import chaos, flow, injections, plan
from tests.unit.world import Client, Time, World

settings.register_profile("faultlab", deadline=None)  # a busy machine is no bug
settings.load_profile("faultlab")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(Time())
    for module in (chaos, clients, flow, injections, plan, case_run):
        monkeypatch.setattr(module, "time", made.time)
    monkeypatch.setattr(case_run, "Client", lambda _port, timeout: Client(made, timeout))
    return made

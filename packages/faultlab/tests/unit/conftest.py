"""A world in which cases run at once, without processes or sockets."""

import pytest

from faultlab import case_run, clients
from faultlab.cases import chaos, flow, injections, plan
from tests.unit.world import Client, Time, World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(Time())
    for module in (chaos, clients, flow, injections, plan, case_run):
        monkeypatch.setattr(module, "time", made.time)
    monkeypatch.setattr(case_run, "Client", lambda _port, timeout: Client(made, timeout))
    return made

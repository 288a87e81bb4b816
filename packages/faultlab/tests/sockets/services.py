"""Makes services of tiny.py."""

import sys
from pathlib import Path

from testdb.ports import free_port

from faultlab.adapter import Launch
from faultlab.testbed import ServiceProcess
from tests.sockets import tiny


def service(folder: Path, *how: str, alive: str = "/live", port: int | None = None) -> ServiceProcess:
    """Not started yet; its log is `service.log` in the folder."""
    given = port or free_port()
    launch = Launch([sys.executable, tiny.__file__, str(given), *how], {"TINY": "a test"}, folder)
    return ServiceProcess(launch, given, alive, folder / "service.log")

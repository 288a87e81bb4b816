"""A testbed: a database, the proxy before it, and the service that uses the proxy; cases run in it one by one."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import Engine
from testdb import Database, Kind
from testdb.ports import free_port

from faultlab.adapter import Adapter, Profile
from faultlab.liveness_probe import LivenessProbe
from faultlab.proxy import Proxy
from faultlab.proxy.proxy import WireProtocol
from faultlab.service_process import ServiceProcess

PROTOCOLS: dict[Kind, WireProtocol] = {"mysql": "mysql", "mariadb": "mysql", "postgresql": "postgresql"}


class Testbed:
    """`use(profile)` restarts the service with the settings of a profile, unless it runs with them already."""

    def __init__(self, adapter: Adapter, database: Database, proxy: Proxy, folder: Path) -> None:
        self.adapter, self.database, self.proxy = adapter, database, proxy
        self.sql: Engine = database.admin_engine()
        self.port = free_port()
        self._log = folder / "service.log"
        self._profile = ""
        self.service = self._service(Profile({}, 0))
        self.probe = LivenessProbe(self.port, adapter.alive)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def secrets(self) -> list[str]:
        """Texts that no answer may show: the database's address and password."""
        database = self.database
        places = [f"127.0.0.1:{self.proxy.port}", f"{database.host}:{database.port}"]
        return [*places, database.account.password]

    @property
    def profile(self) -> Profile:
        return self.adapter.profiles[self._profile]

    def use(self, name: str) -> None:
        """Run the service with this profile."""
        if name == self._profile and self.service.runs():
            return
        self.service.kill()
        self._profile = ""
        self.service = self._service(self.adapter.profiles[name])
        self.service.start()
        self._profile = name

    def _service(self, profile: Profile) -> ServiceProcess:
        url = self.database.url("127.0.0.1", self.proxy.port)
        launch = self.adapter.launch(url, self.port, profile.settings)
        return ServiceProcess(launch, self.port, self.adapter.alive, self._log)

    def close(self) -> None:
        self.probe.stop()
        self.service.kill()
        self.sql.dispose()


@contextmanager
def open_testbed(adapter: Adapter, database: Database) -> Iterator[Testbed]:
    """A testbed on an empty database; at the end only the database is left."""
    adapter.install(database.url())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        proxy = Proxy(PROTOCOLS[database.kind], database.host, database.port)
        stack.enter_context(proxy)
        testbed = Testbed(adapter, database, proxy, folder)
        stack.callback(testbed.close)
        yield testbed

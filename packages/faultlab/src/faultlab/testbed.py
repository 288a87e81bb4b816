"""A testbed: a database, a proxy before it, and a service that connects through the proxy. It runs one case at a time."""

import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import RLock

import psutil
from sqlalchemy import Engine
from testdb import Database, Kind
from testdb.guard import at_end
from testdb.ports import free_port

from faultlab.adapter import Adapter, Launch, Profile
from faultlab.language import FaultlabError, Message, _
from faultlab.liveness_probe import LivenessProbe
from faultlab.proxy import Proxy, WireProtocol

START_SECONDS = 60
STOP_SECONDS = 40
POLL = 0.02
LAST_LINES = 15
REMOVE = "import shutil, sys; shutil.rmtree(sys.argv[1], ignore_errors=True)"
END_GROUP = "import os, signal, sys; os.killpg(int(sys.argv[1]), signal.SIGKILL)"


class ServiceError(FaultlabError):
    """The service does not start; the message shows the end of its log."""


class ServiceProcess:
    """`start`, then `terminate` or `kill`, any number of times; every start appends to the same log."""

    def __init__(self, launch: Launch, port: int, alive: str, log: Path) -> None:
        self._launch, self._alive, self._log = launch, alive, log
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None
        self._guard = ExitStack()
        self._lock = RLock()  # a fault may kill it in another thread

    def start(self) -> None:
        """Start it and wait until it answers. It ends when this process ends, even by SIGKILL."""
        with self._lock, self._log.open("ab") as output:
            self._guard.close()
            self._process = subprocess.Popen(  # noqa: S603 - the command is the adapter's
                [*self._launch.command],
                cwd=self._launch.folder,
                env=os.environ | self._launch.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            self._guard.enter_context(at_end(sys.executable, "-c", END_GROUP, str(self._process.pid)))
        self.wait_alive()

    def wait_alive(self) -> None:
        """Wait until the liveness path answers 200; raises ServiceError."""
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if not self.runs():
                raise ServiceError(self._with_log(_("The service ended while it was started")))
            if time.monotonic() > deadline:
                raise ServiceError(
                    self._with_log(
                        _(
                            "The service did not answer {path} within {seconds} s",
                            path=self._alive,
                            seconds=START_SECONDS,
                        )
                    )
                )
            time.sleep(POLL)

    def answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", self._alive)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def terminate(self) -> None:
        """Send SIGTERM, and do not wait."""
        if self._process is not None and self.runs():
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL to it and its workers, and wait."""
        with self._lock:
            if self._process is not None and self.runs():
                _kill_with_children(psutil.Process(self._process.pid))
                self._process.wait(STOP_SECONDS)
            self._guard.close()  # ends workers that outlived it

    def wait_ended(self) -> None:
        """Wait until it has ended after `terminate`; kill it after 40 s."""
        if self._process is None:
            return
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def log_size(self) -> int:
        return self._log.stat().st_size if self._log.exists() else 0

    def log_since(self, position: int) -> list[str]:
        """The lines written since `log_size()` returned `position`."""
        with self._log.open("rb") as lines:
            lines.seek(position)
            return lines.read().decode("utf-8", "replace").splitlines()

    def _with_log(self, what: Message) -> Message:
        lines = "\n".join("    " + line for line in self.log_since(0)[-LAST_LINES:])
        return _("{what}; the end of its log:\n{log}", what=what, log=lines)


def _kill_with_children(process: psutil.Process) -> None:
    for one in [process, *process.children(recursive=True)]:  # the parent first: it would restart its workers
        with suppress(psutil.NoSuchProcess):
            one.kill()


PROTOCOLS: dict[Kind, WireProtocol] = {"mysql": "mysql", "mariadb": "mysql", "postgresql": "postgresql"}


class Testbed:
    """`use(profile)` runs the service with the settings of a profile."""

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
        """Texts that no answer may contain: the database's address and password."""
        database = self.database
        places = [f"127.0.0.1:{self.proxy.port}", f"{database.host}:{database.port}"]
        return [*places, database.account.password]

    @property
    def profile(self) -> Profile:
        return self.adapter.profiles[self._profile]

    def use(self, name: str) -> None:
        """Restart the service with this profile, unless it runs with it already."""
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
    """A testbed on an empty database, which is left at the end."""
    adapter.install(database.url())
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="faults-"))
        stack.enter_context(at_end(sys.executable, "-I", "-c", REMOVE, str(folder)))
        proxy = Proxy(PROTOCOLS[database.kind], database.host, database.port)
        stack.enter_context(proxy)
        testbed = Testbed(adapter, database, proxy, folder)
        stack.callback(testbed.close)
        yield testbed

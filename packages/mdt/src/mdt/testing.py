"""A mock server for tests of programs that run elsewhere: `with server("mocks") as mocks:`, and the pytest fixture `mdt_server`.

It listens on a free port of this machine, in a thread of this process or in a process of its own.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mdt.engine.choice import VIRTUAL
from mdt.engine.expectations import RUNNING_TEST
from mdt.errors import MdtError
from mdt.inprocess.folders import find_folder
from mdt.inprocess.handle import flat
from mdt.inprocess.verification import UnusedScenarioError
from mdt.language import Words, _
from mdt.server.client import Client, ScenarioNames
from mdt.server.runner import serving

START = 60  # seconds that a process of its own may take to listen
STOP = 10


class UnmatchedCallsError(MdtError):
    """Calls of a session that nothing answered; `reports` has the near misses."""

    def __init__(self, reports: list[str]) -> None:
        self.reports = tuple(reports)
        super().__init__("\n\n".join(reports))


@dataclass(frozen=True, slots=True)
class ServerSession:
    """One session of a server. `urls` are the services' addresses, which name the session in their path."""

    client: Client
    id: str
    urls: Mapping[str, str] = field(default_factory=dict)
    waiting: list[str] = field(
        default_factory=list
    )  # callbacks that this test sent, and that were not delivered at once

    @property
    def headers(self) -> dict[str, str]:
        """What names this session in a call to `ServerUnderTest.url`."""
        return {"X-Mdt-Session": self.id}

    def select(self, *names: Any) -> None:
        """Selects exactly these scenarios."""
        self.client.select(flat(names), self.id)

    def switch(self, *names: Any) -> None:
        """Selects these; other services stay as they are."""
        self.client.switch(flat(names), self.id)

    def enter(self, env: str | None = None, dataset: str | None = None) -> None:
        """Goes on in another environment, or with another data set."""
        names = {"environment": env, "dataset": dataset}
        self.client.enter(self.id, **{key: name for key, name in names.items() if name})

    def send(self, callback: str, **options: Any) -> dict[str, Any]:
        """Sends a callback, "payment.duplicate"; `options` are to and data."""
        found = self.client.send(callback, self.id, **options)
        self.waiting.extend([] if found["deliveries"] else [callback])
        return found

    def calls(self, service: str | None = None) -> list[dict[str, Any]]:
        """The calls so far, oldest first; each as the admin API's journal has it."""
        return self.client.journal(self.id, service=service)

    def check(self, *, strict: bool | None = None) -> None:
        """Raises UnmatchedCallsError if a call was not answered; if it is strict, UnusedScenarioError for what was never met.

        That are the selected scenarios and the stubs that answered nothing, and callbacks that were not delivered. If it is not strict, the
        test is void, unless it says strict=False. None is what the environment or mdt.yaml says.
        """
        if missed := self.client.near_misses(self.id):
            raise UnmatchedCallsError([str(one["report"]) for one in missed])
        view = self.client.get(self.id)
        unmet = self._unmet(view)
        if unmet and (view["strict"] if strict is None else strict):
            raise UnusedScenarioError(unmet)
        if strict is not False:
            RUNNING_TEST.tell_void(unmet)

    def _unmet(self, view: Mapping[str, Any]) -> dict[str, Words]:
        """What was never met, each with the reason."""
        used = {(one["service"], one["scenario"]) for one in self.calls()}
        chosen = [(service, name) for service, names in view["choice"].items() for name in names]
        chosen += [(service, VIRTUAL) for service in view["virtual"]]
        unmet: dict[str, Words] = {
            f"{one[0]}.{one[1]}": _("no call of this session got it") for one in chosen if one not in used
        }
        for stub in self.client.stubs(self.id) if view["stubs"] else ():
            if (stub["service"], stub["id"]) not in used:
                name = f"{stub['service']}.{stub['id']} ({stub['route']})"
                unmet[name] = _("no call of this session got it")
        later = {one["service"] for one in self.client.callbacks(self.id)["sent"]} if self.waiting else set()
        for name in self.waiting:
            if name.partition(".")[0] not in later:
                unmet[f"callback {name}"] = _("the clock never reached its delivery; move it with client.advance(...)")
        return unmet


@dataclass(frozen=True, slots=True)
class ServerUnderTest:
    """A running server: its URL, and a client of its admin API."""

    url: str
    client: Client

    def address_of(self, service: str) -> str:
        """The base URL of a service in the default session."""
        return self.client.address_of(service)

    @contextmanager
    def session(
        self,
        *names: Any,
        id: str | None = None,  # noqa: A002
        env: str | None = None,
        dataset: str | None = None,
        strict: bool | None = None,
        **options: Any,
    ) -> Iterator[ServerSession]:
        """A session for the block, which ends with `ServerSession.check`. `options` are seed and tls."""
        opened = self.client.open(id, flat(names), environment=env, dataset=dataset, **options)
        session = ServerSession(self.client, opened["id"], opened["urls"])
        try:
            yield session
            session.check(strict=strict)
        finally:
            self.client.close(session.id)


@contextmanager
def server(
    mocks: str | os.PathLike[str] | None = None,
    *,
    scenarios: ScenarioNames = (),
    env: str | None = None,
    dataset: str | None = None,
    process: bool = False,
) -> Iterator[ServerUnderTest]:
    """Runs a server on a free port for the block; `process` runs it as `mdt mock serve`, which needs none of this process's time.

    Without `mocks` it plays --mocks, MDT_MOCKS, or mocks/ here or above. Raises DefinitionError and the errors of selecting; if the
    process does not start, MdtError with what it said.
    """
    folder = find_folder() if mocks is None else Path(mocks)
    if process:
        with _process(folder, env, dataset) as found:
            found.client.select(scenarios)
            yield found
        return
    with serving(folder, host="127.0.0.1", scenarios=scenarios, environment=env, dataset=dataset) as running:
        yield ServerUnderTest(running.url, Client(running.url, running.token))


@contextmanager
def _process(folder: Path, env: str | None, dataset: str | None) -> Iterator[ServerUnderTest]:
    words = ["mock", "serve", "--json", "--no-watch", "--host", "127.0.0.1", "--port", "0", "--mocks", str(folder)]
    words += [*(["--env", env] if env else []), *(["--dataset", dataset] if dataset else [])]
    command = [sys.executable, "-m", "mdt", *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, encoding="utf-8") as running:  # noqa: S603
        try:
            said = _said(running)
            yield ServerUnderTest(said["url"], Client(said["url"], said["token"]))
        finally:
            _end(running)


def _said(running: "subprocess.Popen[str]") -> dict[str, Any]:
    """The document that it prints when it listens."""
    watchdog = threading.Timer(START, running.kill)
    watchdog.start()
    text = ""
    try:
        for line in running.stdout or ():
            text += line
            if line.rstrip() == "}":
                found: dict[str, Any] = json.loads(text)
                if "url" in found:
                    return found
        why = (running.stderr.read() if running.stderr else "").strip()
        raise MdtError(_("The mock server did not start: {why}", why=why))
    finally:
        watchdog.cancel()


def _end(running: "subprocess.Popen[str]") -> None:
    running.terminate()
    try:
        running.communicate(timeout=STOP)
    except subprocess.TimeoutExpired:
        running.kill()
        running.communicate()

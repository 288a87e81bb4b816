"""The object of `with mock_scenario(...) as m`: switch, clock, journal, calls, callbacks, state, and each service by name."""

import json
from typing import Any

from mdt.control.calls import ServiceCalls
from mdt.control.states import set_state, states_of
from mdt.control.stubs import Stubbing
from mdt.definitions import Service
from mdt.engine.choice import Selectable, Sequence
from mdt.engine.clock import Clock
from mdt.engine.expectations import Expectation
from mdt.engine.journal import Entry, Journal
from mdt.engine.messages import Reply, Request
from mdt.engine.selection import resolve
from mdt.engine.session import Session
from mdt.engine.session_keys import key_of
from mdt.errors import MdtError, UnknownServiceError
from mdt.inprocess.active_block import HEADER, ActiveBlock
from mdt.inprocess.callbacks import Callbacks
from mdt.inprocess.stub import StubHandle, caller
from mdt.inprocess.verification import Usage
from mdt.language import _

JSON = {"content-type": "application/json"}


class Mocks:
    """Controls one block. A service is an attribute, `m.inventory`, or an item if its name is taken or has a dash: m["order-flow"]."""

    def __init__(self, block: ActiveBlock, usage: Usage) -> None:
        self._block = block
        self._held: bool | None = None  # whether a contract knew one of the calls that the test asked about
        self._usage = usage

    @property
    def session(self) -> Session:
        return self._block.session

    @property
    def clock(self) -> Clock:
        """The session's: m.clock.advance(minutes=15), freeze(), unfreeze()."""
        return self.session.clock

    @property
    def journal(self) -> Journal:
        return self.session.journal

    @property
    def callbacks(self) -> Callbacks:
        """Callbacks of the session: m.callbacks.send("payment.success"), deliver_to(client), sent(...), pending()."""
        return Callbacks(self.session, self._block.engine.catalog)

    @property
    def headers(self) -> dict[str, str]:
        """What names this session to a server."""
        return {HEADER: self.session.id}

    @property
    def key(self) -> str:
        """An API key that names this session, for clients that cannot send a header. Raises MdtError if there is none."""
        key = key_of(self.session.id, self._block.engine.catalog.settings.session_keys)
        if key is None:
            raise MdtError(_("`sessionKeys` in mdt.yaml is empty, so that no key names a session."))
        return key

    @property
    def unmatched(self) -> tuple[str, ...]:
        """The reports so far about calls of this block that nothing answered."""
        return tuple(map(str, self._block.unmatched))

    def switch(self, *names: Selectable) -> None:
        """Selects these scenarios; services that they do not name stay as they are."""
        choice = resolve(self._block.engine.catalog, flat(names))
        self.session.choice = choice.over(self.session.choice)
        self._usage.select(choice)

    def enter(self, env: str | None = None, dataset: str | None = None) -> None:
        """Goes on in another environment of mdt.yaml, or with another data set.

        Without `env` the environment stays. Virtual services begin anew with the data.
        """
        self._block.engine.catalog.data.check(env, dataset)
        self.session.enter(self.session.environment if env is None else env, dataset or "")

    def reset(self) -> None:
        """Resets state, journal, clock, counters and random numbers; the choice stays."""
        self.session.reset()
        self._block.unmatched.clear()

    def stub(self, route: str, **match: Any) -> StubHandle:
        """A stub for "POST /x" or "POST http://host/x", which wins over scenarios: m.stub("POST /x").reply(json=…).

        `match` has the parts of a definition. The service is the only one with the route; else say m.inventory.stub(...).
        """
        return self._stubbed(route, None, match)

    def _stubbed(self, route: str, service: str | None, match: dict[str, Any]) -> StubHandle:
        stubbing = Stubbing(self._block.engine.catalog, self.session, *caller())
        found, path = stubbing.placed(route, service)
        return StubHandle(stubbing, {"service": found.name, "route": path, "match": match})

    @property
    def states(self) -> dict[str, str]:
        """The state of each service that has `states`."""
        return states_of(self._block.engine.catalog, self.session)

    def set_state(self, service: str, state: str) -> None:
        """Puts the state machine of a service into this state."""
        set_state(self._service(service), self.session, state)

    def calls(self) -> list[Entry]:
        """All calls of the session, oldest first, including unmatched ones."""
        return self.journal.entries()

    def broken_contracts(self) -> list[str]:
        """What of the session's calls the contracts of their services do not allow, requests and answers; needs the extra `openapi`.

        A test that asks before any call that a contract knows is void.
        """
        from mdt.contracts.calls import broken_calls, held_calls

        services, calls = self._block.engine.catalog.services, self.calls()
        if self._held is None:
            why = _("no call was one that a contract knows")
            self.session.expectations.append(Expectation("broken_contracts()", lambda: bool(self._held), why))
        self._held = self._held or bool(held_calls(services, calls))
        return broken_calls(services, calls)

    def state(self, service: str) -> Any:
        """The state of a virtual service in this session. A test may read and change it."""
        found = self._service(service)
        if found.dispatcher is None:
            raise MdtError(
                _("{service} is no virtual service: it has no virtual.py, and so no state.", service=service)
            )
        with self.session.state_of(service):
            if service not in self.session.state:
                self.session.state[service] = found.dispatcher.state(self.session)
            return self.session.state[service]

    def credentials(self, service: str) -> dict[str, Any]:
        """What the program under test is configured with: ids, keys and certificates of a partner such as WeChat Pay."""
        virtual = self._service(service).virtual
        return virtual.test_credentials() if virtual else {}

    def act(self, service: str, action: str, **body: Any) -> Any:
        """What a partner's customer or time does: POST /_test/<action> of a virtual service. Returns its JSON.

        Callbacks that are due then are sent. Raises MdtError if the service refuses.
        """
        found = self._service(service)
        request = Request(
            "POST", f"{found.url}/_test/{action}", found.host, f"/_test/{action}", "", JSON, json.dumps(body).encode()
        )
        outcome = self._block.engine.handle(request, self.session, service)
        if not isinstance(outcome, Reply) or outcome.status >= 400:
            said = outcome.content().decode() if isinstance(outcome, Reply) else getattr(outcome, "near_miss", outcome)
            raise MdtError(_("{service} refuses {action}: {said}", service=service, action=action, said=said))
        self.clock.ring_due()
        return json.loads(outcome.content() or b"null")

    def _service(self, name: str) -> Service:
        services = self._block.engine.catalog.services
        if name not in services:
            raise UnknownServiceError(name, services)
        return services[name]

    def __getitem__(self, service: str) -> "ServiceHandle":
        return ServiceHandle(self, self._service(service))

    def __getattr__(self, service: str) -> "ServiceHandle":
        if service.startswith("__"):
            raise AttributeError(service)
        try:
            return self[service]
        except MdtError as error:
            raise AttributeError(str(_("{why} (asked for as m.{name})", why=error, name=service))) from None

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._block.engine.catalog.services})


class ServiceHandle(ServiceCalls):
    """One service of a block: its calls, and stubs for it."""

    def __init__(self, mocks: Mocks, service: Service) -> None:
        super().__init__(service, mocks.session)
        self._mocks = mocks

    def stub(self, route: str, **match: Any) -> StubHandle:
        """A stub of this service; the path is below its base path."""
        return self._mocks._stubbed(route, self._service.name, match)  # noqa: SLF001 - our own


def flat(names: tuple[Selectable, ...]) -> list[str | Sequence]:
    """("a", ["b", sequence("c", "d")]) -> all of them in one list."""
    items: list[str | Sequence] = []
    for name in names:
        items.extend([name] if isinstance(name, str | Sequence) else name)
    return items

"""A TCP proxy for MySQL, MariaDB and PostgreSQL that parses the protocol and causes faults at given statements.

It runs in a thread of its own; its methods are thread-safe.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Literal, Self

from faultlab.language import Message, _
from faultlab.proxy.connection import ClientConnection
from faultlab.proxy.hub import STRIKES, Hub, HubThread
from faultlab.proxy.mysql import MySQL
from faultlab.proxy.postgresql import PostgreSQL
from faultlab.proxy.rule_registry import Fired, RuleRegistry
from faultlab.proxy.rules import At, How, Rule
from faultlab.proxy.sockets import PeerSocket
from faultlab.proxy.wire import Wire

__all__ = ["At", "Fired", "How", "Proxy", "Rule"]


type WireProtocol = Literal["mysql", "postgresql"]

WIRES: dict[str, Callable[[], Wire]] = {"mysql": MySQL, "postgresql": PostgreSQL}
CODES: dict[str, tuple[type, Message]] = {
    "mysql": (int, _("a number such as 1213")),
    "postgresql": (str, _("an SQLSTATE such as 40P01")),
}
RELEASE_SECONDS = 5.0


class Proxy:
    """A proxy between a service and its database: `with Proxy("mysql", host, port) as proxy`; the service connects to `proxy.port`.

    It declines TLS so that it can read statements; a client that requires TLS cannot connect.
    """

    def __init__(self, protocol: WireProtocol, host: str, port: int) -> None:
        if protocol not in WIRES:
            raise ValueError(_("unknown protocol {name!r}: one of {known}", name=protocol, known=", ".join(WIRES)))
        self._protocol, self._upstream = protocol, (host, port)
        self._rules = RuleRegistry()
        self._running: HubThread | None = None

    def start(self) -> Self:
        """Listen on a free port of 127.0.0.1, `port`."""
        if self._running is not None:
            raise RuntimeError(_("this proxy runs already, or did: make another one"))
        self._running = HubThread(lambda: Hub(self._rules, self._upstream, self._accept))
        return self

    def _accept(self, hub: Hub) -> PeerSocket:
        return ClientConnection(hub, WIRES[self._protocol]()).client

    def stop(self) -> None:
        """Reset every connection and end all sockets, tasks and threads. May be called twice."""
        if self._running is not None:
            self._running.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The port for the service."""
        return self._hub.port

    # --- faults
    def arm(self, *rules: Rule) -> None:
        """Add rules for statements and connections from now on. Raises ValueError for an error code of another protocol."""
        kind, example = CODES[self._protocol]
        for rule in rules:
            if rule.how is How.ERROR and not isinstance(rule.error, kind):
                raise ValueError(
                    _(
                        "`error` of a rule for {protocol} is {example}, not {given!r}",
                        protocol=self._protocol,
                        example=example,
                        given=rule.error,
                    )
                )
        self._rules.arm(rules)

    def heal(self) -> None:
        """Remove all rules, reset stalled connections, finish slow transfers, and listen again.

        Held statements are still delivered later: after their time, or by `release`.
        """
        self._call(lambda hub: hub.heal())

    def strike(self, how: How, *, fault: str = "", moment: str = "") -> int:
        """RESET, FIN or STALL every open connection now; returns their number. With `fault` or `moment` it is recorded as a fault."""
        if how not in STRIKES:
            raise ValueError(
                _(
                    "strike({how}): only {known} can be done to a connection at any time",
                    how=how,
                    known=", ".join(STRIKES),
                )
            )
        return self._call(lambda hub: hub.strike(how, fault, moment))

    def refuse(self) -> None:
        """Close the port, keep it reserved, and reset every open connection."""
        self._call(lambda hub: hub.refuse())

    def admit(self) -> None:
        """Listen again."""
        self._call(lambda hub: hub.open())

    def release(self, seconds: float = RELEASE_SECONDS) -> int:
        """Deliver held statements now, wait up to `seconds` for the server's replies; returns the number of deliveries."""
        return self._call(lambda hub: hub.release(seconds))

    # --- what is seen
    def held(self) -> int:
        """The number of statements and replies that are held now."""
        return self._call(lambda hub: hub.held())

    def firings(self) -> list[Fired]:
        """All faults set off since the start; also readable after `stop`."""
        return self._rules.firings()

    def connections(self) -> int:
        """The number of connected clients."""
        return self._call(lambda hub: hub.connections())

    @property
    def _hub(self) -> Hub:
        return self._thread.hub

    def _call[T](self, work: Callable[[Hub], Coroutine[Any, Any, T]]) -> T:
        return self._thread.call(work)

    @property
    def _thread(self) -> HubThread:
        if self._running is None:
            raise RuntimeError(_("the proxy does not run: start() it first"))
        return self._running

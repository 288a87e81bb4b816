"""The health of all providers: who may be asked now, and what each answer changes."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from balancer.proxy.circuit import Circuit, State, Transition
from balancer.proxy.config.models import ProviderSettings
from balancer.proxy.config.settings import Settings

type Clock = Callable[[], float]


@dataclass(slots=True, eq=False)
class _Member:
    """A provider under one identity. A lease keeps it, so that late results after a reload touch nothing new."""

    identity: str
    circuit: Circuit
    limit: int
    in_flight: int = 0

    @property
    def has_room(self) -> bool:
        return not self.limit or self.in_flight < self.limit

    def allows_last_resort(self, now: float) -> bool:
        return self.has_room and self.circuit.allows_last_resort(now)


@dataclass(slots=True, eq=False)
class Lease:
    """Leave to ask a provider once. It ends with `success`, `failure` or `release`, whichever is first; the rest is ignored."""

    provider: str
    probe: bool
    last_resort: bool
    member: _Member
    epoch: int
    done: bool = False


class Health:
    """Does no I/O and has no lock: one event loop uses it. `clock` gives monotonic seconds.

    A request under way may name a provider that a reload took away: such a one is not usable, and no last resort.

    `listeners` hear of every change of a provider's state.
    """

    def __init__(
        self, settings: Settings, providers: Iterable[ProviderSettings], clock: Clock = time.monotonic
    ) -> None:
        self.listeners: list[Callable[[Transition], None]] = []
        self._clock = clock
        self._members: dict[str, _Member] = {}
        self.configure(settings, providers)

    def configure(self, settings: Settings, providers: Iterable[ProviderSettings]) -> None:
        """Takes new settings over. Providers whose name, address and credential stay keep what is known of them."""
        before, self._members = self._members, {}
        for one in providers:
            known = before.get(one.name)
            member = known if known and known.identity == one.identity else _Member(one.identity, Circuit(settings), 0)
            member.circuit.settings, member.limit = settings, one.max_concurrency
            self._members[one.name] = member

    def usable(self, name: str, now: float | None = None) -> bool:
        """Whether `begin` gives a lease: known, not open, not at its `max_concurrency`, no other probe under way."""
        member = self._members.get(name)
        return member is not None and member.has_room and member.circuit.usable(self._clock() if now is None else now)

    def begin(self, name: str, *, last_resort: bool = False) -> Lease | None:
        """Leave to ask the provider, as its probe if it is half open; None if it may not be asked now."""
        member, now = self._members[name], self._clock()
        circuit = member.circuit
        if not self.usable(name, now):
            return self._early(name, member, now) if last_resort else None
        if circuit.is_open:
            circuit.probing = True
            self._tell(name, member, State.OPEN, "its time is over")
        return self._lease(name, member, probe=circuit.is_open)

    def success(self, lease: Lease) -> None:
        """The answer was complete, to its terminal event."""
        circuit = lease.member.circuit
        if not self._ends(lease):
            return
        if lease.probe:
            before = circuit.state(self._clock())
            circuit.close()
            self._tell(lease.provider, lease.member, before, "a probe succeeded")
        elif circuit.settings.unhealthy_reset_on_success:
            circuit.failures.clear()

    def failure(
        self, lease: Lease, reason: str, retry_after: float | None = None, *, status: int | None = None
    ) -> None:
        """It failed for `reason`, a category. `retry_after` in seconds; `status` finds the code's own threshold."""
        circuit, now, wait = lease.member.circuit, self._clock(), retry_after or 0.0
        if lease.done:
            return
        before = circuit.state(now)
        if not self._ends(lease) or lease.last_resort:
            circuit.postpone(now, wait)
            return
        if lease.probe:
            circuit.fail_probe(now, reason, wait)
        elif not circuit.fail(now, reason, wait, status):
            return
        self._tell(lease.provider, lease.member, before, reason)

    def postpone(self, lease: Lease, retry_after: float) -> None:
        """It failed in a way that counts for nothing, and named the seconds in which it is not to be asked."""
        lease.member.circuit.postpone(self._clock(), retry_after)
        self.release(lease)

    def release(self, lease: Lease) -> None:
        """The client left, or nothing was asked: says nothing about the provider. A probe may be taken again."""
        if self._ends(lease) and lease.last_resort:
            lease.member.circuit.last_resort_used = False

    def last_resort(self, names: Iterable[str]) -> str | None:
        """The open provider whose time comes first, of those that `begin(…, last_resort=True)` gives."""
        now = self._clock()
        known = [one for one in names if one in self._members]
        allowed = [one for one in known if self._members[one].allows_last_resort(now)]
        return min(allowed, key=lambda one: self._members[one].circuit.until, default=None)

    def soonest(self, names: Iterable[str]) -> tuple[str, float] | None:
        """The provider that may be asked first, and in how many seconds."""
        now = self._clock()
        waits = ((one, self._members[one].circuit.remaining(now)) for one in names if one in self._members)
        return min(waits, key=lambda one: one[1], default=None)

    def state(self, name: str) -> State:
        return self._members[name].circuit.state(self._clock())

    def describe(self, name: str) -> dict[str, object]:
        """For the admin's eyes: state, seconds that remain, counts, and the last failure's category."""
        member, now = self._members[name], self._clock()
        circuit = member.circuit
        return {
            "state": circuit.state(now).value,
            "remaining": round(circuit.remaining(now), 3),
            "failures": circuit.recent_failures(now),
            "failed_probes": circuit.k,
            "in_flight": member.in_flight,
            "last_failure": circuit.reason,
        }

    def reset(self, name: str, reason: str = "reset by an administrator", *, remote: bool = False) -> None:
        """HEALTHY at once; results of requests under way no longer count."""
        member = self._members[name]
        before = member.circuit.state(self._clock())
        member.circuit.close()
        member.circuit.reason = ""
        if before is not State.HEALTHY:
            self._tell(name, member, before, reason, remote=remote)

    def learn(self, name: str, remaining: float, forbidden: float, k: int, reason: str) -> None:
        """Another replica took the provider out for `remaining` seconds; its Retry-After forbids the first `forbidden`."""
        member, now = self._members[name], self._clock()
        before = member.circuit.state(now)
        member.circuit.learn(now, remaining, forbidden, k, reason)
        self._tell(name, member, before, reason, remote=True)

    def as_open(self, name: str) -> Transition | None:
        """How a replica that has just come learns that the provider is out; None if it is not."""
        member, now = self._members[name], self._clock()
        if member.circuit.state(now) is not State.OPEN:
            return None
        return member.circuit.transition(name, State.HEALTHY, now, member.circuit.reason)

    def identity(self, name: str) -> str:
        return self._members[name].identity

    def identities(self) -> dict[str, str]:
        """The name of each provider by its identity: how replicas call it among each other."""
        return {member.identity: name for name, member in self._members.items()}

    def in_flight(self, name: str) -> int:
        return self._members[name].in_flight

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def _early(self, name: str, member: _Member, now: float) -> Lease | None:
        if not member.allows_last_resort(now):
            return None
        member.circuit.probing = member.circuit.last_resort_used = True
        return self._lease(name, member, probe=True, last_resort=True)

    def _lease(self, name: str, member: _Member, *, probe: bool, last_resort: bool = False) -> Lease:
        member.in_flight += 1
        return Lease(name, probe, last_resort, member, member.circuit.epoch)

    def _ends(self, lease: Lease) -> bool:
        """Ends the lease. Whether its result still says something about the provider as it is now."""
        if lease.done:
            return False
        lease.done = True
        lease.member.in_flight -= 1
        current = lease.epoch == lease.member.circuit.epoch
        if current and lease.probe:
            lease.member.circuit.probing = False
        return current

    def _tell(self, name: str, member: _Member, before: State, reason: str, *, remote: bool = False) -> None:
        transition = member.circuit.transition(name, before, self._clock(), reason, remote=remote)
        for listener in self.listeners:
            listener(transition)

"""Any order of requests, answers, waits and resets: what always holds for one provider."""

from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from balancer.proxy.circuit import State
from balancer.proxy.config import ProviderSettings, Settings
from balancer.proxy.health import Health

LIMIT = 4


class ProviderLife(RuleBasedStateMachine):
    """Keeps a second, naive account beside the real one."""

    def __init__(self):
        super().__init__()
        self.now, self.leases, self.forbidden_until, self.deadline = 0.0, [], 0.0, 0.0
        self.early = 0
        provider = ProviderSettings(
            name="p", type="openai", base_url="http://x/v1", auth_type="none", max_concurrency=LIMIT
        )
        self.health = Health(Settings(failure_cooldown=10, unhealthy_reset_timeout=50), [provider], lambda: self.now)
        self.health.listeners.append(self.told)

    def told(self, transition):
        if transition.after is State.OPEN:
            self.early = 0
        if transition.after is State.HEALTHY:
            self.deadline = self.forbidden_until = 0.0

    @rule(seconds=st.sampled_from([0.5, 3, 10, 60, 1000]))
    def wait(self, seconds):
        self.now += seconds

    @rule()
    def ask(self):
        usable, state = self.health.usable("p"), self.health.state("p")
        lease = self.health.begin("p")
        assert (lease is not None) == usable
        if lease is not None:
            assert state is not State.OPEN
            assert lease.probe == (state is State.HALF_OPEN)
            self.leases.append(lease)

    @rule()
    def ask_as_a_last_resort(self):
        lease = self.health.begin("p", last_resort=True)
        if lease is None:
            return
        self.leases.append(lease)
        if lease.last_resort:
            self.early += 1
            assert self.now >= self.forbidden_until
            assert self.early == 1

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), retry_after=st.sampled_from([None, 1, 30]), status=st.sampled_from([None, 429, 500]))
    def fail(self, data, retry_after, status):
        before = self.health.state("p")
        lease = self.take(data)
        self.health.failure(lease, "transient", retry_after, status=status)
        if self.health.state("p") is State.OPEN and before is not State.HEALTHY and retry_after:
            self.forbidden_until = max(self.forbidden_until, self.now + retry_after)
        elif self.health.state("p") is State.OPEN and retry_after:
            self.forbidden_until = self.now + retry_after

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def succeed(self, data):
        before, lease = self.health.state("p"), self.take(data)
        self.health.success(lease)
        if before is State.OPEN and not lease.last_resort:
            assert self.health.state("p") is State.OPEN

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def leave(self, data):
        before, lease = self.health.state("p"), self.take(data)
        if lease.last_resort and lease.epoch == lease.member.circuit.epoch:
            self.early = 0
        self.health.release(lease)
        assert self.health.state("p") is before

    @rule()
    def reset(self):
        self.health.reset("p")
        assert self.health.state("p") is State.HEALTHY
        self.deadline = self.forbidden_until = 0.0
        self.early = 0

    def take(self, data):
        return self.leases.pop(data.draw(st.integers(0, len(self.leases) - 1)))

    @invariant()
    def deadlines_move_only_into_the_future(self):
        remaining = self.health.soonest(["p"])[1]
        if remaining:
            assert self.now + remaining >= self.deadline - 1e-6
            self.deadline = self.now + remaining

    @invariant()
    def one_probe_at_most(self):
        current = [one for one in self.leases if one.probe and one.epoch == one.member.circuit.epoch]
        assert len(current) <= 1

    @invariant()
    def leases_are_counted(self):
        assert self.health.describe("p")["in_flight"] == len(self.leases) <= LIMIT


ProviderLife.TestCase.settings = hypothesis_settings(max_examples=60, stateful_step_count=40, deadline=None)
TestProviderLife = ProviderLife.TestCase

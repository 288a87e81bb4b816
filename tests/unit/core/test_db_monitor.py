"""The database monitor: what it believes after which probes, and who wakes it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import Mock

import pytest
from sqlalchemy.engine import make_url

from backend.core.db import monitor as db_monitor
from backend.core.db.monitor import AGAIN_INTERVAL, SUSPECT_INTERVAL, Monitor, State
from backend.core.errors import DatabaseUnavailableError
from tests.framework.tables import table
from tests.unit.core.support import PRODUCTION, database_error

INTERVAL = 3600.0
AWAY = database_error(2003, "Can't connect to MySQL server on 'db'")
PATIENCE = 30  # seconds until a test that hangs gives up


class FakeEngine:
    """Answers its probes one after the other: True is up, an error is what the driver raises."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)

    def connect(self):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Mock(__enter__=Mock(return_value=Mock()), __exit__=Mock(return_value=None))


def monitor_of(*answers: object) -> Monitor:
    monitor = Monitor(make_url("sqlite://"), INTERVAL)
    monitor._engine = FakeEngine(*answers)
    return monitor


class TestStates:
    @table(
        "answers, states",
        [
            ([True], "up"),
            ([AWAY], "down"),
            ([True, AWAY], "up up"),
            ([True, AWAY, AWAY], "up up down"),
            ([True, AWAY, True, AWAY], "up up up up"),
            ([AWAY, True], "down up"),
            ([AWAY, AWAY, True, AWAY, AWAY], "down down up up down"),
        ],
    )
    def test_one_failure_alone_does_not_make_a_working_database_down(self, answers, states):
        monitor = monitor_of(*answers)

        assert " ".join(monitor.probe().value for _ in answers) == states

    def test_before_the_first_probe_nothing_is_known_and_nobody_refused(self):
        monitor = monitor_of()

        assert monitor.state is State.UNKNOWN
        assert monitor.refuse_if_down() is None

    def test_while_it_is_down_requests_are_refused_at_once(self):
        monitor = monitor_of(AWAY)
        monitor.probe()

        with pytest.raises(DatabaseUnavailableError):
            monitor.refuse_if_down()

    def test_a_real_database_is_asked_and_one_that_cannot_be_opened_is_down(self, tmp_path):
        assert Monitor(make_url("sqlite://"), INTERVAL).probe() is State.UP
        assert Monitor(make_url(f"sqlite:///{tmp_path}/no/folder.sqlite3"), INTERVAL).probe() is State.DOWN

    def test_the_moment_of_a_change_is_kept(self, monkeypatch):
        monitor = monitor_of(True, True, AWAY, AWAY)
        moments = iter(range(10))
        monkeypatch.setattr(db_monitor.clock, "utcnow", lambda: next(moments))

        changes = [(monitor.probe(), monitor.changed_at)[1] for _ in range(4)]

        assert changes == [0, 0, 0, 1]

    def test_who_waits_is_told_when_it_returns(self):
        monitor = monitor_of(True, AWAY, AWAY, True)
        for _ in range(3):
            monitor.probe()

        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(monitor.wait_until_up, PATIENCE)
            while not monitor._returned._waiters:
                assert not waiting.done()
            monitor.probe()

            assert waiting.result(PATIENCE)

    @table("answers", [[True, True], [AWAY, AWAY], [True, AWAY, True]])
    def test_who_waits_in_vain_waits_as_long_as_they_said(self, answers):
        monitor = monitor_of(*answers)
        for _ in answers:
            monitor.probe()

        assert not monitor.wait_until_up(0.01)

    def test_the_log_says_each_change_once_and_why(self, events):
        monitor = monitor_of(True, True, AWAY, AWAY, AWAY)

        for _ in range(5):
            monitor.probe()

        assert [(e["log_level"], e["state"], e["was"], e.get("fault")) for e in events] == [
            ("info", "up", "unknown", None),
            ("error", "down", "up", "connect"),
        ]
        assert "Can't connect to MySQL server" in events[1]["error"]


class FakeEvent:
    """Nobody waits: writes down for how long somebody would, and acts in the meantime."""

    def __init__(self, *meanwhile) -> None:
        self.waits: list[float] = []
        self.meanwhile = list(meanwhile)
        self.set_to = False

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        if self.meanwhile:
            self.meanwhile.pop(0)()

    def is_set(self) -> bool:
        return self.set_to

    def set(self) -> None:
        self.set_to = True

    def clear(self) -> None:
        self.set_to = False


class TestRhythm:
    def run(self, *answers: object, suspected: tuple[int, ...] = ()) -> Monitor:
        """The loop of the thread, in this thread, until the answers are used up; `suspected` are the rounds somebody wakes it."""
        monitor = monitor_of(*answers)
        rounds = [monitor.suspect if number in suspected else lambda: None for number in range(len(answers) - 1)]
        monitor._stop = FakeEvent()
        monitor._wake = FakeEvent(*rounds, monitor._stop.set)
        monitor._run()
        return monitor

    @table(
        "answers, waits",
        {
            "healthy: every interval": ([True, True], [INTERVAL, INTERVAL]),
            "a first failure: checked at once": ([True, AWAY, True], [INTERVAL, AGAIN_INTERVAL, INTERVAL]),
            "down: every second": (
                [True, AWAY, AWAY, AWAY],
                [INTERVAL, AGAIN_INTERVAL, SUSPECT_INTERVAL, SUSPECT_INTERVAL],
            ),
        },
    )
    def test_database_is_asked(self, answers, waits):
        assert self.run(*answers)._wake.waits == waits

    def test_many_suspicions_at_once_make_one_probe(self):
        monitor = self.run(True, True, suspected=(0,))

        assert monitor._stop.waits == [AGAIN_INTERVAL]
        assert monitor._engine.answers == []

    def test_while_it_is_down_a_suspicion_changes_nothing(self):
        assert self.run(AWAY, AWAY, suspected=(0,))._stop.waits == []


class TestThread:
    @pytest.fixture
    def probed(self):
        """Released once for each probe."""
        return threading.Semaphore(0)

    @pytest.fixture
    def monitor(self, probed):
        monitor = monitor_of()
        monitor.state = State.UP
        monitor.probe = probed.release
        yield monitor
        monitor.stop()

    def test_it_probes_at_the_start_and_when_somebody_suspects(self, monitor, probed):
        monitor.start()
        at_the_start = probed.acquire(timeout=PATIENCE)

        monitor.suspect()

        assert at_the_start
        assert probed.acquire(timeout=PATIENCE)

    def test_it_starts_once(self, monitor):
        monitor.start()
        first = monitor._thread

        monitor.start()

        assert monitor._thread is first

    def test_of_two_who_start_it_together_one_does(self, monitor):
        monitor._running = Mock(side_effect=[False, True])

        monitor.start()

        assert monitor._thread is None

    def test_after_a_fork_it_starts_again(self, monitor):
        monitor._thread = threading.Thread()

        monitor.start()

        assert monitor._thread.is_alive()

    def test_it_stops(self, monitor):
        monitor.start()

        monitor.stop()

        assert not monitor._thread.is_alive()

    def test_stopping_what_never_started_is_fine(self):
        assert monitor_of().stop() is None


class TestProbeConnections:
    @pytest.mark.parametrize(
        ("url", "arguments"),
        [
            ("mysql+pymysql://u:p@db/x", {"connect_timeout": 1, "read_timeout": 1, "write_timeout": 1}),
            ("postgresql+psycopg://u:p@db/x", {"connect_timeout": 1}),
            ("sqlite://", {}),
        ],
    )
    def test_they_are_its_own_and_time_out(self, monkeypatch, url, arguments):
        create = Mock()
        monkeypatch.setattr(db_monitor, "create_engine", create)

        Monitor(make_url(url), INTERVAL)

        assert create.call_args.kwargs["poolclass"] is db_monitor.NullPool
        assert create.call_args.kwargs.get("connect_args", {}) == arguments


class TestApplication:
    def test_in_tests_no_thread_is_started(self, app, client):
        client.get("/health/live")

        assert app.extensions[db_monitor.EXTENSION]._thread is None

    def test_elsewhere_the_first_request_starts_it(self, build, monkeypatch):
        started = []
        monkeypatch.setattr("tests.unit.core.support._asleep", lambda _: started.append("monitor"))
        app = build(**PRODUCTION)

        app.test_client().get("/health/live")

        assert started == ["monitor"]

    def test_the_running_application_knows_its_monitor(self, app):
        with app.app_context():
            assert db_monitor.current() is app.extensions[db_monitor.EXTENSION]

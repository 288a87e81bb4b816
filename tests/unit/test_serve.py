"""The production server's own rules, without a process: the steps of stopping, what Granian is told, what a start refuses."""

import os
import tempfile
import threading
from pathlib import Path

import pytest

from backend import serve, worker
from backend.core import lifecycle
from backend.core.settings import Settings, SettingsError

NEVER = 3600  # seconds; a drain whose end no test waits for
PATIENCE = 30  # seconds that a thread gets before the test fails


class Steps:
    """Stands for the server: remembers which step was taken, and lets the test wait for it."""

    def __init__(self):
        self.taken = {"stop": threading.Event(), "kill": threading.Event()}

    def stop(self):
        self.taken["stop"].set()

    def kill(self):
        self.taken["kill"].set()


@pytest.fixture
def steps():
    return Steps()


@pytest.fixture
def sign(tmp_path, monkeypatch):
    """The file that tells the workers, not there yet."""
    monkeypatch.setenv(lifecycle.VARIABLE, str(tmp_path / "stopping"))
    return tmp_path / "stopping"


class TestStopping:
    def test_first_signal_turns_readiness_off_and_goes_on_serving(self, steps, sign):
        stopping = serve.Stopping(NEVER, steps.stop, steps.kill)

        stopping.advance().join(PATIENCE)

        assert lifecycle.draining()
        assert not steps.taken["stop"].is_set()

    def test_end_of_the_drain_stops(self, steps, sign):
        stopping = serve.Stopping(0, steps.stop, steps.kill)

        stopping.advance()

        assert steps.taken["stop"].wait(PATIENCE)
        assert not steps.taken["kill"].is_set()

    def test_second_signal_does_not_wait_for_the_end_of_the_drain(self, steps, sign):
        stopping = serve.Stopping(NEVER, steps.stop, steps.kill)

        for _ in range(2):
            stopping.advance().join(PATIENCE)

        assert steps.taken["stop"].is_set()
        assert not steps.taken["kill"].is_set()

    def test_third_signal_kills_and_so_does_every_later_one(self, steps, sign):
        stopping = serve.Stopping(NEVER, steps.stop, steps.kill)
        for _ in range(3):
            stopping.advance().join(PATIENCE)
        assert steps.taken["kill"].is_set()
        steps.taken["kill"].clear()

        stopping.advance().join(PATIENCE)

        assert steps.taken["kill"].is_set()

    def test_end_of_the_drain_after_a_second_signal_does_nothing(self, steps, sign):
        stopping = serve.Stopping(NEVER, steps.stop, steps.kill)
        for _ in range(2):
            stopping.advance().join(PATIENCE)
        steps.taken["stop"].clear()

        stopping.take(serve.STOP)

        assert not steps.taken["stop"].is_set()
        assert not steps.taken["kill"].is_set()


class TestOptions:
    def test_workers_and_threads_come_from_the_settings(self, settings):
        changed = settings.model_copy(update={"server_workers": 3, "server_threads": 11})

        options = serve.options(changed)

        assert (options["workers"], options["blocking_threads"]) == (3, 11)

    def test_idle_connections_do_not_keep_new_ones_out(self):
        most_threads = next(item.le for item in Settings.model_fields["server_threads"].metadata if hasattr(item, "le"))

        assert most_threads < serve.CONNECTIONS

    def test_granian_writes_no_access_log_of_its_own(self, settings):
        assert serve.options(settings)["log_access"] is False


class TestFolder:
    def test_tells_workers_where_the_sign_and_the_metrics_are(self, tmp_path, monkeypatch):
        monkeypatch.setenv(lifecycle.VARIABLE, "")
        monkeypatch.setenv(serve.METRICS_VARIABLE, "so that it is put back")
        monkeypatch.delenv(serve.METRICS_VARIABLE)

        serve.prepare_folder(tmp_path)

        assert not lifecycle.draining()
        assert Path(os.environ[serve.METRICS_VARIABLE]) == tmp_path / "metrics"
        assert (tmp_path / "metrics").is_dir()

    def test_metrics_of_an_earlier_run_are_not_added_up(self, tmp_path, monkeypatch):
        chosen = tmp_path / "chosen"
        chosen.mkdir()
        (chosen / "counter_7.db").write_bytes(b"left over")
        (chosen / "notes.txt").write_text("not ours")
        monkeypatch.setenv(lifecycle.VARIABLE, "")
        monkeypatch.setenv(serve.METRICS_VARIABLE, str(chosen))

        serve.prepare_folder(tmp_path)

        assert [path.name for path in chosen.iterdir()] == ["notes.txt"]

    def test_without_a_writable_folder_the_message_says_what_to_add(self, monkeypatch):
        def nowhere(**_):
            raise FileNotFoundError

        monkeypatch.setattr(tempfile, "TemporaryDirectory", nowhere)

        with pytest.raises(serve.UnusableError, match="--tmpfs /tmp"):
            serve.temporary_folder()


class TestAddress:
    @pytest.mark.parametrize(
        ("error", "advice"),
        [(PermissionError(13, "Permission denied"), "PORT=8080"), (OSError(98, "in use"), "HOST and PORT")],
    )
    def test_an_address_that_is_not_ours_is_refused_with_advice(self, monkeypatch, error, advice):
        def refuse(*_, **__):
            raise error

        monkeypatch.setattr(serve.socket, "getaddrinfo", refuse)

        with pytest.raises(serve.UnusableError, match=f"cannot listen on 0.0.0.0 port 80: .*{advice}"):
            serve.address_to_bind("0.0.0.0", 80)


class TestMain:
    def test_broken_settings_are_one_message_and_exit_2(self, monkeypatch, capsys):
        def broken():
            raise SettingsError(["PORT: too large", "JWT_SECRET: too short"])

        monkeypatch.setattr(serve, "load_settings", broken)

        with pytest.raises(SystemExit) as stopped:
            serve.main()

        message = capsys.readouterr().err
        assert stopped.value.code == 2
        assert "PORT: too large" in message
        assert "JWT_SECRET: too short" in message
        assert "Traceback" not in message


class TestClosing:
    @pytest.mark.parametrize(("leaving", "expected"), [(False, []), (True, [("Connection", "close")])])
    def test_asks_clients_to_leave_only_from_the_stop_signal_on(self, leaving, expected):
        sign = threading.Event()
        if leaving:
            sign.set()
        sent = []

        def application(_, start_response):
            start_response("200 OK", [("X-Own", "1")])
            return [b"body"]

        body = worker.closing(application, sign)({}, lambda _, headers: sent.extend(headers))

        assert body == [b"body"]
        assert sent == [("X-Own", "1"), *expected]

"""The production server's own rules, without a process: what Granian is told, how a start that cannot be ends."""

import threading

import pytest

from backend.core.settings import SettingsError
from backend.server import serve, worker
from backend.settings import Settings


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


class TestMain:
    def test_broken_settings_are_one_message_and_exit_2(self, fails, capsys):
        fails(serve, "load_settings", always=SettingsError(["PORT: too large", "JWT_SECRET: too short"]))

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

"""`flask doctor`: the command itself, and its checks of the machine and of the configuration."""

import json
import os
import platform
import shutil
import socket
import sys
import threading
from importlib import metadata
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
import redis
from packaging.requirements import Requirement
from pydantic import SecretStr

from backend.core.settings import ROOT, SettingsError
from tests.framework.tables import table
from tools.doctor import command, configuration, machine
from tools.doctor.findings import Finding, Situation, ok, problem

GIB = 2**30


@pytest.fixture
def situation(app, settings, tmp_path):
    """This application, and a folder of its own; `situation(cache_url=...)` changes settings."""

    def make(root=tmp_path, error=None, **changes):
        return Situation(root, app, None if error else settings.model_copy(update=changes), error)

    return make


def states(findings):
    return [finding.state for finding in findings]


class TestCommand:
    @pytest.fixture
    def doctor(self, app, monkeypatch):
        def run(checks, *words):
            monkeypatch.setattr(command, "CHECKS", checks)
            return app.test_cli_runner().invoke(command.doctor, words)

        return run

    def test_says_what_and_the_mend(self, doctor):
        result = doctor({"disk": lambda _: [problem("full", "make room")], "port": lambda _: [ok("free")]})

        assert result.exit_code == 1
        assert "full" in result.output
        assert "→ make room" in result.output
        assert "1 problems, 0 warnings" in result.output

    def test_warnings_alone_are_no_failure(self, doctor):
        result = doctor({"disk": lambda _: [Finding("warning", "nearly full", "make room")]}, "--json")

        assert result.exit_code == 0
        assert json.loads(result.output) == {
            "healthy": True,
            "findings": [{"check": "disk", "state": "warning", "what": "nearly full", "mend": "make room"}],
        }

    def test_check_that_breaks_is_a_finding(self, doctor):
        result = doctor({"disk": lambda _: 1 / 0})

        assert result.exit_code == 1
        assert "ZeroDivisionError" in result.output

    def test_check_that_hangs_is_left_after_its_time(self, doctor, monkeypatch):
        monkeypatch.setattr(command, "LONGEST", 0.01)
        end = threading.Event()

        result = doctor({"disk": lambda _: [ok("late")] if end.wait(30) else []})

        end.set()
        assert "no answer within 0.01 s" in result.output
        assert "late" not in result.output

    def test_no_secret_is_shown_whatever_a_check_says(self, situation):
        secrets = situation(
            database_url=SecretStr("mysql+pymysql://me:hunter22@db.example/test"),
            jwt_secret=SecretStr("signing-key-that-nobody-may-see"),
        ).settings
        leak = problem("hunter22 and signing-key-that-nobody-may-see", "redis://:pass-word@cache:6379")

        shown = command.without_secrets(leak, secrets)

        assert shown == Finding("problem", "*** and ***", "redis://:***@cache:6379")
        assert command.without_secrets(ok("plain text"), None) == ok("plain text")

    def test_every_check_answers_here(self, situation):
        here = situation(root=ROOT)

        with here.app.app_context():
            found = {name: command.bounded(check, here) for name, check in command.CHECKS.items()}

        assert all(found.values())
        assert states(found["packages"]) == ["ok"]
        assert states(found["documents"]) == ["ok", "ok"]

    def test_without_settings_the_rest_is_not_passed_over_in_silence(self, situation):
        broken = situation(error=SettingsError(["PORT: wrong", "HOST: wrong"]))

        assert [f.what for f in configuration.settings(broken)] == ["PORT: wrong", "HOST: wrong"]
        for name in ("database", "migrations", "port", "wechat", "redis", "jobs"):
            assert states(command.CHECKS[name](broken)) == ["warning"]


class TestMachine:
    @pytest.mark.parametrize(("name", "state"), [("Linux", "ok"), ("Darwin", "ok"), ("Windows", "warning")])
    def test_system(self, situation, monkeypatch, name, state):
        monkeypatch.setattr(platform, "system", lambda: name)

        assert states(machine.system(situation())) == [state]

    @table("pages, state", [(1_000_000, "ok"), (100_000, "warning")])
    def test_memory(self, situation, monkeypatch, pages, state):
        monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": pages}.get)

        assert states(machine.memory(situation())) == [state]

    @pytest.mark.parametrize(("free", "state"), [(5 * GIB, "ok"), (GIB / 2, "warning"), (GIB / 20, "problem")])
    def test_disk(self, situation, monkeypatch, free, state):
        monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=free))

        assert states(machine.disk(situation())) == [state]

    @pytest.mark.parametrize(("wanted", "state"), [(">=3.12", "ok"), (">=3.99", "problem")])
    def test_interpreter(self, situation, monkeypatch, tmp_path, wanted, state):
        (tmp_path / "pyproject.toml").write_text(f'[project]\nrequires-python = "{wanted}"\n')
        monkeypatch.setattr(sys, "base_prefix", "/usr")

        assert states(machine.interpreter(situation())) == [state]

    def test_interpreter_in_an_image_without_pyproject(self, situation, monkeypatch):
        monkeypatch.setattr(sys, "base_prefix", "/usr")

        assert states(machine.interpreter(situation())) == ["ok"]

    def test_interpreter_in_no_environment_of_its_own(self, situation, monkeypatch, tmp_path):
        (tmp_path / "pyproject.toml").write_text('[project]\nrequires-python = ">=3.12"\n')
        monkeypatch.setattr(sys, "base_prefix", sys.prefix)

        assert states(machine.interpreter(situation())) == ["warning"]

    def test_packages(self, situation, tmp_path):
        flask = metadata.version("flask")
        lines = [f"flask=={flask}  # why", "# nothing", "", "flask==0.1", "no-such-package==1"]
        lines.append('x==1 ; python_version < "3"')
        (tmp_path / "requirements.txt").write_text("\n".join(lines))

        found = machine.packages(situation())

        assert states(found) == ["problem"]
        assert found[0].what == f"flask is {flask} instead of ==0.1, no-such-package is missing"

    def test_many_wrong_packages_are_counted(self, situation, tmp_path):
        (tmp_path / "requirements.txt").write_text("\n".join(f"no-such-package-{n}==1" for n in range(8)))

        assert machine.packages(situation())[0].what.endswith("and 3 more")

    def test_package_for_another_system_is_not_missed(self):
        assert machine._difference(Requirement('no-such-package==1; sys_platform == "never"')) is None

    @pytest.mark.parametrize(
        ("error", "state"),
        [(None, "ok"), (OSError(98, "Address already in use"), "warning"), (socket.gaierror(-2, "unknown"), "problem")],
    )
    def test_port(self, situation, monkeypatch, error, state):
        monkeypatch.setattr(socket, "create_server", Mock(side_effect=error))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET,)])

        assert states(machine.port(situation())) == [state]


class TestEnvFile:
    @pytest.fixture(autouse=True)
    def development(self, monkeypatch):
        monkeypatch.setenv("APP_ENV", "development")

    def test_none_is_fine(self, situation):
        assert states(configuration.env_file(situation())) == ["ok"]

    @pytest.mark.parametrize(("mode", "state"), [(0o600, "ok"), (0o644, "warning"), (0o640, "warning")])
    def test_secrets_are_for_their_owner(self, situation, tmp_path, mode, state):
        (tmp_path / ".env").touch(mode)
        (tmp_path / ".env").chmod(mode)

        assert states(configuration.env_file(situation())) == [state]

    def test_unreadable_one(self, situation, tmp_path, monkeypatch):
        (tmp_path / ".env").touch(0o000)
        monkeypatch.setattr(os, "access", lambda *_: False)

        assert states(configuration.env_file(situation())) == ["problem"]

    def test_each_environment_has_its_own(self, situation, tmp_path, monkeypatch):
        monkeypatch.setenv("APP_ENV", "unit")
        (tmp_path / ".env.unit").touch()

        assert configuration.env_file(situation())[0].what == ".env.unit is read"


class TestSettings:
    def test_usable_ones(self, situation):
        assert configuration.settings(situation()) == [ok("usable, APP_ENV=unit")]

    def test_another_reason_not_to_start(self, situation):
        found = configuration.settings(situation(error=RuntimeError("no driver")))

        assert states(found) == ["problem"]
        assert "RuntimeError: no driver" in found[0].what


class TestWeChat:
    @pytest.fixture
    def connect(self, monkeypatch):
        calls = []
        monkeypatch.setattr(socket, "create_connection", lambda place, timeout: calls.append(place) or Mock())
        return calls

    def real(self, situation, **changes):
        values = {
            "wechat_gateway": "wechat",
            "wechat_app_id": "wx0123456789abcdef",
            "wechat_app_secret": SecretStr("s"),
        }
        return situation(**values | changes)

    def test_stand_in_asks_nobody(self, situation, connect):
        assert states(configuration.wechat(situation())) == ["ok"]
        assert connect == []

    def test_real_one_is_reached(self, situation, connect):
        assert states(configuration.wechat(self.real(situation))) == ["ok"]
        assert connect == [("api.weixin.qq.com", 443)]

    def test_odd_app_id_and_no_secret(self, situation, connect):
        odd = self.real(situation, wechat_app_id="wx1", wechat_app_secret=SecretStr(""), wechat_base_url="http://a:81")

        assert states(configuration.wechat(odd)) == ["warning", "problem", "ok"]
        assert connect == [("a", 81)]

    def test_unreachable_one(self, situation, fails):
        fails(socket, "create_connection", always=TimeoutError("timed out"))

        assert states(configuration.wechat(self.real(situation))) == ["warning"]


class TestRedis:
    def test_memory_is_fine_but_in_production(self, situation):
        assert states(configuration.redis_servers(situation())) == ["ok", "ok"]
        assert states(configuration.redis_servers(situation(app_env="production"))) == ["warning", "warning"]

    @pytest.mark.parametrize(("error", "state"), [(None, "ok"), (redis.ConnectionError("refused"), "problem")])
    def test_server_is_asked(self, situation, monkeypatch, error, state):
        monkeypatch.setattr(redis.Redis, "ping", Mock(side_effect=error))

        assert states(configuration.redis_servers(situation(cache_url="redis://cache:6379/1"))) == [state, "ok"]

    def test_url_that_is_none(self, situation):
        found = configuration.redis_servers(situation(cache_url="redis://cache:port"))

        assert states(found) == ["problem", "ok"]


class TestDocuments:
    def test_missing_and_old_ones(self, situation, tmp_path):
        (tmp_path / ".env.example").write_text("old")

        found = configuration.documents(situation())

        assert [(f.state, f.mend) for f in found] == [
            ("problem", "flask settings write"),
            ("warning", "flask openapi write"),
        ]

    def test_without_the_application_the_example_alone_is_compared(self, situation):
        assert len(configuration.documents(situation(error=RuntimeError()))) == 1

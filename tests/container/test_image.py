"""The image alone: what it refuses, what it may, what is in it."""

import pytest

from tests.container.conftest import run

SETTINGS = {
    "JWT_SECRET": "kq3Zt8vR1xLw7mNc5yBpUeHs2GdJf9Aa4TzX6o",
    "WECHAT_APP_ID": "wx0123456789abcdef",
    "WECHAT_APP_SECRET": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "MYSQL_ADDRESS": "127.0.0.1:3306",
    "MYSQL_USERNAME": "nobody",
    "MYSQL_PASSWORD": "nothing",
}


@pytest.fixture
def container(image):
    """`container("id", options=[...])`: one command in a container with usable settings, removed afterwards."""

    def once(*command, options=(), settings=SETTINGS):
        given = [word for name, value in settings.items() for word in ("--env", f"{name}={value}")]
        return run("docker", "run", "--rm", *given, *options, image, *command, check=False)

    return once


class TestStart:
    def test_without_settings_it_lists_all_that_are_missing(self, container):
        done = container(settings={})

        assert done.returncode == 2
        for name in ("JWT key", "WECHAT_APP_ID", "WECHAT_APP_SECRET", "MYSQL_ADDRESS"):
            assert name in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_read_only_root_needs_a_tmp(self, container):
        done = container(options=["--read-only"])

        assert done.returncode == 2
        assert "--tmpfs /tmp" in done.stderr

    def test_an_engine_that_keeps_low_ports_to_root_is_met_with_advice(self, container):
        done = container(options=["--sysctl", "net.ipv4.ip_unprivileged_port_start=1024"])

        assert done.returncode == 2
        assert "PORT=8080" in done.stderr


class TestContents:
    def test_it_is_not_root_and_may_write_nothing_of_the_application(self, container):
        done = container("sh", "-c", "id -u; touch /app/x /opt/venv/x; find /app /opt/venv -writable -not -type l")

        assert done.stdout.split() == ["10001"]
        assert done.stderr.count("Permission denied") == 2

    def test_only_what_runs_is_in_it(self, container):
        done = container("ls", "-A", "/app")

        assert set(done.stdout.split()) == {
            "__pycache__",
            "backend",
            "migrations",
            "requirements.txt",
            "run.py",
            "wsgi.py",
        }

    @pytest.mark.parametrize(
        "words", [("db", "upgrade"), ("users", "promote"), ("sessions", "purge")], ids=lambda words: words[0]
    )
    def test_it_has_the_commands_of_the_application(self, container, words):
        done = container("flask", *words, "--help")

        assert done.returncode == 0, done.stderr

    def test_no_command_for_development_is_in_it(self, container):
        done = container("flask", "doctor")

        assert done.returncode == 2
        assert "No such command" in done.stderr

    def test_no_tool_to_build_or_install_with(self, container):
        done = container("sh", "-c", "command -v gcc cc make git; python -m pip --version")

        assert done.stdout == ""
        assert "No module named pip" in done.stderr

    def test_every_module_is_compiled(self, container):
        code = (
            "import pathlib; "
            "print(sum(1 for p in pathlib.Path('/app/backend').rglob('*.py')), "
            "sum(1 for p in pathlib.Path('/app/backend').rglob('*.pyc')))"
        )

        sources, compiled = container("python", "-c", code).stdout.split()

        assert int(sources) == int(compiled) > 50

"""Docker's commands end in time and say what was wrong; a container's control says the right one of them."""

import os
from pathlib import Path

import pytest
from sqlalchemy import make_url

from testdb import docker, mysql, postgresql
from testdb.docker import Container
from testdb.server import DatabaseUnavailableError, ProviderFailedError, ProviderUnavailableError

URL = make_url("mysql+pymysql://root:secret@127.0.0.1:3999")
HEAD = [
    "compose",
    "--project-name",
    "testdb-mysql-1",
    "--file",
    str(Path(docker.__file__).with_name("compose.yaml")),
]
FAKE = """#!/bin/sh
{{ printf '%s\\n' "$@" "$TESTDB_PORT" "$PWD"; echo end; }} >>{folder}/notes
for word; do
    [ -f "{folder}/says/$word" ] || continue
    [ ! -f "{folder}/fails/$word" ] || exec sh -c 'cat "$1" >&2; exit 1' sh "{folder}/says/$word"
    exec cat "{folder}/says/$word"
done
"""


class FakeDocker:
    """A `docker` on PATH that writes down what it is asked, and answers by the first word that it has an answer for."""

    def __init__(self, folder):
        self.folder = folder
        for name in ("says", "fails"):
            (folder / name).mkdir()
        program = folder / "docker"
        program.write_text(FAKE.format(folder=folder))
        program.chmod(0o755)

    def says(self, **answers):
        for word, answer in answers.items():
            (self.folder / "says" / word).write_text(answer)

    def fails(self, **answers):
        self.says(**answers)
        for word in answers:
            (self.folder / "fails" / word).touch()

    def notes(self):
        """Each command's words, and the port and the folder that it was told."""
        notes = self.folder / "notes"
        commands = notes.read_text().removesuffix("end\n").split("end\n") if notes.exists() else []
        return [(words, port, folder) for *words, port, folder in map(str.splitlines, commands)]

    def asked(self):
        """What it was asked to do, without looks at the container's state."""
        commands = [words[len(HEAD) :] for words, _, _ in self.notes()]
        return [words for words in commands if words and words[0] not in ("ps", "config")]


@pytest.fixture
def fake(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return FakeDocker(tmp_path)


@pytest.fixture
def mine():
    return Container("mysql", "testdb-mysql-1", URL)


def test_the_answer_is_given_without_its_end_of_line(fake, tmp_path):
    fake.says(info="27.5\n")

    assert docker.docker("info", folder=tmp_path) == "27.5"
    assert fake.notes() == [(["info"], "", str(tmp_path))]


def test_a_command_that_fails_says_what_docker_said(fake):
    fake.fails(compose="no such service: mysql\n")

    with pytest.raises(ProviderFailedError) as caught:
        docker.docker("compose", "up", "--detach", "--wait", "mysql")

    assert str(caught.value) == "docker compose up --detach --wait failed:\n    no such service: mysql"


def test_a_command_that_hangs_is_given_up(fake, tmp_path):
    (tmp_path / "docker").write_text("#!/bin/sh\nexec sleep 60\n")

    with pytest.raises(ProviderFailedError, match="docker info did not answer within 0 s"):
        docker.docker("info", seconds=0.1)


def test_there_is_no_way_without_docker(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert docker.why_unavailable() == "docker is not installed"


def test_an_engine_that_answers_is_a_way(fake):
    fake.says(info="27.5")

    assert docker.why_unavailable() == ""


def test_there_is_no_way_without_an_engine(fake):
    fake.fails(info="Cannot connect to the Docker daemon")

    assert "Cannot connect to the Docker daemon" in docker.why_unavailable()


@pytest.mark.parametrize(
    ("act", "state", "asked"),
    [
        ("kill", "running", [["kill", "mysql"]]),
        ("kill", "paused", [["unpause", "mysql"], ["kill", "mysql"]]),
        ("stop", "running", [["stop", "mysql"]]),
        ("stop", "paused", [["unpause", "mysql"], ["stop", "mysql"]]),
        ("start", "exited", [["start", "mysql"]]),
        ("pause", "running", [["pause", "mysql"]]),
        ("pause", "paused", []),
        ("pause", "exited", []),
        ("resume", "paused", [["unpause", "mysql"]]),
        ("resume", "running", []),
    ],
)
def test_control_says_what_compose_understands(fake, mine, act, state, asked):
    fake.says(ps=state)

    getattr(mine, act)()

    assert fake.asked() == asked
    assert {tuple(words[: len(HEAD)]) for words, _, _ in fake.notes()} == {tuple(HEAD)}


def test_compose_is_told_what_the_file_asks_for(mine, monkeypatch):
    monkeypatch.setenv("TESTDB_MYSQL_IMAGE", "mysql:9")

    env = mine.env()

    assert (env["TESTDB_PORT"], env["TESTDB_PASSWORD"]) == ("3999", "secret")
    assert (env["TESTDB_MYSQL_IMAGE"], env["PATH"]) == ("mysql:9", os.environ["PATH"])
    assert Container("mysql", "p", URL, "mysql:8.4.3").env()["TESTDB_MYSQL_IMAGE"] == "mysql:8.4.3"


@pytest.mark.parametrize(("kind", "flavour"), [("mysql", mysql), ("mariadb", mysql), ("postgresql", postgresql)])
@pytest.mark.parametrize(("state", "runs"), [("running", True), ("paused", True), ("exited", False), ("", False)])
def test_waiting_asks_the_server_in_its_own_words(fake, monkeypatch, kind, flavour, state, runs):
    fake.says(ps=state)
    monkeypatch.setattr(flavour, "wait_ready", lambda url, seconds, still_runs: [url, seconds, still_runs()])

    assert Container(kind, "p", URL).wait_ready(9) == [URL, 9, runs]


def test_a_container_that_does_not_answer_is_told_with_the_end_of_its_log(fake, mine, monkeypatch):
    def refuse(*_):
        raise DatabaseUnavailableError("the server ended by itself")

    monkeypatch.setattr(mysql, "wait_ready", refuse)
    fake.says(config="mysql:8.4", logs="a line of its log")

    with pytest.raises(DatabaseUnavailableError) as caught:
        mine.wait_ready()

    assert str(caught.value) == "mysql:8.4: the server ended by itself; the end of its log:\n    a line of its log"


@pytest.fixture
def ports(monkeypatch):
    """Free ones without asking, for unit tests open no sockets."""
    monkeypatch.setattr(docker, "free_port", iter(range(3001, 3999)).__next__)


def test_a_container_is_provided_under_a_name_of_its_own_and_removed_with_its_data(fake, ports, monkeypatch):
    monkeypatch.setattr(mysql, "wait_ready", lambda *_: "MySQL 8.4.3")
    fake.says(info="27.5", config="mysql:8.4")
    said = []

    with docker.provide("mysql", said.append) as first, docker.provide("mysql", said.append) as second:
        urls = [make_url(server.url) for server in (first, second)]
        assert (first.kind, first.version) == ("docker", "MySQL 8.4.3")
        assert first.control.project != second.control.project
        assert [url.username for url in urls] == ["root", "root"]
        assert urls[0].password != urls[1].password
        assert fake.asked()[-1] == ["up", "--detach", "mysql"]

    assert fake.asked()[-2:] == [["down", "--volumes", "--timeout", "0"]] * 2
    assert {words[2] for words, *_ in fake.notes()[-2:]} == {first.control.project, second.control.project}
    assert [port for _, port, _ in fake.notes()[-2:]] == ["3002", "3001"]
    assert said[0] == "a container of mysql:8.4 (the first start fetches the image)"


def test_a_container_that_does_not_start_is_removed_too(fake, ports):
    fake.says(info="27.5")
    fake.fails(up="no space left on device")

    with pytest.raises(ProviderFailedError, match="no space left"), docker.provide("mysql", lambda line: None):
        pass

    assert fake.asked()[-1][0] == "down"


def test_without_an_engine_nothing_is_tried(fake):
    fake.fails(info="Cannot connect")

    with pytest.raises(ProviderUnavailableError, match="Cannot connect"), docker.provide("mysql", print):
        pass

    assert {words[0] for words, _, _ in fake.notes()} == {"info"}

"""Draining: a file made by the server tells every worker."""

from backend.core import drain


def test_without_a_server_nothing_drains(monkeypatch):
    monkeypatch.delenv(drain.VARIABLE, raising=False)

    assert not drain.draining()


def test_the_file_says_when(monkeypatch, tmp_path):
    file = tmp_path / "drain"
    monkeypatch.setenv(drain.VARIABLE, str(file))
    before = drain.draining()

    file.touch()

    assert (before, drain.draining()) == (False, True)


def test_a_stopping_server_is_not_ready_and_still_alive(monkeypatch, tmp_path, api):
    (tmp_path / "drain").touch()
    monkeypatch.setenv(drain.VARIABLE, str(tmp_path / "drain"))

    answers = {path: api.get(path).status_code for path in ("/health/ready", "/health/live", "/health")}

    assert answers == {"/health/ready": 503, "/health/live": 200, "/health": 200}

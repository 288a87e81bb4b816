"""What the server needs of its machine, and what it says where that is missing."""

import os
import tempfile
from pathlib import Path

import pytest

from backend.core import drain
from backend.server import bind_address as server_place


class TestFolder:
    def test_tells_workers_where_the_sign_and_the_metrics_are(self, tmp_path, monkeypatch):
        monkeypatch.setenv(drain.VARIABLE, "")
        monkeypatch.setenv(server_place.METRICS_VARIABLE, "so that it is put back")
        monkeypatch.delenv(server_place.METRICS_VARIABLE)

        server_place.prepare_folder(tmp_path)

        assert not drain.draining()
        assert Path(os.environ[server_place.METRICS_VARIABLE]) == tmp_path / "metrics"
        assert (tmp_path / "metrics").is_dir()

    def test_metrics_of_an_earlier_run_are_not_added_up(self, tmp_path, monkeypatch):
        chosen = tmp_path / "chosen"
        chosen.mkdir()
        (chosen / "counter_7.db").write_bytes(b"left over")
        (chosen / "notes.txt").write_text("not ours")
        monkeypatch.setenv(drain.VARIABLE, "")
        monkeypatch.setenv(server_place.METRICS_VARIABLE, str(chosen))

        server_place.prepare_folder(tmp_path)

        assert [path.name for path in chosen.iterdir()] == ["notes.txt"]

    def test_without_a_writable_folder_the_message_says_what_to_add(self, fails):
        fails(tempfile, "TemporaryDirectory", always=FileNotFoundError())

        with pytest.raises(server_place.UnusableError, match="--tmpfs /tmp"):
            server_place.temporary_folder()


class TestAddress:
    @pytest.mark.parametrize(
        ("error", "advice"),
        [(PermissionError(13, "Permission denied"), "PORT=8080"), (OSError(98, "in use"), "HOST and PORT")],
    )
    def test_an_address_that_is_not_ours_is_refused_with_advice(self, fails, error, advice):
        fails(server_place.socket, "getaddrinfo", always=error)

        with pytest.raises(server_place.UnusableError, match=f"cannot listen on 0.0.0.0 port 80: .*{advice}"):
            server_place.address_to_bind("0.0.0.0", 80)

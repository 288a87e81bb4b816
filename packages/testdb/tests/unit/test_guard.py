"""What must be cleaned up is cleaned up, however the process ends that has to."""

import os
import signal
import subprocess
import sys

from testdb import guard
from testdb.server_process import server_folder
from tests.unit.families import eventually

HELD = """
import time
from testdb.guard import at_end
with at_end("touch", {mark!r}):
    print("held", flush=True)
    time.sleep(600)
"""


def test_the_command_runs_at_the_end_and_not_before(tmp_path):
    mark = tmp_path / "mark"

    with guard.at_end("touch", str(mark)):
        assert not mark.exists()

    assert mark.exists()


def test_it_runs_when_the_process_is_killed(tmp_path):
    mark = tmp_path / "mark"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, "-c", HELD.format(mark=str(mark))], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout.readline() == "held\n"

        process.send_signal(signal.SIGKILL)

    eventually(mark.exists, "the command ran")


def test_it_runs_in_the_environment_that_it_is_given(tmp_path):
    mark = tmp_path / "mark"

    with guard.at_end("sh", "-c", f'echo "$WORD" >{mark}', env=os.environ | {"WORD": "told"}):
        pass

    assert mark.read_text() == "told\n"


def test_a_servers_folder_is_its_own_and_goes():
    with server_folder("mysql", "") as folder:
        (folder / "data").mkdir()

        assert folder.stat().st_mode & 0o777 == 0o700
        assert "mysql" in folder.name

    assert not folder.exists()

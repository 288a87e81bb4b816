"""The temporary folder of a private server."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testdb import guard, processes
from testdb.accounts import give


@contextmanager
def server_folder(kind: str, owner: str) -> Iterator[Path]:
    """A folder that only the server's account can read; goes, and any server in it, when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix=f"testdb-{kind}-", dir="/tmp"))  # a socket's path must be short
    with guard.at_end(sys.executable, "-I", processes.__file__, str(folder)):
        give(folder, owner)
        yield folder

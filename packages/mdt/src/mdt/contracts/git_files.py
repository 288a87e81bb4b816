"""A file of a git revision, `main:contracts/inventory/1.0.0.yaml`, with those beside it that it refers to."""

import io
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from mdt.errors import MdtError
from mdt.language import _

SECONDS = 60
_REFERENCE = re.compile(r"(?P<revision>[^-:\s][^:\s]+|[^-:\s]):(?P<path>[^:]+)")
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]")


def is_revision(reference: str) -> bool:
    return bool(_REFERENCE.fullmatch(reference)) and not _WINDOWS.match(reference)


@contextmanager
def at_revision(reference: str) -> Iterator[Path]:
    """The file in a temporary folder, with the folder of contracts around it. Raises MdtError."""
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise MdtError(_("{reference!r} is no file of a revision: write main:contracts/…", reference=reference))
    revision, path = found["revision"], PurePosixPath(found["path"])
    top = Path(_git(Path.cwd(), "rev-parse", "--show-toplevel").decode().strip())
    if path.parts[:1] == (".",) or found["path"].startswith("./"):
        path = PurePosixPath(Path.cwd().relative_to(top).as_posix()) / path
    _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", what=revision)
    _git(top, "cat-file", "-e", f"{revision}:{path}", what=reference)
    with tempfile.TemporaryDirectory(prefix="mdt-") as temporary:
        archive = _git(top, "archive", "--format=tar", revision, "--", _around(path).as_posix(), what=reference)
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(temporary, filter="data")
        yield Path(temporary) / path


def _around(path: PurePosixPath) -> PurePosixPath:
    """The folder `contracts` on the way to the file, else its own folder."""
    named = [one for one in path.parents if one.name == "contracts"]
    return named[-1] if named else path.parent if path.parent.parts else path


def _git(folder: Path, *words: str, what: str = "") -> bytes:
    try:
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, timeout=SECONDS, check=False)  # noqa: S603, S607
    except FileNotFoundError:
        raise MdtError(_("git is not installed, so {what} cannot be read", what=what)) from None
    except subprocess.TimeoutExpired:
        raise MdtError(_("git did not answer within {seconds} s", seconds=SECONDS)) from None
    if done.returncode == 0:
        return done.stdout
    if not what:
        raise MdtError(_("{folder} is no git repository", folder=folder))
    reason = done.stderr.decode(errors="replace").strip().splitlines()[:1]
    raise MdtError(_("git has no {what}. {reason}", what=what, reason=" ".join(reason)))

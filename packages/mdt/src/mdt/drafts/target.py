"""The file of a draft: which it is, what it holds now, and how it is written. Never outside of the folder of definitions."""

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from mdt.definitions.files import MAX_BYTES
from mdt.drafts.draft import DraftError
from mdt.language import _

_writing = Lock()


@dataclass(frozen=True, slots=True)
class Target:
    """A file below `folder`; `before` is what it holds, None if there is none."""

    folder: Path
    path: Path
    before: bytes | None

    @classmethod
    def at(cls, folder: Path, path: Path) -> "Target":
        """Raises DraftError for a link, a folder, and a place outside of `folder`."""
        inside = path.parent.resolve().is_relative_to(folder.resolve())
        if not inside or path.is_symlink() or (path.exists() and not path.is_file()):
            raise DraftError(_("{file} is no file in {folder}/.", file=path, folder=folder), "outside")
        return cls(folder, path, path.read_bytes() if path.exists() else None)

    @property
    def digest(self) -> str:
        """Of what the file holds; "" if there is none."""
        return "" if self.before is None else hashlib.sha256(self.before).hexdigest()

    def write(self, text: bytes, seen: str) -> None:
        """Replaces the file as a whole. Raises DraftError if it is not what was `seen`, the digest of the preview."""
        with _writing:
            now = Target.at(self.folder, self.path)
            if now.digest != seen:
                raise DraftError(
                    _("{file} has changed since the preview. Look at the new preview, and write then.", file=self.path),
                    "changed",
                )
            if len(text) > MAX_BYTES:
                raise DraftError(_("The file would be larger than {limit} MB.", limit=MAX_BYTES // 1_000_000))
            _replace(self.path, text)


def _replace(path: Path, text: bytes) -> None:
    """Through a temporary file beside it, so that it is never half there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".draft")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
        if path.exists():
            shutil.copymode(path, name)
        else:
            Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise DraftError(
            _("{file} cannot be written: {reason}", file=path, reason=error.strerror), "not-written"
        ) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

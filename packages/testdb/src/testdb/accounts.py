"""The system account that a server runs as, since no database server runs as root."""

import os
import pwd
import shutil
from pathlib import Path
from typing import TypedDict


class RunAs(TypedDict):
    """Words for `subprocess` that run a program as an account."""

    user: str | None
    group: int | None
    extra_groups: list[int] | None


def account(*names: str) -> str:
    """The first of these accounts that exists, for a server started by root; empty if it runs as this process does."""
    if os.geteuid() != 0:
        return ""
    return next((entry.pw_name for entry in pwd.getpwall() if entry.pw_name in names), "")


def run_as(owner: str) -> RunAs:
    """The words for `subprocess`; an empty owner changes nothing."""
    if not owner:
        return RunAs(user=None, group=None, extra_groups=None)
    return RunAs(user=owner, group=pwd.getpwnam(owner).pw_gid, extra_groups=[])


def give(path: Path, owner: str) -> None:
    """Make `owner` the owner of a file or folder; an empty one changes nothing."""
    if owner:
        shutil.chown(path, owner, pwd.getpwnam(owner).pw_gid)

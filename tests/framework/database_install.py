"""Installs mariadb-server on Debian and Ubuntu, as root, without starting its service; then a private server as usual."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from testdb import mysql_private
from testdb.server import ProviderFailedError, ProviderUnavailableError, Say, Server, tail

PACKAGE = "mariadb-server"
SECONDS = 900
POLICY = Path("/usr/sbin/policy-rc.d")
NEVER_START = (
    "#!/bin/sh\n# 101: package scripts must not start services (put here while the tests install a server)\nexit 101\n"
)
APT = ("apt-get", "-y", "-o", "DPkg::Lock::Timeout=300", "-o", "APT::Update::Error-Mode=any")


def look() -> str:
    """What would be installed, or nothing if this machine is not one for that."""
    return f"apt-get install {PACKAGE}, without starting its service" if possible() else ""


def possible() -> bool:
    """True as root on a system with apt."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def provide(say: Say) -> AbstractContextManager[Server]:
    """Install, then provide a private server."""
    if not possible():
        raise ProviderUnavailableError("installing one needs root and apt-get")
    say(f"installing {PACKAGE} (a minute or two)")
    with no_service_starts():
        install()
    return mysql_private.provide(say)


@contextmanager
def no_service_starts(policy: Path = POLICY) -> Iterator[None]:
    """While open, packages do not start their services; the machine's own policy is put back after."""
    kept = policy.with_name("policy-rc.d.kept-by-tests")
    if policy.exists():
        policy.rename(kept)
    try:
        policy.write_text(NEVER_START)
        policy.chmod(0o755)
        yield
    finally:
        policy.unlink(missing_ok=True)
        if kept.exists():
            kept.rename(policy)


def install() -> None:
    """Install from the package lists that are there; refresh them first if that does not work."""
    answer = run("install", "--no-install-recommends", PACKAGE)
    if answer.returncode:
        run("update")
        answer = run("install", "--no-install-recommends", PACKAGE)
    if answer.returncode:
        raise ProviderFailedError(f"apt-get install {PACKAGE} failed:\n{tail(answer.stdout)}")


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    """One apt-get without questions; its output in one piece."""
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(
            [*APT, *words],
            check=False,
            env=quiet,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise ProviderFailedError(f"apt-get {words[0]} took more than {SECONDS} s") from error

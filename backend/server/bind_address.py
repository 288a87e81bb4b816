"""What the production server needs of its machine before it starts: an address that is free, a folder that it may write to."""

import os
import socket
import tempfile
from pathlib import Path

import click

from backend.core import drain

METRICS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


class UnusableError(click.ClickException):
    """The server cannot start for a reason outside the code; the message says what to do."""

    exit_code = 2


def address_to_bind(host: str, port: int) -> str:
    """The IP address of `host`, after a check that the port is free: workers share the port and would not notice."""
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        raise UnusableError(f"cannot listen on {host} port {port}: {error.strerror}; {_advice(error)}") from error
    return str(place[0])


def _advice(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "ports below 1024 are for root here: set PORT=8080, and tell what stands in front of it"
    return "set HOST and PORT"


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder for this run alone, gone at its end."""
    try:
        return tempfile.TemporaryDirectory(prefix="touchstone-")
    except OSError as error:
        raise UnusableError("there is no temporary folder to write to; in a container add --tmpfs /tmp") from error


def prepare_folder(folder: Path) -> None:
    """Set the path of the drain file and an empty folder for the workers' metrics, before any worker starts."""
    os.environ[drain.VARIABLE] = str(folder / "stopping")
    metrics = Path(os.environ.setdefault(METRICS_VARIABLE, str(folder / "metrics")))
    metrics.mkdir(parents=True, exist_ok=True)
    for left_over in metrics.glob("*.db"):
        left_over.unlink()

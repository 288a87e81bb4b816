"""Serves the application for development: checks settings, port and database, prints where it is, stops quietly at Ctrl-C.

When a file of the application changes, the new version takes over once it has started; one that does not start says why, and
the version before it goes on serving. RELOAD=0 switches that off. Exit 2 with one message, and no traceback, for whatever a
person can put right. HOST and PORT come from the settings.
"""

import errno
import signal
import socket
import sys

from backend.core.settings import Settings
from backend.modules.auth.settings import WeChatSettings
from backend.settings import load_settings
from scripts.dev_reload import Version, follow_changes
from scripts.plain_errors import give_up, run_plainly

LOGIN = """curl -s {url}/api/v1/auth/wechat/login -H 'Content-Type: application/json' -d '{{"code":"alice"}}'"""
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - what a person asked for
LOOPBACK = ("127.0.0.1", "localhost", "::1")
EVERYONE = "\nWith HOST={host} and WeChat's stand-in, whoever reaches this port can log in as anyone."


def main() -> None:
    """Serve until Ctrl-C."""
    settings = load_settings()
    if settings.production:
        give_up(
            "make run is for development and APP_ENV says production. Use the image, or: python -m backend.server.serve"
        )
    listener = listen(settings.host, settings.port)
    listener.setblocking(False)  # two versions listen for a moment: whoever comes second to a connection must not wait
    version = Version(listener)
    if not version.serves():
        sys.exit(version.end() or 2)
    print(welcome(settings), flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        follow_changes(version, lambda: Version(listener))
    finally:
        listener.close()


def listen(host: str, port: int) -> socket.socket:
    """A socket that has the port for sure, before anything slow is done; or exit 2 and what to do."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        give_up(why_not(error, host, port))


def why_not(error: OSError, host: str, port: int) -> str:
    """Why the address cannot be listened on, and the next step."""
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"HOST={host} is no address of this machine. Take 127.0.0.1 (this machine alone) or 0.0.0.0 (its networks too)."
    if isinstance(error, PermissionError):
        return f"Port {port} needs administrator's rights. Take one above 1023: make run PORT=5001"
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program. Take another one: make run PORT={port % 65535 + 1}"
    return f"Cannot listen on {host} port {port}: {error.strerror}. Choose others: make run HOST=127.0.0.1 PORT=5001"


def welcome(settings: Settings) -> str:
    """Where the API is, and a first call."""
    host = ANY_ADDRESS.get(settings.host, f"[{settings.host}]" if ":" in settings.host else settings.host)
    url = f"http://{host}:{settings.port}"
    stand_in = isinstance(settings, WeChatSettings) and settings.wechat_gateway == "stand-in"
    open_to_all = stand_in and settings.host not in LOOPBACK
    lines = [f"\nRunning at {url} (Ctrl-C stops it)", f"  API docs: {url}/docs", f"  Log in:   {LOGIN.format(url=url)}"]
    return "\n".join(lines) + (EVERYONE.format(host=settings.host) if open_to_all else "") + "\n"


if __name__ == "__main__":
    run_plainly(main)

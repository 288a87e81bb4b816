"""What the adapters of this project's own modules share: how the application is installed, started and logged in to."""

import json
import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock

from faultlab.adapter import Launch, Profile

ROOT = Path(__file__).resolve().parents[3]
LOGIN = "/api/v1/auth/wechat/login"
SECONDS = 120
RENEW = 600.0  # seconds of the 900 that an access token lasts
RENEWAL = 3.0  # seconds for that; then the old one is used

SETTINGS = {
    "APP_ENV": "development",
    "WECHAT_GATEWAY": "stand-in",
    "RATELIMIT_ENABLED": "false",
    "SERVER_WORKERS": "1",
    "SHUTDOWN_DRAIN": "0",
    "LOG_FORMAT": "json",
    "PYTHONDONTWRITEBYTECODE": "",
}
# The last try may begin as the retries' budget ends, and then costs a ping, a new connection and a statement at most, each
# of them a read time-out.
PROFILES = {
    "deployed": Profile({}, budget=4 + 3 * 3),
    "quick": Profile(
        {
            "PAYMENT_RETRY_ATTEMPTS": "6",
            "PAYMENT_RETRY_DELAY": "0.3",
            "DB_CONNECT_TIMEOUT": "1",
            "DB_STATEMENT_TIMEOUT": "1.5",
            "DB_READ_TIMEOUT": "2",
        },
        budget=1.5 + 3 * 2,
    ),
}


def environment(database_url: str, **more: str) -> dict[str, str]:
    return SETTINGS | {"DATABASE_URL": database_url} | more


def migrate(database_url: str) -> None:
    """Bring an empty database to the newest revision."""
    command = [sys.executable, "-m", "flask", "--app", "backend", "db", "upgrade"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | environment(database_url),
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"flask db upgrade failed:\n{done.stderr[-2000:]}")


def launch(database_url: str, port: int, settings: Mapping[str, str]) -> Launch:
    """The production server with one worker."""
    command = [sys.executable, "-m", "backend.server.serve"]
    return Launch(command, environment(database_url, HOST="127.0.0.1", PORT=str(port)) | dict(settings), ROOT)


class User:
    """Somebody new who is logged in with WeChat's stand-in: as many users as prepared operations need, so no session is one too many.

    `headers` has an access token, which is renewed before it ends; while that fails, the old one is used on.
    """

    def __init__(self, service_url: str, name: str) -> None:
        self._url, self.code = service_url, f"{name}-{secrets.token_hex(4)}"
        self._lock = Lock()
        self.id = self._login()

    @property
    def headers(self) -> dict[str, str]:
        with self._lock:
            if time.monotonic() - self._since >= RENEW:
                with suppress(OSError):
                    self._login(RENEWAL)
            return {"Authorization": f"Bearer {self._token}"}

    def _login(self, seconds: float = SECONDS) -> int:
        request = urllib.request.Request(
            self._url + LOGIN, json.dumps({"code": self.code}).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            data = json.load(answer)["data"]
        self._token, self._since = data["access_token"], time.monotonic()
        return int(data["user"]["id"])

"""Drives Chromium over two pipes, by the DevTools protocol: what a page loads, what it says, what a click does."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WATCHED = ("Page", "Runtime", "Log", "Network")


class Tab:
    """A browser with one open page. `events` is everything that it told of the page."""

    def __init__(self, writing: int, reading: int) -> None:
        self._out, self._in = os.fdopen(writing, "wb"), os.fdopen(reading, "rb")
        self._rest, self._number, self._session, self._context = b"", 0, "", ""
        self.events: list[dict[str, Any]] = []

    def fresh(self, language: str) -> None:
        """Another page, which knows nothing of the one before, for a reader of this language."""
        self._session = ""
        if self._context:
            self.send("Target.disposeBrowserContext", browserContextId=self._context)
        self._context = self.send("Target.createBrowserContext")["browserContextId"]
        target = self.send("Target.createTarget", url="about:blank", browserContextId=self._context)["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.send("Emulation.setUserAgentOverride", userAgent="Mozilla/5.0", acceptLanguage=language)
        for name in WATCHED:
            self.send(f"{name}.enable")
        self.events.clear()

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """The answer of a command; an error of the browser is an AssertionError."""
        self._number += 1
        session = {"sessionId": self._session} if self._session else {}
        message = {"id": self._number, "method": method, "params": params, **session}
        self._out.write(json.dumps(message).encode() + b"\0")
        self._out.flush()
        while True:
            got = self._message()
            if got.get("id") == self._number:
                assert "error" not in got, got
                return got["result"]

    def open(self, url: str) -> None:
        """Until everything of it is there."""
        self.send("Page.navigate", url=url)
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self._message()

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def told(self, *methods: str) -> list[dict[str, Any]]:
        return [event["params"] for event in self.events if event["method"] in methods]

    def complaints(self) -> list[dict[str, Any]]:
        """Errors, warnings and everything else that stands in the console."""
        return self.told("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")

    def requested(self) -> list[str]:
        return [event["request"]["url"] for event in self.told("Network.requestWillBeSent")]

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = os.read(self._in.fileno(), 1 << 20)
            assert more, "the browser has ended"
            self._rest += more
        one, _, self._rest = self._rest.partition(b"\0")
        got: dict[str, Any] = json.loads(one)
        if "method" in got and got.get("sessionId") == self._session:
            self.events.append(got)
        return got

    def close(self) -> None:
        self._session = ""
        self.send("Browser.close")
        self._out.close()
        self._in.close()


# Chromium reads commands from descriptor 3 and writes to 4.
ON_3_AND_4 = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); os.execv(sys.argv[3], sys.argv[3:])"
)


@contextmanager
def browser(folder: Path) -> Iterator[Tab]:
    """A browser with a profile of its own, which ends at the end."""
    theirs_in, ours_out = _pipe()
    ours_in, theirs_out = _pipe()
    command = [
        str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
        f"--user-data-dir={folder / 'chromium'}", "--remote-debugging-pipe",
    ]  # fmt: skip
    place = [sys.executable, "-c", ON_3_AND_4, str(theirs_in), str(theirs_out)]
    process = subprocess.Popen([*place, *command], pass_fds=(theirs_in, theirs_out), stderr=subprocess.DEVNULL)
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        tab = Tab(ours_out, ours_in)
        yield tab
        tab.close()
        process.wait(20)
    finally:
        process.kill()
        process.wait()


def _pipe() -> tuple[int, int]:
    """Its ends lie above 9, so that neither is in the way on 3 or 4."""
    low = os.pipe()
    high = [fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, 10) for one in low]
    for one in low:
        os.close(one)
    return high[0], high[1]

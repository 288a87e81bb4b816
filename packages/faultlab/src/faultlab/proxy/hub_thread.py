"""The thread in which a proxy's event loop runs."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from faultlab.language import _
from faultlab.proxy.hub import Hub

ACTIONS = 32  # that may be at work at the same time


class HubThread:
    """Runs from the moment it is made until `stop`."""

    def __init__(self, make: Callable[[], Hub]) -> None:
        self._loop = asyncio.SelectorEventLoop()  # watches sockets, on Windows too
        self._loop.set_default_executor(ThreadPoolExecutor(ACTIONS, "fault-proxy-action"))
        self._lock, self._stopped = threading.Lock(), False
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxy", daemon=True)
        self._thread.start()
        try:
            self.hub = self._run(_opened(make))
        except BaseException:
            self._end()
            raise

    def call[T](self, work: Callable[[Hub], Coroutine[Any, Any, T]]) -> T:
        """Do it there, and wait for it."""
        if self._stopped:
            raise RuntimeError(_("the proxy was stopped"))
        return self._run(work(self.hub))

    def _run[T](self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def stop(self) -> None:
        """Waits for what a rule does in a thread of its own, if it is still at it."""
        with self._lock:
            if not self._stopped:
                self._stopped = True
                self._run(self.hub.close())
                self._end()

    def _end(self) -> None:
        self._run(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _opened(make: Callable[[], Hub]) -> Hub:
    hub = make()
    await hub.open()
    return hub

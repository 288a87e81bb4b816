"""Event loops: uvloop's where it is installed, and one in a thread of its own for tests and programs with other work."""

import asyncio
import threading
from collections.abc import Coroutine
from importlib.util import find_spec
from typing import Any


def new_loop(*, fast: bool | None = None) -> asyncio.AbstractEventLoop:
    """`fast` asks for uvloop (True) or asyncio (False); by default the best there is."""
    if find_spec("uvloop") is not None if fast is None else fast:
        import uvloop

        return uvloop.new_event_loop()
    return asyncio.new_event_loop()


class LoopThread:
    """Runs coroutines from other threads, until it is stopped."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None, name: str = "mdt-server") -> None:
        self.loop = loop or new_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def call[T](self, work: Coroutine[Any, Any, T], timeout: float = 30) -> T:
        """Runs it there and waits for its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout)

    def stop(self) -> None:
        """Ends what still runs there, and the thread."""
        if not self._thread.is_alive():
            return
        self.call(_cancel_others())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()


async def _cancel_others() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)

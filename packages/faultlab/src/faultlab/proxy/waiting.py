"""Waiting for whichever event comes first, and deliveries that somebody else may let go."""

import asyncio


class Held:
    """A statement or a reply that is delivered late."""

    def __init__(self) -> None:
        self.released, self.over = asyncio.Event(), asyncio.Event()
        self.delivered = False


async def first(*events: asyncio.Event, seconds: float = 0) -> None:
    """Return when one of them is set, or after so many seconds; 0: no limit."""
    tasks = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(tasks, timeout=seconds or None, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def pause(seconds: float, healing: asyncio.Event) -> bool:
    """Wait so long; True if the proxy was healed meanwhile."""
    await first(healing, seconds=seconds)
    return healing.is_set()

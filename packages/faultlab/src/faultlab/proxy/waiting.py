"""Waiting for whichever comes first."""

import asyncio


async def first(*events: asyncio.Event, seconds: float = 0) -> None:
    """Return when one of them is set, or after so many seconds; 0: no limit."""
    tasks = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(tasks, timeout=seconds or None, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def pause(seconds: float, healing: asyncio.Event) -> bool:
    """Wait so long; True: no longer, because it was healed."""
    await first(healing, seconds=seconds)
    return healing.is_set()

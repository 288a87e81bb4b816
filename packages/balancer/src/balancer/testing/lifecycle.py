"""How an environment begins and ends: steps that are undone in reverse, whatever happens between them."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from balancer.mock.scenario import Scenario
from balancer.testing import evidence
from balancer.testing.clients import Clients
from balancer.testing.context_manager import TestContextManager
from balancer.testing.errors import EnvironmentSetupError

OWN_WORDS = (EnvironmentSetupError, ValueError, KeyboardInterrupt)  # errors that say all there is to say


class Lifecycle:
    """`with` and `async with`. A step adds to `_cleanups` what undoes it."""

    _clients: Clients | None = None

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._asynchronous = False
        self._cleanups: list[Callable[[], None]] = []

    @property
    def _steps(self) -> tuple[Callable[[], None], ...]:
        raise NotImplementedError

    def evidence(self) -> list[tuple[str, str]]:
        """Titles and texts for the report of a failed test."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._asynchronous = False
        self._set_up()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._tear_down(error)

    async def __aenter__(self) -> Self:
        """A test that is cancelled meanwhile leaves nothing: the thread cannot be stopped, so it is waited for."""
        self._asynchronous = True
        setting_up = asyncio.ensure_future(asyncio.to_thread(self._set_up))
        try:
            await asyncio.shield(setting_up)
        except asyncio.CancelledError as error:
            with suppress(Exception):
                await setting_up
            await asyncio.to_thread(self._tear_down, error)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            if self._clients is not None:
                await self._clients.aclose()
        finally:
            await asyncio.shield(asyncio.to_thread(self._tear_down, error))

    def _set_up(self) -> None:
        try:
            for step in self._steps:
                step()
        except BaseException as error:
            self._tear_down(error)
            if isinstance(error, OWN_WORDS):
                raise
            name = self.scenario.name
            raise EnvironmentSetupError(f"The environment of {name!r} could not be set up: {error}") from error
        TestContextManager.enter(self.scenario)
        self._cleanups.append(lambda: TestContextManager.leave(self.scenario))
        evidence.COLLECTED.open.append(self)
        self._cleanups.append(lambda: evidence.COLLECTED.open.remove(self))

    def _tear_down(self, error: BaseException | None) -> None:
        """Undoes everything, the last first. Its own errors do not hide that of the test."""
        if error is not None and self in evidence.COLLECTED.open:
            evidence.COLLECTED.left += self.evidence()
        failures: list[Exception] = []
        while self._cleanups:
            try:
                self._cleanups.pop()()
            except Exception as failure:  # noqa: BLE001 - the others still have to be undone
                failures.append(failure)
        if failures and error is not None:
            error.add_note(f"The environment could not be taken down either: {failures[0]}")
        elif failures:
            raise ExceptionGroup("The environment could not be taken down", failures)

"""`record` and `replay` for Python: blocks of their own, or among the names of mock_scenario."""

from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

from mdt.api import mock_scenario
from mdt.errors import MdtError
from mdt.inprocess.folders import Definitions
from mdt.inprocess.handle import Mocks
from mdt.language import _
from mdt.recording.recorder import Recorder
from mdt.recording.replay import Replay


class _Block:
    """Opens a mock_scenario with this overlay alone; other services play their defaults."""

    _scenario: mock_scenario | None = None
    _options: dict[str, Any]
    mocks: Mocks

    def __enter__(self) -> Self:
        if self._scenario is not None:
            raise MdtError(_("This block is in use already."))
        self._scenario = mock_scenario(self, **self._options)  # type: ignore[arg-type]
        self.mocks = self._scenario.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        scenario, self._scenario = self._scenario, None
        if scenario is not None:
            scenario.__exit__(kind, error, trace)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)


def _hosts(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


class record(_Block, Recorder):  # noqa: N801 - reads like the function that it is for its users
    """Records the calls of a service: `with record("inventory") as r:`, then r.file, r.count. Arguments: mdt.recording.recorder.

    mocks, allow_hosts: as in mock_scenario. Calls to hosts that are neither the service's, nor played, nor allowed are refused.
    """

    def __init__(
        self, service: str, *, mocks: Definitions | None = None, allow_hosts: str | Iterable[str] = (), **options: Any
    ) -> None:
        super().__init__(service, allow_hosts=_hosts(allow_hosts), **options)
        self._options = {"mocks": mocks, "allow_hosts": self.allow_hosts}


class replay(_Block, Replay):  # noqa: N801
    """Plays a recording: `with replay("inventory", "20250127-1030", mode="strict"):`. Arguments: mdt.recording.replay.

    Also among the names of a block: mock_scenario(replay("inventory", "20250127-1030"), "payment.success").
    """

    def __init__(
        self,
        service: str,
        session: str = "latest",
        *,
        mocks: Definitions | None = None,
        allow_hosts: str | Iterable[str] = (),
        **options: Any,
    ) -> None:
        super().__init__(service, session, allow_hosts=_hosts(allow_hosts), **options)
        self._options = {"mocks": mocks, "allow_hosts": self.allow_hosts}

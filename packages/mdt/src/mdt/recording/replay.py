"""Plays a recording in the place of its service: in order, by match, or beside the real service."""

import threading
from collections.abc import Callable

from mdt.engine.catalog import Catalog
from mdt.errors import MdtError
from mdt.language import _
from mdt.recording.comparison import Difference
from mdt.recording.model import Recording
from mdt.recording.overlay import check_target, checked_url, service_of, with_dispatcher
from mdt.recording.places import place
from mdt.recording.replay_dispatch import ReplayDispatcher, ReplayOptions
from mdt.recording.session_file import read_recording

MODES = ("strict", "match", "spy", "diff")


class Replay:
    """A recording as an overlay of the definitions.

    session: the name of a recording, or "latest". mode: "strict" plays each call once, in the recorded order; "match" in any
    order, each once; "spy" the same, and calls the real service for what is not recorded; "diff" calls the real service and
    compares. repeat: the last fitting answer is played again. timing: answers take as long as they took. target: the real
    service, otherwise the service's url.
    """

    def __init__(
        self,
        service: str,
        session: str = "latest",
        *,
        mode: str = "match",
        repeat: bool = False,
        timing: bool = False,
        target: str | None = None,
        allow_hosts: tuple[str, ...] = (),
        on_difference: Callable[[Difference], None] | None = None,
    ) -> None:
        if mode not in MODES:
            raise MdtError(_("There is no mode {mode!r}. Known: {names}", mode=mode, names=", ".join(MODES)))
        self.name = service
        self.session = session
        self.mode = mode
        self.repeat = repeat
        self.timing = timing
        self.target = checked_url(target) if target else None
        self.allow_hosts = allow_hosts
        self._on_difference = on_difference
        self.recording: Recording | None = None
        self.differences: list[Difference] = []
        self.compared = 0
        self._lock = threading.Lock()

    def over(self, catalog: Catalog) -> Catalog:
        """The catalog with the recording in the place of the service."""
        if self.recording is None:
            self.recording = read_recording(place(catalog.folder, self.name, self.session).path)
        service = service_of(catalog, self.name, self.target or self.recording.url)
        if self.mode in ("spy", "diff"):
            check_target(catalog, service, self.target, self.allow_hosts)
        base = self.target or service.url
        options = ReplayOptions(self.name, self.mode, base, self.target is None, self.repeat, self.timing, self.differs)
        return with_dispatcher(catalog, service, ReplayDispatcher(options, self.recording))

    def differs(self, found: Difference | None) -> None:
        with self._lock:
            self.compared += 1
            if found:
                self.differences.append(found)
        if found and self._on_difference:
            self._on_difference(found)

    def end(self) -> None:
        """Nothing is open."""

"""The server's sessions: "default", which always exists, and those that tests open."""

import contextlib
import re
import uuid
from collections.abc import Callable
from typing import Any

from mdt.callbacks.couriers import HttpCourier
from mdt.engine.catalog import Settings
from mdt.engine.choice import EMPTY, Choice
from mdt.engine.journal import Entry
from mdt.engine.routes import allowed
from mdt.engine.session import Session
from mdt.engine.session_registry import SessionRegistry
from mdt.errors import MdtError
from mdt.language import _
from mdt.server.callback_runner import CallbackRunner

DEFAULT = "default"
_ID = re.compile(r"[\x21-\x7e]{1,300}")
type OnEntry = Callable[[str, Entry], None]


class UnknownSessionError(MdtError):
    """No session has this id: it was closed, has expired, or never was."""

    def __init__(self, id: str) -> None:  # noqa: A002
        self.id = id
        super().__init__(
            _(
                "There is no session {id!r}: it was closed, nobody used it for a long time, or the server "
                "was started anew. POST /_mdt/sessions opens one",
                id=id,
            )
        )


class Sessions:
    """`on_entry` is called with every entry of every session, in the thread that wrote it."""

    def __init__(
        self,
        settings: Settings,
        on_entry: OnEntry,
        choice: Choice = EMPTY,
        *,
        environment: str | None = None,
        dataset: str | None = None,
    ) -> None:
        self._options: dict[str, Any] = {
            "journal_limit": settings.journal_limit,
            "environment": environment or settings.environment,
            "dataset": dataset or "",
        }
        self._registry = SessionRegistry(ttl=settings.session_ttl, limit=settings.session_limit)
        self._on_entry = on_entry
        self._courier = HttpCourier(settings.callbacks_to, lambda host: allowed(host, settings.allow_hosts))
        self.runner = CallbackRunner()
        self.default = Session(DEFAULT, choice, seed=settings.seed, **self._options)
        self._listen(self.default)

    @property
    def surroundings(self) -> tuple[str, str]:
        """The environment and the data set of sessions that name none."""
        return self._options["environment"], self._options["dataset"]

    def get(self, id: str) -> Session:  # noqa: A002
        if id == DEFAULT:
            return self.default
        try:
            return self._registry.get(id)
        except KeyError:
            raise UnknownSessionError(id) from None

    def open(
        self,
        id: str | None = None,  # noqa: A002
        choice: Choice = EMPTY,
        *,
        seed: int | str | None = None,
        environment: str | None = None,
        dataset: str | None = None,
    ) -> Session:
        """Opens a session, with a new id if none is given; replaces an open session with the same id.

        Without an environment it has that of the server, and without a data set that of its environment.
        """
        name = id or uuid.uuid4().hex
        if name == DEFAULT or not _ID.fullmatch(name):
            raise MdtError(
                _(
                    "{id!r} is no id for a session: take up to 300 visible ASCII characters, and not {default!r}",
                    id=name,
                    default=DEFAULT,
                )
            )
        named = {"environment": environment, "dataset": dataset or ""} if environment else {}
        own = self._options | named | ({"dataset": dataset} if dataset else {})
        session = self._registry.open(name, choice, seed=seed, **own)
        self._listen(session)
        return session

    def close(self, id: str) -> None:  # noqa: A002
        """Raises UnknownSessionError, and MdtError for "default"."""
        self.get(id)
        if id == DEFAULT:
            raise MdtError(
                _("The session 'default' stays. POST /_mdt/sessions/default/reset takes it back to the beginning")
            )
        self._registry.close(id)

    def every(self) -> list[Session]:
        """All open sessions. Listing does not count as use; expired sessions are left out."""
        found = [self.default]
        for id_ in self._registry.ids():
            with contextlib.suppress(KeyError):
                found.append(self._registry.peek(id_))
        return found

    def ids(self) -> list[str]:
        return [DEFAULT, *self._registry.ids()]

    def _listen(self, session: Session) -> None:
        session.courier = self._courier
        self.runner.watch(session)
        session.journal.subscribe(lambda entry: self._on_entry(session.id, entry))

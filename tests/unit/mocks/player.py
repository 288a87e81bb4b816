"""Asks the definitions in mocks/ what they answer, past every library and socket."""

import json
from typing import Any
from urllib.parse import unquote, urlsplit

from mdt import Catalog, Engine, Reply, Request, Session
from mdt.engine.choice import Selectable
from mdt.engine.outcome import NearMiss, Outcome, Unmatched
from mdt.engine.selection import resolve


class Player:
    """An engine and one session."""

    def __init__(self, catalog: Catalog, wanted: Selectable | None = None) -> None:
        self.engine = Engine(catalog)
        self.session = Session("test")
        if wanted is not None:
            self.session.choice = resolve(catalog, wanted)

    def ask(self, call: str, *, data: Any = None) -> Outcome:
        """What "POST http://shop.internal/x?y=1" is answered with; `data` is its JSON."""
        method, _, url = call.partition(" ")
        parts = urlsplit(url)
        body = json.dumps(data).encode() if data is not None else b""
        request = Request(method, url, parts.netloc, unquote(parts.path) or "/", parts.query, {}, body)
        return self.engine.handle(request, self.session)

    def reply(self, call: str, *, data: Any = None) -> Reply:
        """The same, where it is an answer."""
        outcome = self.ask(call, data=data)
        assert isinstance(outcome, Reply), outcome
        return outcome

    def json(self, call: str, *, data: Any = None) -> Any:
        return json.loads(self.reply(call, data=data).content())

    def miss(self, call: str, *, data: Any = None) -> NearMiss:
        """What the closest route asked for, where none answers."""
        outcome = self.ask(call, data=data)
        assert isinstance(outcome, Unmatched), outcome
        return outcome.near_miss

"""Definitions folders for tests, and a player that asks their engine."""

import json
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any
from urllib.parse import urlsplit

from mdt.definitions import Catalog, load
from mdt.engine.choice import Selectable
from mdt.engine.engine import Engine
from mdt.engine.messages import Reply, Request
from mdt.engine.outcome import NearMiss, Outcome, Unmatched
from mdt.engine.routes import decoded
from mdt.engine.selection import resolve
from mdt.engine.session import Session
from mdt.errors import DefinitionError, Problem

SHOP = "internal/shop.yaml"


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Writes files into root/mocks and returns that folder."""
    folder = root / "mocks"
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(dedent(text), encoding="utf-8")
    return folder


def loaded(root: Path, files: Mapping[str, str], env: Mapping[str, str] | None = None) -> Catalog:
    return load(write(root, files), env or {})


def problems(root: Path, files: Mapping[str, str], env: Mapping[str, str] | None = None) -> tuple[Problem, ...]:
    """What loading raises, or what it leaves for those who use it."""
    try:
        found = loaded(root, files, env).problems
    except DefinitionError as error:
        found = error.problems
    assert found
    return found


def told(root: Path, files: Mapping[str, str], env: Mapping[str, str] | None = None) -> list[str]:
    """The problems as text, without the folder."""
    return [str(problem).replace(f"{root}/mocks/", "") for problem in problems(root, files, env)]


def asking(call: str, *, data: Any = None, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Request:
    """A request from "POST http://shop.internal/x?y=1"."""
    method, _, url = call.partition(" ")
    parts = urlsplit(url)
    body = json.dumps(data).encode() if data is not None else body
    return Request(method, url, parts.netloc, decoded(parts.path) or "/", parts.query, headers or {}, body)


class Player:
    """An engine and one session."""

    def __init__(self, catalog: Catalog, wanted: Selectable | None = None, session: str = "test") -> None:
        self.catalog = catalog
        self.engine = Engine(catalog)
        self.session = Session(session)
        if wanted is not None:
            self.play(wanted)

    def play(self, wanted: Selectable) -> None:
        self.session.choice = resolve(self.catalog, wanted)

    def ask(self, call: str, *, service: str | None = None, **parts: Any) -> Outcome:
        """What "GET /x" at http://shop.internal, or at a whole url, is answered with."""
        method, _, url = call.partition(" ")
        url = url if "://" in url else f"http://shop.internal{url}"
        return self.engine.handle(asking(f"{method} {url}", **parts), self.session, service)

    def reply(self, call: str, **parts: Any) -> Reply:
        outcome = self.ask(call, **parts)
        assert isinstance(outcome, Reply), outcome.near_miss if isinstance(outcome, Unmatched) else outcome
        return outcome

    def json(self, call: str, **parts: Any) -> Any:
        return json.loads(self.reply(call, **parts).content())

    def miss(self, call: str, **parts: Any) -> NearMiss:
        outcome = self.ask(call, **parts)
        assert isinstance(outcome, Unmatched), outcome
        return outcome.near_miss


def player(root: Path, routes: str, wanted: Selectable | None = None, **files: str) -> Player:
    """A player of a service `shop` with these routes (default scenario: ok)."""
    text = "default: ok\nroutes:\n" + "\n".join(f"  {line}" for line in dedent(routes).strip("\n").splitlines())
    return Player(loaded(root, {SHOP: text, **files}), wanted)

"""Handlers of /_mdt/sessions."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from typing import Any

from mdt.control.states import states_of
from mdt.engine.choice import EMPTY, Choice
from mdt.engine.journal import Entry
from mdt.engine.masking import near_miss_as_json
from mdt.engine.outcome import Unmatched
from mdt.engine.selection import resolve
from mdt.engine.session import Session
from mdt.engine.session_keys import key_of
from mdt.language import _
from mdt.server.admin import bodies, environments
from mdt.server.admin.call import SAFETY, AdminCall, AdminError, as_json
from mdt.server.exchange import ServerAnswer, Stream

NAMES: Any = (list, str)


def view(call: AdminCall, session: Session) -> dict[str, Any]:
    """A session as JSON."""
    parts = call.parts
    choice = session.choice
    plain: dict[str, Any] = {
        "id": session.id,
        "scenarios": list(choice.labels()),
        "choice": {service: list(names) for service, names in choice.names.items()},
        "virtual": sorted(choice.virtual),
        **environments.of(call, session),
        "seed": session.seed,
        "now": session.clock.now().isoformat(),
        "calls": len(session.journal),
        "dropped": session.journal.dropped,
        "stubs": len(session.stubs),
        "states": states_of(parts.engine.catalog, session),
        "key": key_of(session.id, parts.engine.catalog.settings.session_keys),
        "urls": {name: parts.address_of(name, session.id, call.host) for name in parts.service_names()},
    }
    if tls := parts.tls.addresses(session.id, call.host):
        plain["tls_urls"] = tls
    return plain


def every(call: AdminCall) -> ServerAnswer:
    found = call.parts.sessions.every()
    return as_json({"sessions": [view(call, session) for session in found]})


def begin(call: AdminCall) -> ServerAnswer:
    known = {"id": str, "scenarios": NAMES, "seed": (int, str), "tls": bool, **environments.FIELDS}
    wanted = bodies.fields(call.incoming, known)
    choice = _choice(call, wanted.get("scenarios", []))
    named = environments.checked(call, wanted)
    session = call.parts.sessions.open(wanted.get("id"), choice, seed=wanted.get("seed"), **named)
    call.parts.hub.publish("session", {"id": session.id, "change": "opened"})
    if wanted.get("tls"):
        return _with_tls(call, session)
    return as_json(view(call, session), 201)


async def _with_tls(call: AdminCall, session: Session) -> Any:
    await call.parts.tls.open_for(session.id, call.parts.service_names())
    return as_json(view(call, session), 201)


def one(call: AdminCall) -> ServerAnswer:
    return as_json(view(call, call.session))


def close(call: AdminCall) -> ServerAnswer:
    id_ = call.values["id"]
    call.parts.sessions.close(id_)
    call.parts.tls.close_for(id_)
    call.parts.hub.publish("session", {"id": id_, "change": "closed"})
    return as_json({"closed": id_})


def choose(call: AdminCall) -> ServerAnswer:
    session = call.session
    wanted = bodies.fields(call.incoming, {"scenarios": NAMES})
    if "scenarios" not in wanted:
        raise bodies.wrong(_('Say which: {{"scenarios": ["service.scenario"]}}; an empty list is the defaults'))
    return _chosen(call, session, _choice(call, wanted["scenarios"]))


def change(call: AdminCall) -> ServerAnswer:
    session = call.session
    wanted = bodies.fields(call.incoming, {"scenarios": NAMES, "clear": list})
    cleared = set(map(str, wanted.get("clear", [])))
    now = session.choice
    kept = Choice({name: one for name, one in now.names.items() if name not in cleared}, now.virtual - cleared)
    return _chosen(call, session, _choice(call, wanted.get("scenarios", [])).over(kept))


def _choice(call: AdminCall, names: Any) -> Choice:
    return resolve(call.parts.engine.catalog, bodies.selectable(names)) if names else EMPTY


def _chosen(call: AdminCall, session: Session, choice: Choice) -> ServerAnswer:
    session.choice = choice
    return _changed(call, session, "scenarios")


def enter(call: AdminCall) -> ServerAnswer:
    session = call.session
    environments.enter(call, session, bodies.fields(call.incoming, environments.FIELDS))
    return _changed(call, session, "environment")


def reset(call: AdminCall) -> ServerAnswer:
    session = call.session
    session.reset()
    return _changed(call, session, "reset")


async def clock(call: AdminCall) -> Any:
    """Moves it in a thread: callbacks on the way are sent, and the application may call this server meanwhile."""
    session = call.session
    wanted = bodies.fields(call.incoming, {"advance": dict, "freeze": (bool, str), "unfreeze": bool})
    await asyncio.to_thread(bodies.move, session.clock, wanted)
    return _changed(call, session, "clock")


def _changed(call: AdminCall, session: Session, change: str) -> ServerAnswer:
    call.parts.hub.publish("session", {"id": session.id, "change": change}, session.id)
    return as_json(view(call, session))


def journal(call: AdminCall) -> ServerAnswer:
    """The entries, oldest first; with `limit` only the newest ones, with `service` only those of the service."""
    session = call.session
    limit = bodies.number(call.args, "limit", bodies.MOST)
    service = call.arg("service")
    found = [one_ for one_ in _since(call, session) if service in {None, one_.service}]
    shown = found[max(0, len(found) - limit) :] if limit else []
    write = Entry.summary if call.arg("brief") else Entry.as_json
    rest = {"left_out": len(found) - len(shown), "dropped": session.journal.dropped}
    return Stream((("content-type", "application/json"), *SAFETY), _listed(shown, write, rest))


async def _listed(
    entries: list[Entry], write: Callable[[Entry], dict[str, Any]], rest: dict[str, int]
) -> AsyncGenerator[bytes]:
    """The document in pieces, so that other clients are answered between two entries."""
    yield b'{"entries": ['
    for index, one_ in enumerate(entries):
        yield (b", " if index else b"") + json.dumps(write(one_), ensure_ascii=False).encode(errors="backslashreplace")
        await asyncio.sleep(0)
    yield b"], " + json.dumps(rest).encode()[1:]


def _since(call: AdminCall, session: Session) -> list[Entry]:
    return session.journal.since(bodies.number(call.args, "since", 0))


def entry(call: AdminCall) -> ServerAnswer:
    wanted = call.values["number"]
    for one_ in call.session.journal.entries():
        if str(one_.number) == wanted:
            text = str(one_.outcome.near_miss) if isinstance(one_.outcome, Unmatched) else None
            return as_json({**one_.as_json(), **({"report": text} if text else {})})
    raise AdminError(
        404,
        "unknown-entry",
        _("There is no entry {number}: the journal was reset, or keeps only newer ones", number=wanted),
    )


def near_misses(call: AdminCall) -> ServerAnswer:
    found = [one_ for one_ in _since(call, call.session) if isinstance(one_.outcome, Unmatched)]
    return as_json({"near_misses": [_missed(one_) for one_ in found]})


def _missed(entry_: Entry) -> dict[str, Any]:
    miss = entry_.outcome.near_miss  # type: ignore[union-attr]
    return {"number": entry_.number, "at": entry_.at.isoformat(), **near_miss_as_json(miss), "report": str(miss)}

"""Handlers of /_mdt/sessions/{id}/callbacks, and of what virtual services publish about themselves."""

import asyncio
from typing import Any

from mdt.callbacks.deliveries import Sending
from mdt.callbacks.sending import find, pending, send
from mdt.errors import UnknownServiceError
from mdt.language import _
from mdt.server.admin import bodies
from mdt.server.admin.call import AdminCall, AdminError, as_json
from mdt.server.exchange import ServerAnswer


def every(call: AdminCall) -> ServerAnswer:
    """What waits, the earliest first, and the newest that were sent; at most `limit` of each."""
    session = call.session
    waiting, sent = pending(session), session.journal.entries("callback")
    limit = bodies.number(call.args, "limit", bodies.MOST)
    newest = [entry.summary() for entry in sent[max(0, len(sent) - limit) :]] if limit else []
    left_out = len(waiting) + len(sent) - len(waiting[:limit]) - len(newest)
    return as_json({"pending": waiting[:limit], "sent": newest, "left_out": left_out})


def clear(call: AdminCall) -> ServerAnswer:
    return as_json({"cleared": call.session.clock.alarms.clear()})


async def begin(call: AdminCall) -> Any:
    """Sends in a thread, because the application may call this server before it answers."""
    wanted = bodies.fields(call.incoming, {"send": str, "to": str, "data": dict})
    if "send" not in wanted:
        raise bodies.wrong(_('Say which: {{"send": "service.callback"}}'))
    to = wanted.get("to", "")
    if to and not to.startswith(("http://", "https://")):
        raise bodies.wrong(_("{url!r} is no http url", url=to))
    return as_json((await asyncio.to_thread(_sent, call, wanted, to)).as_json())


def _sent(call: AdminCall, wanted: dict[str, Any], to: str) -> Sending:
    catalog = call.parts.engine.catalog
    callback = find(catalog, wanted["send"])
    data = wanted.get("data", {})
    session = call.session
    shared = catalog.data.of(session)
    return send(callback, session, others=catalog.callbacks, to=to, data=data, shared=shared)


async def credentials(call: AdminCall) -> Any:
    """What the program under test is configured with: ids, keys, certificates of a partner that is played.

    In a thread, because making a key takes a second or more.
    """
    name = call.values["name"]
    services = call.parts.engine.catalog.services
    if name not in services:
        raise UnknownServiceError(name, services)
    virtual = services[name].virtual
    found = await asyncio.to_thread(virtual.test_credentials) if virtual else {}
    if not found:
        raise AdminError(404, "no-credentials", _("{name} has no credentials to give out", name=name))
    return as_json(found)

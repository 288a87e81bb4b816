"""Handlers of /_mdt/drafts: reads what was pasted, previews a draft, writes it. They read and write files, so a token is always needed."""

import asyncio
from collections.abc import Callable
from typing import Any

from mdt.drafts.draft import DraftError, draft_of
from mdt.drafts.pasted import pasted
from mdt.drafts.preview import Preview, preview_of
from mdt.drafts.trial import trial
from mdt.engine.messages import Reply
from mdt.language import _
from mdt.server.admin import bodies
from mdt.server.admin.call import AdminCall, AdminError, as_json
from mdt.server.exchange import ServerAnswer

STATUS = {
    "changed": 409,
    "exists": 409,
    "would-replace": 409,
    "own-match": 409,
    "outside": 403,
    "unknown-service": 404,
    "not-written": 500,
}
FIELDS: dict[str, Any] = {"draft": dict, "request": dict}


def paste(call: AdminCall) -> ServerAnswer:
    """The request of a curl command with the service at its host, or the JSON."""
    text = bodies.fields(call.incoming, {"text": str}).get("text", "")
    return _refusing(lambda: as_json(_with_service(call, pasted(text))))


def _with_service(call: AdminCall, found: dict[str, Any]) -> dict[str, Any]:
    if found["kind"] != "curl":
        return found
    request = found["request"]
    services = call.parts.engine.catalog.hosts.get(request.pop("host"), ())
    fits = [one for one in services if request["path"].startswith(one.base_path)]
    if fits:
        request["path"] = request["path"][len(fits[0].base_path) :] or "/"
    return {**found, "service": fits[0].name if fits else None}


async def preview(call: AdminCall) -> Reply:
    """The file as the draft would make it, and what its scenarios would answer to the request."""
    wanted = bodies.fields(call.incoming, FIELDS)
    return await asyncio.to_thread(_refusing, lambda: as_json(_previewed(call, wanted)))


def _previewed(call: AdminCall, wanted: dict[str, Any]) -> dict[str, Any]:
    found = _preview(call, wanted)
    return {**found.as_json(), "trials": trial(found, wanted["request"]) if "request" in wanted else []}


def _preview(call: AdminCall, wanted: dict[str, Any]) -> Preview:
    return preview_of(draft_of(wanted.get("draft", {})), call.parts.engine.catalog, call.parts.watcher.env)


async def write(call: AdminCall) -> Reply:
    """Writes what a preview with this digest showed, and plays it."""
    wanted = bodies.fields(call.incoming, {"draft": dict, "digest": str, "replace": bool})
    answer = await asyncio.to_thread(_refusing, lambda: _written(call, wanted))
    if answer.status == 201:
        await call.parts.reload()
    return answer


def _written(call: AdminCall, wanted: dict[str, Any]) -> Reply:
    if "digest" not in wanted:
        raise bodies.wrong(_("`digest` is missing: it is that of the preview, so that no other change is lost"))
    found = _preview(call, wanted)
    if found.problems:
        problems = "\n".join(found.problems)
        raise DraftError(
            _("Nothing was written, because of these problems:\n{problems}", problems=problems), "problems"
        )
    if found.replaces and not wanted.get("replace"):
        names = ", ".join(found.replaces)
        raise DraftError(_("This replaces {names}. Send `replace` if you mean it.", names=names), "would-replace")
    found.target.write(found.text.encode(), wanted["digest"])
    return as_json(found.as_json(), 201)


def _refusing(work: Callable[[], Reply]) -> Reply:
    """A DraftError becomes a refusal with its own status and code."""
    try:
        return work()
    except DraftError as error:
        raise AdminError(STATUS.get(error.code, 422), error.code, str(error)) from None

"""Handlers of a session's stubs, of its state machines, and of questions about its calls."""

from collections.abc import Mapping
from typing import Any

from mdt.control.calls import ServiceCalls
from mdt.control.states import set_state, states_of
from mdt.control.stubs import Stubbing
from mdt.engine.session import Session
from mdt.errors import UnknownServiceError
from mdt.language import _
from mdt.server.admin import bodies
from mdt.server.admin.call import AdminCall, AdminError, as_json
from mdt.server.exchange import ServerAnswer

STUB = {"id": str, "service": str, "route": str, "match": dict, "answer": dict, "answers": list}
CALLED = {"service": str, "route": str, "times": int, "match": dict}


def every(call: AdminCall) -> ServerAnswer:
    """The stubs, oldest first: at most `limit`, after the first `offset` of them."""
    found = [stub.written for stub in call.session.stubs.every()]
    shown = bodies.paged(found, call.args)
    return as_json({"stubs": shown, "left_out": len(found) - len(shown)})


def add(call: AdminCall) -> ServerAnswer:
    session = call.session
    wanted = bodies.fields(call.incoming, STUB)
    _check_forwarding([wanted.get("answer"), *wanted.get("answers", [])])
    stub = _stubbing(call, session).add(wanted)
    _tell(call, session)
    return as_json(stub.written, 201)


def _stubbing(call: AdminCall, session: Session) -> Stubbing:
    return Stubbing(call.parts.engine.catalog, session, f"/_mdt/sessions/{session.id}/stubs")


def _check_forwarding(answers: list[Any]) -> None:
    """A stub forwards to its service alone: this API must not make the server call other addresses."""
    cases = [case for answer in answers if isinstance(answer, Mapping) for case in (answer, *_cases(answer))]
    if any(isinstance(case, Mapping) and isinstance(case.get("passthrough"), str) for case in cases):
        raise bodies.wrong(_("A stub forwards to the url of its service alone: `passthrough: true`"))


def _cases(answer: Mapping[str, Any]) -> list[Any]:
    cases = answer.get("when")
    return cases if isinstance(cases, list) else []


def one(call: AdminCall) -> ServerAnswer:
    for stub in call.session.stubs.every():
        if stub.id == call.values["stub"]:
            return as_json(stub.written)
    raise _unknown(call)


def remove(call: AdminCall) -> ServerAnswer:
    session = call.session
    try:
        stub = session.stubs.remove(call.values["stub"])
    except KeyError:
        raise _unknown(call) from None
    _tell(call, session)
    return as_json({"removed": [stub.id]})


def clear(call: AdminCall) -> ServerAnswer:
    session = call.session
    gone = [stub.id for stub in session.stubs.every()]
    session.stubs.clear()
    _tell(call, session)
    return as_json({"removed": gone})


def _unknown(call: AdminCall) -> AdminError:
    return AdminError(404, "unknown-stub", _("There is no stub {id!r} in this session", id=call.values["stub"]))


def _tell(call: AdminCall, session: Session) -> None:
    call.parts.hub.publish("session", {"id": session.id, "change": "stubs"}, session.id)


def called(call: AdminCall) -> ServerAnswer:
    """Whether there was such a call, or exactly `times` of them; `message` says why not."""
    session = call.session
    wanted = bodies.fields(call.incoming, CALLED)
    catalog, route, name = call.parts.engine.catalog, wanted.get("route"), wanted.get("service")
    if route is None and name is None:
        raise bodies.wrong(_("Say which calls: `service`, `route` or both"))
    if name is None:
        service, route = _stubbing(call, session).placed(str(route))
    elif name in catalog.services:
        service = catalog.services[name]
    else:
        raise UnknownServiceError(name, catalog.services)
    verdict = ServiceCalls(service, session).verdict(route, wanted.get("times"), wanted.get("match", {}))
    calls = [entry.summary() for entry in verdict.calls]
    return as_json({"met": verdict.message is None, "count": len(calls), "message": verdict.message, "calls": calls})


def move(call: AdminCall) -> ServerAnswer:
    session = call.session
    services = call.parts.engine.catalog.services
    for name, state in bodies.fields(call.incoming, dict.fromkeys(services, str)).items():
        set_state(services[name], session, state)
    call.parts.hub.publish("session", {"id": session.id, "change": "states"}, session.id)
    return as_json({"states": states_of(call.parts.engine.catalog, session)})

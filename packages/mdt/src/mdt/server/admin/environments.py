"""Environments and data sets in the admin API: what there is, what a session has, and what it is to have."""

from collections.abc import Mapping
from typing import Any

from mdt.engine.session import Session
from mdt.errors import MdtError
from mdt.server.admin.call import AdminCall, as_json
from mdt.server.exchange import ServerAnswer

NOTHING: Any = (str, type(None))
FIELDS = {"environment": NOTHING, "dataset": NOTHING}


def every(call: AdminCall) -> ServerAnswer:
    """The environments of mdt.yaml, and the data sets."""
    return as_json(call.parts.engine.catalog.data.as_json())


def of(call: AdminCall, session: Session) -> dict[str, Any]:
    """What a session has; the data set is None if a reload has taken its environment away."""
    catalog = call.parts.engine.catalog
    found = catalog.data.environments.get(session.environment)
    strict = found.strict if found and found.strict is not None else catalog.settings.strict
    try:
        dataset = catalog.data.name_for(session)
    except MdtError:
        dataset = None
    return {"environment": session.environment or None, "dataset": dataset, "strict": strict}


def checked(call: AdminCall, wanted: Mapping[str, Any]) -> dict[str, str | None]:
    """The two names of a body. Raises UnknownEnvironmentError and UnknownDatasetError."""
    names = {key: wanted.get(key) for key in FIELDS}
    call.parts.engine.catalog.data.check(names["environment"], names["dataset"])
    return names


def enter(call: AdminCall, session: Session, wanted: Mapping[str, Any]) -> None:
    """Null goes back to what the server began with; a missing environment stays, a missing data set is the environment's."""
    names = checked(call, wanted)
    environment, dataset = session.environment, names["dataset"] or ""
    if "environment" in wanted:
        first, data = call.parts.sessions.surroundings
        environment = names["environment"] or first
        dataset = dataset or ("" if names["environment"] else data)
    session.enter(environment, dataset)

"""Reads and sets the states of a session's state machines."""

from mdt.engine.catalog import Catalog, Service
from mdt.engine.session import Session
from mdt.errors import MdtError
from mdt.language import _, sentences
from mdt.suggest import did_you_mean


def states_of(catalog: Catalog, session: Session) -> dict[str, str]:
    """The state of each service that has a state machine."""
    machines = {name: service.states for name, service in catalog.services.items() if service.states}
    return {name: machine.now(session.states, name) for name, machine in machines.items()}


def set_state(service: Service, session: Session, state: str) -> None:
    """Raises MdtError if the service has no such state."""
    if service.states is None:
        raise MdtError(_("{service} has no `states`.", service=service.name))
    if state not in service.states.names:
        hint = did_you_mean(state, service.states.names)
        raise MdtError(sentences(_("{service} has no state {state!r}.", service=service.name, state=state), hint))
    with session.lock:
        session.states[service.name] = state

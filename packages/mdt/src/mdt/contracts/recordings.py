"""Recordings of a service beside its contract: each recorded call, its request and its answer."""

from collections.abc import Iterator
from dataclasses import dataclass

from mdt.contracts.agreement import Agreement
from mdt.contracts.conformance import Violation, violations
from mdt.contracts.store import Contract
from mdt.engine.catalog import Catalog, Service
from mdt.engine.messages import Reply, Request
from mdt.engine.routes import decoded
from mdt.errors import DefinitionError, Problem
from mdt.language import _
from mdt.recording.bodies import bytes_of
from mdt.recording.model import RecordedCall
from mdt.recording.places import Place, places
from mdt.recording.replies import reply_of
from mdt.recording.session_file import read_recording


@dataclass(frozen=True, slots=True)
class RecordedFinding:
    """A recorded call that breaks the contract."""

    place: Place
    call: RecordedCall
    violation: Violation

    def problem(self, contract: Contract, file: str) -> Problem:
        name = f"{self.call.request.method} {self.call.request.path}"
        text = _("{name}: {what}", name=name, what=self.violation.what)
        return Problem(file, self.call.line, text, _("Contract: {file}", file=contract.file))


def recording_problems(
    catalog: Catalog, service: Service, contract: Contract
) -> tuple[int, list[Problem], list[Problem]]:
    """The number of calls that were looked at, the problems, and what is only suspicious."""
    agreement = Agreement(contract.document, service.base_path)
    count, problems, suspicious = 0, list[Problem](), list[Problem]()
    for place in places(catalog.folder, service.name):
        try:
            recording = read_recording(place.path)
        except DefinitionError as error:
            problems += error.problems
            continue
        count += len(recording.calls)
        for found in _findings(agreement, place, recording.calls):
            (suspicious if found.violation.strict else problems).append(found.problem(contract, recording.file))
    return count, problems, suspicious


def _findings(agreement: Agreement, place: Place, calls: tuple[RecordedCall, ...]) -> Iterator[RecordedFinding]:
    for call in calls:
        answer = reply_of(call.answer)
        reply = answer if isinstance(answer, Reply) and not call.answer.partial else None
        yield from (RecordedFinding(place, call, one) for one in violations(agreement, _request(call), reply))


def _request(call: RecordedCall) -> Request:
    path, _mark, query = call.request.path.partition("?")
    return Request(
        call.request.method,
        call.request.path,
        "",
        decoded(path),
        query,
        dict(call.request.headers),
        bytes_of(call.request.body),
    )

"""Calls of other tools' recordings as those of mdt, without secrets: the calls of one service alone."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from mdt.engine.catalog import RecordingSettings
from mdt.engine.messages import Chunk, Reply
from mdt.formats.draft import Draft
from mdt.formats.recorded import draft_of
from mdt.language import _, listed
from mdt.recording.bodies import body_of
from mdt.recording.model import Pairs, RecordedAnswer, RecordedCall, RecordedRequest, Recording
from mdt.recording.recorder import answer_body
from mdt.recording.redaction import Redactor


@dataclass(frozen=True, slots=True)
class RawCall:
    """A call as another tool wrote it; bodies may be coded as the headers say."""

    where: str
    at: str
    method: str
    url: str
    headers: Pairs
    body: bytes
    status: int
    answer_headers: Pairs
    answer_body: bytes
    took: float

    @property
    def origin(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def fill(draft: Draft, calls: Iterable[RawCall], settings: RecordingSettings) -> None:
    """Adds the calls of the draft's url, or of the host with the most calls, as scenarios."""
    every = list(calls)
    if not every:
        return
    counted = Counter(call.origin for call in every)
    base = draft.url or counted.most_common(1)[0][0]
    own = [call for call in every if call.url == base or call.url.startswith((f"{base}/", f"{base}?"))]
    for origin, count in counted.items():
        others = count - sum(call.origin == origin for call in own)
        if others:
            draft.lost(origin, _("{count} calls to another address than {url} are left out", count=others, url=base))
    redactor = Redactor(settings)
    recorded = tuple(redactor.call(_recorded(call, base)) for call in own)
    again = tuple(redactor.call(call) for call in recorded)
    made = draft_of(Recording(draft.service, "", base, again), draft.default)
    places = {line: call.where for line, call in enumerate(own, 1)}
    draft.url, draft.routes = base, made.routes
    draft.losses += [replace(loss, where=places.get(_line(loss.where), loss.where)) for loss in made.losses]
    if redactor.names.counts:
        kinds = listed(f"{kind} {count}" for kind, count in sorted(redactor.names.counts.items()))
        draft.lost(draft.service, _("secrets are replaced by pseudonyms: {kinds}", kinds=kinds))
    if redactor.left_out:
        draft.lost(
            draft.service,
            _(
                "headers left out: {names}. Keep some with recording.headers in mdt.yaml.",
                names=listed(sorted(redactor.left_out)),
            ),
        )


def _line(where: str) -> int:
    number = where.rpartition(":")[2]
    return int(number) if number.isdigit() else 0


def _recorded(call: RawCall, base: str) -> RecordedCall:
    parts = urlsplit(call.url[len(base) :])
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    asked = dict(call.headers)
    body = body_of(call.body, asked.get("content-type", ""), asked.get("content-encoding", ""), is_request=True)
    reply = Reply(call.status, call.answer_headers, chunks=(Chunk(0, call.answer_body),) if call.answer_body else None)
    answer = RecordedAnswer(call.status, call.answer_headers, _decoded(reply))
    return RecordedCall(call.at, RecordedRequest(call.method.upper(), path, call.headers, body), answer, call.took)


def _decoded(reply: Reply) -> "dict[str, object]":
    """Tools keep the header of a coding whose body they have decoded; then the body is taken as it is."""
    body = dict(answer_body(reply))
    if "base64" not in body or all(name != "content-encoding" for name, _value in reply.headers):
        return body
    plain = replace(reply, headers=tuple(one for one in reply.headers if one[0] != "content-encoding"))
    return dict(answer_body(plain))

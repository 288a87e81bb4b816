"""One attempt: ask one provider, hold its answer back until it has content, then pass it on."""

from typing import Any

from balancer.proxy import headers, translating
from balancer.proxy.answer import EVENT_STREAM, Headers
from balancer.proxy.classification import AttemptFailedError, Failure, in_band, is_error_shaped, of_fault, of_status
from balancer.proxy.hold import Attempt, hold
from balancer.proxy.relay import StreamRelay
from balancer.proxy.upstream import MAX_ERROR_BODY, Upstream, UpstreamAnswer
from balancer.proxy.usage import added, settle_stream
from balancer.wire import json_text
from balancer.wire.usage import of_answer

MAX_ANSWER = 256 * 1024 * 1024
JSON: Headers = [(b"content-type", b"application/json")]
_SHAPES = {"/v1/messages": "content", "/chat/completions": "choices", "/embeddings": "data"}


class AnswerBrokenError(Exception):
    """The stream broke after content had gone to the caller."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


async def run(attempt: Attempt, upstream: Upstream) -> None:
    """Answer the caller from this provider. Raises AttemptFailedError before content, AnswerBrokenError after it."""
    body, warnings = translating.upstream_body(attempt.request, attempt.target, attempt.provider)
    sent = headers.to_provider(attempt.request.headers, attempt.provider)
    got = await upstream.post(attempt.provider, attempt.path, sent, body, attempt.settings)
    try:
        attempt.log.status = got.status
        if not 200 <= got.status < 300:
            raise AttemptFailedError(await _refusal(attempt, got))
        if attempt.request.stream and got.media_type != "application/json":
            await _stream(attempt, got, warnings)
        else:
            await _whole(attempt, got, warnings)
    finally:
        got.close()


async def _refusal(attempt: Attempt, got: UpstreamAnswer) -> Failure:
    """The failure that an answer with an error status is, whether or not its body can be read."""
    try:
        raw = await got.read_all(attempt.provider.timeouts.idle, MAX_ERROR_BODY)
    except AttemptFailedError:
        raw = b""
    return of_status(got.status, got.headers, raw, _json(raw), provider=attempt.provider, settings=attempt.settings)


async def _whole(attempt: Attempt, got: UpstreamAnswer, warnings: list[str]) -> None:
    raw = await got.read_all(attempt.provider.timeouts.idle, MAX_ANSWER)
    body = _checked(attempt, got, raw)
    attempt.has_content()
    found = _headers(attempt, got, warnings)
    if attempt.request.stream:
        events = translating.as_stream(attempt.request, attempt.provider, body)
        await attempt.answer.whole(200, found + EVENT_STREAM, events)
    elif attempt.same_format:
        await attempt.answer.whole(200, found + JSON, raw)
    else:
        await attempt.answer.whole(200, found + JSON, translating.answer(attempt.request, attempt.provider, body))
    attempt.record.usage = added(attempt.record.usage, of_answer(attempt.provider.type, body))


def _checked(attempt: Attempt, got: UpstreamAnswer, raw: bytes) -> dict[str, Any]:
    """The answer as an object. HTML, bad JSON, an error under HTTP 200 and other shapes are failures."""
    body = _json(raw)
    if body is None:
        reason = "answer_html" if "html" in got.media_type else "answer_empty" if not raw.strip() else "answer_not_json"
        raise AttemptFailedError(of_fault(reason, attempt.settings))
    if is_error_shaped(body):
        error = body["error"] if isinstance(body["error"], dict) else {"message": body["error"]}
        raise AttemptFailedError(in_band(error, attempt.provider, attempt.settings, raw))
    expected = _SHAPES.get(attempt.path)
    if not isinstance(body, dict) or (expected and not isinstance(body.get(expected), list)):
        raise AttemptFailedError(of_fault("answer_of_another_shape", attempt.settings))
    return body


async def _stream(attempt: Attempt, got: UpstreamAnswer, warnings: list[str]) -> None:
    if "html" in got.media_type:
        raise AttemptFailedError(of_fault("answer_html", attempt.settings))
    relay = StreamRelay(
        got,
        attempt.provider.type,
        attempt.provider,
        attempt.settings,
        translator=translating.stream_translator(attempt.request, attempt.provider),
        strip_usage=attempt.request.injects_usage and attempt.same_format,
    )
    held, ended = await hold(attempt, relay, lambda: _open(attempt, []))
    attempt.has_content()
    try:
        await _open(attempt, _headers(attempt, got, warnings))
        await _relay(attempt, relay, held, ended)
    finally:
        settle_stream(attempt.record, attempt.request, relay.reader)
    await got.drain()


async def _open(attempt: Attempt, found: Headers) -> None:
    """Start the answer, unless pings have opened it already."""
    if not attempt.answer.started:
        await attempt.answer.start(200, found + EVENT_STREAM)


async def _relay(attempt: Attempt, relay: StreamRelay, held: bytes, ended: bool) -> None:
    """Pass on what was held and what follows."""
    write, idle = attempt.answer.write, attempt.provider.timeouts.idle
    try:
        if held:
            await write(held)
        while not ended:
            piece = await relay.next(idle)
            if piece.data:
                await write(piece.data)
            ended = piece.ended
    except AttemptFailedError as failed:
        raise AnswerBrokenError(failed.failure) from failed
    await attempt.answer.finish()


def _headers(attempt: Attempt, got: UpstreamAnswer, warnings: list[str]) -> Headers:
    found = headers.to_caller(got.headers.items())
    found.append((b"x-provider-used", attempt.provider.name.encode()))
    found.append((b"x-balancer-attempts", str(len(attempt.record.attempts)).encode()))
    if warnings:
        found.append((b"x-balancer-warning", "; ".join(warnings).encode("ascii", "replace")))
    return found


def _json(raw: bytes) -> Any:
    try:
        return json_text.loads(raw)
    except ValueError:
        return None

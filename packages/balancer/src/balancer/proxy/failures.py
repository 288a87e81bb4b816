"""How a request that no provider answered ends for its caller: in the caller's format, with what to do next."""

import math
from typing import Any

from balancer.proxy import translating
from balancer.proxy.answer import Answer, Headers
from balancer.proxy.classification import Failure, Kind
from balancer.proxy.request import CallerRequest, RefusedError
from balancer.proxy.runtime import Runtime
from balancer.wire import json_text
from balancer.wire.errors import error_body, error_event
from balancer.wire.formats import Format
from balancer.wire.sse import encode

NONE_READY = "No provider can answer right now. Try again later."
REFUSED_BALANCER = "No provider accepts this balancer's requests. Its operator needs to look at the credentials."
BROKEN = "The provider's stream ended early. What was received is not the whole answer."
LONG_WAIT = 60  # seconds; from here on an error that the program sees is better than an SDK that sleeps
TOO_MANY = "The balancer has too many requests under way. Try again in a second."


async def give_up(
    runtime: Runtime, request: CallerRequest, answer: Answer, failure: Failure, all_failures: list[Failure]
) -> None:
    """The last failure as an answer: the caller's own fault as the provider told it, all else as a 503."""
    if failure.kind is Kind.CALLER:
        return await _tell(answer, request, *_told(request, failure), _advice(retry=False))
    if request.config.settings.failover_on == "unhealthy" and all_failures and _ended_early(runtime, request):
        retry = failure.kind in (Kind.THROTTLE, Kind.TRANSIENT)
        return await _tell(answer, request, *_told(request, failure), _advice(retry=retry, after=failure.retry_after))
    return await _none_ready(runtime, request, answer, all_failures)


async def _none_ready(runtime: Runtime, request: CallerRequest, answer: Answer, found: list[Failure]) -> None:
    passing = [one for one in found if one.kind in (Kind.THROTTLE, Kind.TRANSIENT)]
    retry = (bool(passing) or not found) and runtime.budget.left(request) > 0
    message = NONE_READY if passing or not found else REFUSED_BALANCER
    body = error_body(request.surface.format, 503, message)
    await _tell(answer, request, 503, body, _advice(retry=retry, after=_seconds_left(runtime, request, found)))


def _seconds_left(runtime: Runtime, request: CallerRequest, found: list[Failure]) -> float:
    """Until the first provider may be asked again: the shortest cooldown of the route, or what throttling ones named."""
    soonest = runtime.health.soonest(one.provider for one in request.route.targets)
    if soonest and soonest[1] > 0:
        return soonest[1]
    return min((one.retry_after for one in found if one.retry_after), default=1.0)


def _ended_early(runtime: Runtime, request: CallerRequest) -> bool:
    """Whether some provider of the route could still be asked: then the failure was one below the threshold."""
    return any(runtime.health.usable(one.provider) for one in request.route.targets)


def _told(request: CallerRequest, failure: Failure) -> tuple[int, Any]:
    """A provider's error in the caller's format: status and body."""
    if isinstance(failure.body, dict) and failure.format is not None:
        return translating.error(request.surface.format, failure)
    return failure.status, error_body(request.surface.format, failure.status, _generic(failure))


def _generic(failure: Failure) -> str:
    return "The provider refused the request." if failure.kind is Kind.CALLER else "The provider could not answer."


def _advice(*, retry: bool, after: float | None = None) -> Headers:
    """Both SDKs obey the first header; Anthropic's sleeps through any `retry-after`, so a long one is no advice to wait."""
    seconds = None if after is None else max(1, math.ceil(after))
    retry = retry and (seconds is None or seconds < LONG_WAIT)
    headers = [(b"x-should-retry", b"true" if retry else b"false")]
    if seconds is not None:
        headers.append((b"retry-after", str(seconds).encode()))
    return headers


async def _tell(answer: Answer, request: CallerRequest, status: int, body: Any, headers: Headers) -> None:
    """As an HTTP error, or, where the stream has begun already, as its error event."""
    if answer.started:
        members = json_text.loads(body) if isinstance(body, bytes) else body
        await answer.write(encode(error_event(request.surface.format, members)))
        return await answer.abort()
    raw = body if isinstance(body, bytes) else json_text.encode(body)
    return await answer.whole(status, [*headers, (b"content-type", b"application/json")], raw)


async def break_off(request: CallerRequest, answer: Answer) -> None:
    """A stream broke after content: an error event, then the connection closes without the end of the body."""
    body = error_body(request.surface.format, 500, BROKEN)
    await answer.write(encode(error_event(request.surface.format, body)))
    await answer.abort()


async def refuse(answer: Answer, error_format: Format, refused: RefusedError) -> None:
    """Say why the balancer does not pass this on. The caller of this finishes the answer."""
    headers: Headers = [(name.encode(), value.encode()) for name, value in refused.headers.items()]
    body = error_body(error_format, refused.status, str(refused), kind=refused.kind, code=refused.code)
    raw = json_text.encode(body)
    headers += [(b"content-type", b"application/json"), (b"content-length", str(len(raw)).encode())]
    await answer.start(refused.status, headers + _advice(retry=refused.status == 503))
    await answer.write(raw)

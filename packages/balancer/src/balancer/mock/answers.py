"""What each behaviour answers."""

import asyncio
from collections.abc import Awaitable, Callable

from balancer.mock import breaks, http_errors, limits, streaming
from balancer.mock.behaviors import HTTP_ERRORS, ProviderBehavior
from balancer.mock.call import Answer, Call, success
from balancer.mock.meaning import key_of
from balancer.wire import counting


async def answer(call: Call) -> Answer:
    """Waits for `delay_ms`, then does what the behaviour is."""
    if call.provider.delay_ms:
        await asyncio.sleep(call.provider.delay_ms / 1000)
    made = BEHAVIORS[call.behavior](call)
    return await made if isinstance(made, Awaitable) else made


def _cached(call: Call) -> Answer:
    key = key_of(call.body)
    hits = call.namespace.state(call.provider.name).hits
    hits[key] += 1
    return success(call, key, {"x-mock-cache-key": key, "x-mock-hit": str(hits[key])})


def _quota(call: Call) -> Answer:
    now = call.namespace.now()
    tokens = counting.count_tokens(dict(call.body))
    left = limits.quota(call.provider, call.namespace.state(call.provider.name), now, tokens)
    headers = left.headers(call.format, left.wait or limits.WINDOW)
    return http_errors.http_error(call, headers, left.wait) if left.wait else success(call, headers=headers)


def _flapping(call: Call) -> Answer:
    down = limits.is_down(call.provider, call.namespace.state(call.provider.name), call.namespace.now())
    return http_errors.http_error(call) if down else success(call)


async def _slow_first_token(call: Call) -> Answer:
    """The head of a stream comes at once; an answer that is no stream comes late as a whole."""
    if not call.streams:
        await asyncio.sleep((call.provider.ttft_ms or streaming.SLOW_FIRST_TOKEN_MS) / 1000)
    return success(call)


_B = ProviderBehavior
BEHAVIORS: dict[ProviderBehavior, Callable[[Call], Answer | Awaitable[Answer]]] = {
    **dict.fromkeys(HTTP_ERRORS, http_errors.http_error),
    **dict.fromkeys(breaks.NO_STREAM, breaks.broken_stream),
    _B.SUCCESS: success,
    _B.STREAMING_SUCCESS: success,
    _B.DUPLICATE_CACHE: _cached,
    _B.RATE_LIMIT: http_errors.rate_limit,
    _B.BAD_GATEWAY: http_errors.bad_gateway,
    _B.QUOTA: _quota,
    _B.FLAPPING: _flapping,
    _B.TIMEOUT: breaks.timeout,
    _B.CONNECTION_ERROR: breaks.connection_error,
    _B.SSL_ERROR: breaks.tls,
    _B.NOT_JSON: breaks.not_json,
    _B.TRUNCATED_BODY: breaks.truncated_body,
    _B.SLOW_FIRST_TOKEN: _slow_first_token,
}

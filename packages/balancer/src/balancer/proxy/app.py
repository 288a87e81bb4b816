"""The application: the vendors' paths, and one place in which each request begins and ends."""

import asyncio
import logging
import math
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from balancer.proxy import failures, models, service
from balancer.proxy.answer import ClientAnswer, Send
from balancer.proxy.config import Config
from balancer.proxy.intake import ClientGoneError, Receive, Scope, linger, read_request
from balancer.proxy.record import RequestRecord
from balancer.proxy.request import SURFACES, CallerRequest, RefusedError, Surface
from balancer.proxy.runtime import Runtime
from balancer.wire.errors import error_body
from balancer.wire.formats import Format

log = logging.getLogger("balancer.proxy")


def create_app(
    config: Config, *, clock: Callable[[], float] = time.monotonic, routes: Iterable[BaseRoute] = ()
) -> Starlette:
    """The balancer as an ASGI application; `app.state.runtime` is its Runtime. `routes` are added to the vendors' paths."""
    runtime = Runtime(config, clock)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with runtime.upstream:
            yield

    app = Starlette(
        routes=[*vendor_routes(runtime), *routes],
        lifespan=lifespan,
        exception_handlers={HTTPException: _vendor_error, RefusedError: _vendor_error},
    )
    app.state.runtime = runtime
    return app


def vendor_routes(runtime: Runtime) -> list[BaseRoute]:
    """The paths that callers know from the vendors, and the two that a load balancer asks."""
    asked = [Route(one.path, SurfaceApp(runtime, one), methods=["POST"]) for one in SURFACES]
    return [
        *asked,
        Route("/v1/models", models.Models(runtime), methods=["GET"]),
        Route("/health", _health, methods=["GET"]),
        Route("/ready", Ready(runtime), methods=["GET"]),
    ]


class SurfaceApp:
    """One path as an ASGI application."""

    def __init__(self, runtime: Runtime, surface: Surface) -> None:
        self._runtime = runtime
        self._surface = surface

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        record = RequestRecord(scope["method"], self._surface.path)
        answer = ClientAnswer(scope, send, record.request_id)
        self._runtime.inflight += 1
        try:
            await self._serve(scope, receive, answer, record)
        except RefusedError as refused:
            record.outcome, record.reason = "refused", f"http_{refused.status}"
            await failures.refuse(answer, self._surface.format, refused)
            if refused.status == 413:
                await linger(receive)
            await answer.finish()
        except ClientGoneError:
            record.outcome = "client_gone"
        except Exception:
            log.exception("Request %s failed inside the balancer.", record.request_id)
            await _fail(answer, self._surface.format)
        finally:
            self._runtime.inflight -= 1
            record.status, record.bytes_out = answer.status, answer.bytes_out
            record.settle()
            self._runtime.observe(record)

    async def _serve(self, scope: Scope, receive: Receive, answer: ClientAnswer, record: RequestRecord) -> None:
        config = self._runtime.config
        if self._runtime.inflight > config.settings.limits.max_inflight:
            refused = RefusedError(503, failures.TOO_MANY)
            refused.headers["retry-after"] = "1"
            raise refused
        request = await read_request(config, self._surface, scope, receive)
        record.model, record.stream, record.tenant = request.model, request.stream, request.tenant
        record.bytes_in = len(request.raw)
        await _until_gone(receive, answer, self._answer(request, answer, record))

    async def _answer(self, request: CallerRequest, answer: ClientAnswer, record: RequestRecord) -> None:
        work = partial(service.serve, self._runtime)
        if request.config.settings.deduplication.enabled:
            await self._runtime.deduplication.serve(request, answer, record, work)
        else:
            await work(request, answer, record)


async def _until_gone(receive: Receive, answer: ClientAnswer, work: Awaitable[None]) -> None:
    """Do the work; if the caller leaves, cancel it at once. Raises ClientGoneError then."""
    watcher = _Watcher(receive, answer)
    watching = asyncio.create_task(watcher.watch())
    try:
        await work
    except asyncio.CancelledError:
        if not watcher.gone:
            raise
        watcher.worker.uncancel()
        raise ClientGoneError from None
    finally:
        watching.cancel()


class _Watcher:
    """Waits for the caller to leave, and cancels the task that made this."""

    def __init__(self, receive: Receive, answer: ClientAnswer) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("A request is served by a task.")
        self.worker = task
        self.gone = False
        self._receive = receive
        self._answer = answer

    async def watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self._answer.done:
            self.gone = True
            if self._answer.leaves():
                self.worker.cancel()


async def _fail(answer: ClientAnswer, error_format: Format) -> None:
    """A fault of the balancer itself: the caller learns that, and nothing of our insides."""
    if answer.started:
        return await answer.abort()
    return await failures.refuse(
        answer, error_format, RefusedError(500, "The balancer failed. The fault is not yours.")
    )


class Ready:
    """Whether any provider could be asked now: 200, or 503 with the time until one may be."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        names = [one.name for one in self._runtime.config.providers if one.enabled]
        ready = any(self._runtime.health.usable(name) for name in names)
        soonest = self._runtime.health.soonest(names)
        headers = {} if ready or soonest is None else {"retry-after": str(max(1, math.ceil(soonest[1])))}
        body = {"status": "ready" if ready else "no provider is ready"}
        await JSONResponse(body, 200 if ready else 503, headers)(scope, receive, send)


async def _health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _vendor_error(request: Request, error: Exception) -> Response:
    """A path, method or key that is wrong, in the shape of the vendor whose client asked."""
    anthropic = "anthropic-version" in request.headers or request.url.path.startswith("/v1/messages")
    own = Format.ANTHROPIC if anthropic else Format.OPENAI
    status, message, headers = _told(request, error)
    advice = {"x-should-retry": "false", "x-request-id": f"req_{uuid.uuid4().hex}"}
    return JSONResponse(error_body(own, status, message), status, headers | advice)


def _told(request: Request, error: Exception) -> tuple[int, str, dict[str, str]]:
    if isinstance(error, RefusedError):
        return error.status, str(error), error.headers
    status = error.status_code if isinstance(error, HTTPException) else 500
    messages = {404: f"No such path: {request.url.path[:200]}", 405: "This path does not take that method."}
    return status, messages.get(status, "The request failed."), dict(getattr(error, "headers", None) or {})

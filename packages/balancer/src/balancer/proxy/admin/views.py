"""The admin paths. `ROUTES` is their table: every path but the page's own files asks the guard first."""

import json
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from balancer.proxy.admin import metrics
from balancer.proxy.admin.control import Control
from balancer.proxy.admin.guard import check

type View = Callable[[Request], Awaitable[Response]]

SAFETY = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
MAX_ADVANCE = 86_400 * 365


def admin_routes(*, test_control: bool = False) -> list[Route]:
    """`test_control` adds the path that moves the clock on, for tests alone."""
    return [*ROUTES, *(TEST_ROUTES if test_control else [])]


def control_of(request: Request) -> Control:
    control: Control = request.app.state.control
    return control


def guarded(view: View) -> View:
    async def guarded_view(request: Request) -> Response:
        token = control_of(request).runtime.config.settings.admin_token
        client = request.client.host if request.client else ""
        refusal = check(request.headers, client, token.get_secret_value() if token else None)
        if refusal is None:
            return await view(request)
        more = {"www-authenticate": "Bearer"} if refusal.status == 401 else {}
        return JSONResponse(refusal.as_dict(), refusal.status, SAFETY | more)

    return guarded_view


def answer(value: Any, status: int = 200) -> Response:
    return JSONResponse(value, status, SAFETY)


def wrong(status: int, message: str) -> Response:
    return answer({"error": {"message": message}}, status)


async def providers(request: Request) -> Response:
    """Every provider with its health, and the problems of a file that could not be reloaded."""
    control = control_of(request)
    settings = control.runtime.config.settings
    return answer(
        {
            "providers": control.providers(),
            "selection_strategy": settings.selection_strategy,
            "shared": control.shared,
            "problems": control.problems,
        }
    )


async def attempts(request: Request) -> Response:
    """The last requests with their attempts, the newest first."""
    return answer({"requests": control_of(request).recent.newest_first()})


async def reload(request: Request) -> Response:
    """Reads the configuration file again: 422 with all problems if it cannot be used, and the old one stays."""
    if problems := control_of(request).reload():
        return answer({"reloaded": False, "problems": problems}, 422)
    return answer({"reloaded": True, "providers": [one["name"] for one in control_of(request).providers()]})


async def reset_one(request: Request) -> Response:
    """Forgets what is known of a provider's health."""
    health, name = control_of(request).runtime.health, request.path_params["name"]
    if name not in health:
        return wrong(404, f"There is no provider {name[:64]!r}.")
    health.reset(name)
    return answer({"provider": name, **health.describe(name)})


async def reset_all(request: Request) -> Response:
    control = control_of(request)
    for one in control.runtime.config.providers:
        control.runtime.health.reset(one.name)
    return answer({"providers": control.providers()})


async def scrape(request: Request) -> Response:
    control = control_of(request)
    text = control.metrics.text(control.runtime, shared=control.shared)
    return Response(text, headers=SAFETY | {"content-type": metrics.CONTENT_TYPE})


async def advance(request: Request) -> Response:
    """Moves the balancer's clock on by `{"seconds": n}`: cooldowns and affinity end, nothing sleeps."""
    seconds = _seconds(await request.body())
    if seconds is None:
        return wrong(400, f'Send {{"seconds": n}} with a number from 0 to {MAX_ADVANCE}.')
    request.app.state.advance(seconds)
    return answer({"advanced": seconds})


def _seconds(body: bytes) -> float | None:
    try:
        seconds = json.loads(body)["seconds"]
    except (ValueError, KeyError, TypeError):
        return None
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    return float(seconds) if number and 0 <= seconds <= MAX_ADVANCE else None


def page_file(name: str, content_type: str) -> View:
    """A file of the page. It holds no data, so it needs no token: the page asks for one."""
    text = files("balancer.proxy.admin").joinpath("page", name).read_bytes()

    async def view(_: Request) -> Response:
        return Response(text, headers=SAFETY | {"content-type": content_type})

    return view


ROUTES = [
    Route("/providers", guarded(providers), methods=["GET"]),
    Route("/providers/reload", guarded(reload), methods=["POST"]),
    Route("/providers/reset", guarded(reset_all), methods=["POST"]),
    Route("/providers/{name}/reset", guarded(reset_one), methods=["POST"]),
    Route("/attempts", guarded(attempts), methods=["GET"]),
    Route("/metrics", guarded(scrape), methods=["GET"]),
    Route("/", page_file("page.html", "text/html; charset=utf-8"), methods=["GET"]),
    Route("/page", page_file("page.html", "text/html; charset=utf-8"), methods=["GET"]),
    Route("/page/page.js", page_file("page.js", "text/javascript; charset=utf-8"), methods=["GET"]),
    Route("/page/texts.js", page_file("texts.js", "text/javascript; charset=utf-8"), methods=["GET"]),
    Route("/page/style.css", page_file("style.css", "text/css; charset=utf-8"), methods=["GET"]),
]
TEST_ROUTES = [Route("/test/advance", guarded(advance), methods=["POST"])]

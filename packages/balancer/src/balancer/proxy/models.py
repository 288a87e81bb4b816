"""`/v1/models`: the names that callers may ask for, in the shape of the vendor whose client asks."""

from starlette.responses import JSONResponse

from balancer.proxy.answer import Send
from balancer.proxy.intake import Receive, Scope, authenticated, headers_of
from balancer.proxy.runtime import Runtime
from balancer.wire import anthropic, openai


class Models:
    """Lists the routes with a full name. A route with `*` serves names that only its provider knows."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        config, headers = self._runtime.config, headers_of(scope)
        names = [one.pattern for one in config.routes if "*" not in one.pattern]
        authenticated(config, headers, scope["path"])
        shape = anthropic if "anthropic-version" in headers else openai
        await JSONResponse(shape.models(names))(scope, receive, send)

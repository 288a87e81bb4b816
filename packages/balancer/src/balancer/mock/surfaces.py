"""The vendors' endpoints that a mock provider has, and a good answer of each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from balancer.mock.scenario import ProviderConfig
from balancer.wire import anthropic, counting, json_text, openai
from balancer.wire.embeddings import embeddings
from balancer.wire.errors import error_event
from balancer.wire.formats import Format
from balancer.wire.identifiers import identifier
from balancer.wire.sse import Event


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as an answer needs it. `key` is set if the answer has to be the same each time."""

    provider: ProviderConfig
    body: Mapping[str, Any]
    key: str | None = None

    @property
    def model(self) -> str:
        model = self.body.get("model")
        return model if isinstance(model, str) and model else "mock-model"

    @property
    def text(self) -> str:
        """What the provider says: the scenario's text, else its name, or the key."""
        content = (self.provider.response_data or {}).get("content")
        if isinstance(content, str):
            return content
        if self.key is not None:
            return f"Cached answer {self.key[:12]} of {self.provider.name}"
        return f"Mock response from {self.provider.name}"

    @property
    def input_tokens(self) -> int:
        return counting.count_tokens(dict(self.body))

    def id(self, prefix: str) -> str:
        return identifier(prefix) if self.key is None else prefix + self.key[:24]


def _own(asked: Asked, sign: str) -> dict[str, Any] | None:
    """The whole body of the vendor, if the scenario gives one: it has the vendor's member `sign`."""
    data = asked.provider.response_data
    return dict(data) if data is not None and sign in data else None


def _message(asked: Asked) -> dict[str, Any]:
    provider = asked.provider
    calls = [
        anthropic.tool_use(one["name"], one.get("arguments", {}), tool_id=one.get("id")) for one in provider.tool_calls
    ]
    blocks = [dict(one) for one in provider.blocks] or [anthropic.text(asked.text)]
    made = anthropic.message(
        [*(blocks if provider.blocks or not calls or _speaks(asked) else []), *calls],
        model=asked.model,
        message_id=asked.id("msg_"),
        input_tokens=asked.input_tokens,
    )
    return _with_usage(_own(asked, "role") or made, provider)


def _speaks(asked: Asked) -> bool:
    return "content" in (asked.provider.response_data or {})


def _chat(asked: Asked) -> dict[str, Any]:
    provider = asked.provider
    calls = [
        openai.tool_call(one["name"], one.get("arguments", {}), call_id=one.get("id")) for one in provider.tool_calls
    ]
    made = openai.chat_completion(
        asked.text if not calls or _speaks(asked) else None,
        model=asked.model,
        completion_id=asked.id("chatcmpl-"),
        tool_calls=calls or None,
        prompt_tokens=asked.input_tokens,
    )
    return _with_usage(_own(asked, "choices") or made, provider)


def _response(asked: Asked) -> dict[str, Any]:
    provider = asked.provider
    calls = [(one["name"], json_text.dumps(one.get("arguments", {}))) for one in provider.tool_calls]
    made = openai.response(
        asked.text if not calls or _speaks(asked) else None,
        model=asked.model,
        response_id=asked.id("resp_"),
        function_calls=calls,
        input_tokens=asked.input_tokens,
    )
    return _with_usage(_own(asked, "output") or made, provider)


def _with_usage(answer: dict[str, Any], provider: ProviderConfig) -> dict[str, Any]:
    if provider.usage is None:
        return answer
    return {**answer, "usage": {**answer.get("usage", {}), **provider.usage}}


def _embeddings(asked: Asked) -> dict[str, Any]:
    body = asked.body
    return _own(asked, "data") or embeddings(
        body.get("input", ""),
        model=asked.model,
        dimensions=body.get("dimensions"),
        encoding_format=body.get("encoding_format"),
    )


def _models(asked: Asked) -> dict[str, Any]:
    names = [asked.model]
    return anthropic.models(names) if asked.provider.provider_type == "anthropic" else openai.models(names)


def _chat_events(answer: dict[str, Any], body: Mapping[str, Any]) -> list[Event]:
    options = body.get("stream_options")
    return openai.stream(answer, include_usage=isinstance(options, dict) and bool(options.get("include_usage")))


def _is_chat_content(event: Event) -> bool:
    """Whether a chunk has a text or a tool call, and not only the role, the finish reason or usage."""
    if event == openai.DONE:
        return False
    choices = json_text.loads(event.data)["choices"]
    delta = choices[0]["delta"] if choices else {}
    return bool(delta.get("content") or delta.get("tool_calls"))


def _response_error(_: Format, body: dict[str, Any]) -> Event:
    """The event `error` of the Responses API, whose members stand side by side."""
    error = body["error"]
    told = {name: error.get(name) for name in ("code", "message", "param")}
    return Event("error", json_text.dumps({"type": "error", **told, "sequence_number": 0}))


@dataclass(frozen=True, slots=True)
class Surface:
    """One endpoint. `format` is None where both vendors have it; `events` is None where nothing streams."""

    method: str
    path: str
    format: Format | None
    answer: Callable[[Asked], dict[str, Any]]
    events: Callable[[dict[str, Any], Mapping[str, Any]], list[Event]] | None = None
    is_content: Callable[[Event], bool] = lambda event: event.name.endswith("delta")
    counted: bool = True  # whether a request is an attempt
    error_event: Callable[[Format, dict[str, Any]], Event] = (
        error_event  # an error body as the event that ends a stream
    )


MESSAGES = Surface(
    "POST",
    "/v1/messages",
    Format.ANTHROPIC,
    _message,
    lambda answer, _: anthropic.stream(answer),
    lambda event: event.name == "content_block_delta",
)
CHAT = Surface("POST", "/v1/chat/completions", Format.OPENAI, _chat, _chat_events, _is_chat_content)
SURFACES: dict[str, Surface] = {
    "/v1/messages": MESSAGES,
    "/v1/messages/count_tokens": Surface(
        "POST",
        "/v1/messages/count_tokens",
        Format.ANTHROPIC,
        lambda asked: anthropic.count_tokens(dict(asked.body)),
        counted=False,
    ),
    "/v1/chat/completions": CHAT,
    "/chat/completions": CHAT,  # for clients whose base URL lacks /v1
    "/v1/responses": Surface(
        "POST",
        "/v1/responses",
        Format.OPENAI,
        _response,
        lambda answer, _: openai.response_stream(answer),
        lambda event: event.name.endswith(".delta"),
        error_event=_response_error,
    ),
    "/v1/embeddings": Surface("POST", "/v1/embeddings", Format.OPENAI, _embeddings),
    "/v1/models": Surface("GET", "/v1/models", None, _models, counted=False),
}

"""A caller's request, read and checked: what is refused here never reaches a provider."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from balancer.proxy.body import Body
from balancer.proxy.config import Config, Route, Target
from balancer.wire.canonical import digest
from balancer.wire.formats import Format


@dataclass(frozen=True, slots=True)
class Surface:
    """One path that callers ask. `upstream` is the path behind `base_url` at a provider of each format that serves it.

    `estimates`: where no provider of the route serves it, the balancer answers with an estimate of its own.
    """

    path: str
    format: Format
    upstream: Mapping[Format, str]
    streams: bool = False
    estimates: bool = False


SURFACES = (
    Surface(
        "/v1/messages",
        Format.ANTHROPIC,
        {Format.ANTHROPIC: "/v1/messages", Format.OPENAI: "/chat/completions"},
        streams=True,
    ),
    Surface(
        "/v1/chat/completions",
        Format.OPENAI,
        {Format.ANTHROPIC: "/v1/messages", Format.OPENAI: "/chat/completions"},
        streams=True,
    ),
    Surface(
        "/v1/messages/count_tokens",
        Format.ANTHROPIC,
        {Format.ANTHROPIC: "/v1/messages/count_tokens"},
        estimates=True,
    ),
    Surface("/v1/embeddings", Format.OPENAI, {Format.OPENAI: "/embeddings"}),
)


_UNSIGNED = frozenset({"stream"})
_LENGTHS = frozenset({"max_tokens", "max_completion_tokens"})


class RefusedError(Exception):
    """The request is not one that the balancer can pass on. `status` and `message` are for the caller."""

    def __init__(self, status: int, message: str, *, kind: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.code = code
        self.headers: dict[str, str] = {}


@dataclass(frozen=True, eq=False)
class CallerRequest:
    """A request that may go upstream. `headers` have lower-case names; `raw` is the body as it came.

    `config` is the one that it came under: a reload does not touch it. `tenant` and `session` are hashes.
    """

    config: Config
    surface: Surface
    headers: Mapping[str, str]
    raw: bytes
    body: Body
    route: Route
    tenant: str
    stream: bool = False
    pinned: str = ""

    @property
    def model(self) -> str:
        return str(self.body.values["model"])

    @cached_property
    def session(self) -> str:
        """One conversation: who the caller says it is for, or how its prompt begins."""
        metadata = self.body.values.get("metadata")
        user = metadata.get("user_id") if isinstance(metadata, dict) else self.body.values.get("user")
        if user:
            return digest({"user": user})
        messages = self.body.values.get("messages")
        begin = messages[:1] if isinstance(messages, list) else []
        return digest({"system": self.body.values.get("system"), "messages": begin})

    @cached_property
    def signature(self) -> str:
        """The same for requests that ask for the same: caller, path, pinned provider and body.

        SDKs repeat a request byte for byte. `mode: all` joins equal requests of any spelling, streamed or not.
        """
        settings = self.config.settings.deduplication
        tenant = "" if settings.scope == "global" else self.tenant
        if settings.mode == "retries":
            body = hashlib.sha256(self.raw).hexdigest()
        else:
            left_out = _UNSIGNED if settings.include_max_tokens_in_signature else _UNSIGNED | _LENGTHS
            body = digest(self._signed_values(), without=left_out)
        return hashlib.sha256(f"{tenant}|{self.surface.path}|{self.pinned}|{body}".encode()).hexdigest()

    def _signed_values(self) -> dict[str, Any]:
        metadata = self.body.values.get("metadata")
        if not isinstance(metadata, dict):
            return self.body.values
        return {**self.body.values, "metadata": {name: one for name, one in metadata.items() if name != "user_id"}}

    @property
    def is_retry(self) -> bool:
        """The caller says that this repeats a request of its own."""
        count = self.headers.get("x-stainless-retry-count", "0")
        return count.isdecimal() and int(count) > 0

    @property
    def wants_usage(self) -> bool:
        """Whether a streaming caller asked for the usage chunk; Anthropic's streams always have usage."""
        options = self.body.values.get("stream_options")
        return bool(options.get("include_usage")) if isinstance(options, dict) else False

    @property
    def injects_usage(self) -> bool:
        return self.stream and self.surface.format is Format.OPENAI and not self.wants_usage

    @property
    def has_server_tools(self) -> bool:
        """Whether the provider may act in the world for this request: tools that it runs itself have a type of their own."""
        tools = self.body.values.get("tools")
        return isinstance(tools, list) and any(_runs_at_provider(tool) for tool in tools)

    def upstream_body(self, target: Target) -> bytes:
        """The body for a provider of the caller's own format: only what must differ is changed."""
        changes: dict[str, Any] = {}
        if target.model_for(self.model) != self.model:
            changes["model"] = target.model
        if self.injects_usage:
            options = self.body.values.get("stream_options")
            changes["stream_options"] = {**(options if isinstance(options, dict) else {}), "include_usage": True}
        without = ("provider",) if self.pinned else ()
        return self.body.changed(changes, without) if changes or without else self.raw

    def translated_values(self) -> dict[str, Any]:
        """The body's members for a translation."""
        return {name: value for name, value in self.body.values.items() if not (self.pinned and name == "provider")}


def _runs_at_provider(tool: Any) -> bool:
    return isinstance(tool, dict) and tool.get("type", "custom") not in ("custom", "function")

"""What a request means: one digest for repetitions of it, whatever format and process they come in."""

from collections.abc import Mapping
from typing import Any

from balancer.wire import canonical

NO_MEANING = frozenset(
    {"stream", "stream_options", "max_tokens", "max_completion_tokens", "max_output_tokens", "metadata", "user"}
)
"""Members that do not change what DUPLICATE_CACHE answers."""


def key_of(body: Mapping[str, Any]) -> str:
    """The SHA-256 of what a request asks, the same in every process."""
    return canonical.digest(dict(body), without=NO_MEANING)


def meaning_of(body: Mapping[str, Any]) -> str:
    """The digest of a request's messages by role and text, so that one request is known in both vendors' formats."""
    messages = body.get("messages", body.get("input", []))
    said = (
        [[one.get("role"), _text(one.get("content"))] for one in messages if isinstance(one, dict)]
        if isinstance(messages, list)
        else messages
    )
    talk = [one for one in said if one[0] in {"user", "assistant"}] if isinstance(messages, list) else said
    return canonical.digest({"talk": talk})[:16]


def _text(content: Any) -> Any:
    if isinstance(content, list):
        return "".join(str(one.get("text", "")) for one in content if isinstance(one, dict))
    return content

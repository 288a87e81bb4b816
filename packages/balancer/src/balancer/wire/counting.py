"""An estimate of the tokens of a request.

Vendors publish no tokenizer for all their models. Four UTF-8 bytes a token is the usual rule of thumb for English; an
image counts as much as the largest that Anthropic accepts unscaled.
"""

from typing import Any

_BYTES_PER_TOKEN = 4
_MESSAGE_OVERHEAD = 4
_IMAGE_TOKENS = 1600
_IMAGE_TYPES = frozenset({"image", "image_url", "input_image"})
_COUNTED = ("system", "tools", "messages", "input", "instructions", "functions")


def text_tokens(text: str) -> int:
    """The estimate for one text; at least one for text that is not empty."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // _BYTES_PER_TOKEN)


def count_tokens(body: dict[str, Any]) -> int:
    """The estimate for a request of either vendor: all its texts, names and tool schemas, and 4 for each message."""
    messages = body.get("messages")
    total = _MESSAGE_OVERHEAD * len(messages) if isinstance(messages, list) else 0
    waiting = [body.get(name) for name in _COUNTED]
    while waiting:  # not recursive: a body may be nested deeper than Python's stack
        value = waiting.pop()
        total += _own_tokens(value)
        waiting.extend(_parts(value))
    return max(1, total)


def _own_tokens(value: Any) -> int:
    if isinstance(value, str):
        return text_tokens(value)
    return _IMAGE_TOKENS if _is_image(value) else 0


def _parts(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return list(value.values()) if isinstance(value, dict) and not _is_image(value) else []


def _is_image(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("type"), str) and value["type"] in _IMAGE_TYPES

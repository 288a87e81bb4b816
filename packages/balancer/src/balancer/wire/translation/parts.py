"""What both directions of the translation share: reasons, warnings, content blocks, data URLs."""

import re
from dataclasses import dataclass, field
from typing import Any

from balancer.wire import json_text

type Object = dict[str, Any]

FINISH_REASONS: dict[str, str] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
STOP_REASONS: dict[str, str] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "content_filter": "refusal",
}
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+);base64,(.*)", re.DOTALL)
_UNSAFE = re.compile(r"[^A-Za-z0-9_.:' -]")


class TranslationError(ValueError):
    """The body has no meaning in the other format; the message says where."""


@dataclass(slots=True)
class Warnings:
    """What the translation could not say in the other format: short ASCII lines, each once, safe in a header."""

    lines: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        """Note one line; characters that a header must not carry become "?"."""
        safe = _UNSAFE.sub("?", line)[:120]
        if safe not in self.lines:
            self.lines.append(safe)

    def dropped(self, *names: str) -> None:
        """Note fields that are left out."""
        for name in names:
            self.add(f"{name} dropped")


def objects(value: Any, where: str) -> list[Object]:
    """A list of objects; a missing one is empty. TranslationError for anything else."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise TranslationError(f"{where}: must be a list of objects")
    return value


def blocks(content: Any, where: str) -> list[Object]:
    """Content as a list of blocks: a text is one block."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else objects(content, where)


def as_content(parts: list[Object]) -> Any:
    """A single text block as plain text, which every server of the format accepts; else the list."""
    return parts[0]["text"] if len(parts) == 1 and parts[0]["type"] == "text" else parts


def text_of(block: Object) -> str:
    """The text of a block; "" when it has none."""
    value = block.get("text")
    return value if isinstance(value, str) else ""


def index_of(value: Object) -> int:
    """The index of a block, choice or call; 0 where a server leaves it out."""
    index = value.get("index")
    return index if isinstance(index, int) else 0


def id_of(value: Object) -> str:
    """The id of a call; "" where there is none."""
    found = value.get("id")
    return found if isinstance(found, str) else ""


def data_url(media_type: Any, data: Any) -> str:
    """Base64 data as a URL."""
    return f"data:{media_type};base64,{data}"


def split_data_url(url: Any) -> tuple[str, str] | None:
    """Media type and base64 data of a data URL; None for any other URL."""
    match = _DATA_URL.fullmatch(url) if isinstance(url, str) else None
    return (match[1], match[2]) if match else None


def arguments_object(arguments: Any) -> Object:
    """A tool call's arguments, JSON text, as an object. Text that is no object is kept under `arguments`."""
    if isinstance(arguments, dict):
        return arguments
    if not arguments:
        return {}
    try:
        value = json_text.loads(arguments)
    except (ValueError, TypeError):
        return {"arguments": arguments}
    return value if isinstance(value, dict) else {"arguments": arguments}


def without_none(fields: Object) -> Object:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}

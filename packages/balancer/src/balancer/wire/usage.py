"""Token counts in one shape for both vendors.

Anthropic's `input_tokens` leave out what was read from or written to the prompt cache; OpenAI's `prompt_tokens` include
it. `Usage.input_tokens` includes it.
"""

from dataclasses import dataclass
from typing import Any

from balancer.wire.formats import Format


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer; `cached_tokens` and `cache_write_tokens` are parts of `input_tokens`."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0

    def anthropic(self) -> dict[str, int]:
        """The `usage` object of a message."""
        return {
            "input_tokens": max(0, self.input_tokens - self.cached_tokens - self.cache_write_tokens),
            "cache_creation_input_tokens": self.cache_write_tokens,
            "cache_read_input_tokens": self.cached_tokens,
            "output_tokens": self.output_tokens,
        }

    def openai(self) -> dict[str, Any]:
        """The `usage` object of a chat completion."""
        return {
            "prompt_tokens": self.input_tokens,
            "completion_tokens": self.output_tokens,
            "total_tokens": self.input_tokens + self.output_tokens,
            "prompt_tokens_details": {
                "cached_tokens": self.cached_tokens,
                "cache_write_tokens": self.cache_write_tokens,
            },
            "completion_tokens_details": {"reasoning_tokens": self.reasoning_tokens},
        }


def from_anthropic(usage: Any, before: Usage | None = None) -> Usage:
    """The counts of a message, or of `message_delta`, whose counts are cumulative and replace those of `before`."""
    found, before = _mapping(usage), before or Usage()
    cached = _count(found, "cache_read_input_tokens", before.cached_tokens)
    written = _count(found, "cache_creation_input_tokens", before.cache_write_tokens)
    fresh = before.input_tokens - before.cached_tokens - before.cache_write_tokens
    return Usage(
        input_tokens=_count(found, "input_tokens", fresh) + cached + written,
        output_tokens=_count(found, "output_tokens", before.output_tokens),
        cached_tokens=cached,
        cache_write_tokens=written,
        reasoning_tokens=_count(
            _mapping(found.get("output_tokens_details")), "thinking_tokens", before.reasoning_tokens
        ),
    )


def from_openai(usage: Any) -> Usage:
    """The counts of a chat completion, or of the usage chunk of a stream."""
    found = _mapping(usage)
    prompt, completion = _mapping(found.get("prompt_tokens_details")), _mapping(found.get("completion_tokens_details"))
    return Usage(
        input_tokens=_count(found, "prompt_tokens"),
        output_tokens=_count(found, "completion_tokens"),
        cached_tokens=_count(prompt, "cached_tokens"),
        cache_write_tokens=_count(prompt, "cache_write_tokens"),
        reasoning_tokens=_count(completion, "reasoning_tokens"),
    )


def of_answer(answer_format: Format, answer: Any) -> Usage:
    """The counts of a whole answer; zeros where it has none."""
    read = from_anthropic if answer_format is Format.ANTHROPIC else from_openai
    return read(_mapping(answer).get("usage"))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(counts: dict[str, Any], name: str, default: int = 0) -> int:
    value = counts.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else default

"""The two formats that providers and callers speak."""

from enum import StrEnum


class Format(StrEnum):
    """ANTHROPIC is the Messages API; OPENAI is chat completions."""

    ANTHROPIC = "anthropic"
    OPENAI = "openai"

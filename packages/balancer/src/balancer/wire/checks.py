"""What is missing or wrong in a request, so that it is refused before any provider is asked."""

from collections.abc import Callable
from typing import Any, NamedTuple

from balancer.wire.formats import Format


class Rule(NamedTuple):
    """A field: its name, whether it must be there, whether a value is right, and what a right value is."""

    name: str
    required: bool
    accepts: Callable[[Any], bool]
    expected: str


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_filled_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _is_input(value: Any) -> bool:
    return isinstance(value, str | list) and bool(value)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


MODEL = Rule("model", True, _is_text, "a text that is not empty")
MESSAGES = Rule("messages", True, _is_filled_list, "a list with at least one message")
STREAM = Rule("stream", False, _is_flag, "true or false")
TOOLS = Rule("tools", False, _is_list, "a list")
SAMPLING = (
    Rule("temperature", False, _is_number, "a number"),
    Rule("top_p", False, _is_number, "a number"),
)
RULES: dict[str, tuple[Rule, ...]] = {
    "/v1/messages": (
        MODEL,
        Rule("max_tokens", True, _is_count, "a whole number of at least 1"),
        MESSAGES,
        STREAM,
        TOOLS,
        *SAMPLING,
    ),
    "/v1/messages/count_tokens": (MODEL, MESSAGES, TOOLS),
    "/v1/chat/completions": (
        MODEL,
        MESSAGES,
        STREAM,
        TOOLS,
        *SAMPLING,
        Rule("max_tokens", False, _is_count, "a whole number of at least 1"),
        Rule("max_completion_tokens", False, _is_count, "a whole number of at least 1"),
        Rule("n", False, _is_count, "a whole number of at least 1"),
        Rule("stream_options", False, _is_object, "an object"),
    ),
    "/v1/responses": (MODEL, Rule("input", True, _is_input, "a text or a list"), STREAM, TOOLS),
    "/v1/embeddings": (
        MODEL,
        Rule("input", True, _is_input, "a text or a list"),
        Rule("dimensions", False, _is_count, "a whole number of at least 1"),
    ),
}
_PATHS = {Format.ANTHROPIC: "/v1/messages", Format.OPENAI: "/v1/chat/completions"}


def problems(request_format: Format, body: Any) -> list[str]:
    """What is missing or wrong in a request for a message or a chat completion, each line with its field's name."""
    return problems_at(_PATHS[request_format], body)


def problems_at(path: str, body: Any) -> list[str]:
    """The same for the request of any path in `RULES`. What a vendor may add one day is left to the provider."""
    if not isinstance(body, dict):
        return ["body: must be a JSON object"]
    found = [problem for rule in RULES[path] if (problem := _problem(rule, body))]
    messages = body.get("messages")
    if MESSAGES not in RULES[path] or not isinstance(messages, list):
        return found
    needs_content = path != _PATHS[Format.OPENAI]  # an assistant's message with tool calls alone has none there
    return found + _message_problems(messages, needs_content)


def _problem(rule: Rule, body: dict[str, Any]) -> str:
    value = body.get(rule.name)
    if value is None:
        return f"{rule.name}: field required" if rule.required else ""
    return "" if rule.accepts(value) else f"{rule.name}: must be {rule.expected}"


def _message_problems(messages: list[Any], needs_content: bool) -> list[str]:
    found = (_message_problem(message, needs_content) for message in messages)
    return [f"messages.{index}{problem}" for index, problem in enumerate(found) if problem]


def _message_problem(message: Any, needs_content: bool) -> str:
    if not isinstance(message, dict):
        return ": must be an object"
    if not _is_text(message.get("role")):
        return ".role: must be a text that is not empty"
    content = message.get("content")
    if content is None:
        return ".content: field required" if needs_content else ""
    return "" if isinstance(content, str | list) else ".content: must be a text or a list"

"""Whole answers: a message as a chat completion and back."""

from typing import Any

from balancer.wire import anthropic, openai, usage
from balancer.wire.formats import Format
from balancer.wire.translation.parts import (
    FINISH_REASONS,
    STOP_REASONS,
    Object,
    TranslationError,
    arguments_object,
    blocks,
    objects,
    text_of,
)


def to_openai(body: Object) -> Object:
    """A message as a chat completion. Thinking is left out. TranslationError if the body is no message."""
    if not isinstance(body.get("content"), list):
        raise TranslationError("content: must be a list of objects")
    content = blocks(body["content"], "content")
    texts = [text_of(block) for block in content if block.get("type") == "text"]
    calls = [
        openai.tool_call(str(block.get("name", "")), block.get("input") or {}, call_id=block.get("id"))
        for block in content
        if block.get("type") == "tool_use"
    ]
    return openai.chat_completion(
        "".join(texts) if texts else None,
        model=str(body.get("model", "")),
        completion_id=completion_id(body.get("id")),
        tool_calls=calls,
        finish_reason=FINISH_REASONS.get(str(body.get("stop_reason")), "stop"),
        usage=usage.of_answer(Format.ANTHROPIC, body),
    )


def to_anthropic(body: Object) -> Object:
    """A chat completion's first choice as a message. TranslationError if the body is no chat completion."""
    choices = objects(body.get("choices"), "choices")
    answer = choices[0].get("message") if choices else None
    if not isinstance(answer, dict):
        raise TranslationError("choices: must have a message")
    content = _texts(answer) + _tool_uses(answer)
    reason = STOP_REASONS.get(str(choices[0].get("finish_reason")), "end_turn")
    return anthropic.message(
        content,
        model=str(body.get("model", "")),
        message_id=message_id(body.get("id")),
        stop_reason="refusal" if answer.get("refusal") else reason,
        usage=usage.of_answer(Format.OPENAI, body),
    )


def _texts(answer: Object) -> list[Object]:
    parts = blocks(answer.get("content"), "choices.0.message.content")
    texts = [text_of(part) for part in parts] + [answer.get("refusal") or ""]
    return [anthropic.text(text) for text in texts if text]


def _tool_uses(answer: Object) -> list[Object]:
    return [
        anthropic.tool_use(*_called(call), tool_id=call.get("id"))
        for call in objects(answer.get("tool_calls"), "choices.0.message.tool_calls")
    ]


def _called(call: Object) -> tuple[str, Object]:
    function = call.get("function")
    if not isinstance(function, dict):
        raise TranslationError("choices.0.message.tool_calls: must call functions")
    return str(function.get("name", "")), arguments_object(function.get("arguments"))


def completion_id(message: Any) -> str | None:
    """The id of a chat completion for that of a message: the same but for the prefix."""
    return f"chatcmpl-{message.removeprefix('msg_')}" if isinstance(message, str) else None


def message_id(completion: Any) -> str | None:
    """The id of a message for that of a chat completion."""
    return f"msg_{completion.removeprefix('chatcmpl-')}" if isinstance(completion, str) else None

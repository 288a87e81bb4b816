"""Compiles the message of a callback: its body and headers."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from mdt.callbacks.model import Message
from mdt.definitions.answer_keys import HeaderValue, checked_header
from mdt.definitions.bodies import Body, Place, base64_body, file_body, json_body, text_body
from mdt.engine.call import Call
from mdt.engine.templates import compile_text, is_template
from mdt.language import Words, _, both


def made(body: Body, headers: list[tuple[str, HeaderValue]], call: Call) -> Message:
    content = body.content(call) if callable(body.content) else body.content
    given = {name: value if isinstance(value, str) else checked_header(value(call)) for name, value in headers}
    assert isinstance(content, bytes)  # noqa: S101 - only `sse` makes pieces, and a callback has none
    return Message("", "", tuple({**dict(body.headers), **given}.items()), content)


def form_body(value: Any, place: Place) -> Body:
    """A form; each value is a text, which may be a template."""
    table = place.source.table(value, place.line, "`form`")
    wrong: list[Words] = [name for name, one in table.items() if isinstance(one, dict | list) or one is None]
    if wrong:
        place.source.wrong(place.line, _("the fields of a form are texts and numbers: {names}", names=both(wrong)))
    texts = {name: str(one).lower() if isinstance(one, bool) else str(one) for name, one in table.items()}
    fields = {name: compile_text(text) if is_template(text) else text for name, text in texts.items()}
    return Body(
        lambda call: urlencode(
            {name: one if isinstance(one, str) else one(call) for name, one in fields.items()}
        ).encode(),
        (("content-type", "application/x-www-form-urlencoded; charset=utf-8"),),
    )


BODIES: dict[str, Callable[[Any, Place], Body]] = {
    "json": json_body,
    "form": form_body,
    "text": text_body,
    "base64": base64_body,
    "file": file_body,
}

"""Structured logs on standard output: one JSON object a line (LOG_FORMAT=json) or coloured text for people.

Times are UTC. Every line written while a request runs, or a job that it asked for, carries its request_id. Secrets are masked (`observability.masking`).
Log lines of libraries go the same way.
"""

import json
import logging
import sys
from typing import Any

import orjson
import structlog
from flask import g, has_request_context

from backend.core.observability import log_context
from backend.core.observability.masking import mask, mask_text
from backend.core.settings import Settings

QUIET = ("werkzeug", "urllib3", "alembic.runtime.plugins")
SAFE = frozenset({"event", "timestamp", "level", "request_id", "method", "route", "status", "ms", "user_id"})
CONTROLS = {code: f"\\x{code:02x}" for code in (*range(32), 127)}


def configure(settings: Settings) -> None:
    """Set up structlog and the standard library's logging for this process; calling it again replaces the set-up."""
    human = settings.log_format == "console"
    level = logging.getLevelNamesMapping()[settings.log_level]
    structlog.configure(
        processors=[*_common(), *_renderers(human, _to_json)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory() if human else structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=not settings.testing,
    )
    _route_standard_logging(human, level)


def _common() -> list[Any]:
    return [
        _add_request_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask_event,
    ]


def _renderers(human: bool, to_json: Any) -> list[Any]:
    if human:
        return [one_line, structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), sort_keys=False)]
    return [structlog.processors.JSONRenderer(to_json)]


def _to_json(event: dict[str, Any], **_: Any) -> bytes:
    try:
        return orjson.dumps(event, default=repr)
    except TypeError:  # a number beyond 64 bits, half a surrogate pair: rare, and no reason to fail a request
        return json.dumps(event, default=repr).encode()


def _route_standard_logging(human: bool, level: int) -> None:
    handler = logging.StreamHandler(sys.stdout)
    renderers = _renderers(human, lambda event, **_: _to_json(event).decode())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_common(),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    root = logging.getLogger()
    root.handlers = [h for h in root.handlers if not getattr(h, "of_touchstone", False)]
    handler.of_touchstone = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _add_request_id(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    if has_request_context() and "request_id" in g:
        event["request_id"] = g.request_id
        return event
    return log_context.fields() | event


def one_line(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    """The processor that stops text from outside from forging a line on the console; JSON escapes it anyway."""
    return {
        name: value.translate(CONTROLS) if isinstance(value, str) and name != "exception" else value
        for name, value in event.items()
    }


def mask_event(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    """The processor that masks every field but those that we write ourselves."""
    secrets = {name: mask({name: value})[name] for name, value in event.items() if name not in SAFE}
    event["event"] = mask_text(str(event["event"]))
    event.update(secrets)
    return event

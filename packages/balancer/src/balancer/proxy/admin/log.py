"""The log: one JSON object a line, one line a request, on standard output. It holds categories and counts, no text and no key."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

from balancer.proxy.admin.recent import described
from balancer.proxy.record import RequestRecord

requests = logging.getLogger("balancer.requests")
LEVELS = {"error": logging.ERROR, "failed": logging.WARNING, "broken": logging.WARNING}


def configure(level: str) -> None:
    """Sends every logger of the process to standard output as JSON."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("watchfiles").setLevel(logging.WARNING)
    logging.raiseExceptions = False  # a reader of the log who leaves is no reason for a traceback


def log_request(record: RequestRecord) -> None:
    """An observer of requests."""
    level = LEVELS.get(record.outcome, logging.INFO)
    requests.log(level, "%s %s", record.method, record.path, extra={"fields": described(record)})


class JsonFormatter(logging.Formatter):
    """`time` is UTC. `extra={"fields": {...}}` adds members."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str).encode(errors="backslashreplace").decode()

"""pydantic's errors in the words of the configuration file."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from balancer.proxy.config.models import Config
from balancer.proxy.config.problems import Path, did_you_mean

type Finding = tuple[Path, str, str]  # where, what, hint

MESSAGES = {
    "missing": "this key is missing",
    "extra_forbidden": "there is no such key",
    "tuple_type": "this must be a list",
    "frozen_set_type": "this must be a list",
    "dict_type": "this must be a mapping",
    "model_type": "this must be a mapping",
    "finite_number": "this is no finite number",
    "string_pattern_mismatch": "letters, digits, `.`, `_` and `-`, at most 64, the first a letter or a digit",
}
HINTS = {"string_type": "Put it in quotes"}


def findings(errors: list[ErrorDetails], lines: Mapping[Path, int]) -> Iterator[Finding]:
    """One finding for each error; the path keeps only what stands in the file, and a key that is missing there."""
    for error in errors:
        path = error["loc"] if error["type"] == "missing" else known_part(error["loc"], lines)
        yield path, _message(error), _hint(error)


def known_part(path: Path, lines: Mapping[Path, int]) -> Path:
    """The library adds names of its own (union members, `[key]`) behind the last key of the file."""
    while path not in lines:
        path = path[:-1]
    return path


def _message(error: ErrorDetails) -> str:
    text = MESSAGES.get(error["type"], error["msg"]).removeprefix("Value error, ")
    return text[:1].lower() + text[1:]


def _hint(error: ErrorDetails) -> str:
    if error["type"] == "extra_forbidden":
        return did_you_mean(str(error["loc"][-1]), fields_at(error["loc"][:-1]))
    return HINTS.get(error["type"], "")


def fields_at(path: Path) -> list[str]:
    """The keys that a mapping at this path may have."""
    model: Any = Config
    for part in path:
        if isinstance(part, str) and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation) or model
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The model inside `tuple[Model, ...]`, `dict[str, tuple[Model, ...]]` and the like."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)

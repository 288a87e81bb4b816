"""JSON as it travels: compact, strict, and able to carry lone surrogates."""

import json
from typing import Any, NoReturn

from pydantic_core import from_json

_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def dumps(value: Any) -> str:
    """`value` as compact JSON. ValueError for NaN and infinities, which JSON does not have."""
    return _encoder.encode(value)


def encode(value: Any) -> bytes:
    r"""`value` as UTF-8. A lone surrogate, which UTF-8 cannot carry, becomes the JSON escape `\udXXX`."""
    return to_bytes(dumps(value))


def to_bytes(text: str) -> bytes:
    r"""JSON text as UTF-8: `backslashreplace` writes a lone surrogate exactly as JSON escapes it."""
    return text.encode("utf-8", "backslashreplace")


def loads(text: str | bytes) -> Any:
    """The value of JSON text. ValueError says what is wrong, also for NaN and for nesting beyond the parser's depth."""
    try:
        return from_json(text, allow_inf_nan=False, cache_strings="keys")
    except (ValueError, TypeError):
        return _loads(text)


def _loads(text: str | bytes) -> Any:
    """The standard library's reader takes half the time again, but also lone surrogates and deep nesting, and tells faults."""
    try:
        return _decoder.decode(text if isinstance(text, str) else _text(text))
    except UnicodeDecodeError:
        raise ValueError("The body is not valid UTF-8.") from None
    except RecursionError:
        raise ValueError("The JSON is nested too deeply.") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON.")


_decoder = json.JSONDecoder(parse_constant=_refuse)


def _text(data: bytes) -> str:
    """As `json.loads` reads bytes."""
    return data.decode(json.detect_encoding(data), "surrogatepass")

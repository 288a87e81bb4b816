"""OpenAI's embeddings: vectors that depend on nothing but their input, as numbers or as base64 of 32-bit floats."""

import array
import base64
import hashlib
import math
import sys
from typing import Any

from balancer.wire import counting
from balancer.wire.canonical import canonical

DEFAULT_DIMENSIONS = 1536


def embeddings(
    inputs: Any, *, model: str, dimensions: int | None = None, encoding_format: str | None = None
) -> dict[str, Any]:
    """The answer of `/v1/embeddings` for a text, a list of texts, a list of tokens, or a list of lists of tokens.

    `encoding_format` "base64" gives little-endian 32-bit floats, which the Python SDK asks for; else a list of numbers.
    """
    items = _items(inputs)
    vectors = [_vector(item, dimensions or DEFAULT_DIMENSIONS) for item in items]
    tokens = sum(_tokens(item) for item in items)
    data = [
        {"object": "embedding", "index": index, "embedding": _written(vector, encoding_format)}
        for index, vector in enumerate(vectors)
    ]
    return {
        "object": "list",
        "data": data,
        "model": model,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _items(inputs: Any) -> list[Any]:
    is_one = not isinstance(inputs, list) or (bool(inputs) and all(isinstance(one, int) for one in inputs))
    return [inputs] if is_one else inputs


def _tokens(item: Any) -> int:
    return len(item) if isinstance(item, list) else counting.text_tokens(str(item))


def _vector(item: Any, dimensions: int) -> "array.array[float]":
    """A unit vector drawn from the SHAKE-256 of the input: the same in every process."""
    drawn = hashlib.shake_256(canonical({"input": item})).digest(4 * dimensions)
    numbers = [int.from_bytes(drawn[at : at + 4], "little") / 2**31 - 1 for at in range(0, len(drawn), 4)]
    length = math.hypot(*numbers) or 1.0
    return array.array("f", (number / length for number in numbers))


def _written(vector: "array.array[float]", encoding_format: str | None) -> str | list[float]:
    if encoding_format != "base64":
        return vector.tolist()
    if sys.byteorder == "big":
        vector.byteswap()
    return base64.b64encode(vector.tobytes()).decode()

"""Content parts of a chat completion as blocks of a message."""

from collections.abc import Callable
from typing import Any

from balancer.wire.translation.parts import Object, Warnings, split_data_url, text_of


def part_blocks(part: Object, warnings: Warnings) -> list[Object]:
    """The block of a part; none for an empty text, which Anthropic refuses, and for what it has no block for."""
    translate = _PARTS.get(str(part.get("type")))
    block = translate(part) if translate else None
    if block is None:
        warnings.dropped(f"{part.get('type')} part")
        return []
    return [block] if block != {"type": "text", "text": ""} else []


def _text(part: Object) -> Object:
    return {"type": "text", "text": text_of(part)}


def _refusal(part: Object) -> Object:
    return {"type": "text", "text": str(part.get("refusal") or "")}


def _image(part: Object) -> Object | None:
    holder = part.get("image_url")
    url = holder.get("url") if isinstance(holder, dict) else holder
    if not isinstance(url, str) or not url:
        return None
    return {"type": "image", "source": _base64_source(url) or {"type": "url", "url": url}}


def _file(part: Object) -> Object | None:
    file: Any = part.get("file")
    source = _base64_source(file.get("file_data")) if isinstance(file, dict) else None
    if source is None:
        return None
    title = {"title": file["filename"]} if file.get("filename") else {}
    return {"type": "document", "source": source, **title}


def _base64_source(url: Any) -> Object | None:
    found = split_data_url(url)
    return {"type": "base64", "media_type": found[0], "data": found[1]} if found else None


_PARTS: dict[str, Callable[[Object], Object | None]] = {
    "text": _text,
    "refusal": _refusal,
    "image_url": _image,
    "file": _file,
}

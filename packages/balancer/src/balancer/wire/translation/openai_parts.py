"""Content blocks of a message as parts of a chat completion's request."""

from collections.abc import Callable

from balancer.wire.translation.parts import Object, Warnings, data_url, text_of

_THINKING = frozenset({"thinking", "redacted_thinking"})


def block_parts(block: Object, warnings: Warnings) -> list[Object]:
    """The part of a block; none for what OpenAI has no part for."""
    if block.get("type") == "text":
        return [{"type": "text", "text": text_of(block)}]
    source = block.get("source")
    translate = _SOURCES.get((str(block.get("type")), str(source.get("type")))) if isinstance(source, dict) else None
    if translate is None:
        note_dropped(block, warnings)
        return []
    return [translate(block, source or {})]


def _image_data(_block: Object, source: Object) -> Object:
    return {"type": "image_url", "image_url": {"url": data_url(source.get("media_type"), source.get("data"))}}


def _image_url(_block: Object, source: Object) -> Object:
    return {"type": "image_url", "image_url": {"url": source.get("url", "")}}


def _document_data(block: Object, source: Object) -> Object:
    file = {
        "filename": block.get("title") or "document.pdf",
        "file_data": data_url(source.get("media_type"), source.get("data")),
    }
    return {"type": "file", "file": file}


def _document_text(_block: Object, source: Object) -> Object:
    return {"type": "text", "text": str(source.get("data", ""))}


_SOURCES: dict[tuple[str, str], Callable[[Object, Object], Object]] = {
    ("image", "base64"): _image_data,
    ("image", "url"): _image_url,
    ("document", "base64"): _document_data,
    ("document", "text"): _document_text,
}


def note_dropped(block: Object, warnings: Warnings) -> None:
    """Note a block that is left out."""
    kind = str(block.get("type"))
    warnings.dropped("thinking" if kind in _THINKING else f"{kind} block")

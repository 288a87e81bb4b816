"""The fields of a multipart/form-data body, for matching."""

from email import message_from_bytes, policy


def multipart_fields(content_type: str, body: bytes) -> dict[str, list[str]]:
    """Each part's text by its name; {} when the body is no multipart body."""
    raw = b"content-type: " + content_type.encode(errors="replace") + b"\r\n\r\n" + body
    message = message_from_bytes(raw, policy=policy.HTTP)
    fields: dict[str, list[str]] = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(payload, bytes):
            fields.setdefault(name, []).append(payload.decode(errors="replace"))
    return fields

"""The ways to forge a callback, in one table: each changes the signed message, or the moment that it is signed at."""

import base64
import binascii
import json
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from mdt.callbacks.model import Message, Moment, Signer

STALE = timedelta(hours=1)


def _as_it_is(message: Message, _signer: Signer) -> Message:
    return message


@dataclass(frozen=True, slots=True)
class Tamper:
    """`before` changes the moment of signing, `after` the signed message. `asks` tells whether the scheme can be forged so."""

    after: Callable[[Message, Signer], Message] = _as_it_is
    before: Callable[[Moment], Moment] = lambda moment: moment
    asks: Callable[[Signer], bool] = lambda _signer: True


def _with_signature(message: Message, signer: Signer, change: Callable[[str], str | None]) -> Message:
    """Changes the signature; removes it if the change gives None."""
    if signer.in_form:
        fields = dict(parse_qsl(message.body.decode(), keep_blank_values=True))
        return replace(message, body=urlencode(_changed_value(fields, signer.signature, change)).encode())
    return replace(message, headers=tuple(_changed_value(dict(message.headers), signer.signature, change).items()))


def _changed_value(pairs: dict[str, str], name: str, change: Callable[[str], str | None]) -> dict[str, str]:
    value = change(pairs[name])
    return {key: old for key, old in pairs.items() if key != name} | ({} if value is None else {name: value})


def _wrong(signature: str) -> str:
    """Another signature of the same form: the first byte of what follows the last mark is another one."""
    start = max(signature.rfind(mark) for mark in ",= " if mark != "=" or not signature.endswith("=")) + 1
    head, digest = signature[:start], signature[start:]
    if set(digest) <= set(string.hexdigits):
        return head + f"{int(digest[0], 16) ^ 1:x}" + digest[1:]
    try:
        raw = base64.b64decode(digest, validate=True)
    except binascii.Error:
        return head + digest[::-1]
    return head + base64.b64encode(bytes([raw[0] ^ 1]) + raw[1:]).decode()


def _another_nonce(message: Message, signer: Signer) -> Message:
    return message.setting({signer.nonce: message.header(signer.nonce)[::-1]})


def _another_body(message: Message, signer: Signer) -> Message:
    """One value is another one, and the body still has its form; a body that is no JSON and no form gets one byte more."""
    if signer.in_form:
        fields = dict(parse_qsl(message.body.decode(), keep_blank_values=True))
        name = next((one for one in ("total_amount", *fields) if one in fields and one != signer.signature), "")
        return replace(message, body=urlencode({**fields, name: _other(fields.get(name, ""))}).encode())
    try:
        document = json.loads(message.body)
    except ValueError:
        return replace(message, body=message.body + b" ")
    changed = json.dumps(_changed(document), ensure_ascii=False, separators=(",", ":")).encode()
    return replace(message, body=changed if changed != message.body else message.body + b" ")


def _changed(document: Any) -> Any:
    """The document with its first number, else its first text, changed; inner objects come first."""
    place = _first(document, (int, float)) or _first(document, (str,))
    if place is None:
        return document
    owner, key = place
    owner[key] = _other(owner[key])
    return document


def _first(document: Any, kinds: tuple[type, ...]) -> tuple[Any, Any] | None:
    pairs = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in pairs:
        if isinstance(value, kinds) and not isinstance(value, bool):
            return document, key
        if (found := _first(value, kinds)) is not None:
            return found
    return None


def _other(value: Any) -> Any:
    if isinstance(value, int | float):
        return value + 1
    last = value[-1:]
    return value[:-1] + (str((int(last) + 1) % 10) if last.isascii() and last.isdigit() else last + "x")


TAMPERS: Mapping[str, Tamper] = {
    "signature": Tamper(after=lambda message, signer: _with_signature(message, signer, _wrong)),
    "unsigned": Tamper(after=lambda message, signer: _with_signature(message, signer, lambda _: None)),
    "body": Tamper(after=_another_body),
    "timestamp": Tamper(
        before=lambda moment: replace(moment, now=moment.now - STALE), asks=lambda signer: signer.timed
    ),
    "nonce": Tamper(after=_another_nonce, asks=lambda signer: bool(signer.nonce)),
    "replay": Tamper(),  # the same bytes twice: mdt.callbacks.sending
}

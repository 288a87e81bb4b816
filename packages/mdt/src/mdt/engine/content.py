"""Decodes the content codings of a request's body (RFC 9110, 8.4) up to a size limit, and finds its charset.

gzip and deflate come with Python. br needs the package `brotli`; zstd needs Python 3.14 or `backports.zstd`. The extra
`mdt[encodings]` installs both. Amazon's SDKs send `aws-chunked` to S3: chunks with signatures, then trailers.
"""

import codecs
import re
import zlib
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any

from mdt.errors import MdtError
from mdt.language import Words, _

LIMIT = 16 * 2**20  # bytes of a body once it is decoded
CODINGS_AT_ONCE = 5
STREAMS = 1_000  # of one gzip or zstd body
_NO_TEXT = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"}
_CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([A-Za-z0-9._:-]+)""", re.IGNORECASE)


class ContentError(MdtError):
    """The body cannot be decoded. `status` is the HTTP status to answer (400, 413 or 415), `kind` names the reason for programs."""

    def __init__(self, status: int, kind: str, why: Words) -> None:
        super().__init__(why)
        self.status = status
        self.kind = kind


class _TooLargeError(Exception):
    """The decoded body exceeds the limit."""


def decoded(body: bytes, encoding: str, limit: int = LIMIT) -> bytes:
    """Decodes the codings of a `content-encoding` header, the last one first. Raises ContentError."""
    codings = [name.strip().lower() for name in encoding.split(",") if name.strip()]
    if len(codings) > CODINGS_AT_ONCE:
        raise _unknown(_("More than {limit} content codings are not taken.", limit=CODINGS_AT_ONCE))
    for coding in reversed(codings):
        body = _without(coding, body, limit) if body else body
    return body


def _without(coding: str, body: bytes, limit: int) -> bytes:
    decode = CODINGS.get(coding)
    if decode is None:
        raise _unknown(_("There is no content coding {coding!r}.", coding=coding))
    try:
        return decode(body, limit)
    except _TooLargeError:
        why = _("The body is larger than {limit} bytes once it is decoded.", limit=limit)
        raise ContentError(413, "body-too-large", why) from None
    except ImportError as error:
        install = _(
            "Install the package {package}, or mdt with the extra `encodings`, to read {coding}.",
            package=error.name,
            coding=coding,
        )
        raise _unknown(install) from None
    except Exception as error:
        broken = _("The body is no {coding}, though its content-encoding says so: {error}", coding=coding, error=error)
        raise ContentError(400, "bad-encoding", broken) from error


def _unknown(why: Words) -> ContentError:
    return ContentError(415, "unknown-encoding", _("{why} Known: {names}.", why=why, names=", ".join(CODINGS)))


def _streamed(make: Callable[[], Any], body: bytes, limit: int) -> bytes:
    """Decompresses with an object like zlib.decompressobj. A body may hold several streams, one after the other."""
    pieces: list[bytes] = []
    left = limit + 1
    while body:
        if len(pieces) == STREAMS:
            raise ValueError(str(_("it has more than {limit} streams", limit=STREAMS)))
        stream = make()
        pieces.append(stream.decompress(body, left))
        left -= len(pieces[-1])
        if left <= 0:
            raise _TooLargeError
        if not stream.eof:
            raise ValueError(str(_("it ends too early")))
        body = stream.unused_data
    return b"".join(pieces)


def _gzip(body: bytes, limit: int) -> bytes:
    return _streamed(lambda: zlib.decompressobj(wbits=31), body, limit)


def _deflate(body: bytes, limit: int) -> bytes:
    """Takes both zlib data, which the standard asks for, and raw deflate data, which some clients send."""
    try:
        return _streamed(zlib.decompressobj, body, limit)
    except zlib.error:
        return _streamed(lambda: zlib.decompressobj(wbits=-15), body, limit)


def _brotli(body: bytes, limit: int) -> bytes:
    stream = import_module("brotli").Decompressor()
    content = stream.process(body, output_buffer_limit=limit + 1)
    if len(content) > limit:
        raise _TooLargeError
    if not stream.is_finished():
        raise ValueError(str(_("it ends too early")))
    return bytes(content)


def _zstd(body: bytes, limit: int) -> bytes:
    try:
        zstd = import_module("compression.zstd")
    except ImportError:
        zstd = import_module("backports.zstd")
    return _streamed(zstd.ZstdDecompressor, body, limit)


def _aws_chunked(body: bytes, _limit: int) -> bytes:
    """Reads chunks, each after a line `SIZE;chunk-signature=…`. A chunk of size 0 ends the body; trailers follow."""
    pieces: list[bytes] = []
    at = 0
    while True:
        end = body.index(b"\r\n", at)
        size = int(body[at:end].partition(b";")[0], 16)
        start, at = end + 2, end + 4 + size
        if size < 0 or at > len(body):
            raise ValueError(str(_("it ends too early")))
        if size == 0:
            return b"".join(pieces)
        pieces.append(body[start : start + size])


def _same(body: bytes, _limit: int) -> bytes:
    return body


CODINGS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
    "aws-chunked": _aws_chunked,
    "identity": _same,
}


@lru_cache(256)
def charset(content_type: str) -> str:
    """The charset of a content type, by Python's name; "utf-8" if it names none, or an unknown one."""
    named = _CHARSET.search(content_type)
    try:
        found = codecs.lookup(named[1]) if named else None
    except LookupError:
        return "utf-8"
    if found is None or found.name.replace("-", "_") in _NO_TEXT or not found._is_text_encoding:  # noqa: SLF001 - nothing else tells
        return "utf-8"
    return found.name

"""Bodies without their content codings: what is taken, what is refused and how, and the bound."""

import gzip
import zlib
from importlib import import_module

import brotli
import pytest

from mdt.engine import content
from mdt.engine.content import ContentError, decoded
from mdt.engine.messages import Reply
from mdt.engine.outcome import Unmatched
from tests.unit.folders import player

try:
    zstd = import_module("compression.zstd")
except ImportError:
    zstd = import_module("backports.zstd")

TEXT = b'{"id": "p1", "more": "' + b"x" * 2_000 + b'"}'
RAW = zlib.compressobj(wbits=-15)
AWS = b"3;chunk-signature=ab\r\n" + TEXT[:3] + b"\r\n" + b"%x\r\n" % (len(TEXT) - 3) + TEXT[3:]
ENCODED = {
    "gzip": gzip.compress(TEXT),
    "GZIP": gzip.compress(TEXT[:9]) + gzip.compress(TEXT[9:]),
    "x-gzip": gzip.compress(TEXT),
    "deflate": zlib.compress(TEXT),
    "deflate ": RAW.compress(TEXT) + RAW.flush(),
    "br": brotli.compress(TEXT),
    "zstd": zstd.compress(TEXT),
    "gzip, br": brotli.compress(gzip.compress(TEXT)),
    "identity": TEXT,
    "": TEXT,
    "aws-chunked": AWS + b"\r\n0\r\nx-amz-checksum-crc32:AAAA==\r\n\r\n",
}
REFUSED = {  # coding and body: status, kind, words of the message
    ("compress", TEXT): (415, "unknown-encoding", "no content coding 'compress'. Known: gzip, "),
    ("gzip," * 6, TEXT): (415, "unknown-encoding", "More than 5"),
    ("gzip", TEXT): (400, "bad-encoding", "is no gzip, though"),
    ("gzip", ENCODED["gzip"][:-9]): (400, "bad-encoding", "ends too early"),
    ("gzip", gzip.compress(b"") * 1_001): (400, "bad-encoding", "more than 1000 streams"),
    ("deflate", TEXT): (400, "bad-encoding", "is no deflate"),
    ("br", b"\xff" * 9): (400, "bad-encoding", "is no br"),
    ("br", ENCODED["br"][:-2]): (400, "bad-encoding", "ends too early"),
    ("zstd", b"none"): (400, "bad-encoding", "is no zstd"),
    ("aws-chunked", b"none"): (400, "bad-encoding", "is no aws-chunked"),
    ("aws-chunked", b"ff\r\nshort"): (400, "bad-encoding", "ends too early"),
}


def test_codings_are_taken_off():
    for coding, body in ENCODED.items():
        assert decoded(body, coding) == TEXT, coding
        assert decoded(b"", coding) == b"", coding


def test_what_cannot_be_decoded_says_why():
    for (coding, body), (status, kind, words) in REFUSED.items():
        with pytest.raises(ContentError, match=words) as caught:
            decoded(body, coding)
        assert (caught.value.status, caught.value.kind) == (status, kind), coding


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_stops_at_the_bound(coding, monkeypatch):
    bomb = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "br": brotli.compress,
        "zstd": zstd.compress,
    }[coding](b"\0" * 50_000_000)
    with pytest.raises(ContentError, match="larger than 16777216 bytes") as caught:
        decoded(bomb, coding)
    assert caught.value.status == 413
    assert decoded(ENCODED[coding], coding, len(TEXT)) == TEXT
    with pytest.raises(ContentError, match="larger than"):
        decoded(ENCODED[coding], coding, len(TEXT) - 1)


def test_a_coding_whose_package_is_missing_is_unknown_and_says_what_to_install(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(content, "import_module", missing)
    for coding, package in {"br": "brotli", "zstd": "backports.zstd"}.items():
        with pytest.raises(ContentError, match=f"Install the package {package}") as caught:
            decoded(TEXT, coding)
        assert caught.value.status == 415


ROUTES = """
    POST /a:
      match: {json: {id: p1}}
      ok: {json: {got: "{{ req.json.id }}"}}
"""


def test_bodies_are_matched_and_journaled_decoded(tmp_path):
    shop = player(tmp_path, ROUTES)
    for coding in ("gzip", "br", "deflate, gzip"):
        body = ENCODED.get(coding) or gzip.compress(ENCODED["deflate"])
        assert shop.json("POST /a", body=body, headers={"content-encoding": coding}) == {"got": "p1"}
        entry = shop.session.journal.entries()[-1]
        assert (entry.request.body, entry.request.headers) == (TEXT, {"content-encoding": coding})


def test_a_body_that_cannot_be_decoded_is_answered_and_journaled(tmp_path):
    shop = player(tmp_path, ROUTES)

    unknown = shop.ask("POST /a", body=TEXT, headers={"content-encoding": "compress"})
    broken = shop.ask("POST /a", body=TEXT, headers={"content-encoding": "gzip"})

    assert isinstance(unknown, Reply)
    assert isinstance(broken, Reply)
    assert [unknown.status, broken.status] == [415, 400]
    assert dict(unknown.headers)["accept-encoding"].startswith("gzip, x-gzip, deflate, br, zstd")
    assert dict(broken.headers)["x-mdt-error"] == "bad-encoding"
    assert b"no content coding 'compress'" in unknown.body
    assert [(entry.service, entry.route) for entry in shop.session.journal.entries()] == [("shop", None)] * 2


def test_no_service_and_the_real_service_come_before_the_coding(tmp_path):
    shop = player(tmp_path, ROUTES + "    POST /real: {ok: {passthrough: true}}\n")
    headers = {"content-encoding": "compress"}

    assert isinstance(shop.ask("POST http://nobody.internal/", body=TEXT, headers=headers), Unmatched)
    assert shop.ask("POST /real", body=TEXT, headers=headers).url == "http://shop.internal/real"

"""Values of each format: of JSON Schema 2020-12, and of OpenAPI's registry."""

import base64
import random
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

_FIRST = datetime(2025, 1, 1, 8, tzinfo=UTC)
_WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "haven", "iris", "juniper", "lotus", "maple")


def word(rng: random.Random) -> str:
    return rng.choice(_WORDS)


def _moment(rng: random.Random) -> datetime:
    return _FIRST + timedelta(minutes=rng.randrange(525_600))


def _uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def _base64(rng: random.Random) -> str:
    return base64.b64encode(rng.randbytes(9)).decode()


def _ipv6(rng: random.Random) -> str:
    return f"2001:db8::{rng.randrange(1, 65_535):x}"


type Make = Callable[[random.Random], str]

FORMATS: Mapping[str, Make] = {
    "date-time": lambda rng: _moment(rng).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "date": lambda rng: _moment(rng).strftime("%Y-%m-%d"),
    "time": lambda rng: _moment(rng).strftime("%H:%M:%SZ"),
    "duration": lambda rng: f"PT{rng.randrange(1, 60)}M",
    "email": lambda rng: f"{word(rng)}@example.com",
    "idn-email": lambda rng: f"{word(rng)}@example.com",
    "hostname": lambda rng: f"{word(rng)}.example.com",
    "idn-hostname": lambda rng: f"{word(rng)}.example.com",
    "ipv4": lambda rng: f"192.0.2.{rng.randrange(1, 255)}",
    "ip": lambda rng: f"192.0.2.{rng.randrange(1, 255)}",
    "ipv6": _ipv6,
    "uri": lambda rng: f"https://example.com/{word(rng)}",
    "url": lambda rng: f"https://example.com/{word(rng)}",
    "uri-reference": lambda rng: f"/{word(rng)}",
    "iri": lambda rng: f"https://example.com/{word(rng)}",
    "iri-reference": lambda rng: f"/{word(rng)}",
    "uri-template": lambda rng: f"/{word(rng)}/{{id}}",
    "json-pointer": lambda rng: f"/{word(rng)}",
    "relative-json-pointer": lambda rng: f"{rng.randrange(4)}/{word(rng)}",
    "regex": lambda rng: f"^{word(rng)}$",
    "uuid": _uuid,
    "guid": _uuid,
    "byte": _base64,
    "base64url": lambda rng: base64.urlsafe_b64encode(rng.randbytes(9)).decode(),
    "binary": word,
    "password": lambda rng: f"{word(rng)}-{rng.randrange(1000, 10_000)}",
    "decimal": lambda rng: f"{rng.randrange(1, 1000)}.{rng.randrange(10, 100)}",
    "int32": lambda rng: str(rng.randrange(1, 1000)),
    "int64": lambda rng: str(rng.randrange(1, 1000)),
    "float": lambda rng: f"{rng.randrange(1, 1000)}.5",
    "double": lambda rng: f"{rng.randrange(1, 1000)}.5",
    "phone": lambda rng: f"+1202555{rng.randrange(1000, 10_000)}",
    "char": lambda rng: word(rng)[0],
    "http-date": lambda rng: _moment(rng).strftime("%a, %d %b %Y %H:%M:%S GMT"),
}

# Longer texts of a format: what is put where, for one more character.
STRETCH: Mapping[str, Callable[[str, int], str]] = {
    "email": lambda text, more: "a" * more + text,
    "idn-email": lambda text, more: "a" * more + text,
    **dict.fromkeys(
        (
            "uri",
            "url",
            "uri-reference",
            "iri",
            "iri-reference",
            "uri-template",
            "json-pointer",
            "relative-json-pointer",
        ),
        lambda text, more: text + "a" * more,
    ),
    **dict.fromkeys(("password", "binary"), lambda text, more: text + "a" * more),
    "byte": lambda text, more: text + "AAAA" * (more // 4),
    "regex": lambda text, more: text[:-1] + "a" * more + "$",
    "hostname": lambda text, more: (
        ".".join(["a" * 60] * (more // 61) + ["a" * (more % 61)] * (more % 61 > 1)) + f".{text}"
    ),
}

# Shorter ones than those above.
SHORT: Mapping[str, tuple[str, ...]] = {
    "email": ("a@b.co", "a@b.c"),
    "idn-email": ("a@b.co", "a@b.c"),
    "uri": ("http://a.b", "a:b", "a:"),
    "url": ("http://a.b", "a:b"),
    "uri-reference": ("/a", "a", ""),
    "iri": ("a:b", "a:"),
    "iri-reference": ("/a", "a", ""),
    "uri-template": ("a", ""),
    "json-pointer": ("/a", "/", ""),
    "relative-json-pointer": ("0",),
    "regex": ("a", ""),
    "hostname": ("a.co", "ab", "a"),
    "idn-hostname": ("a.co", "ab", "a"),
    "ipv4": ("1.1.1.1",),
    "ipv6": ("::1", "::"),
    "duration": ("P1D",),
    "time": ("08:00:00Z",),
    "date-time": ("2025-01-01T08:00:00.000Z", "2025-01-01T08:00:00+00:00"),
    "byte": ("AAAA", ""),
    "password": ("secret", "abc", "a"),
    "binary": ("abc", "a", ""),
}

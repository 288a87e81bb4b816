"""A request's headers, decoded only when they are read, and the language that they ask for."""

from collections.abc import Iterator, Mapping

from mdt.language import LANGUAGES


class Headers(Mapping[str, str]):
    """Lower-case names; several values of one name joined by ", ". `raw` has the same as bytes."""

    __slots__ = ("_decoded", "raw")

    def __init__(self, pairs: list[tuple[bytes, bytes]]) -> None:
        self.raw = dict(pairs)
        if len(self.raw) != len(pairs):
            self.raw = _joined(pairs)
        self._decoded: dict[str, str] | None = None

    def _text(self) -> dict[str, str]:
        if self._decoded is None:
            self._decoded = {name.decode("latin-1"): decoded(value) for name, value in self.raw.items()}
        return self._decoded

    def __getitem__(self, name: str) -> str:
        return self._text()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._text())

    def __len__(self) -> int:
        return len(self.raw)

    @property
    def bytes(self) -> int:
        """Their length, without decoding them."""
        return sum(len(name) + len(value) for name, value in self.raw.items())

    def __repr__(self) -> str:
        return repr(self._text())


def decoded(value: bytes) -> str:
    """Decodes UTF-8, else Latin-1, which every byte is valid in."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _joined(pairs: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Joins values of one name: cookies by a semicolon (RFC 9113, 8.2.3), others by a comma."""
    joined: dict[bytes, bytes] = {}
    for name, value in pairs:
        glue = b"; " if name == b"cookie" else b", "
        joined[name] = joined[name] + glue + value if name in joined else value
    return joined


def asked(headers: Mapping[str, str]) -> str | None:
    """The language that Accept-Language prefers (RFC 9110, 12.5.4); None means the server's."""
    wanted = [_weighed(one) for one in headers.get("accept-language", "").lower().split(",")]
    ours = [(weight, name) for weight, name in wanted if name in LANGUAGES and weight > 0]
    return max(ours, key=lambda one: one[0])[1] if ours else None


def _weighed(written: str) -> tuple[float, str]:
    """(0.8, "zh") for "zh-CN;q=0.8"."""
    name, _, parameter = written.partition(";")
    _, _, weight = parameter.partition("=")
    try:
        return float(weight or 1), name.strip().partition("-")[0]
    except ValueError:
        return 0.0, ""

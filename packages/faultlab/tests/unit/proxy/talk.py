"""A conversation over a wire without sockets: what came out on each side, and which replies were seen to end."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from faultlab.proxy.wire import Part, Unit, Wire

type Script = list[tuple[str, bytes]]  # who speaks, "client" or "server", and what


@dataclass
class Heard:
    """What a proxy without rules would have passed on."""

    to_server: bytes = b""
    to_client: bytes = b""
    statements: list[tuple[str, ...]] = field(default_factory=list)
    ended: list[tuple[str, ...]] = field(default_factory=list)
    replies: dict[tuple[str, ...], bytes] = field(default_factory=dict)

    def client_says(self, wire: Wire, data: bytes) -> None:
        for unit in wire.from_client(data):
            self._pass(wire, unit)

    def _pass(self, wire: Wire, unit: Unit) -> None:
        if unit.answer:
            self.to_client += unit.answer
            return
        self.to_server += unit.raw
        if unit.texts:
            self.statements.append(unit.texts)
        wire.sent(unit)

    def server_says(self, wire: Wire, data: bytes) -> None:
        for part in wire.from_server(data):
            self._give(part)

    def _give(self, part: Part) -> None:
        self.to_client += part.raw
        if part.unit:
            self.replies[part.unit.texts] = self.replies.get(part.unit.texts, b"") + part.raw
        if part.ends:
            self.ended.append(part.unit.texts)


def talk(wire: Wire, script: Script, *, size: int = 1 << 30, cut: int | None = None) -> Heard:
    """Each saying comes in pieces of `size` bytes; or in two, the first of `cut` bytes."""
    heard = Heard()
    for who, data in script:
        for piece in _pieces(data, size) if cut is None else (data[:cut], data[cut:]):
            (heard.client_says if who == "client" else heard.server_says)(wire, piece)
    return heard


def _pieces(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def longest(script: Script) -> int:
    return max(len(data) for _, data in script)

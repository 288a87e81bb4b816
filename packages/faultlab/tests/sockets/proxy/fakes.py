"""Servers that speak just enough of MySQL and PostgreSQL to be cut off, and a client that sees every byte."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Self

from tests.unit.proxy import mysql_packets as my
from tests.unit.proxy import postgresql_messages as pg

TIMEOUT = 10
RESET = struct.pack("ii", 1, 0)
type Answer = Callable[["Served", bytes], None]


class Served:
    """One connection of a fake server."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.said: list[bytes] = []  # statements, in the order in which they came
        self.ended = threading.Event()
        self.half = b""  # of what was to come
        self.how = ""  # it ended: "fin" or "reset"

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            self.half = data
            piece = self.socket.recv(size - len(data))
            if not piece:
                raise EOFError
            data += piece
        self.half = b""
        return data

    def fin(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.socket.close()


class Server:
    """Accepts in a thread; each connection has a thread of its own. `answer` replies to a statement."""

    def __init__(self, answer: Answer | None = None) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.answer = answer or self.ok
        self.served: list[Served] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listening.accept()
            except OSError:
                return
            self.served.append(Served(sock))
            self._threads.append(threading.Thread(target=self._serve, args=[self.served[-1]]))
            self._threads[-1].start()

    def _serve(self, served: Served) -> None:
        served.how = "fin"
        try:
            self.talk(served)
        except EOFError:
            pass
        except OSError:
            served.how = "reset"
        finally:
            served.said += [served.half] if served.half else []
            served.socket.close()
            served.ended.set()

    def talk(self, served: Served) -> None:
        raise NotImplementedError

    def ok(self, served: Served, statement: bytes) -> None:
        raise NotImplementedError

    def statements(self) -> list[bytes]:
        return [statement for served in self.served for statement in served.said]

    def stop_listening(self) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_listening()
        for served in self.served:
            with contextlib.suppress(OSError):
                served.fin()
        for thread in self._threads:
            thread.join(TIMEOUT)


class MySqlServer(Server):
    def talk(self, served: Served) -> None:
        served.send(my.greeting())
        self._packet(served)
        served.send(my.ok(number=2))
        while True:
            packet = self._packet(served)
            served.said.append(packet[1:])
            self.answer(served, packet[1:])

    def _packet(self, served: Served) -> bytes:
        head = served.read(4)
        return served.read(int.from_bytes(head[:3], "little"))

    def ok(self, served: Served, statement: bytes) -> None:
        served.send(my.ok())


class PostgreSqlServer(Server):
    def talk(self, served: Served) -> None:
        served.read(int.from_bytes(served.read(4)) - 4)
        served.send(pg.message("R", b"\0\0\0\0") + pg.ready("I"))
        while True:
            kind, length = served.read(1), int.from_bytes(served.read(4))
            body = served.read(length - 4)
            served.said.append(body.rstrip(b"\0"))
            if kind in b"QS":
                self.answer(served, body)

    def ok(self, served: Served, statement: bytes) -> None:
        served.send(pg.complete() + pg.ready("T"))


class Client:
    """Bytes as they are."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT)

    def send(self, data: bytes) -> Self:
        self.socket.sendall(data)
        return self

    def read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            if not piece:
                raise EOFError(data)
            data += piece
        return data

    def end(self) -> tuple[bytes, str]:
        """What still came, and how it ended."""
        data = b""
        try:
            while piece := self.socket.recv(65536):
                data += piece
        except ConnectionResetError:
            return data, "reset"
        return data, "fin"

    def is_silent(self, seconds: float = 0.1) -> bool:
        """Nothing comes, not even an end."""
        self.socket.settimeout(seconds)
        try:
            self.socket.recv(1)
        except TimeoutError:
            return True
        except OSError:
            return False
        finally:
            self.socket.settimeout(TIMEOUT)
        return False

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class MySqlClient(Client):
    """Logged in."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.greeting = self.read(len(my.greeting()))
        self.send(my.login())
        assert self.read(len(my.ok())) == my.ok(number=2)

    def begin(self, text: str) -> Self:
        return self.send(my.query(text))

    def query(self, text: str) -> bytes:
        return self.begin(text).read(len(my.ok()))


def end_of(port: int) -> tuple[bytes, str]:
    """How a new connection ends; a reset may come before it is quite made."""
    try:
        with Client(port) as client:
            return client.end()
    except ConnectionResetError:
        return b"", "reset"


def eventually(what: Callable[[], bool], seconds: float = TIMEOUT) -> bool:
    """Whether it becomes true."""
    until = time.monotonic() + seconds
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.005)
    return True


def storm(port: int, stop: threading.Event) -> None:
    """Connect and leave, again and again."""
    while not stop.is_set():
        with contextlib.suppress(OSError):
            Client(port).close()

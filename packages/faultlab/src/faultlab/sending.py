"""Requests on their way, each from a client of its own, sent at the same moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from faultlab.clients import Client
from faultlab.record import Request

MEET = 10.0  # seconds in which all of the threads have to be ready


class Sending:
    """`send(client, number)` is called for each of the clients, which are closed at the end."""

    def __init__(self, clients: Sequence[Client], send: Callable[[Client, int], Request]) -> None:
        self._clients, self._send = clients, send
        self._pool = ThreadPoolExecutor(len(clients))
        barrier = threading.Barrier(len(clients))
        self._futures: list[Future[Request]] = [
            self._pool.submit(self._one, barrier, client, number) for number, client in enumerate(clients)
        ]

    def _one(self, barrier: threading.Barrier, client: Client, number: int) -> Request:
        barrier.wait(MEET)
        return self._send(client, number)

    def done(self) -> bool:
        return all(future.done() for future in self._futures)

    def answers(self) -> list[Request]:
        """Wait for all of them."""
        found = [future.result() for future in self._futures]
        self._pool.shutdown()
        for client in self._clients:
            client.close()
        return found

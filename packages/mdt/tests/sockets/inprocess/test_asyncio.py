"""Tasks inherit their session, fifty of them interleaved; executors need `wrap`; latency does not stop the loop."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import httpx2
import pytest
import pytest_socket
import requests

import mdt
from mdt import mock_scenario
from mdt.errors import NoSessionError, UnmatchedRequestError
from tests.unit.inprocess.conftest import CHECK

ANSWERS = {
    "inventory.available": (200, True),
    "inventory.outOfStock": (200, False),
    "inventory.serviceError": (503, None),
}
THING = "https://broken.example.com/thing"


@pytest.fixture(params=[httpx, httpx2], ids=["httpx", "httpx2"])
def library(request):
    return request.param


@pytest.fixture(autouse=True)
def no_network():
    """Event loops open a pair of Unix sockets; nothing else is open here."""
    pytest_socket.disable_socket(allow_unix_socket=True)
    yield
    pytest_socket.enable_socket()


def said(answer):
    return answer.status_code, answer.json().get("available")


async def ask(client):
    return said(await client.post(CHECK, json={"productId": "p"}))


def ask_by_requests():
    return said(requests.post(CHECK, json={"productId": "p"}))


def test_fifty_interleaved_tasks_never_see_each_other(library):
    async def play(client, name):
        wrong = []
        async with mock_scenario(name) as m:
            for _ in range(10):
                await asyncio.sleep(0)
                wrong += [got for got in [await ask(client)] if got != ANSWERS[name]]
            children = await asyncio.gather(*(ask(client) for _ in range(3)))
            wrong += [got for got in children if got != ANSWERS[name]]
            assert len(m.calls()) == 13
        return wrong

    async def main():
        names = list(ANSWERS)
        async with library.AsyncClient() as client:
            return await asyncio.gather(*(play(client, names[number % 3]) for number in range(50)))

    assert asyncio.run(main()) == [[]] * 50


def test_nested_blocks_of_tasks_in_one_session_do_not_disturb_each_other(library):
    async def play(client, name):
        async with mock_scenario(name):
            await asyncio.sleep(0)
            first = await ask(client)
            await asyncio.sleep(0.001)
            return first == await ask(client) == ANSWERS[name]

    async def main():
        async with library.AsyncClient() as client, mock_scenario("inventory.available") as m:
            assert all(await asyncio.gather(*(play(client, name) for name in [*ANSWERS] * 5)))
            assert await ask(client) == (200, True)
            assert len(m.calls()) == 31

    asyncio.run(main())


def test_executors_of_the_loop(library):
    async def main():
        loop = asyncio.get_running_loop()
        async with mock_scenario("inventory.outOfStock"):
            assert await asyncio.to_thread(ask_by_requests) == (200, False)
            with pytest.raises(NoSessionError, match=r"mdt\.wrap\(executor\)"):
                await loop.run_in_executor(None, ask_by_requests)
            with ThreadPoolExecutor(1) as pool:
                assert await loop.run_in_executor(mdt.wrap(pool), ask_by_requests) == (200, False)

    asyncio.run(main())


def test_a_task_that_outlives_its_block_is_refused(library):
    async def main():
        async def late(client):
            await asyncio.sleep(0.01)
            return await ask(client)

        async with library.AsyncClient() as client:
            async with mock_scenario("inventory.outOfStock"):
                task = asyncio.create_task(late(client))
            async with mock_scenario("inventory.available"):
                with pytest.raises(NoSessionError, match="has ended"):
                    await task

    asyncio.run(main())


def test_latency_leaves_the_loop_free(library):
    async def main():
        async with library.AsyncClient() as client, mock_scenario("inventory.slow"):
            start = time.monotonic()
            await asyncio.gather(*(ask(client) for _ in range(20)))
            return time.monotonic() - start

    assert 0.06 <= asyncio.run(main()) < 20 * 0.06


def test_events_and_pieces_arrive_as_they_are_sent(library):
    async def main():
        async with (
            library.AsyncClient() as client,
            mock_scenario("broken.events"),
            client.stream("GET", THING) as answer,
        ):
            return [(line, time.monotonic()) async for line in answer.aiter_lines()]

    lines = asyncio.run(main())
    assert [line for line, _ in lines] == ["event: tick", "id: 1", 'data: {"n":1}', "", "data: two", ""]
    assert lines[4][1] - lines[2][1] >= 0.015


def test_a_decorated_coroutine_and_its_body(library):
    @mock_scenario("inventory.outOfStock")
    async def order():
        async with library.AsyncClient() as client:
            return await ask(client), mdt.session_headers()

    (answer, headers) = asyncio.run(order())
    assert answer == (200, False)
    assert headers.keys() == {"X-Mdt-Session"}


def test_an_asynchronous_body_is_read(library):
    async def parts():
        yield b"one"
        yield b"two"

    async def main():
        async with library.AsyncClient() as client, mock_scenario("payment.success") as m:
            await client.post("https://pay.example.com:8443/v1/charge", content=parts())
            return m.calls()[0].request.body

    assert asyncio.run(main()) == b"onetwo"


@pytest.mark.parametrize("url", ["http://inventory.internal/nothing", "http://127.0.0.1:9/", "https://example.com/"])
def test_an_unmatched_call_never_opens_a_socket(library, url):
    """If it did, pytest-socket would warn, and warnings are errors."""

    async def main():
        async with library.AsyncClient() as client, mock_scenario("inventory.available"):
            await client.get(url)

    with pytest.raises(UnmatchedRequestError):
        asyncio.run(main())
    with pytest.raises(UnmatchedRequestError), mock_scenario("inventory.available"):
        library.get(url)
    with pytest.raises(UnmatchedRequestError), mock_scenario("inventory.available"):
        requests.get(url)

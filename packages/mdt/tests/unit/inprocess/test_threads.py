"""Sessions and threads: each thread its own, taken along on request, never guessed."""

import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest
import requests

import mdt
from mdt import mock_scenario
from mdt.errors import MdtError, NoSessionError
from tests.unit.inprocess.conftest import CHECK

pytestmark = pytest.mark.may_be_void("about the block that a thread is in, whatever it calls")

THREADS = 8
ANSWERS = {
    "inventory.available": (200, True),
    "inventory.outOfStock": (200, False),
    "inventory.serviceError": (503, None),
}


def ask(_=None):
    answer = requests.post(CHECK, json={"productId": "p"})
    return answer.status_code, answer.json().get("available")


def in_thread(function):
    outcome = []

    def run():
        try:
            outcome.append(function())
        except BaseException as error:  # noqa: BLE001
            outcome.append(error)

    thread = threading.Thread(target=run, name="worker-7")
    thread.start()
    thread.join()
    return outcome[0]


def test_eight_threads_each_with_its_own_scenario_never_see_each_other(client):
    """200 calls of each: 100 in a block, 50 in a block inside another, and 50 in the outer one after it."""
    names, ready = list(ANSWERS), threading.Barrier(THREADS)

    def ask_often(session, name, times):
        answers = [session.post(CHECK, json={"productId": "p"}) for _ in range(times)]
        return [one for one in answers if (one.status_code, one.json().get("available")) != ANSWERS[name]]

    def play(number):
        outer, inner = names[number % 3], names[(number + 1) % 3]
        with client.package.Session() if client.package is requests else client.package.Client() as session:
            ready.wait()
            with mock_scenario(outer) as m:
                wrong = ask_often(session, outer, 100)
            assert len(m.calls()) == 100
            with mock_scenario(outer) as m:
                with mock_scenario(inner):
                    wrong += ask_often(session, inner, 50)
                wrong += ask_often(session, outer, 50)
            assert len(m.calls()) == 100
        return wrong

    with ThreadPoolExecutor(THREADS) as pool:
        assert [wrong for wrong in pool.map(play, range(THREADS)) if wrong] == []


def test_a_thread_without_a_session_is_told_what_to_do():
    with mock_scenario("inventory.outOfStock") as m:
        error = in_thread(ask)
        assert isinstance(error, NoSessionError)
        for words in (
            "'worker-7'",
            "mdt.wrap(executor)",
            "mdt.carry(function)",
            "inventory.outOfStock",
            f"POST {CHECK}",
        ):
            assert words in str(error)
        assert m.calls() == []


def test_carry_takes_the_session_along():
    with mock_scenario("inventory.outOfStock"):
        assert in_thread(mdt.carry(ask)) == (200, False)
        with mock_scenario("inventory.serviceError"):
            assert in_thread(mdt.carry(ask)) == (503, None)
            assert ask() == (503, None)


def test_a_carried_function_that_outlives_its_block_is_refused():
    with mock_scenario("inventory.outOfStock"):
        carried = mdt.carry(ask)
    with pytest.raises(NoSessionError, match="has ended"):
        carried()
    with mock_scenario("inventory.available"):
        assert isinstance(in_thread(carried), NoSessionError)


def test_one_that_outlives_an_inner_block_gets_the_outer_one():
    with mock_scenario("inventory.available"):
        with mock_scenario("inventory.serviceError"):
            carried = mdt.carry(ask)
        assert in_thread(carried) == (200, True)


def test_carry_works_for_coroutine_functions():
    async def asked():
        return ask()

    with mock_scenario("inventory.outOfStock"):
        carried = mdt.carry(asked)

        def run():
            try:
                carried().send(None)
            except StopIteration as end:
                return end.value

        assert in_thread(run) == (200, False)


def test_a_header_names_the_session_where_no_context_does():
    with mock_scenario("inventory.outOfStock"):
        headers = mdt.session_headers()
        with mock_scenario("inventory.serviceError"):
            answer = in_thread(lambda: requests.post(CHECK, json={"productId": "p"}, headers=headers))
            assert answer.status_code == 503  # what plays at the moment
        assert isinstance(in_thread(lambda: requests.post(CHECK, headers={"X-Mdt-Session": "another"})), NoSessionError)


class TestWrap:
    def test_submit_and_map_run_in_the_callers_session(self):
        with ThreadPoolExecutor(2) as pool:
            wrapped = mdt.wrap(pool)
            for name, expected in ANSWERS.items():
                with mock_scenario(name):
                    assert wrapped.submit(ask).result() == expected
                    assert list(wrapped.map(ask, range(10))) == [expected] * 10
            with mock_scenario("inventory.available"), pytest.raises(NoSessionError):
                pool.submit(ask).result()

    def test_it_closes_the_pool_as_a_context_manager(self):
        pool = ThreadPoolExecutor(1)
        with mdt.wrap(pool) as wrapped:
            assert wrapped.submit(int).result() == 0
        with pytest.raises(RuntimeError):
            pool.submit(int)

    def test_shutdown_cancels_what_waits(self):
        pool, go = mdt.wrap(ThreadPoolExecutor(1)), threading.Event()
        first, second = pool.submit(go.wait), pool.submit(int)
        pool.shutdown(wait=False, cancel_futures=True)
        go.set()
        assert first.result()
        assert second.cancelled()

    def test_the_rest_of_the_pool_is_reached_through_it(self):
        with mdt.wrap(ThreadPoolExecutor(3)) as pool:
            assert pool._max_workers == 3
            with pytest.raises(AttributeError):
                pool.nothing  # noqa: B018

    def test_another_process_is_refused(self):
        pool = ProcessPoolExecutor(1)
        with pytest.raises(MdtError, match="outside this interpreter"):
            mdt.wrap(pool)
        pool.shutdown()

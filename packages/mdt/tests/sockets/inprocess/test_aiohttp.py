"""aiohttp is answered below its session: cookies, redirects, uploads and pools are its own, and no call leaves the process."""

import asyncio
import gzip
from contextlib import suppress

import aiohttp
import pytest
from aioresponses import aioresponses

from mdt import mock_scenario
from mdt.errors import NoSessionError, UnmatchedRequestError
from mdt.inprocess import patching
from mdt.inprocess.patching import PatchLostError
from tests.sockets.inprocess.faulty_server import authority_file, serving
from tests.unit.inprocess.conftest import CHECK

PAY = "https://pay.example.com:8443/v1"


def asked(method, url, **options):
    """Status, body and the number of redirects."""

    async def ask():
        async with aiohttp.ClientSession() as session, session.request(method, url, **options) as answer:
            return answer.status, await answer.text(), len(answer.history)

    return asyncio.run(ask())


def answered():
    return asked("POST", CHECK, json={"productId": "p"})[:2] == (
        200,
        '{"productId":"p","available":false,"quantity":0}',
    )


def test_a_call_that_nothing_answers_raises_the_near_miss():
    with (
        pytest.raises(UnmatchedRequestError, match="chek → check"),
        mock_scenario("inventory.outOfStock"),
    ):
        asked("POST", CHECK.replace("check", "chek"), json={})


def test_redirects_and_cookies_are_aiohttps_own():
    async def ask():
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{PAY}/login"):
                cookies = [cookie.value for cookie in session.cookie_jar]
            async with session.get(f"{PAY}/old") as answer:
                return cookies, await answer.text(), answer.history[0].status

    with mock_scenario("payment.success") as m:
        assert asyncio.run(ask()) == (["1"], "moved", 302)
        assert m.calls()[-1].request.headers["cookie"] == "sid=1"


async def pieces():
    yield b'{"productId":'
    yield b' "p"}'


@pytest.mark.parametrize(
    "options",
    [
        {"data": b'{"productId": "p"}'},
        {"data": pieces},
        {"data": b'{"productId": "p"}', "compress": "gzip"},
        {"data": b'{"productId": "p"}', "expect100": True},
        {"data": gzip.compress(b'{"productId": "p"}'), "headers": {"content-encoding": "gzip"}},
    ],
    ids=["bytes", "stream", "compressed", "after 100", "encoded"],
)
def test_every_way_to_send_a_body_is_read(options):
    options = {name: value() if callable(value) else value for name, value in options.items()}
    with mock_scenario("inventory.outOfStock") as m:
        assert asked("POST", CHECK, **options)[0] == 200
        m.inventory.called(times=1, json={"productId": "p"})


def test_a_large_answer_comes_whole(tmp_path):
    (tmp_path / "internal").mkdir()
    routes = "default: ok\nroutes:\n  GET /: {ok: {text: \"{{ 'x' * 3000000 }}\"}}\n"
    (tmp_path / "internal" / "big.yaml").write_text(routes)
    with mock_scenario("big.ok", mocks=tmp_path):
        assert len(asked("GET", "http://big.internal/")[1]) == 3_000_000


@pytest.mark.parametrize(
    ("scenario", "error"),
    [
        ("reset", aiohttp.ClientOSError),
        ("empty", aiohttp.ServerDisconnectedError),
        ("garbage", aiohttp.ClientResponseError),
        ("truncated", aiohttp.ClientPayloadError),
        ("untrusted", aiohttp.ClientConnectorCertificateError),
        ("timeout", TimeoutError),
        ("late", TimeoutError),
        ("stalls", TimeoutError),
    ],
)
def test_faults_are_aiohttps_errors(scenario, error):
    with pytest.raises(error), mock_scenario(f"broken.{scenario}"):
        asked("GET", "https://broken.example.com/thing", timeout=aiohttp.ClientTimeout(total=0.2))


def test_a_client_that_checks_no_certificates_gets_the_answer():
    with mock_scenario("broken.expired"):
        assert asked("GET", "https://broken.example.com/thing", ssl=False)[0] == 200


def test_connections_of_the_pool_do_not_pass_between_a_block_and_the_network():
    async def ask(url):
        async with aiohttp.ClientSession() as session:

            async def get():
                async with session.get(url) as answer:
                    return await answer.text()

            before = await get()
            with mock_scenario("inventory.available") as m:
                with pytest.raises(UnmatchedRequestError):
                    await get()
                m.reset()
            return before, await get()

    with serving("nothing is broken") as url:
        assert asyncio.run(ask(url)) == ("ok", "ok")


def test_tasks_have_their_own_session_and_a_task_that_left_its_block_is_refused():
    async def check(session, scenario):
        with mock_scenario(scenario):
            async with session.post(CHECK, json={"productId": "p"}) as answer:
                return answer.status

    async def outlive(session):
        async def later():
            await asyncio.sleep(0.01)
            async with session.post(CHECK, json={}):
                pass

        with mock_scenario("inventory.available"):
            task = asyncio.create_task(later())
        with mock_scenario("inventory.available"), pytest.raises(NoSessionError):
            await task

    async def all_of_them():
        async with aiohttp.ClientSession() as session:
            await outlive(session)
            return await asyncio.gather(
                *(check(session, f"inventory.{name}") for name in ("available", "serviceError") * 5)
            )

    assert asyncio.run(all_of_them()) == [200, 503] * 5


def test_allowed_hosts_and_the_real_service_are_reached(tmp_path):
    (tmp_path / "internal").mkdir()
    with serving("nothing is broken") as url:
        base = url.removesuffix("/thing")
        routes = f"  GET /thing: {{forward: {{passthrough: '{base}'}}, gone: {{passthrough: 'http://127.0.0.1:9'}}}}\n"
        (tmp_path / "internal" / "real.yaml").write_text(f"default: forward\nroutes:\n{routes}")
        with mock_scenario("real.forward", mocks=tmp_path, allow_hosts="127.0.0.1") as m:
            assert asked("GET", url)[1] == "ok"
            assert m.calls() == []
            assert asked("GET", "http://real.internal/thing")[1] == "ok"
            m.real.called(times=1)
            m.switch("real.gone")
            with pytest.raises(aiohttp.ClientConnectorError):
                asked("GET", "http://real.internal/thing")


def test_a_passthrough_over_tls_checks_certificates(tmp_path):
    (tmp_path / "internal").mkdir()
    with serving("expired") as url:
        routes = f"  GET /thing: {{forward: {{passthrough: '{url.removesuffix('/thing')}'}}}}\n"
        (tmp_path / "internal" / "real.yaml").write_text(f"default: forward\nroutes:\n{routes}")
        authority_file(tmp_path)
        with mock_scenario("real.forward", mocks=tmp_path), pytest.raises(aiohttp.ClientConnectorError):
            asked("GET", "http://real.internal/thing")


def test_traces_see_the_connection_and_the_answer():
    seen = []

    async def ask():
        trace = aiohttp.TraceConfig()
        for name in ("request_start", "connection_create_start", "connection_create_end", "request_end"):
            getattr(trace, f"on_{name}").append(_noting(seen, name))
        async with aiohttp.ClientSession(trace_configs=[trace]) as session:
            await session.post(CHECK, json={"productId": "p"})

    with mock_scenario("inventory.available"):
        asyncio.run(ask())
    assert seen == ["request_start", "connection_create_start", "connection_create_end", "request_end"]


def _noting(seen, name):
    async def note(*_):
        seen.append(name)

    return note


@pytest.fixture(params=[True, False], ids=["installed", "not installed"])
def early(request):
    """As the pytest plugin does it at the beginning, and as a program without the plugin has it."""
    patching.uninstall()
    if request.param:
        patching.install()
    yield request.param
    patching.uninstall()
    patching.install()


def test_a_block_inside_aioresponses_answers_and_so_does_the_next_one(early):
    with aioresponses(), mock_scenario("inventory.outOfStock"):
        assert answered()
    with mock_scenario("inventory.outOfStock"):
        assert answered()


def test_aioresponses_inside_a_block_answers_and_leaves_the_block_answering(early):
    with mock_scenario("inventory.outOfStock"):
        with aioresponses() as other:
            other.post(CHECK, exception=KeyError("aioresponses"))
            with pytest.raises(KeyError, match="aioresponses"):
                asked("POST", CHECK)
        assert answered()


def test_aioresponses_that_outlives_the_block_leaves_the_next_one_answering(early):
    other = aioresponses()
    with mock_scenario("inventory.outOfStock"):
        other.start()
    other.stop()
    with mock_scenario("inventory.outOfStock"):
        assert answered()


def test_aioresponses_that_ends_inside_the_block_leaves_it_answering(early):
    other = aioresponses()
    other.start()
    with suppress(PatchLostError), mock_scenario("inventory.outOfStock"):
        other.stop()
        assert answered()
    with mock_scenario("inventory.outOfStock"):
        assert answered()

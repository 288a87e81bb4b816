"""mock_scenario: with, async with, decorator; nested blocks; what is told at the end."""

import contextvars
import inspect
import re

import pytest
import requests

import mdt
from mdt import Engine, load, mock_scenario, sequence
from mdt.api import default_scenarios
from mdt.errors import MdtError, NoSessionError, SelectionError, UnknownScenarioError, UnmatchedRequestError
from mdt.inprocess import active_block, folders
from mdt.inprocess.blocks import session_id
from mdt.inprocess.pytest_context import PYTEST
from mdt.inprocess.verification import UnusedScenarioError
from tests.unit.folders import loaded, write
from tests.unit.inprocess.conftest import CHECK, MOCKS

pytestmark = pytest.mark.may_be_void("about how blocks begin, nest and end, whatever is called in them")

STOCK = "http://stock.internal/take"


def available():
    return requests.post(CHECK, json={"productId": "p"}).json()["available"]


def status():
    return requests.post(CHECK, json={"productId": "p"}).status_code


class TestWays:
    def test_a_decorated_function_keeps_its_name_and_signature(self):
        @mock_scenario("inventory.outOfStock")
        def order(product: str, *, count: int = 1) -> bool:
            """Orders."""
            return available()

        assert order("p") is False
        assert (order.__name__, order.__doc__) == ("order", "Orders.")
        assert list(inspect.signature(order).parameters) == ["product", "count"]

    def test_a_decorated_function_may_call_itself(self):
        @mock_scenario(sequence("inventory.serviceError", "inventory.available"))
        def down(depth):
            return [status(), *(down(depth - 1) if depth else [])]

        assert down(2) == [503, 503, 503]  # each begins its own sequence

    def test_methods_can_be_decorated(self):
        class Orders:
            @mock_scenario("inventory.outOfStock")
            def order(self):
                return self, available()

        orders = Orders()
        assert orders.order() == (orders, False)

    def test_a_coroutine_function_stays_one(self):
        @mock_scenario("inventory.outOfStock")
        async def order():
            return available()

        assert inspect.iscoroutinefunction(order)
        with pytest.raises(StopIteration) as end:
            order().send(None)
        assert end.value.value is False

    def test_async_with(self):
        async def order():
            async with mock_scenario("inventory.outOfStock"):
                return available()

        with pytest.raises(StopIteration) as end:
            order().send(None)
        assert end.value.value is False

    @pytest.mark.parametrize("names", [["inventory.outOfStock"], ("order-flow.happy", "inventory.outOfStock")])
    def test_lists_and_compositions(self, names):
        with mock_scenario(names):
            assert available() is False
        with mock_scenario(*names):
            assert available() is False

    def test_a_sequence_plays_one_call_after_the_other(self):
        with mock_scenario(sequence("inventory.serviceError", "inventory.available")):
            assert [status() for _ in range(3)] == [503, 200, 200]

    def test_generators_and_classes_are_refused(self):
        def generator():
            yield 1

        async def asynchronous():
            yield 1

        for function in (generator, asynchronous):
            with pytest.raises(MdtError, match="is a generator"):
                mock_scenario("inventory.available")(function)
        for other in (int, 7, staticmethod(available), classmethod(available)):
            with pytest.raises(MdtError, match="decorates functions and methods"):
                mock_scenario("inventory.available")(other)

    def test_nothing_and_unknown_names_are_refused(self):
        with pytest.raises(SelectionError), mock_scenario():
            pass
        with pytest.raises(UnknownScenarioError, match=r"inventory\.outOfStock"), mock_scenario("inventory.outOfStok"):
            pass
        assert active_block.CURRENT.get() is None

    def test_one_object_cannot_be_in_use_twice(self):
        block = mock_scenario("inventory.outOfStock")
        with block, pytest.raises(MdtError, match="in use already"), block:
            pass
        with block:  # but one time after the other
            assert available() is False

    def test_one_that_was_not_entered_cannot_be_left(self):
        with pytest.raises(MdtError, match="not in use"):
            mock_scenario("inventory.outOfStock").__exit__(None, None, None)

    def test_it_may_be_left_in_another_context(self):
        block = mock_scenario("inventory.outOfStock")
        contextvars.copy_context().run(block.__enter__)
        block.__exit__(None, None, None)
        assert active_block.CURRENT.get() is None


class TestNested:
    def test_the_inner_choice_lies_over_the_outer_until_it_ends(self):
        with mock_scenario("inventory.outOfStock", "payment.declined") as outer:
            with mock_scenario("inventory.serviceError") as inner:
                assert status() == 503
                assert requests.post("https://pay.example.com:8443/v1/charge").status_code == 402
            assert status() == 200
            assert outer.session.id == inner.session.id
            assert len(outer.calls()) == 3

    def test_clock_and_state_are_those_of_the_session(self):
        with mock_scenario("inventory.available") as outer:
            requests.post(STOCK)
            with mock_scenario("payment.declined") as inner:
                requests.post(STOCK)
                inner.clock.advance(minutes=15)
            assert outer.state("stock").left == 3
            assert outer.clock is inner.clock

    def test_the_outer_sequence_goes_on_inside_and_after(self):
        with mock_scenario(sequence("inventory.serviceError", "inventory.serviceError", "inventory.available")):
            assert status() == 503
            with mock_scenario("payment.declined"):
                assert status() == 503
            assert status() == 200

    def test_an_inner_sequence_begins_each_time_and_leaves_the_outer_where_it_was(self):
        steps = sequence("inventory.serviceError", "inventory.available")
        with mock_scenario(steps):
            assert status() == 503
            for _ in range(2):
                with mock_scenario(steps):
                    assert [status(), status()] == [503, 200]
            assert status() == 200

    def test_an_unmatched_call_is_reported_by_the_block_it_was_made_in_only(self):
        with mock_scenario("inventory.available"):
            with pytest.raises(UnmatchedRequestError) as told, mock_scenario("payment.success"):  # noqa: SIM117
                with pytest.raises(UnmatchedRequestError):
                    requests.get("http://inventory.internal/nothing")
            assert len(told.value.reports) == 1

    def test_seed_and_other_definitions_belong_to_the_outer_block(self, tmp_path):
        with mock_scenario("inventory.available"):
            with pytest.raises(MdtError, match="seed"), mock_scenario("inventory.available", seed=1):
                pass
            with pytest.raises(MdtError, match="with the definitions in"):
                mock_scenario("inventory.available", mocks=Engine(load(MOCKS))).__enter__()
            with mock_scenario("inventory.outOfStock", mocks=MOCKS):
                assert available() is False


class TestUnmatched:
    def test_it_raises_at_once_and_again_at_the_end_with_all(self, client):
        with pytest.raises(UnmatchedRequestError) as told, mock_scenario("inventory.available") as m:  # noqa: PT012
            for path in ("/chek", "/internal/inventory/chek"):
                with pytest.raises(UnmatchedRequestError, match="chek"):
                    client("POST", f"http://inventory.internal{path}")
            assert len(m.unmatched) == 2
        assert len(told.value.reports) == 2
        assert "✗ chek → check" in str(told.value)

    def test_a_failing_block_keeps_its_error_and_gets_a_note(self):
        with pytest.raises(ZeroDivisionError) as told, mock_scenario("inventory.available"):  # noqa: PT012
            with pytest.raises(UnmatchedRequestError):
                requests.get("http://inventory.internal/nothing")
            1 / 0  # noqa: B018
        assert "/nothing" in told.value.__notes__[0]

    def test_the_error_itself_is_not_repeated_but_others_are_added(self):
        with pytest.raises(UnmatchedRequestError) as told, mock_scenario("inventory.available"):
            requests.get("http://inventory.internal/one")
        assert not hasattr(told.value, "__notes__")
        with pytest.raises(UnmatchedRequestError) as told, mock_scenario("inventory.available"):  # noqa: PT012
            with pytest.raises(UnmatchedRequestError):
                requests.get("http://inventory.internal/one")
            requests.get("http://inventory.internal/two")
        assert "/one" in told.value.__notes__[0]
        assert "/two" not in told.value.__notes__[0]

    def test_a_body_that_does_not_fit_is_unmatched(self, client):
        with pytest.raises(UnmatchedRequestError, match=r"\$\.quantity expected integer"):  # noqa: SIM117
            with mock_scenario("inventory.available"):
                client("POST", "http://inventory.internal/strict", json={"quantity": "10"})

    @pytest.mark.parametrize("host", ["nobody.example.com", "127.0.0.1:9", "localhost"])
    def test_a_host_that_no_service_knows_is_refused(self, client, host):
        with pytest.raises(UnmatchedRequestError, match="No service lives at"), mock_scenario("inventory.available"):
            client("GET", f"http://{host}/")

    @pytest.mark.parametrize("allowed", ["127.0.0.1", ["127.0.0.1:9"], ("other", "127.0.0.1")])
    def test_an_allowed_host_is_called_for_real(self, client, allowed):
        """So that pytest-socket refuses it, with a warning that is an error here."""
        with mock_scenario("inventory.available", allow_hosts=allowed) as m:
            with pytest.raises(UserWarning, match="tried to use socket"):
                client("GET", "http://127.0.0.1:9/")
            assert not m.calls()

    def test_mdt_yaml_may_allow_hosts(self, client, tmp_path):
        shop = "service: shop\nurl: http://shop.internal\nroutes: {GET /a: {ok: {status: 204}}}"
        folder = write(tmp_path, {"mdt.yaml": "allowHosts: [127.0.0.1]", "internal/shop.yaml": shop})
        with mock_scenario("shop.ok", mocks=folder), pytest.raises(UserWarning, match="tried to use socket"):
            client("GET", "http://127.0.0.1:9/")

    def test_an_inner_block_may_allow_more(self):
        with mock_scenario("inventory.available", allow_hosts="127.0.0.1"):  # noqa: SIM117
            with mock_scenario("inventory.outOfStock", allow_hosts="*.example.org"):
                for host in ("127.0.0.1", "a.b.example.org"):
                    with pytest.raises(UserWarning, match="tried to use socket"):
                        requests.get(f"http://{host}:9/")

    def test_a_service_is_never_called_for_real_though_its_host_is_allowed(self):
        with mock_scenario("inventory.outOfStock", allow_hosts="inventory.internal"):
            assert available() is False


class TestStrict:
    def test_a_scenario_that_is_never_used_is_told_with_the_reason(self):
        with (
            pytest.raises(UnusedScenarioError) as told,
            mock_scenario("inventory.missing", "payment.declined", strict=True),
        ):
            available()
        assert told.value.names == ("inventory.missing", "payment.declined")
        assert "payment was never called" in str(told.value)
        assert "POST /internal/inventory/check (available); missing answers GET /products/{id}" in str(told.value)

    def test_the_end_of_a_sequence_that_is_not_reached(self):
        with pytest.raises(UnusedScenarioError, match=r"inventory\.available.* number 2 of its sequence"):  # noqa: SIM117
            with mock_scenario(sequence("inventory.serviceError", "inventory.available"), strict=True):
                status()

    def test_all_used_is_no_error(self):
        with mock_scenario("inventory.outOfStock", strict=True) as m:
            available()
            m.switch("inventory.serviceError")
            status()

    def test_one_that_was_switched_to_counts_too(self):
        with pytest.raises(UnusedScenarioError, match=r"inventory\.serviceError"):  # noqa: PT012, SIM117
            with mock_scenario("inventory.outOfStock", strict=True) as m:
                available()
                m.switch("inventory.serviceError")

    def test_unmatched_calls_come_first_and_name_the_others_in_a_note(self):
        with pytest.raises(UnmatchedRequestError) as told, mock_scenario("payment.declined", strict=True):  # noqa: SIM117
            with pytest.raises(UnmatchedRequestError):
                requests.get("http://inventory.internal/nothing")
        assert "payment.declined" in told.value.__notes__[0]

    def test_a_failing_block_gets_a_note(self):
        with pytest.raises(ZeroDivisionError) as told, mock_scenario("payment.declined", strict=True):
            1 / 0  # noqa: B018
        assert "payment.declined" in told.value.__notes__[0]

    def test_it_is_off_by_default_and_inherited_by_inner_blocks(self):
        with mock_scenario("inventory.available"):
            pass
        with mock_scenario("inventory.available", strict=True):
            available()
            with pytest.raises(UnusedScenarioError), mock_scenario("payment.declined"):
                pass
            with mock_scenario("payment.declined", strict=False):
                pass

    def test_a_virtual_service_counts_as_used(self):
        with mock_scenario("stock.virtual", strict=True):
            requests.post(STOCK)
        with pytest.raises(UnusedScenarioError, match=r"stock\.virtual"), mock_scenario("stock.virtual", strict=True):
            pass


class TestSeeds:
    def roll(self, **options):
        with mock_scenario("inventory.dice", **options):
            return [requests.post(CHECK, json={}).json()["number"] for _ in range(3)]

    def test_the_same_seed_gives_the_same_numbers(self):
        assert self.roll(seed=1) == self.roll(seed=1) != self.roll(seed=2)

    def test_without_one_a_run_is_repeatable(self):
        assert self.roll() == self.roll()


class TestFolders:
    def test_the_nearest_folder_above_is_found(self, monkeypatch, tmp_path):
        monkeypatch.delenv("MDT_MOCKS")
        (tmp_path / "mocks" / "internal").mkdir(parents=True)
        (tmp_path / "a" / "b").mkdir(parents=True)
        monkeypatch.chdir(tmp_path / "a" / "b")
        assert folders.find_folder() == tmp_path / "mocks"

    def test_none_is_told_with_the_ways_out(self, monkeypatch, tmp_path):
        monkeypatch.delenv("MDT_MOCKS")
        monkeypatch.chdir(tmp_path)
        with pytest.raises(MdtError, match="MDT_MOCKS"), mock_scenario("inventory.available"):
            pass

    def test_a_folder_is_loaded_once_until_it_is_forgotten(self):
        first = folders.engine_for(MOCKS)
        assert folders.engine_for(str(MOCKS)) is first
        folders.forget()
        assert folders.engine_for(MOCKS) is not first

    def test_a_catalog_will_do(self):
        with mock_scenario("inventory.outOfStock", mocks=load(MOCKS)):
            assert available() is False


def test_session_headers_name_the_session():
    with pytest.raises(NoSessionError, match="inside"):
        mdt.session_headers()
    with mock_scenario("inventory.available") as m:
        assert mdt.session_headers() == m.headers == {"X-Mdt-Session": m.session.id}


def test_without_a_scenario_the_libraries_are_themselves(client):
    with pytest.raises(UserWarning, match="tried to use socket"):
        client.check()


class TestSurroundings:
    """What the pytest plugin sets."""

    def test_ids_are_readable_unique_and_fit_for_headers_and_paths(self):
        one, other = session_id("tests/测试 a.py::test[x/y]"), session_id("tests/测试 a.py::test[x/y]")
        assert re.fullmatch(r"tests-a\.py-test-x-y-[0-9a-f]{8}-\d+", one)
        assert one != other
        assert session_id("").startswith("session-")
        assert len(session_id("x" * 500)) < 120

    def test_the_name_is_the_seed_and_the_opener_is_told(self, monkeypatch):
        opened = []
        monkeypatch.setattr(PYTEST, "name", "test_a.py::test_one")
        monkeypatch.setattr(PYTEST, "opened", opened.append)
        with default_scenarios() as m:
            assert available() is True
            with mock_scenario("inventory.outOfStock"):
                assert available() is False
        assert m.session.seed == "test_a.py::test_one"
        assert [live.session.id for live in opened] == [m.session.id] * 2

    def test_strict_is_its_default(self, monkeypatch):
        monkeypatch.setattr(PYTEST, "strict", True)
        with pytest.raises(UnusedScenarioError), mock_scenario("inventory.outOfStock"):
            pass
        with mock_scenario("inventory.outOfStock", strict=False):
            pass

    def test_strict_is_a_setting_of_the_definitions_too(self, tmp_path):
        text = "default: ok\nroutes: {GET /a: {ok: {json: 1}}}"
        strict = loaded(tmp_path, {"internal/shop.yaml": text, "mdt.yaml": "strict: true"})
        with pytest.raises(UnusedScenarioError, match=r"shop\.ok"), mock_scenario("shop.ok", mocks=strict):
            pass
        with mock_scenario("shop.ok", mocks=strict, strict=False):
            pass

    def test_its_folder_comes_before_the_setting(self, tmp_path):
        folders.use_by_default(tmp_path)
        assert folders.find_folder() == tmp_path
        folders.stop_using(tmp_path)
        assert folders.find_folder() == MOCKS

    def test_defaults_can_be_played_inside_a_block(self):
        with mock_scenario("inventory.outOfStock"), default_scenarios():
            assert available() is False

"""This project's own definitions do what their names say."""

import json
import shutil
from pathlib import Path

import jsonschema_rs
import pytest
import yaml
from mdt.definitions import Catalog, json_schema, load
from mdt.definitions.files import Folder
from mdt.engine.choice import Selectable
from mdt.engine.messages import Fault, FaultKind
from openapi_spec_validator import validate

from tests.unit.mocks.player import Player

FOLDER = Path(__file__).resolve().parents[3] / "mocks"
SCHEMA = FOLDER / ".mdt" / "service.schema.json"
INVENTORY = "http://inventory.internal/internal/inventory"
LOGIN = "GET https://api.weixin.qq.com/sns/jscode2session?appid=a&secret=b&js_code=c1&grant_type=authorization_code"
TOKEN = "POST https://api.weixin.qq.com/cgi-bin/stable_token"
PHONE = "POST https://api.weixin.qq.com/wxa/business/getuserphonenumber?access_token=t"
ASK_TOKEN = {"grant_type": "client_credential", "appid": "a", "secret": "b", "force_refresh": False}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load(FOLDER, {})


@pytest.fixture
def play(catalog):
    def make(wanted: Selectable | None = None) -> Player:
        return Player(catalog, wanted)

    return make


def test_the_scenarios(catalog):
    names = set(catalog.scenario_names())

    assert {"inventory.available", "inventory.outOfStock", "inventory.virtual", "user.forbidden"} <= names
    assert {"notification.failed", "order-flow.happy", "data-batch.huge", "wechat.busyThenOk"} <= names


def test_the_mocks_keep_the_contracts(catalog):
    """What does not is told when they are loaded; `make lint` asks for the confirmations too."""
    assert catalog.problems == ()
    assert {name for name, one in catalog.services.items() if one.contract} == {"inventory", "user", "notification"}


def test_a_mock_that_breaks_a_contract_is_told(tmp_path):
    project = tmp_path / "project"
    shutil.copytree(FOLDER, project / "mocks")
    shutil.copytree(FOLDER.parent / "contracts", project / "contracts")
    user = project / "mocks" / "internal" / "user.yaml"
    user.write_text(
        user.read_text(encoding="utf-8").replace("{authorized: true}", "{authorised: true}"), encoding="utf-8"
    )

    (problem,) = load(project / "mocks", {}).problems

    assert 'user.authorized: $ "authorized" is a required property' in str(problem)


def test_everything_goes_well_in_order_flow_happy(play):
    happy = play("order-flow.happy")
    stock = {"productId": "prod123", "quantity": 1}

    assert happy.json(f"POST {INVENTORY}/check", data=stock) == {
        "productId": "prod123",
        "available": True,
        "quantity": 100,
    }
    reserved = happy.reply(f"POST {INVENTORY}/reserve", data={"orderId": "o1", **stock})
    assert (reserved.status, set(json.loads(reserved.body))) == (201, {"reservationId", "expiresAt"})
    assert happy.json("POST http://user.internal/internal/user/authorize", data={"userId": "u", "action": "a"}) == {
        "authorized": True
    }
    message = {"userId": "u", "kind": "order", "orderId": "o1"}
    assert happy.reply("POST http://notification.internal/internal/notification/send", data=message).status == 202


@pytest.mark.parametrize(
    ("scenario", "status", "body"),
    [
        ("inventory.outOfStock", 200, {"productId": "prod123", "available": False, "quantity": 0}),
        ("inventory.serviceError", 503, {"error": "SERVICE_UNAVAILABLE", "message": "库存服务暂时不可用"}),
    ],
)
def test_inventory_says_no(play, scenario, status, body):
    reply = play(scenario).reply(f"POST {INVENTORY}/check", data={"productId": "prod123", "quantity": 1})

    assert (reply.status, json.loads(reply.body)) == (status, body)


def test_a_quantity_must_be_a_number_of_at_least_one(play):
    assert "$.quantity expected at least 1, got 0" in str(
        play().miss(f"POST {INVENTORY}/check", data={"productId": "p", "quantity": 0})
    )


def test_flaky_fails_twice(play):
    flaky = play("inventory.flaky")
    stock = {"productId": "prod123", "quantity": 1}

    assert [flaky.reply(f"POST {INVENTORY}/check", data=stock).status for _ in range(4)] == [503, 503, 200, 200]


def test_products(play):
    assert play().json(f"GET {INVENTORY}/products/prod456")["price_fen"] == 12900
    assert play("inventory.notFound").reply(f"GET {INVENTORY}/products/prod456").status == 404


@pytest.mark.parametrize(
    ("user", "action", "may"),
    [("user123", "order.cancel", True), ("user456", "order.cancel", False), ("x", "order.create", False)],
)
def test_users_by_table(play, user, action, may):
    asked = {"userId": user, "action": action}

    assert play("user.byTable").json("POST http://user.internal/internal/user/authorize", data=asked) == {
        "authorized": may
    }


@pytest.mark.parametrize(("scenario", "status"), [("user.forbidden", 403), ("user.serviceError", 503)])
def test_users_refused(play, scenario, status):
    asked = {"userId": "u", "action": "a"}

    assert play(scenario).reply("POST http://user.internal/internal/user/authorize", data=asked).status == status


def test_notifications_that_fail(play):
    message = {"userId": "u", "kind": "order", "orderId": "o1"}
    url = "POST http://notification.internal/internal/notification/send"

    assert play("notification.failed").reply(url, data=message).status == 500
    assert play("notification.timeout").ask(url, data=message) == Fault(
        FaultKind.TIMEOUT, play("notification.timeout").ask(url, data=message).reply
    )


def test_data_batch(play):
    url = "GET http://data-batch.internal/internal/data/batch"
    huge = play("data-batch.huge").json(url)

    assert (play().json(url)["total"], play().reply(url).delay) == (3, 0.0)
    assert 0 < play("data-batch.slow").reply(url).delay <= 5
    assert (huge["total"], len(huge["rows"]), huge["rows"][-1]["name"]) == (10_000, 10_000, "row-10000")


class TestInventoryVirtual:
    @pytest.fixture
    def shop(self, play) -> Player:
        return play("inventory.virtual")

    def reserve(self, shop: Player, quantity: int, order: str = "o1", product: str = "prod456"):
        return shop.reply(
            f"POST {INVENTORY}/reserve", data={"orderId": order, "productId": product, "quantity": quantity}
        )

    def free(self, shop: Player, product: str = "prod456") -> int:
        return shop.json(f"GET {INVENTORY}/products/{product}")["stock"]

    def test_a_reservation_holds_stock(self, shop):
        assert self.reserve(shop, 3).status == 201
        assert self.free(shop) == 2
        assert shop.json(f"POST {INVENTORY}/check", data={"productId": "prod456", "quantity": 3}) == {
            "productId": "prod456",
            "available": False,
            "quantity": 2,
        }

    def test_nobody_gets_more_than_there_is(self, shop):
        assert self.reserve(shop, 3).status == 201
        assert self.reserve(shop, 3, order="o2").status == 409
        assert self.reserve(shop, 2, order="o2").status == 201
        assert self.reserve(shop, 1, product="prod789").status == 409

    def test_the_same_order_again_is_the_same_reservation(self, shop):
        assert self.reserve(shop, 3).body == self.reserve(shop, 3).body
        assert self.free(shop) == 2

    def test_stock_is_free_again_after_fifteen_minutes(self, shop):
        number = json.loads(self.reserve(shop, 5).body)["reservationId"]
        shop.session.clock.freeze()
        shop.session.clock.advance(minutes=14)
        assert self.free(shop) == 0

        shop.session.clock.advance(minutes=1)
        assert self.free(shop) == 5
        assert shop.reply(f"POST {INVENTORY}/cancel", data={"reservationId": number}).status == 404

    def test_a_cancelled_reservation_frees_its_stock_once(self, shop):
        number = json.loads(self.reserve(shop, 5).body)["reservationId"]

        assert shop.json(f"POST {INVENTORY}/cancel", data={"reservationId": number})["cancelled"] is True
        assert self.free(shop) == 5
        assert shop.reply(f"POST {INVENTORY}/cancel", data={"reservationId": number}).status == 404

    @pytest.mark.parametrize("product", ["nope", "中"])
    def test_unknown_products(self, shop, product):
        assert shop.reply(f"GET {INVENTORY}/products/{product}").status == 404
        assert self.reserve(shop, 1, product=product).status == 404

    def test_a_wrong_request_is_422(self, shop):
        assert self.reserve(shop, 0).status == 422

    def test_its_openapi_document_is_valid(self, catalog):
        validate(catalog.services["inventory"].virtual.openapi())

    def test_the_class_answers_every_route_that_the_file_has(self, catalog):
        service = catalog.services["inventory"]

        written = {(route.method, route.template.partition("{")[0]) for route in service.routes}
        assert written == {
            (route.method, route.template.partition("{")[0]) for route in service.dispatcher.table.routes
        }


class TestWeChat:
    @pytest.mark.parametrize(
        ("scenario", "code"),
        [("invalidCode", 40029), ("codeUsed", 40163), ("rateLimited", 45011), ("blockedUser", 40226), ("busy", -1)],
    )
    def test_errors_have_status_200_and_are_called_plain_text(self, play, scenario, code):
        reply = play(f"wechat.{scenario}").reply(LOGIN)

        assert (reply.status, json.loads(reply.body)["errcode"]) == (200, code)
        assert dict(reply.headers)["content-type"] == "text/plain"

    def test_success(self, play):
        assert play("wechat.ok").json(LOGIN)["openid"] == "openid-c1"
        assert "errcode" not in play("wechat.noErrcode").json(LOGIN)

    def test_busy_then_ok(self, play):
        busy = play("wechat.busyThenOk")

        assert [busy.json(LOGIN)["errcode"] for _ in range(3)] == [-1, 0, 0]

    @pytest.mark.parametrize(("call", "data"), [(LOGIN, None), (TOKEN, ASK_TOKEN), (PHONE, {"code": "c"})])
    def test_nothing_and_garbage(self, play, call, data):
        garbage = play("wechat.htmlGarbage").reply(call, data=data)

        assert play("wechat.timeout").ask(call, data=data).kind is FaultKind.TIMEOUT
        assert garbage.body.startswith(b"<html>")
        assert dict(garbage.headers)["content-type"] == "text/html"

    def test_a_token_and_a_phone_number(self, play):
        assert play().json(TOKEN, data=ASK_TOKEN) == {"access_token": "stable-token-for-a", "expires_in": 7200}
        info = play().json(PHONE, data={"code": "c"})["phone_info"]
        assert (info["purePhoneNumber"], info["countryCode"]) == ("13800138000", "86")
        assert isinstance(info["watermark"]["timestamp"], int)

    def test_a_login_without_code_is_told(self, play):
        assert "js_code" in str(play().miss(LOGIN.replace("js_code=c1&", "")))


def test_their_schema_is_that_of_the_installed_mdt():
    """After an update of mdt: `mdt mock schema --write`."""
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == json_schema()


@pytest.mark.parametrize("path", sorted(Folder(FOLDER).service_files()), ids=lambda path: path.stem)
def test_every_service_names_that_schema_and_fits_it(path):
    text = path.read_text(encoding="utf-8")
    _, _, written = text.splitlines()[0].partition("$schema=")

    assert (path.parent / written).resolve() == SCHEMA
    assert jsonschema_rs.is_valid(json_schema(), yaml.safe_load(text))


@pytest.mark.parametrize(("environment", "products"), [("", 3), ("dev", 1), ("test", 5), ("perf", 5005)])
def test_the_virtual_inventory_has_the_products_of_the_environment(play, environment, products):
    inventory = play("inventory.virtual")
    inventory.session.enter(environment)

    state = inventory.engine.catalog.services["inventory"].dispatcher.state(inventory.session)

    assert len(state.products) == products

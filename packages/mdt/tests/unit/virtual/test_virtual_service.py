"""Virtual services: typed requests, state of the session, replies, and errors."""

import sys
import threading
from datetime import UTC, datetime

import pytest

from mdt.engine.choice import Sequence
from mdt.engine.messages import MISSING, Reply
from tests.unit.folders import Player, loaded, player

SERVICE = """
    default: virtual
    routes:
      POST /items: {down: {status: 503}}
      GET /fixed: {down: {status: 500}}
"""
CODE = """
from datetime import datetime
from pydantic import BaseModel, Field, model_validator
from mdt import Request, VirtualError, VirtualReply, VirtualService, delete, get, patch, post, put

class Item(BaseModel):
    id: str
    price: int = Field(ge=0)

class Picky(BaseModel):
    @model_validator(mode="before")
    @classmethod
    def look(cls, value: object) -> object:
        raise RuntimeError("picky")

class Shop(VirtualService):
    class State(BaseModel):
        items: dict[str, Item] = {}
        log: list[str] = []

    seed = "shared/items.json"
    state: State

    @get("/items")
    def all(self, limit: int = 10, tag: list[str] = [], q: str | None = None) -> list[Item]:
        self.state.log.append(f"{limit} {tag} {q}")
        return list(self.state.items.values())[:limit]

    @get("/items/{id}", errors={404: "unknown"})
    def one(self, id: str) -> Item:
        if id not in self.state.items:
            raise VirtualError(404, "NOT_FOUND", "no such item", {"X-Why": "unknown"})
        return self.state.items[id]

    @get("/items/me")
    def me(self) -> str:
        return "me"

    @post("/items", status=201)
    def add(self, item: Item, request: Request) -> Item:
        self.state.items[item.id] = item
        self.state.log.append(request.headers.get("x-by", "?"))
        return item

    @put("/items/{id}")
    def replace(self, id: int, body: dict[str, int]) -> dict[str, int]:
        return {str(id): sum(body.values())}

    @patch("/items")
    def odd(self, items: list[Item] | None = None) -> VirtualReply:
        return VirtualReply(202, {"count": len(items or [])}, {"X-A": "1", "Content-Type": "text/x-odd"})

    @delete("/items")
    def clear(self) -> None:
        self.state = self.State(log=["cleared"])

    @get("/log")
    def entries(self) -> list[str]:
        return self.state.log

    @get("/now")
    def now(self) -> datetime:
        return self.clock.now()

    @get("/dice")
    def dice(self) -> int:
        return self.random.randint(1, 10**9)

    @get("/empty")
    def empty(self) -> VirtualReply:
        return VirtualReply(200)

    @get("/broken")
    def broken(self) -> int:
        return 1 // 0

    @get("/unsayable")
    def unsayable(self) -> VirtualReply:
        return VirtualReply(200, object())

    @get("/unsayable-error")
    def unsayable_error(self) -> None:
        raise VirtualError(500, {"a": object()})

    @post("/picky")
    def picky(self, body: Picky) -> None: ...

    @get("/teapot")
    def teapot(self) -> None:
        raise VirtualError(418, {"short": True})
"""
ITEMS = '[{"id": "a", "price": 1}, {"id": "b", "price": 2}]'
FILES = {"internal/shop/service.yaml": SERVICE, "internal/shop/virtual.py": CODE, "shared/items.json": ITEMS}


@pytest.fixture
def shop(tmp_path) -> Player:
    return Player(loaded(tmp_path, FILES))


def test_the_seed_is_there_by_id(shop):
    assert shop.json("GET /items/b") == {"id": "b", "price": 2}


def test_state_belongs_to_the_session_and_is_copied(shop):
    other = Player(shop.catalog, session="other")
    assert shop.reply("POST /items", data={"id": "c", "price": 3}).status == 201
    shop.session.state["shop"].items["a"].price = 99

    assert shop.json("GET /items/c") == {"id": "c", "price": 3}
    assert other.reply("GET /items/c").status == 404
    assert other.json("GET /items/a") == {"id": "a", "price": 1}


def test_reset_brings_the_seed_back(shop):
    shop.ask("POST /items", data={"id": "c", "price": 3})
    shop.session.reset()

    assert shop.reply("GET /items/c").status == 404
    assert shop.reply("GET /items/a").status == 200


def test_a_state_that_a_handler_replaces_is_kept(shop):
    assert shop.reply("DELETE /items") == Reply(204)
    assert shop.json("GET /log") == ["cleared"]


def test_a_reply_is_json_with_its_length(shop):
    assert shop.reply("GET /items/a") == Reply(
        200, (("content-type", "application/json"), ("content-length", "20")), b'{"id":"a","price":1}'
    )


def test_a_literal_route_comes_first(shop):
    assert shop.json("GET /items/me") == "me"


def test_query_parameters_are_typed_and_optional(shop):
    assert len(shop.json("GET /items")) == 2
    assert len(shop.json("GET /items?limit=1&tag=x&tag=y&q=z")) == 1
    assert shop.json("GET /log") == ["10 [] None", "1 ['x', 'y'] z"]


def test_of_a_parameter_that_is_given_twice_the_last_counts(shop):
    assert len(shop.json("GET /items?limit=2&limit=1")) == 1


def test_the_whole_request_is_at_hand(shop):
    shop.ask("POST /items", data={"id": "c", "price": 3}, headers={"x-by": "me"})

    assert shop.json("GET /log") == ["me"]


def test_path_values_are_typed_and_bodies_may_be_plain(shop):
    assert shop.json("PUT /items/7", data={"a": 1, "b": 2}) == {"7": 3}


def test_a_reply_may_have_its_own_status_and_headers(shop):
    reply = shop.reply("PATCH /items", data=[{"id": "a", "price": 1}])

    assert reply == Reply(202, (("content-type", "text/x-odd"), ("x-a", "1"), ("content-length", "11")), b'{"count":1}')
    assert shop.json("PATCH /items") == {"count": 0}


def test_a_reply_without_a_body(shop):
    assert shop.reply("GET /empty") == Reply(200, (("content-length", "0"),))


@pytest.mark.parametrize(
    ("call", "data", "wrong"),
    [
        ("POST /items", {"id": "c", "price": -1}, [("body", "price")]),
        ("POST /items", {}, [("body", "id"), ("body", "price")]),
        ("POST /items", [], [("body", "")]),
        ("POST /items", None, [("body", "")]),
        ("GET /items?limit=x", None, [("query", "limit")]),
        ("PUT /items/x", {"a": "y"}, [("path", "id"), ("body", "a")]),
    ],
)
def test_what_does_not_fit_is_422_with_every_place(shop, call, data, wrong):
    reply = shop.reply(call, data=data)
    answer = shop.json(call, data=data)

    assert reply.status == 422
    assert answer["error"] == "VALIDATION_ERROR"
    assert [(one["in"], one["field"]) for one in answer["details"]] == wrong
    assert all(one["message"] for one in answer["details"])


def test_a_body_that_is_no_json_does_not_fit(shop):
    assert shop.reply("POST /items", body=b"{").status == 422


def test_errors_are_answers(shop):
    reply = shop.reply("GET /items/zzz")

    assert reply.status == 404
    assert dict(reply.headers)["x-why"] == "unknown"
    assert shop.json("GET /items/zzz") == {"error": "NOT_FOUND", "message": "no such item"}
    assert shop.json("GET /teapot") == {"short": True}


def test_the_clock_is_the_sessions(shop):
    shop.session.clock.freeze(datetime(2030, 1, 1, tzinfo=UTC))

    assert shop.json("GET /now") == "2030-01-01T00:00:00Z"


def test_random_numbers_repeat_with_the_session(shop):
    assert shop.json("GET /dice") == Player(shop.catalog).json("GET /dice")
    assert shop.json("GET /dice") != Player(shop.catalog, session="x").json("GET /dice")


def test_a_handler_that_breaks_is_told_and_nothing_is_raised(shop):
    miss = shop.miss("GET /broken")

    assert "✗ ZeroDivisionError: integer division or modulo by zero" in str(miss)
    assert "The virtual service shop has a mistake" in miss.reason
    assert miss.file.endswith("internal/shop/virtual.py")
    assert CODE.splitlines()[miss.line - 1].strip() == '@get("/broken")'


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("GET /unsayable", "Unable to serialize"),
        ("GET /unsayable-error", "Unable to serialize"),
        ("POST /picky", "RuntimeError: picky"),
    ],
)
def test_no_handler_can_break_the_engine(shop, call, reason):
    assert reason in str(shop.miss(call, data={}))


def test_the_journal_names_the_handler(shop):
    shop.ask("GET /items/a")
    (entry,) = shop.session.journal.entries()

    assert (entry.service, entry.route, entry.scenario) == ("shop", "GET /items/{id}", "virtual")
    assert CODE.splitlines()[entry.line - 1].strip().startswith('@get("/items/{id}"')


def test_a_scenario_lies_over_the_virtual_service(shop):
    shop.play("shop.down")
    assert shop.reply("POST /items", data={"id": "c", "price": 3}).status == 503
    assert shop.reply("GET /items/c").status == 404

    shop.play(["shop.virtual", "shop.down"])
    assert shop.reply("POST /items", data={"id": "c", "price": 3}).status == 503
    assert shop.reply("GET /items/a").status == 200


def test_a_sequence_may_end_in_the_virtual_service(shop):
    shop.play(Sequence(("shop.down", "shop.virtual")))
    data = {"id": "c", "price": 3}

    assert [shop.reply("POST /items", data=data).status for _ in range(3)] == [503, 201, 201]
    assert shop.reply("GET /items/c").status == 200


def test_a_selected_virtual_service_leaves_other_routes_to_their_answers(tmp_path):
    files = FILES | {
        "internal/shop/service.yaml": "default: ok\nroutes: {GET /fixed: {ok: {json: 1}}, GET /now: {ok: {json: 2}}}"
    }
    shop = Player(loaded(tmp_path, files), "shop.virtual")

    assert shop.json("GET /fixed") == 1
    assert shop.json("GET /now") != 2
    assert "No route" in shop.miss("GET /nope").reason


def test_a_path_that_nobody_has_is_unmatched(shop):
    assert shop.miss("GET /nope").reason


def test_handlers_of_one_session_never_run_at_the_same_time(tmp_path):
    code = """
from time import sleep
from pydantic import BaseModel
from mdt import VirtualService, post
class Shop(VirtualService):
    class State(BaseModel):
        count: int = 0
    @post("/")
    def add(self) -> int:
        count = self.state.count
        sleep(0.001)
        self.state.count = count + 1
        return self.state.count
"""
    shop = Player(loaded(tmp_path, {"internal/shop/service.yaml": "service: shop", "internal/shop/virtual.py": code}))
    threads = [threading.Thread(target=lambda: [shop.ask("POST /") for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert shop.json("POST /") == 81


def test_missing_is_not_a_query_value():
    assert not MISSING


def test_an_unchanged_file_keeps_its_class_and_a_changed_one_carries_the_state_over(tmp_path):
    first = Player(loaded(tmp_path, FILES))
    first.ask("POST /items", data={"id": "c", "price": 3})
    service = first.catalog.services["shop"].virtual

    first.engine.catalog = loaded(tmp_path, {})
    assert first.engine.catalog.services["shop"].virtual is service

    first.engine.catalog = loaded(tmp_path, {"internal/shop/virtual.py": CODE.replace('"me"', '"you"')})
    assert first.engine.catalog.services["shop"].virtual is not service
    assert service.__module__ not in sys.modules
    assert first.json("GET /items/me") == "you"
    assert first.json("GET /items/c") == {"id": "c", "price": 3}


def test_a_state_that_does_not_fit_the_changed_class_begins_anew(tmp_path):
    shop = Player(loaded(tmp_path, FILES))
    shop.ask("POST /items", data={"id": "c", "price": 3})
    changed = CODE.replace("price: int = Field(ge=0)", "price: int = Field(lt=3)")
    shop.engine.catalog = loaded(tmp_path, {"internal/shop/virtual.py": changed})

    assert shop.reply("GET /items/c").status == 404
    assert shop.reply("GET /items/a").status == 200


def test_a_service_without_virtual_file_has_none(tmp_path):
    assert player(tmp_path, "GET /x: {ok: {json: 1}}").catalog.services["shop"].virtual is None


def test_handlers_may_have_any_name(tmp_path):
    names = ("check", "finish", "options", "credentials", "clock_in", "callback")
    handlers = "\n".join(f"    @get('/{name}')\n    def {name}(self) -> str: return '{name}'" for name in names)
    code = f"from mdt import VirtualService, get\nclass Shop(VirtualService):\n{handlers}\n"
    shop = Player(loaded(tmp_path, {"internal/shop/service.yaml": "{}", "internal/shop/virtual.py": code}))

    assert [shop.json(f"GET http://shop.internal/{name}") for name in names] == list(names)


ALIASED = """
from typing import Annotated, Any
from pydantic import BaseModel, Field
from mdt import Request, VirtualReply, VirtualService, get, post

type Row = dict[str, Any]
type Tags = list[str]
type Call = Request
type Answer = Row | VirtualReply

class Item(BaseModel):
    price: int

class Shop(VirtualService):
    @post("/rows")
    def row(self, body: Row) -> Answer: return body

    @post("/items")
    def item(self, body: Annotated[Item, "checked"]) -> Answer: return VirtualReply(201, {"price": body.price})

    @get("/tags")
    def tags(self, tag: Tags, most: Annotated[int, Field(le=9)] = 3) -> Row: return {"tags": tag, "most": most}

    @get("/path")
    def path(self, call: Call) -> Annotated[str, "a text"]: return call.path
"""


def test_types_may_have_names_of_their_own(tmp_path):
    shop = Player(
        loaded(tmp_path, {"internal/shop/service.yaml": "default: virtual", "internal/shop/virtual.py": ALIASED})
    )

    assert shop.json("POST http://shop.internal/rows", data={"a": 1}) == {"a": 1}
    assert shop.reply("POST http://shop.internal/items", data={"price": 2}).status == 201
    assert shop.reply("POST http://shop.internal/items", data={"price": "x"}).status == 422
    assert shop.json("GET http://shop.internal/tags?tag=a&tag=b") == {"tags": ["a", "b"], "most": 3}
    assert shop.reply("GET http://shop.internal/tags?tag=a&most=10").status == 422
    assert shop.json("GET http://shop.internal/path") == "/path"

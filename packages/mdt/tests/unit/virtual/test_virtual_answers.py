"""What a handler returns is checked against its annotation; a handler that raises leaves the state as it was."""

import pytest

from tests.unit.folders import Player, loaded, told

CODE = """
from pydantic import BaseModel, Field
from mdt import VirtualError, VirtualReply, VirtualService, get, post

class Item(BaseModel):
    id: str
    price: int = Field(ge=0)

class More(Item):
    secret: str = "kept"

class Shop(VirtualService):
    class State(BaseModel):
        items: list[Item] = []
        count: int = 0
    state: State

    @get("/model")
    def model(self) -> Item:
        return {"id": "a", "price": "1"}

    @get("/more")
    def more(self) -> Item:
        return More(id="a", price=1)

    @get("/either")
    def either(self, full: bool = True) -> Item | VirtualReply:
        return Item(id="a", price=1) if full else VirtualReply(202, {"any": "thing"})

    @get("/anything")
    def anything(self):
        return {"any": "thing"}

    @get("/wrong")
    def wrong(self) -> Item:
        return {"id": "a", "price": -1}

    @get("/list")
    def list(self) -> list[Item]:
        return [{"id": "a", "price": 1}, {"id": "b"}]

    @get("/forgotten")
    def forgotten(self) -> Item: ...

    @get("/nothing")
    def nothing(self) -> None:
        return 1

    @post("/fails/{how}")
    def fails(self, how: str) -> str:
        self.state.count += 1
        self.state.items.append(Item(id="x", price=1))
        if how == "answer":
            raise VirtualError(409, "FULL", "no room")
        if how == "error":
            raise RuntimeError("a mistake")
        if how == "replaced":
            self.state = self.State(count=99)
            raise VirtualError(409, "FULL", "no room")
        return {} if how == "wrong" else how
"""
FILES = {"internal/shop/service.yaml": "service: shop\n", "internal/shop/virtual.py": CODE}
WRONG = {
    "/wrong": "Shop.wrong answers what its annotation Item does not allow: price: Input should be greater than or equal to 0",
    "/list": "1.price: Field required",
    "/forgotten": "Shop.forgotten answers what its annotation Item does not allow: Input should be a valid dictionary",
    "/nothing": "Input should be None",
}


@pytest.fixture
def shop(tmp_path) -> Player:
    return Player(loaded(tmp_path, FILES))


def test_an_answer_is_what_its_annotation_says(shop):
    assert shop.json("GET /model") == {"id": "a", "price": 1}
    assert shop.json("GET /more") == {"id": "a", "price": 1, "secret": "kept"}
    assert shop.json("GET /either") == {"id": "a", "price": 1}
    assert shop.reply("GET /either?full=no").status == 202
    assert shop.json("GET /anything") == {"any": "thing"}


def test_another_answer_is_a_mistake_of_the_service(shop):
    for path, words in WRONG.items():
        assert words in str(shop.miss(f"GET {path}")), path


@pytest.mark.parametrize("how", ["answer", "error", "replaced", "wrong"])
def test_a_handler_that_raises_leaves_the_state_as_it_was(shop, how):
    assert shop.json("POST /fails/not") == "not"
    state = shop.session.state["shop"]

    shop.ask(f"POST /fails/{how}")

    assert shop.session.state["shop"] is state
    assert (state.count, len(state.items)) == (1, 1)


def test_a_first_call_that_raises_leaves_the_first_state(shop):
    assert shop.reply("POST /fails/answer").status == 409
    assert shop.session.state["shop"].count == 0


@pytest.mark.parametrize("changed", ["(self) -> Odd:", "(self, x: Odd):"])
def test_a_type_that_cannot_be_checked_is_a_problem(tmp_path, changed):
    code = CODE.replace("class More(Item)", "class Odd: ...\n\nclass More(Item)").replace(
        "anything(self):", f"anything{changed}"
    )
    (problem,) = told(tmp_path, FILES | {"internal/shop/virtual.py": code})

    assert "Shop.anything: Pydantic cannot check the type" in problem
    assert "VirtualReply for an answer of any kind" in problem

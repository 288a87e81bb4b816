"""A virtual.py that cannot serve is told with its line when it is loaded."""

import pytest
from pydantic import BaseModel

from mdt import VirtualService, get
from mdt.engine.session import Session
from mdt.virtual.dispatch import Dispatcher, VirtualServiceError
from tests.unit.folders import Player, asking, loaded, told

YAML = {"internal/shop/service.yaml": "service: shop"}
HEAD = "from pydantic import BaseModel\nfrom mdt import *\n"
CLASS = HEAD + "class Shop(VirtualService):\n"

MISTAKES = [
    ("x = 1\nraise RuntimeError('no')\n", "2: this file cannot be loaded: RuntimeError: no"),
    ("x = (\n", "1: this file cannot be loaded: SyntaxError"),
    ("import nope_nope\n", "1: this file cannot be loaded: ModuleNotFoundError"),
    ("def f():\n    import nope_nope\nf()\n", "2: this file cannot be loaded: ModuleNotFoundError"),
    ("x = 1\n", "1: the file holds 0 subclasses of VirtualService. Write exactly one"),
    (
        CLASS + "    @get('/')\n    def a(self) -> int: return 1\nclass Two(Shop): pass\n",
        "1: the file holds 2 subclasses",
    ),
    (CLASS + "    pass\n", "1: Shop has no routes; put @get(...) or @post(...) above its functions"),
    (CLASS + "    @get('x')\n    def a(self) -> int: return 1\n", "1: Shop.a: the path 'x' begins with /"),
    (
        CLASS + "    @get('/')\n    async def a(self) -> int: return 1\n",
        "1: Shop.a is async; handlers are plain functions",
    ),
    (CLASS + "    @get('/')\n    def a(self, x) -> int: return 1\n", "1: Shop.a: the parameter 'x' has no type"),
    (
        CLASS + "    @get('/{x}')\n    def a(self) -> int: return 1\n",
        "1: Shop.a has no parameter x, which its path names",
    ),
    (
        CLASS + "    @post('/')\n    def a(self, x: dict, y: dict) -> int: return 1\n",
        "1: Shop.a has two bodies; a request has one",
    ),
    (CLASS + "    @get('/')\n    def a(self) -> 'Nope': return 1\n", "1: Shop.a: name 'Nope' is not defined"),
    (
        CLASS + "    seed = 'shared/nope.json'\n    @get('/')\n    def a(self) -> int: return 1\n",
        "1: the seed 'shared/nope.json' does not exist. Seeds lie in shared/: none",
    ),
    (
        CLASS + "    class State(BaseModel):\n        n: int\n    @get('/')\n    def a(self) -> int: return 1\n",
        "1: the seed does not fit Shop.State: n: Field required",
    ),
]


@pytest.mark.parametrize(("code", "expected"), MISTAKES)
def test_mistakes(tmp_path, code, expected):
    found = told(tmp_path, YAML | {"internal/shop/virtual.py": code})

    assert any(problem.startswith(f"internal/shop/virtual.py:{expected}") for problem in found), found


def test_a_virtual_file_beside_a_file_that_is_no_service_yaml_is_not_its_own(tmp_path):
    catalog = loaded(tmp_path, {"internal/shop.yaml": "service: shop", "internal/virtual.py": "x = 1"})

    assert catalog.services["shop"].virtual is None


SEEDS = [
    ("items: dict[str, Item]", '[{"id": "a"}, {"id": 2}]', {"items": {"a": {"id": "a"}, "2": {"id": 2}}}),
    ("items: dict[int, Item]", '[{"n": 1}, {"n": 2}]', {"items": {0: {"n": 1}, 1: {"n": 2}}}),
    ("items: list[Item]", '[{"id": "a"}]', {"items": [{"id": "a"}]}),
    ("items: dict[str, Item]", '{"a": {"id": 1}}', {"items": {"a": {"id": 1}}}),
    ("rows: list[Item]\n        n: int", '{"rows": [], "n": 5}', {"rows": [], "n": 5}),
]


@pytest.mark.parametrize(("fields", "seed", "expected"), SEEDS)
def test_seeds_of_every_shape(tmp_path, fields, seed, expected):
    code = f"""
from typing import Any
from pydantic import BaseModel
from mdt import VirtualService, get
Item = dict[str, Any]
class Shop(VirtualService):
    class State(BaseModel):
        {fields}
    seed = "shared/items.json"
    @get("/")
    def all(self) -> dict[str, Any]:
        return self.state.model_dump()
"""
    catalog = loaded(tmp_path, YAML | {"internal/shop/virtual.py": code, "shared/items.json": seed})
    dispatcher = catalog.services["shop"].dispatcher
    session = Session("s")
    dispatcher.answer(*dispatcher.find("GET", "/"), asking("GET http://shop.internal/"), session)

    assert session.state["shop"].model_dump() == expected


def test_several_seeds(tmp_path):
    code = """
from pydantic import BaseModel
from mdt import VirtualService, get
class Shop(VirtualService):
    class State(BaseModel):
        a: list[int]
        b: list[int]
    seed = ("shared/a.json", "shared/b.yaml")
    @get("/")
    def all(self) -> list[int]:
        return self.state.a + self.state.b
"""
    files = YAML | {"internal/shop/virtual.py": code, "shared/a.json": "[1]", "shared/b.yaml": "[2]"}
    dispatcher = loaded(tmp_path, files).services["shop"].dispatcher

    reply = dispatcher.answer(*dispatcher.find("GET", "/"), asking("GET http://shop.internal/"), Session("s"))
    assert reply.body == b"[1,2]"


class Counter(VirtualService):
    class State(BaseModel):
        count: int = 0

    @get("/")
    def index(self) -> int:
        return self.state.count


def test_a_class_serves_without_any_file():
    dispatcher = Dispatcher.load(Counter, "counter", "here.py")

    reply = dispatcher.answer(*dispatcher.find("GET", "/"), asking("GET http://c/"), Session("s"))
    assert reply.body == b"0"
    assert Counter.service == "counter"


def test_a_class_that_was_never_prepared_and_cannot_begin_says_so():
    class Needy(Counter):
        class State(BaseModel):
            n: int

    dispatcher = Dispatcher.load(Needy, "needy", "here.py")

    with pytest.raises(VirtualServiceError, match="the seed does not fit"):
        dispatcher.answer(*dispatcher.find("GET", "/"), asking("GET http://c/"), Session("s"))


def test_a_seed_that_is_gone_breaks_only_its_service(tmp_path):
    code = "from mdt import VirtualService, get\nclass Shop(VirtualService):\n    seed = 'shared/gone.json'\n    @get('/v')\n    def v(self) -> int: return 1\n"
    files = {
        "internal/shop/service.yaml": "default: ok\nroutes: {GET /x: {ok: {json: 1}}}\n",
        "internal/shop/virtual.py": code,
        "internal/pay.yaml": "url: http://pay.internal\ndefault: ok\nroutes: {GET /x: {ok: {json: 2}}}\n",
    }
    shop = Player(loaded(tmp_path, files))

    assert shop.json("GET http://pay.internal/x") == 2
    assert shop.json("GET /x") == 1
    shop.play("shop.virtual")
    for _ in range(2):
        assert "the seed 'shared/gone.json' does not exist. Seeds lie in shared/: none" in str(shop.miss("GET /v"))
    assert [str(one.what) for one in shop.catalog.problems]

"""Data sets: how rows come over rows, what a session reads, and the latency of its environment."""

import json

import pytest

from mdt.engine.datasets import merged
from mdt.errors import UnknownDatasetError, UnknownEnvironmentError
from tests.unit.folders import SHOP, Player, loaded

ROUTES = """
default: ok
routes:
  GET /users:     {ok: {json: "{{ shared.users }}"}}
  GET /orders:    {ok: {json: "{{ shared.orders }}"}}
  GET /plain:     {ok: {json: 1}}
  GET /stated:    {ok: {json: 1, latency: 0ms}, own: {extends: ok}, next: {sequence: [own]}}
  GET /random:    {ok: {json: "{{ random.int(1, 1000000) }}"}}
  GET /lost:      {ok: {fault: connection-reset}}
  GET /forward:   {ok: {passthrough: "https://example.org"}}
"""
FILES = {
    SHOP: ROUTES,
    "mdt.yaml": """
        environments:
          dev:  {dataset: few}
          perf: {dataset: many, latency: {uniform: {min: 1s, max: 2s}}}
          bare: {latency: 3s}
        """,
    "shared/users.json": '[{"id": 1, "name": "a", "age": 7}, {"id": 2, "name": "b"}]',
    "datasets/few/dataset.yaml": "replace: [users]",
    "datasets/few/users.yaml": "- {id: 1, name: alone}",
    "datasets/some/users.json": '[{"id": "1", "age": 8}, {"id": 3, "name": "c"}]',
    "datasets/some/orders.json": '[{"id": "o1"}]',
    "datasets/many/dataset.yaml": """
        extends: some
        generate:
          orders: "{{ rows(3, {'id': 'o{n}', 'price': random.any_int(1, 9), 'by': random.any_of('x', 'y')}) }}"
        """,
    "datasets/many/orders.json": '[{"id": "o2", "price": 0}]',
}
USERS = [{"id": 1, "name": "a", "age": 7}, {"id": 2, "name": "b"}]
SOME = [{"id": "1", "name": "a", "age": 8}, {"id": 2, "name": "b"}, {"id": 3, "name": "c"}]


@pytest.mark.parametrize(
    ("ground", "rows", "expected"),
    [
        (USERS, [{"id": 2, "name": "B"}], [USERS[0], {"id": 2, "name": "B"}]),
        (USERS, [{"id": "2", "new": 1}], [USERS[0], {"id": "2", "name": "b", "new": 1}]),
        (USERS, [{"name": "no id"}], [*USERS, {"name": "no id"}]),
        (USERS, [], USERS),
        ([{"name": "x"}], [{"id": 1}], [{"name": "x"}, {"id": 1}]),
        ({"a": {"n": 1, "m": 2}, "b": 1}, {"a": {"n": 3}, "c": 4}, {"a": {"n": 3, "m": 2}, "b": 1, "c": 4}),
        ([1, 2], [3], [3]),
        (USERS, {"a": 1}, {"a": 1}),
        ("text", [{"id": 1}], [{"id": 1}]),
        (None, 5, 5),
    ],
)
def test_rows_over_rows(ground, rows, expected) -> None:
    before = json.dumps(ground)

    assert merged(ground, rows) == expected
    assert json.dumps(ground) == before


@pytest.mark.parametrize(
    ("environment", "dataset", "users"),
    [
        ("", "", USERS),
        ("", "shared", USERS),
        ("", "few", [{"id": 1, "name": "alone"}]),
        ("", "some", SOME),
        ("", "many", SOME),
        ("dev", "", [{"id": 1, "name": "alone"}]),
        ("dev", "some", SOME),
        ("dev", "shared", USERS),
        ("perf", "", SOME),
        ("bare", "", USERS),
    ],
)
def test_a_session_reads_its_data_set(tmp_path, environment, dataset, users) -> None:
    shop = Player(loaded(tmp_path, FILES))
    shop.session.enter(environment, dataset)

    assert shop.json("GET /users") == users


def test_generated_rows_are_the_same_for_every_session_and_in_every_run(tmp_path) -> None:
    first, other = Player(loaded(tmp_path, FILES), session="a"), Player(loaded(tmp_path, FILES), session="b")
    for one in (first, other):
        one.session.enter("perf")

    rows = first.json("GET /orders")
    assert [row["id"] for row in rows] == ["o1", "o2", "o3"]
    assert rows[1]["price"] == 0  # from the file, over the generated one
    assert rows[0]["price"] in range(1, 10)
    assert rows[0]["by"] in {"x", "y"}
    assert other.json("GET /orders") == rows
    seeded = Player(loaded(tmp_path, {"mdt.yaml": f"\n        seed: another{FILES['mdt.yaml']}"}), session="c")
    seeded.session.enter("perf")
    assert seeded.json("GET /orders") != rows


def test_what_only_a_data_set_has_is_missing_without_it(tmp_path) -> None:
    shop = Player(loaded(tmp_path, FILES))

    assert "there is no 'orders' in {users}" in str(shop.miss("GET /orders"))


@pytest.mark.parametrize(
    ("path", "delay"),
    [
        ("/plain", (1, 2)),
        ("/users", (1, 2)),
        ("/stated", (0, 0)),
        ("/random", (1, 2)),
        ("/lost", (1, 2)),
    ],
)
def test_the_environment_delays_what_states_no_latency(tmp_path, path, delay) -> None:
    shop = Player(loaded(tmp_path, FILES))
    undelayed = shop.ask(f"GET {path}")
    shop.session.enter("perf")

    assert undelayed.delay == 0
    assert delay[0] <= shop.ask(f"GET {path}").delay <= delay[1]


def test_a_sequence_waits_as_the_scenario_that_it_plays(tmp_path) -> None:
    shop = Player(loaded(tmp_path, FILES), "shop.next")
    shop.session.enter("perf")

    assert shop.reply("GET /stated").delay == 0


def test_the_latency_takes_no_random_numbers_from_the_answers(tmp_path) -> None:
    quick, slow = Player(loaded(tmp_path, FILES)), Player(loaded(tmp_path, FILES))
    slow.session.enter("perf")

    pairs = [(quick.reply("GET /random"), slow.reply("GET /random")) for _ in range(5)]

    assert [one.content() for one, _ in pairs] == [other.content() for _, other in pairs]
    waits = [other.delay for _, other in pairs]
    slow.session.reset()
    assert [slow.reply("GET /random").delay for _ in range(5)] == waits
    assert len(set(waits)) == 5


def test_a_passthrough_is_not_delayed(tmp_path) -> None:
    shop = Player(loaded(tmp_path, FILES))
    shop.session.enter("perf")

    assert not hasattr(shop.ask("GET /forward"), "delay")


@pytest.mark.parametrize(
    ("names", "error", "text"),
    [
        (("pref", None), UnknownEnvironmentError, "There is no environment 'pref'. Did you mean perf?"),
        ((None, "mny"), UnknownDatasetError, "There is no data set 'mny'. Did you mean many?"),
        (("x" * 9, None), UnknownEnvironmentError, "There is no environment 'xxxxxxxxx'. Known: bare, dev, perf"),
    ],
)
def test_an_unknown_name_gets_the_nearest(tmp_path, names, error, text) -> None:
    with pytest.raises(error) as raised:
        loaded(tmp_path, FILES).data.check(*names)

    assert str(raised.value) == text


def test_what_a_reload_took_away_is_told_with_the_call(tmp_path) -> None:
    shop = Player(loaded(tmp_path, FILES))
    shop.session.enter("perf")
    (tmp_path / "mocks" / "mdt.yaml").unlink()
    shop.engine.catalog = loaded(tmp_path, {})

    assert "There is no environment 'perf'" in str(shop.miss("GET /users"))
    assert shop.json("GET /plain") == 1


VIRTUAL = {
    "internal/shop/service.yaml": "service: shop\n",
    "internal/shop/virtual.py": """
from pydantic import BaseModel
from mdt import VirtualService, get, post

class Shop(VirtualService):
    class State(BaseModel):
        users: dict[str, dict]
    seed = "shared/users.json"

    @get("/users")
    def all(self) -> list[str]:
        return list(self.state.users)

    @post("/users")
    def add(self) -> None:
        self.state.users["new"] = {}
""",
}


def test_a_virtual_service_begins_with_the_data_set(tmp_path) -> None:
    shop = Player(loaded(tmp_path, {**{name: text for name, text in FILES.items() if name != SHOP}, **VIRTUAL}))

    shop.ask("POST /users")
    assert shop.json("GET /users") == ["1", "2", "new"]
    shop.session.enter("", "few")
    assert shop.json("GET /users") == ["1"]
    shop.ask("POST /users")
    shop.session.enter("", "few")  # the same again keeps the state
    assert shop.json("GET /users") == ["1", "new"]
    shop.session.reset()
    assert shop.json("GET /users") == ["1"]
    shop.session.enter("perf")
    assert shop.reply("GET /users").delay >= 1


def test_rows_that_do_not_fit_the_state_fail_where_they_are_used(tmp_path) -> None:
    bad = {"datasets/bad/users.json": '{"1": 5}', "datasets/bad/dataset.yaml": "replace: [users]"}
    shop = Player(loaded(tmp_path, {**{name: text for name, text in FILES.items() if name != SHOP}, **VIRTUAL, **bad}))

    assert shop.json("GET /users") == ["1", "2"]
    shop.session.enter("", "bad")
    assert "the seed does not fit Shop.State" in str(shop.miss("GET /users"))

"""`when` and `states`: which answer a condition gives, how a state machine moves, and mistakes with their lines."""

import pytest

from tests.unit.folders import SHOP, Player, loaded, told

ORDERS = """
default: ok
states:
  start: none
  transitions:
    - {route: POST /orders, to: placed}
    - {route: "POST /orders/{id}/pay", from: placed, to: paid, scenario: ok}
    - {route: "DELETE /orders/{id}", to: none}
routes:
  POST /orders: {ok: {status: 201, json: {state: "{{ state }}"}}}
  "POST /orders/{id}/pay":
    ok:
      when:
        - {state: placed, match: {json: {amount: {min: 100}}}, status: 402, json: {error: LIMIT}}
        - {state: [placed, paid], json: {state: "{{ state }}"}}
      status: 409
      json: {error: NO_ORDER}
    declined: {status: 402}
  "DELETE /orders/{id}": {ok: {status: 204}}
  "GET /orders/{id}":
    ok:
      when:
        - {state: none, status: 404}
        - {state: placed, match: {query: {v: 1}}, json: {state: placed, v: 1}}
        - {state: placed, json: {state: placed}, latency: 5ms}
    flaky: {sequence: [down, ok]}
    down: {status: 503}
"""


@pytest.fixture
def shop(tmp_path) -> Player:
    return Player(loaded(tmp_path, {SHOP: ORDERS}))


def test_conditions_and_states(shop):
    assert shop.reply("GET /orders/1").status == 404
    assert shop.json("POST /orders/1/pay", data={"amount": 1}) == {"error": "NO_ORDER"}
    assert shop.json("POST /orders") == {"state": "placed"}
    assert shop.json("GET /orders/1?v=1") == {"state": "placed", "v": 1}
    assert shop.json("GET /orders/1?v=2") == {"state": "placed"}
    assert shop.reply("GET /orders/1").delay == 0.005
    assert shop.session.states == {"shop": "placed"}
    shop.play("shop.declined")
    assert shop.reply("POST /orders/1/pay", data={"amount": 1}).status == 402
    assert shop.session.states == {"shop": "placed"}
    shop.play("shop.ok")
    assert shop.json("POST /orders/1/pay", data={"amount": 1}) == {"state": "paid"}


def test_the_journal_names_the_line_of_the_condition(shop):
    shop.json("POST /orders")
    shop.json("GET /orders/1?v=1")

    assert shop.session.journal.entries()[-1].line == 24


def test_a_state_for_which_nothing_answers_is_told(shop):
    shop.session.states["shop"] = "paid"
    miss = shop.miss("GET /orders/1")

    assert [str(one) for one in miss.criteria if not one.ok] == ["state ✗ paid → none"]
    assert "No condition of shop.ok" in miss.reason
    assert "fits, and it has no answer beside `when`." in miss.reason


def test_sequences_may_name_an_answer_with_conditions(shop):
    shop.play("shop.flaky")

    assert [shop.reply("GET /orders/1").status for _ in range(3)] == [503, 404, 404]


def test_each_session_has_its_own_state_and_a_reset_takes_it_back(shop, tmp_path):
    other = Player(shop.catalog, session="other")
    shop.json("POST /orders")

    assert other.reply("GET /orders/1").status == 404
    assert shop.reply("GET /orders/1").status == 200
    shop.session.reset()
    assert shop.reply("GET /orders/1").status == 404


def test_a_scenario_may_be_called_when(tmp_path):
    shop = Player(loaded(tmp_path, {SHOP: "routes: {GET /x: {when: {json: 1}}}\n"}), "shop.when")

    assert shop.json("GET /x") == 1


GET = "routes:\n  GET /x:\n    "
STATES = "states: {start: a, transitions: [{route: GET /x, to: b}]}\n"  # the first line
PROBLEMS = [
    (GET + "ok: {when: []}\n", "3: `when` is a list of conditions with their answers, not a list"),
    (GET + "when: [{json: 1}]\n", "3: 'when' is a key of an answer, not the name of a scenario"),
    (GET + "ok: {when: 5}\n", "3: `when` is a list of conditions with their answers, not a number"),
    (GET + "ok: {when: [{json: 1}]}\n", "3: a condition has `match` or `state`. What answers otherwise stands beside"),
    (GET + "ok: {when: [{match: {jsn: 1}, json: 1}]}\n", "3: `match` has no key 'jsn'"),
    (
        GET + "ok: {when: [{match: {query: {a: 1}}, sequence: [ok]}]}\n",
        "3: 'sequence' cannot stand together with a cond",
    ),
    (GET + "ok: {when: [{match: {query: {a: 1}}, json: 1}], sequence: [ok]}\n", "3: 'sequence' cannot stand together"),
    (GET + "ok: {when: [{match: {query: {a: 1}}, when: []}]}\n", "3: 'when' cannot stand together with a condition"),
    (GET + "ok: {when: [{match: {query: {a: 1}}, extends: no}]}\n", "3: 'extends' cannot stand together with a cond"),
    (GET + "ok: {when: [{match: {query: {a: 1}}, jsn: 1}]}\n", "3: an answer has no key 'jsn'. Did you mean json?"),
    (
        GET + "ok: {when: [{match: {query: {a: 1}}, fault: tls-expired}]}\n",
        "3: a TLS fault cannot depend on the request",
    ),
    (GET + "ok: {when: [{state: a, json: 1}]}\n", "3: the service has no `states`. Write states: {start: …"),
    (STATES + GET + "ok: {when: [{state: c, json: 1}]}\n", "4: there is no state 'c'. Known: a, b"),
    ("states: {transitions: []}\n" + GET + "ok: {json: 1}\n", "1: `states` has a `start`"),
    ("states: [a]\n" + GET + "ok: {json: 1}\n", "1: `states` is a mapping, not a list"),
    ("states: {start: a, transitions: 5}\n" + GET + "ok: {json: 1}\n", "1: `transitions` is a list, not a number"),
    ("states: {start: a, transitions: [{on: 1}]}\n" + GET + "ok: {json: 1}\n", "1: a transition has `route` and `to`"),
    (STATES.replace("GET", "PUT") + GET + "ok: {json: 1}\n", "1: there is no route 'PUT /x'. Did you mean GET /x?"),
    (STATES.replace("to:", "scenario: no, to:") + GET + "ok: {json: 1}\n", "1: GET /x has no scenario 'no'. Known: ok"),
    (STATES.replace("to:", "from: z, to:") + GET + "ok: {json: 1}\n", "1: no transition leads to the state 'z'"),
]


def test_mistakes_are_told_with_their_lines(tmp_path):
    for text, expected in PROBLEMS:
        problems = told(tmp_path, {SHOP: text})

        assert any(f"shop.yaml:{expected}" in one for one in problems), (text, problems)

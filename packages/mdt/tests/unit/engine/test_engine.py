"""From a request to an outcome and a journal entry, over whole definitions."""

import threading
from datetime import UTC, datetime

import pytest

from mdt.engine.choice import Sequence
from mdt.engine.messages import Chunk, Fault, FaultKind, Passthrough, Reply
from mdt.engine.outcome import Unmatched
from tests.unit.folders import SHOP, Player, asking, loaded, player

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_static_answer_is_made_once(tmp_path):
    shop = player(tmp_path, "GET /x: {ok: {json: {名: 1}}}")

    first, second = shop.reply("GET /x"), shop.reply("GET /x")

    assert first is second
    assert first == Reply(200, (("content-type", "application/json"), ("content-length", "9")), '{"名":1}'.encode())


def test_the_chosen_scenario_answers_and_other_routes_take_the_default(tmp_path):
    shop = player(tmp_path, "GET /x: {ok: {json: 1}, down: {status: 503}}\nGET /y: {ok: {json: 2}}", "shop.down")

    assert shop.reply("GET /x").status == 503
    assert shop.json("GET /y") == 2


def test_without_a_choice_the_default_answers(tmp_path):
    assert player(tmp_path, "GET /x: {ok: {json: 1}, down: {status: 503}}").json("GET /x") == 1


def test_a_selection_level_sequence_goes_route_by_route_and_stays_at_its_end(tmp_path):
    routes = "GET /x: {ok: {json: 1}, down: {status: 503}}\nGET /y: {ok: {json: 2}, down: {status: 500}}"
    shop = player(tmp_path, routes, Sequence(("shop.down", "shop.ok")))

    assert [shop.reply("GET /x").status for _ in range(3)] == [503, 200, 200]
    assert [shop.reply("GET /y").status for _ in range(2)] == [500, 200]


def test_choosing_again_restarts_a_sequence(tmp_path):
    shop = player(tmp_path, "GET /x: {ok: {json: 1}, down: {status: 503}}", Sequence(("shop.down", "shop.ok")))
    shop.ask("GET /x")
    shop.play(Sequence(("shop.down", "shop.ok")))

    assert shop.reply("GET /x").status == 503


def test_a_scenario_that_is_a_sequence_plays_the_others_in_turn(tmp_path):
    shop = player(
        tmp_path, "GET /x: {ok: {json: 1}, down: {status: 503}, flaky: {sequence: [down, down, ok]}}", "shop.flaky"
    )

    assert [shop.reply("GET /x").status for _ in range(4)] == [503, 503, 200, 200]
    assert {entry.scenario for entry in shop.session.journal.entries()} == {"flaky"}
    shop.session.reset()
    assert shop.reply("GET /x").status == 503


def test_calls_are_counted_by_route_and_session(tmp_path):
    catalog = player(tmp_path, 'GET /x: {ok: {json: "{{ call }}"}}\nGET /y: {ok: {json: "{{ call }}"}}').catalog
    one, other = Player(catalog), Player(catalog, session="other")

    assert [one.json("GET /x"), one.json("GET /x"), one.json("GET /y"), other.json("GET /x")] == [1, 2, 1, 1]


def test_path_parameters_and_shared_data(tmp_path):
    files = {"shared/rows.json": '[{"id": 1, "name": "a"}]'}
    shop = player(tmp_path, 'GET /rows/{id}: {ok: {json: "{{ shared.rows | by(id=path.id) }}"}}', **files)

    assert shop.json("GET /rows/1") == {"id": 1, "name": "a"}


def test_the_match_decides_between_routes_of_one_path(tmp_path):
    shop = player(
        tmp_path,
        """
        POST /x: {ok: {json: other}}
        POST /x [small]: {match: {json: {size: small}}, ok: {json: small}}
        POST /x [large]: {match: {json: {size: large}}, ok: {json: large}}
        """,
    )

    assert shop.json("POST /x", data={"size": "small"}) == "small"
    assert shop.json("POST /x", data={"size": "large"}) == "large"
    assert shop.json("POST /x", data={}) == "other"


def test_a_literal_route_that_does_not_match_gives_way_to_a_parameter(tmp_path):
    shop = player(tmp_path, "GET /x/me: {match: {query: {a: 1}}, ok: {json: me}}\nGET /x/{id}: {ok: {json: any}}")

    assert shop.json("GET /x/me?a=1") == "me"
    assert shop.json("GET /x/me") == "any"


def test_a_route_without_the_scenario_gives_way_to_the_next_that_has_it(tmp_path):
    shop = player(tmp_path, "GET /x/me: {down: {status: 503}}\nGET /x/{id}: {ok: {json: any}}")

    assert shop.json("GET /x/me") == "any"


def test_the_longest_base_path_owns_the_request(tmp_path):
    routes = "default: ok\nroutes: {GET /x: {ok: {json: '%s'}}, GET /: {ok: {json: root}}}"
    shop = Player(
        loaded(
            tmp_path,
            {
                "internal/a.yaml": "url: http://api.internal\n" + routes % "a",
                "internal/b.yaml": "url: http://API.internal:80/v1/\n" + routes % "b",
                "internal/c.yaml": "url: http://api.internal/v1/deep\n" + routes % "c",
                "internal/d.yaml": "url: https://api.internal:8443/only\n" + routes % "d",
            },
        )
    )

    assert shop.json("GET http://api.internal/x") == "a"
    assert shop.json("GET http://api.internal/v1/x") == "b"
    assert shop.json("GET http://api.internal/v1/deep/x") == "c"
    assert shop.json("GET http://api.internal/v1") == "root"
    assert "No route" in shop.miss("GET http://api.internal/v1x/x").reason
    assert "base path" in shop.miss("GET http://api.internal:8443/x").reason
    assert shop.engine.knows("api.internal:8443")
    assert not shop.engine.knows("api.internal:80")


def test_a_named_service_takes_the_path_below_its_base(tmp_path):
    shop = Player(loaded(tmp_path, {SHOP: "url: http://x.internal/v1\ndefault: ok\nroutes: {GET /x: {ok: {json: 1}}}"}))

    assert shop.json("GET http://127.0.0.1:3002/x", service="shop") == 1
    assert "Did you mean shop" in shop.miss("GET /x", service="shp").reason


@pytest.mark.parametrize("kind", [kind.value for kind in FaultKind])
def test_faults_carry_what_would_have_been_said(tmp_path, kind):
    shop = player(tmp_path, f"GET /x: {{ok: {{fault: {kind}, json: 1, latency: 80ms}}}}")

    outcome = shop.ask("GET /x")

    assert isinstance(outcome, Fault)
    assert (outcome.kind, outcome.reply.body, outcome.delay) == (FaultKind(kind), b"1", 0.08)


def test_a_fixed_latency_is_the_delay(tmp_path):
    assert player(tmp_path, "GET /x: {ok: {json: 1, latency: 1.5s}}").reply("GET /x").delay == 1.5


def test_a_drawn_latency_differs_and_repeats_with_the_session(tmp_path):
    routes = "GET /x: {ok: {json: 1, latency: {uniform: {min: 10ms, max: 20ms}}}}"
    catalog = player(tmp_path, routes).catalog
    one, other = Player(catalog), Player(catalog)
    delays = [one.reply("GET /x").delay for _ in range(5)]

    assert len(set(delays)) == 5
    assert all(0.01 <= delay <= 0.02 for delay in delays)
    assert delays == [other.reply("GET /x").delay for _ in range(5)]


def test_dribble_sends_the_body_in_pieces(tmp_path):
    reply = player(tmp_path, "GET /x: {ok: {text: abcdefghij, dribble: {chunks: 4, over: 2s}}}").reply("GET /x")

    assert [chunk.delay for chunk in reply.chunks] == [0.5] * 4
    assert b"".join(chunk.data for chunk in reply.chunks) == b"abcdefghij"
    assert reply.body == b""
    assert max(len(chunk.data) for chunk in reply.chunks) - min(len(chunk.data) for chunk in reply.chunks) <= 1
    assert ("content-length", "10") in reply.headers


@pytest.mark.parametrize(("body", "pieces"), [("ab", [b"a", b"b"]), ("''", [b""])])
def test_dribble_never_sends_more_pieces_than_bytes(tmp_path, body, pieces):
    reply = player(tmp_path, f"GET /x: {{ok: {{text: {body}, dribble: {{chunks: 9, over: 2s}}}}}}").reply("GET /x")

    assert [chunk.data for chunk in reply.chunks] == pieces
    assert sum(chunk.delay for chunk in reply.chunks) == 2.0


def test_dribble_and_fault_and_templates_together(tmp_path):
    shop = player(tmp_path, 'GET /x: {ok: {text: "a{{ call }}", dribble: {chunks: 2, over: 1s}, fault: truncated}}')

    outcome = shop.ask("GET /x")

    assert outcome == Fault(FaultKind.TRUNCATED, Reply(200, outcome.reply.headers, b"", 0.0, outcome.reply.chunks))
    assert outcome.reply.content() == b"a1"


def test_server_sent_events(tmp_path):
    shop = player(
        tmp_path,
        """
        GET /x:
          ok:
            sse:
              - {data: {a: 1}, event: delta, id: 7, delay: 50ms}
              - {data: "one\\ntwo", retry: 100}
              - {comment: ping}
              - {data: ""}
              - {data: "[DONE]"}
        """,
    )

    reply = shop.reply("GET /x")

    assert reply.headers == (("content-type", "text/event-stream"), ("cache-control", "no-cache"))
    assert reply.chunks == (
        Chunk(0.05, b'event: delta\nid: 7\ndata: {"a":1}\n\n'),
        Chunk(0.0, b"retry: 100\ndata: one\ndata: two\n\n"),
        Chunk(0.0, b": ping\n\n"),
        Chunk(0.0, b"data: \n\n"),
        Chunk(0.0, b"data: [DONE]\n\n"),
    )
    assert shop.reply("GET /x") is reply


def test_events_may_be_templates(tmp_path):
    routes = 'POST /x: {ok: {sse: [{data: {n: "{{ req.json.n }}"}}, {data: "say {{ req.json.n }}", id: "{{ call }}"}]}}'
    reply = player(tmp_path, routes).reply("POST /x", data={"n": 5})

    assert [chunk.data for chunk in reply.chunks] == [b'data: {"n":5}\n\n', b"id: 1\ndata: say 5\n\n"]


def test_headers_may_repeat_and_may_be_templates_but_never_break_lines(tmp_path):
    routes = 'POST /x: {ok: {headers: {Set-Cookie: [a=1, b=2], X-Echo: "{{ req.json.v }}", X-N: 5}, text: hi}}'
    reply = player(tmp_path, routes).reply("POST /x", data={"v": "a\r\nx-evil: 1\n中"})

    assert reply.headers == (
        ("content-type", "text/plain; charset=utf-8"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("x-echo", "a  x-evil: 1 \\u4e2d"),
        ("x-n", "5"),
        ("content-length", "2"),
    )


def test_an_answer_may_lie_about_type_and_length(tmp_path):
    routes = "GET /x: {ok: {json: 1, headers: {Content-Type: text/plain, Content-Length: 99}}}"

    assert player(tmp_path, routes).reply("GET /x").headers == (
        ("content-type", "text/plain"),
        ("content-length", "99"),
    )


def test_replies_without_a_body(tmp_path):
    shop = player(tmp_path, "DELETE /x: {ok: {status: 204}}\nGET /x: {ok: {status: 404}}")

    assert shop.reply("DELETE /x") == Reply(204)
    assert shop.reply("GET /x") == Reply(404, (("content-length", "0"),))


def test_base64_and_files(tmp_path):
    routes = "GET /b: {ok: {base64: /wA=}}\nGET /f: {ok: {file: files/a.html}}\nGET /g: {ok: {file: files/a.tar.gz}}"
    files = {"internal/files/a.html": "<p>", "internal/files/a.tar.gz": "x"}
    shop = player(tmp_path, routes, **files)

    assert shop.reply("GET /b").body == b"\xff\x00"
    assert shop.reply("GET /b").headers[0] == ("content-type", "application/octet-stream")
    assert shop.reply("GET /f") == Reply(200, (("content-type", "text/html"), ("content-length", "3")), b"<p>")
    assert shop.reply("GET /g").headers[0] == ("content-type", "application/octet-stream")


def test_passthrough_to_the_very_address(tmp_path):
    shop = Player(
        loaded(
            tmp_path,
            {SHOP: "url: https://api.example.com/v1\ndefault: ok\nroutes: {'GET /a/{x}': {ok: {passthrough: true}}}"},
        )
    )

    inside = shop.ask("GET https://api.example.com/v1/a/%20b?q=%20")
    outside = shop.ask("GET http://127.0.0.1:3002/a/%20b?q=1", service="shop")

    assert inside == Passthrough("https://api.example.com/v1/a/%20b?q=%20")
    assert outside == Passthrough("https://api.example.com/v1/a/%20b?q=1")


def test_passthrough_to_another_address(tmp_path):
    files = {
        SHOP: "url: http://shop.internal/v1\ndefault: ok\nroutes: {GET /a: {ok: {passthrough: 'https://sandbox.test/x/'}}}"
    }
    shop = Player(loaded(tmp_path, files))

    assert shop.ask("GET http://shop.internal/v1/a?b=1") == Passthrough("https://sandbox.test/x/a?b=1")


def test_extends_takes_over_and_changes(tmp_path):
    shop = player(
        tmp_path,
        """
        GET /x:
          ok: {status: 201, headers: {X-A: 1, x-b: 2}, json: {a: 1}, latency: 10ms}
          slow: {extends: ok, latency: 2s}
          text: {description: a key of an answer is no name}
        """.replace(
            "text: {description: a key of an answer is no name}", "plain: {extends: slow, text: hi, headers: {x-a: 3}}"
        ),
    )

    shop.play("shop.slow")
    slow = shop.reply("GET /x")
    shop.play("shop.plain")
    plain = shop.reply("GET /x")

    assert (slow.status, slow.delay, slow.body) == (201, 2.0, b'{"a":1}')
    assert (plain.status, plain.delay, plain.body) == (201, 2.0, b"hi")
    assert dict(plain.headers)["x-a"] == "3"
    assert dict(plain.headers)["x-b"] == "2"


def test_every_outcome_is_in_the_journal(tmp_path):
    shop = player(tmp_path, "GET /x/{id}: {ok: {json: 1}}", "shop.ok")
    shop.session.clock.freeze(NOON)
    shop.ask("GET /x/1")
    shop.ask("GET /nope")
    shop.ask("GET http://nowhere.internal/")

    hit, missed, nowhere = shop.session.journal.entries()

    assert (hit.number, hit.at, hit.service, hit.route, hit.scenario) == (1, NOON, "shop", "GET /x/{id}", "ok")
    assert (hit.file.rpartition("/")[2], hit.line) == ("shop.yaml", 3)
    assert (missed.number, missed.service, missed.route) == (2, "shop", None)
    assert isinstance(missed.outcome, Unmatched)
    assert (nowhere.number, nowhere.service) == (3, None)


def test_a_template_that_fails_is_told_and_nothing_is_raised(tmp_path):
    shop = player(tmp_path, 'POST /x: {ok: {json: "{{ req.json.id }}"}}', "shop.ok")

    miss = shop.miss("POST /x", data={})

    assert "there is no 'id' in {}" in str(miss)
    assert "shop.yaml:3" in miss.reason
    assert shop.session.journal.entries()[0].route == "POST /x"


@pytest.mark.parametrize(
    "answer",
    [
        'json: "{{ req }}"',
        'json: {a: ["{{ [req.json.nope] }}"]}',
        'text: "{{ random }}"',
        'text: "a {{ req.json.nope }}"',
        'headers: {a: "{{ random }}"}',
        'headers: {a: "{{ 1 / 0 }}"}',
        'sse: [{data: "{{ random }}"}]',
        'sse: [{data: {a: "{{ [req.json.nope] }}"}}]',
        'sse: [{data: 1, id: "{{ req.json.nope }}"}]',
    ],
)
def test_no_template_can_break_the_engine(tmp_path, answer):
    shop = player(tmp_path, f"POST /x: {{ok: {{{answer}}}}}")

    assert "template ✗" in str(shop.miss("POST /x", data={}))
    assert len(shop.session.journal) == 1


def test_a_reload_is_seen_by_the_next_request(tmp_path):
    shop = player(tmp_path, "GET /x: {ok: {json: 1}}")
    shop.ask("GET /x")
    shop.engine.catalog = player(tmp_path, "GET /x: {ok: {json: 2}}").catalog

    assert shop.json("GET /x") == 2


def test_eight_threads_with_their_own_sessions_never_see_each_other(tmp_path):
    routes = "POST /x: {ok: {json: {v: '{{ req.json.v }}', s: a, n: '{{ call }}'}}, down: {json: {v: '{{ req.json.v }}', s: b, n: '{{ call }}'}}}"
    catalog = player(tmp_path, routes).catalog
    wrong = []

    def work(number: int) -> None:
        own = Player(catalog, "shop.down" if number % 2 else "shop.ok", session=str(number))
        for count in range(200):
            expected = {"v": number, "s": "ab"[number % 2], "n": count + 1}
            if own.json("POST /x", data={"v": number}) != expected:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


def test_threads_that_share_a_session_count_every_call_once(tmp_path):
    shop = player(tmp_path, 'GET /x: {ok: {json: "{{ call }}"}}')
    request = asking("GET http://shop.internal/x")
    threads = [
        threading.Thread(target=lambda: [shop.engine.handle(request, shop.session) for _ in range(250)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    bodies = sorted(int(entry.outcome.body) for entry in shop.session.journal.entries())
    assert bodies == list(range(1, 1001))
    assert sorted(entry.number for entry in shop.session.journal.entries()) == list(range(1, 1001))


class TestByPath:
    """As clients of a server of many services call it: the service's name may stand before the path."""

    @pytest.fixture
    def shops(self, tmp_path) -> Player:
        routes = "default: ok\nroutes: {GET /both: {ok: {json: 1}}, GET /%s: {ok: {json: '{{ req.path }}'}}}"
        files = {f"internal/{name}.yaml": routes % name for name in ("shop", "store")}
        return Player(loaded(tmp_path, files))

    def ask(self, shops: Player, path: str, service: str | None = None):
        request = asking(f"GET http://127.0.0.1:3002{path}")
        return shops.engine.handle(request, shops.session, service, by_path=True), request

    @pytest.mark.parametrize(
        ("path", "service", "expected"),
        [
            ("/shop/both", None, ("shop", "GET /both", "/both")),
            ("/store", None, ("store", "GET /store", "/store")),
            ("/shop/shop", "shop", ("shop", "GET /shop", "/shop")),
            ("/both", "store", ("store", "GET /both", "/both")),
            ("/shop/nothing", None, ("shop", None, "/nothing")),
            ("/both", None, (None, None, "/both")),
            ("/sto", None, ("store", None, "/sto")),
        ],
    )
    def test_the_service_is_found_and_the_journal_has_one_entry(self, shops, path, service, expected):
        _, request = self.ask(shops, path, service)

        (entry,) = shops.session.journal.entries()
        assert (entry.service, entry.route, entry.request.path) == expected
        assert request.path == path

    def test_a_path_that_several_services_have_is_told_with_the_way_out(self, shops):
        outcome, _ = self.ask(shops, "/both")

        assert outcome.near_miss.reason == (
            "Several services have a route for this path: shop, store. "
            "Put the service's name before it (/shop/both), or send the service's Host"
        )

"""The balancer as a process: start, reload, admin paths, metrics, log, end."""

import json
import re
import socket
import subprocess
import threading

import pytest

from tests.sockets.control.conftest import COMMAND, config_text, free_address


def test_request_is_one_line_of_the_log_with_its_attempts_and_no_secret(serve, provider):
    dead, good = provider(), provider()
    dead.status = 503
    balancer = serve(config_text(dead, good))

    status, body = balancer.ask("m-1")

    assert (status, body["choices"][0]["message"]["content"]) == (200, "hello")
    line = balancer.logged("POST /v1/chat/completions")
    assert {
        name: line[name] for name in ("model", "status", "outcome", "provider", "input_tokens", "output_tokens")
    } == {
        "model": "m-1",
        "status": 200,
        "outcome": "ok",
        "provider": "p2",
        "input_tokens": 3,
        "output_tokens": 2,
    }
    assert [(one["provider"], one["outcome"] == "ok", one["status"]) for one in line["attempts"]] == [
        ("p1", False, 503),
        ("p2", True, 200),
    ]
    change = balancer.logged("A provider's state changed.")
    assert (change["level"], change["provider"], change["to"]) == ("warning", "p1", "open")
    assert "sk-test" not in balancer.text + json.dumps(balancer.call("GET", "/providers")) + json.dumps(
        balancer.call("GET", "/attempts")
    )
    assert balancer.call("GET", "/attempts")[1]["requests"][0]["request_id"] == line["request_id"]
    assert balancer.provider("p2")["latency_ms"] > 0


def test_providers_show_health_and_reset_brings_one_back(serve, provider):
    dead = provider()
    dead.status = 500
    balancer = serve(config_text(dead, settings="  failure_cooldown: 50\n"))
    balancer.ask()

    out = balancer.provider("p1")
    assert (out["state"], 0 < out["remaining"] <= 50, out["in_flight"]) == ("open", True, 0)
    assert balancer.call("GET", "/ready")[0] == 503

    dead.status = 200
    assert balancer.call("POST", "/providers/p1/reset")[1]["state"] == "healthy"
    assert balancer.ask()[0] == 200
    assert balancer.call("GET", "/ready")[0] == 200
    assert balancer.call("POST", "/providers/p9/reset") == (404, {"error": {"message": "There is no provider 'p9'."}})


def test_reset_of_all(serve, provider):
    first, second = provider(), provider()
    first.status = second.status = 500
    balancer = serve(config_text(first, second))
    balancer.ask()

    states = [one["state"] for one in balancer.call("POST", "/providers/reset")[1]["providers"]]

    assert states == ["healthy", "healthy"]


def test_clock_of_tests_ends_a_cooldown(serve, provider):
    dead = provider()
    dead.status = 500
    balancer = serve(config_text(dead, settings="  failure_cooldown: 50\n"), "--test-control")
    balancer.ask()

    assert balancer.call("POST", "/test/advance", {"seconds": 49})[0] == 200
    assert balancer.provider("p1")["state"] == "open"
    balancer.call("POST", "/test/advance", {"seconds": 1})
    assert balancer.provider("p1")["state"] == "half_open"
    for bad in ({"seconds": -1}, {"seconds": "9"}, {"seconds": True}, {"seconds": 1e300}, {}, []):
        assert balancer.call("POST", "/test/advance", bad)[0] == 400


def test_clock_cannot_be_moved_without_test_control(serve, provider):
    assert serve(config_text(provider())).call("POST", "/test/advance", {"seconds": 1})[0] == 404


def test_saved_file_is_taken_over_and_health_stays(serve, provider, tmp_path):
    dead, good = provider(), provider()
    dead.status = 500
    balancer = serve(config_text(dead, settings="  failure_cooldown: 900\n"))
    balancer.ask()

    (tmp_path / "balancer.yaml").write_text(config_text(dead, good, settings="  failure_cooldown: 900\n"))
    balancer.logged("The configuration was reloaded.")

    assert (balancer.provider("p1")["state"], balancer.provider("p2")["state"]) == ("open", "healthy")
    assert balancer.ask()[0] == 200
    assert dead.asked == 1


def test_file_replaced_by_an_editor_is_taken_over(serve, provider, tmp_path):
    good = provider()
    balancer = serve(config_text(good))

    (tmp_path / "new").write_text(config_text(good, good))
    (tmp_path / "new").rename(tmp_path / "balancer.yaml")

    balancer.logged("The configuration was reloaded.")
    assert balancer.provider("p2")["state"] == "healthy"


def test_bad_file_keeps_the_old_configuration_and_says_all_problems(serve, provider, tmp_path):
    balancer = serve(config_text(provider()))

    (tmp_path / "balancer.yaml").write_text(config_text("nowhere", settings="  prt: 1\n"))
    balancer.logged("The configuration was not reloaded; the old one stays.")
    status, body = balancer.call("POST", "/providers/reload")

    assert (status, body["reloaded"]) == (422, False)
    assert [(one["line"], one["where"]) for one in body["problems"]] == [
        (2, "providers[0].base_url"),
        (8, "settings.prt"),
    ]
    assert balancer.call("GET", "/providers")[1]["problems"] == body["problems"]
    assert balancer.ask()[0] == 200

    (tmp_path / "balancer.yaml").write_text(config_text(provider()))
    assert balancer.call("POST", "/providers/reload")[1] == {"reloaded": True, "providers": ["p1"]}
    assert balancer.call("GET", "/providers")[1]["problems"] == []


def test_request_under_way_ends_on_the_configuration_it_began_with(serve, provider, tmp_path):
    slow, other = provider(), provider()
    balancer = serve(config_text(slow))
    slow.gate.clear()
    answers = []
    asking = threading.Thread(target=lambda: answers.append(balancer.ask()))
    asking.start()
    balancer.until(lambda: slow.asked)

    (tmp_path / "balancer.yaml").write_text(config_text(other))
    balancer.logged("The configuration was reloaded.")
    assert balancer.ask()[0] == 200
    slow.gate.set()
    asking.join()

    assert [one[0] for one in answers] == [200]
    assert (slow.asked, other.asked) == (1, 1)


SAFE = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"
GUARDED = [
    ("GET", "/providers"),
    ("POST", "/providers/reload"),
    ("POST", "/providers/reset"),
    ("POST", "/providers/p1/reset"),
    ("GET", "/attempts"),
    ("GET", "/metrics"),
]


def test_admin_paths_are_guarded_each(serve, provider):
    balancer = serve(config_text(provider(), settings="  admin_token: '${ADMIN}'\n"), ADMIN="tok-test-admin")
    cases = [
        ({}, 200),
        ({"x_forwarded_for": "203.0.113.9"}, 401),
        ({"x_forwarded_for": "203.0.113.9", "authorization": "Bearer tok-test-wrong"}, 401),
        ({"x_forwarded_for": "203.0.113.9", "authorization": "Bearer tok-test-admin"}, 200),
        ({"host": "rebound.example"}, 401),
        ({"host": "rebound.example", "authorization": "Bearer tok-test-admin"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-origin", "origin": balancer.url}, 200),
        ({"origin": "https://evil.example", "authorization": "Bearer tok-test-admin"}, 403),
    ]

    for method, path in GUARDED:
        for headers, status in cases:
            assert (method, path, headers, balancer.call(method, path, **headers)[0]) == (method, path, headers, status)
    assert "tok-test" not in balancer.text


def test_admin_paths_answer_this_machine_alone_without_a_token(serve, provider):
    balancer = serve(config_text(provider()))

    status, body = balancer.call("GET", "/providers", x_forwarded_for="203.0.113.9", authorization="Bearer ")

    assert status == 403
    assert "settings.admin_token" in body["error"]["message"]
    assert balancer.call("GET", "/providers", host="rebound.example")[0] == 403


def test_metrics_count_what_happened(serve, provider):
    dead, good = provider(), provider()
    dead.status = 503
    balancer = serve(config_text(dead, good))
    balancer.ask()
    balancer.ask()
    balancer.call("POST", "/v1/chat/completions", {"model": "m"})
    balancer.logged("POST /v1/chat/completions", 3)

    text = balancer.call("GET", "/metrics")[1]

    reason = re.search(r'failovers_total\{from="p1",reason="(\w+)",to="p2"\} 1.0', text) or re.search(
        r'failovers_total\{from="p1",to="p2",reason="(\w+)"\} 1.0', text
    )
    assert reason, text
    for line in (
        'balancer_requests_total{outcome="ok",path="/v1/chat/completions",status="200"} 2.0',
        'balancer_requests_total{outcome="refused",path="/v1/chat/completions",status="400"} 1.0',
        f'balancer_attempts_total{{outcome="{reason[1]}",provider="p1"}} 1.0',
        'balancer_attempts_total{outcome="ok",provider="p2"} 2.0',
        'balancer_provider_state{provider="p1",state="open"} 1.0',
        'balancer_provider_state{provider="p1",state="healthy"} 0.0',
        'balancer_provider_state{provider="p2",state="healthy"} 1.0',
        'balancer_tokens_total{kind="input",provider="p2"} 6.0',
        'balancer_tokens_total{kind="output",provider="p2"} 4.0',
        'balancer_duration_seconds_count{path="/v1/chat/completions"} 3.0',
        'balancer_overhead_seconds_count{path="/v1/chat/completions"} 2.0',
        "balancer_dedup_joins_total 0.0",
        "balancer_inflight_requests 0.0",
    ):
        assert line in _sorted_labels(text), line


def _sorted_labels(text):
    """The text with each series' labels in the order of their names: the order means nothing."""
    return re.sub(r"\{([^}]*)\}", lambda found: "{" + ",".join(sorted(found[1].split(","))) + "}", text)


def test_label_values_do_not_come_from_callers(serve, provider):
    balancer = serve(config_text(provider()))
    for number in range(5):
        balancer.ask(f"model-{number}")
        balancer.call("GET", f"/v1/{number}")
    balancer.logged("POST /v1/chat/completions", 5)

    text = balancer.call("GET", "/metrics")[1]

    assert "model-" not in text
    assert len([line for line in text.splitlines() if line.startswith("balancer_requests_total")]) == 1


def test_socket_handed_over_is_served(serve, provider):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        descriptor = listener.fileno()
        balancer = serve(config_text(provider()), "--fd", str(descriptor), pass_fds=(descriptor,))

        assert balancer.port == listener.getsockname()[1]
        assert balancer.ask()[0] == 200


def test_sigterm_lets_a_request_under_way_finish(serve, provider):
    slow = provider()
    slow.gate.clear()
    balancer = serve(config_text(slow))
    answers = []
    asking = threading.Thread(target=lambda: answers.append(balancer.ask()))
    asking.start()
    balancer.until(lambda: slow.asked)

    balancer.process.terminate()
    slow.gate.set()
    asking.join()

    assert [one[0] for one in answers] == [200]
    assert balancer.stop() == 0
    assert "Traceback" not in balancer.text


def run(*words, **env):
    return subprocess.run(
        [*COMMAND, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": "/usr/bin", "PYTHONPATH": _path(), **env},
    )


def _path():
    import os

    return os.environ.get("PYTHONPATH", "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--config", "none.yaml"], "none.yaml: line 1: the file cannot be read: No such file or directory"),
        (["--fd", "77"], "File descriptor 77 is no socket"),
        (
            ["--host", "203.0.113.1", "--port", "0"],
            "203.0.113.1:0 cannot be listened on: Cannot assign requested address",
        ),
    ],
)
def test_start_that_cannot_be_says_why_in_one_error(tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "balancer.yaml").write_text(config_text(free_address()))

    done = run("serve", *words, TEST_KEY="sk-test-1")

    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_port_in_use(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "balancer.yaml").write_text(config_text(free_address()))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("serve", "--port", str(taken.getsockname()[1]), TEST_KEY="sk-test-1")

    assert (done.returncode, "the port is in use. Choose another with --port" in done.stderr) == (1, True)


def test_check_prints_problems_for_people_and_programs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "balancer.yaml").write_text(config_text(free_address()))
    (tmp_path / "bad.yaml").write_text(config_text("nowhere", settings="  prt: 1\n"))

    good, bad = run("check", TEST_KEY="sk-test-1"), run("check", "--config", "bad.yaml", TEST_KEY="sk-test-1")
    document = json.loads(run("check", "--config", "bad.yaml", "--json", TEST_KEY="sk-test-1").stdout)
    none = run("check", "--config", "none.yaml")

    assert (good.returncode, good.stdout) == (0, "balancer.yaml can be used: 1 providers, 1 routes.\n")
    assert (bad.returncode, [line.split(":")[1] for line in bad.stderr.splitlines()]) == (1, [" line 2", " line 8"])
    assert (document["usable"], [one["hint"] for one in document["problems"]]) == (
        False,
        ["Write it with scheme and host: https://api.example.com", "Did you mean 'port'?"],
    )
    assert (none.returncode, none.stderr) == (
        2,
        "none.yaml: line 1: the file cannot be read: No such file or directory\n",
    )

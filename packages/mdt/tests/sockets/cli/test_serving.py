"""serve, virtual, use and monitor with a real server in a process of its own."""

import signal
import socket
import time
from pathlib import Path

import pytest
import requests

from tests.sockets.cli.support import check, document, mdt, served


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_the_server_in_good_order(project: Path, number: signal.Signals) -> None:
    with served(project) as server:
        assert check(server.said["services"]["inventory"])

        code, said = server.end(number)

    assert (code, said) == (0, "Ended.\n")


def test_switching_and_watching_a_running_server(project: Path) -> None:
    with served(project) as server:
        inventory = server.said["services"]["inventory"]
        assert check(inventory)

        used = document("mock", "use", "inventory.outOfStock", "--server", server.url, cwd=project)
        assert used["selected"] == ["inventory.outOfStock"]
        assert not check(inventory)
        requests.get(f"{inventory}/nothing", timeout=10)

        seen = document("mock", "monitor", "--service", "inventory", "--server", server.url, cwd=project)
        counts = {one["name"]: one["calls"] for one in seen["routes"][0]["scenarios"]}
        assert (counts["available"], counts["outOfStock"], seen["unmatched"]) == (1, 1, 1)
        assert seen["selected"] == ["outOfStock"]
        assert [entry["scenario"] for entry in seen["newest"]] == ["available", "outOfStock", None]

        text = mdt("mock", "monitor", "--service", "inventory", "--once", "--server", server.url, cwd=project).stdout
        assert "outOfStock   1" in text

        document("mock", "use", "--defaults", "--server", server.url, cwd=project)
        assert check(inventory)


def test_sequence_from_the_command_line(project: Path) -> None:
    with served(project, "--scenario", "inventory.outOfStock,inventory.available") as server:
        inventory = server.said["services"]["inventory"]

        assert [check(inventory) for _ in range(3)] == [False, True, True]


def test_changed_definitions_are_loaded_and_bad_ones_are_told(project: Path) -> None:
    file = project / "mocks" / "internal" / "inventory" / "service.yaml"
    good = file.read_text(encoding="utf-8")
    with served(project) as server:
        inventory = server.said["services"]["inventory"]
        file.write_text(good.replace("default: available", "default: outOfStock"), encoding="utf-8")
        _until(lambda: not check(inventory))

        file.write_text(good.replace("default: available", "default: missing"), encoding="utf-8")
        _until(lambda: requests.get(f"{server.url}/_mdt/health", timeout=10).json()["status"] == "error")
        assert not check(inventory)
        _, said = server.end()

    assert "Definitions loaded again.\n" in said
    assert "service.yaml:6: no route has the default scenario 'missing'" in said


def test_what_the_watcher_tells_is_in_the_language_that_was_chosen(project: Path) -> None:
    file = project / "mocks" / "internal" / "inventory" / "service.yaml"
    with served(project, "--lang", "zh") as server:
        file.write_text("servce: x\n", encoding="utf-8")
        _until(lambda: requests.get(f"{server.url}/_mdt/health", timeout=10).json()["status"] == "error")
        _, said = server.end()

    assert "服务没有键 'servce'" in said


def _until(holds) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_virtual_service_keeps_state_and_serves_nothing_else(project: Path) -> None:
    with served(project, "--service", "inventory", verb="virtual") as server:
        assert set(server.said["services"]) == {"inventory"}
        take = {"productId": "p2", "quantity": 5}
        first, second = (requests.post(f"{server.url}/stock/take", json=take, timeout=10) for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 409)


def test_token_is_asked_for(project: Path) -> None:
    with served(project, "--token", "secret") as server:
        refused = mdt("mock", "use", "inventory.outOfStock", "--server", server.url, cwd=project)
        allowed = mdt("mock", "use", "inventory.outOfStock", "--server", server.url, cwd=project, MDT_TOKEN="secret")

    assert refused.returncode == 4
    assert "token" in refused.stderr
    assert allowed.returncode == 0


def test_mistyped_scenario_is_wrong_usage(project: Path) -> None:
    with served(project) as server:
        result = mdt("mock", "use", "inventory.outOfStok", "--server", server.url, cwd=project)

    assert result.returncode == 2
    assert "Did you mean inventory.outOfStock" in result.stderr


def test_mistyped_scenario_is_told_in_the_language_of_whoever_asks(project: Path) -> None:
    with served(project) as server:
        words = ("mock", "use", "inventory.outOfStok", "--server", server.url)
        chosen, own = (
            mdt(*words, "--lang", "zh", cwd=project),
            mdt(*words, cwd=project, MDT_LANG="", LC_ALL="zh_CN.UTF-8"),
        )

    assert chosen.returncode == own.returncode == 2
    assert chosen.stderr == own.stderr
    assert "没有场景 'inventory.outOfStok'。您是不是要写 inventory.outOfStock" in own.stderr


def test_unknown_session_is_refused(project: Path) -> None:
    with served(project) as server:
        result = mdt("mock", "use", "inventory.slow", "--session", "none", "--server", server.url, cwd=project)

    assert result.returncode == 4
    assert "none" in result.stderr


def test_port_that_is_taken(project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = mdt("mock", "serve", "--port", port, cwd=project)

    assert result.returncode == 5
    assert "Traceback" not in result.stderr
    assert f"port {port}" in result.stderr


def test_nobody_there(project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    result = mdt("mock", "monitor", "--service", "inventory", "--server", f"http://127.0.0.1:{port}", cwd=project)

    assert result.returncode == 3
    assert f"No mock server answers at http://127.0.0.1:{port}" in result.stderr

"""Each client reads the server in its own language: by ?lang=, by Accept-Language, else in the server's."""

import pytest
import requests

from mdt.language import speaking
from mdt.server.client import ServerRefusedError
from tests.sockets.server.support import Raw


@pytest.mark.parametrize(
    ("given", "chinese"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", True),
        ("zh", True),
        ("fr, zh;q=0.5", True),
        ("en;q=0.4, zh;q=0.6", True),
        ("en-GB,zh;q=0.9", False),
        ("fr", False),
        ("zh;q=0", False),
        ("zh;q=x", False),
        ("*", False),
        ("", False),
    ],
)
def test_the_near_miss_is_in_the_language_of_the_client(url, given, chinese) -> None:
    answer = requests.get(f"{url}/inventory/nothing", headers={"Accept-Language": given}, timeout=5)

    assert answer.text.startswith("未匹配的请求  GET" if chinese else "UnmatchedRequest  GET")
    assert answer.status_code == 501


def test_one_near_miss_is_read_in_both_languages(url, client) -> None:
    requests.post(f"{url}/inventory/internal/inventory/chek", json={}, timeout=5)

    english = client.near_misses()[0]
    with speaking("zh"):
        chinese = client.near_misses()[0]

    assert "closest route" in english["report"]
    assert "最接近的路由" in chinese["report"]
    assert [one["name"] for one in english["criteria"]] == [one["name"] for one in chinese["criteria"]]
    assert chinese["criteria"][0] == {"name": "method", "label": "方法", "ok": True, "text": "✓ POST"}


def test_lang_wins_over_the_header(url) -> None:
    def ask(query: str, header: str) -> str:
        headers = {"Accept-Language": header}
        return requests.get(f"{url}/_mdt/sessions/none{query}", headers=headers, timeout=5).json()["message"]

    assert ask("?lang=zh", "en").startswith("没有会话 'none'")
    assert ask("?lang=en", "zh").startswith("There is no session 'none'")
    assert ask("", "zh").startswith("没有会话")
    assert ask("", "fr").startswith("There is no session")


def test_a_language_that_nobody_speaks_is_refused(url) -> None:
    answer = requests.get(f"{url}/_mdt/sessions?lang=de", timeout=5)

    assert (answer.status_code, answer.json()["error"]) == (422, "bad-query")
    assert answer.json()["message"] == "lang is one of en, zh, not 'de'"


def test_refusals_and_typos_are_in_the_language_of_the_client(url, client) -> None:
    unknown = requests.get(f"{url}/_s/none/x", headers={"Accept-Language": "zh"}, timeout=5)
    assert (unknown.headers["X-Mdt-Error"], unknown.text[:4]) == ("unknown-session", "没有会话")
    with speaking("zh"), pytest.raises(ServerRefusedError, match=r"您是不是要写 inventory\.outOfStock"):
        client.open("s", ["inventory.outOfStok"])
    with speaking("zh"), pytest.raises(ServerRefusedError, match="您是不是要写 scenarios？"):
        client.open("s", scenrios=[])
    with speaking("zh"), pytest.raises(ServerRefusedError, match="没有服务 'inventry'。您是不是要写 inventory？"):
        client.openapi("inventry")


def test_problems_of_the_definitions_are_told_to_each_in_its_language(running, client, folder) -> None:
    (folder / "internal" / "broken.yaml").write_text("servce: x\n", encoding="utf-8")

    assert "a service has no key 'servce'" in client.reload()["error"]
    with speaking("zh"):
        assert "服务没有键 'servce'" in client.reload()["problems"][0]
        assert "服务没有键 'servce'" in client.health()["error"]


def test_what_comes_before_any_header_is_in_the_language_of_the_server(running, monkeypatch) -> None:
    monkeypatch.setenv("MDT_LANG", "zh")
    raw = Raw(running.server.port)

    assert "这不是 HTTP/1.1 请求。" in raw.send(b"no http\r\n\r\n").rest().decode()
    raw.socket.close()

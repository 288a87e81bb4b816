"""The web pages: each is one file that loads nothing and shows text as text; the monitor works in a browser."""

import base64
import hashlib
import json
import re
import subprocess
import time

import pytest
import requests

from mdt.server.admin.page import CREATE, MONITOR, PLACE, by_language, template
from tests.sockets.server.browser import CHROMIUM
from tests.unit.folders import write

NASTY = "<img src=x onerror=\"document.title='owned'\">"


PAGES = {MONITOR: "", CREATE: "create"}


@pytest.mark.parametrize("path", PAGES.values())
def test_the_page_comes_with_a_policy_that_allows_its_own_script_alone(url, path) -> None:
    answer = requests.get(f"{url}/_mdt/{path}", timeout=5)

    script = re.search("<script>(.*?)</script>", answer.text, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = answer.headers["Content-Security-Policy"]
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_without_the_last_slash_it_is_found_too(url) -> None:
    assert requests.get(f"{url}/_mdt", timeout=5).url == f"{url}/_mdt/"


def test_a_name_that_is_not_ours_gets_no_page(url) -> None:
    assert requests.get(f"{url}/_mdt/", headers={"Host": "evil.test"}, timeout=5).status_code == 403


@pytest.mark.parametrize("name", PAGES)
def test_it_loads_nothing_and_writes_no_markup(name) -> None:
    allowed = {"http://www.w3.org", "http://name.internal"}  # a namespace, and an example in an empty field
    outside = set(re.findall(r"(?:https?:)?//[a-z][\w.-]+", template(name))) - allowed
    assert outside == set()
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|style=", template(name)
    )


def test_both_pages_share_style_and_script() -> None:
    styles, scripts = ({re.search(pattern, template(name), re.DOTALL)[1] for name in PAGES} for pattern in SHARED)

    assert (len(styles), len(scripts)) == (1, 1)


SHARED = ("<style>(.*?)</style>", r"\(\(\) => \{(.*?function controls.*?\n  \})")


@pytest.mark.parametrize("name", PAGES)
def test_the_page_has_every_text_that_it_shows_in_both_languages(url, name) -> None:
    english, chinese = by_language(name)["en"], by_language(name)["zh"]
    used = set(re.findall(r"text\(\"(\w+)\"\)", template(name)))
    used |= set(re.findall(r"data-(?:text|hint)=\"(\w+)\"", template(name)))
    page = requests.get(f"{url}/_mdt/{PAGES[name]}", timeout=5)

    assert used <= english.keys() == chinese.keys()
    assert all(english[key] != chinese[key] for key in english)
    page.encoding = "utf-8"
    assert json.dumps(chinese["request"], ensure_ascii=False) in page.text
    assert PLACE not in page.text


@pytest.fixture
def browse(tmp_path, url):
    """The page's elements after its script has run."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt install chromium, to see the page work")

    def dump(query: str, *options: str) -> str:
        command = [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'chromium'}",
            "--virtual-time-budget=6000", *options, "--dump-dom", f"{url}/_mdt/{query}",
        ]  # fmt: skip
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout

    return dump


def test_the_browser_shows_calls_tree_and_near_miss(url, client, browse) -> None:
    client.switch(["inventory.outOfStock"])
    requests.post(f"{url}/inventory/internal/inventory/check", json={"productId": "p", "quantity": 1}, timeout=5)
    requests.post(f"{url}/inventory/internal/inventory/chek", json={"productId": NASTY}, timeout=5)

    dom = browse("?session=default&call=default%202", "--lang=en", "--accept-lang=en")

    assert "<title>mdt</title>" in dom
    assert '<span id="state">live</span>' in dom
    assert len(re.findall(r"<tr tabindex", dom)) == 2
    assert re.search(r'class="chip selected"[^>]*aria-pressed="true">outOfStock<b>1</b>', dom)
    assert re.search(r'<tr class="no"><td>✗</td><td>path</td><td class="mono">chek → check</td>', dom)
    assert "&lt;img src=x onerror=" in dom
    assert "<img" not in dom
    assert "curl -i -X POST" in dom


def test_the_browser_speaks_chinese(browse) -> None:
    dom = browse("", "--lang=zh-CN", "--accept-lang=zh-CN")

    assert 'lang="zh-CN"' in dom
    assert "还没有调用" in dom


def test_the_browser_shows_stubs_and_waiting_callbacks_of_the_session(folder, client, browse) -> None:
    write(folder.parent, {"internal/bank/service.yaml": "url: http://bank.internal\n"})
    write(
        folder.parent,
        {
            "internal/bank/callbacks.yaml": "callback: POST http://127.0.0.1:1/x\npaid: {json: 1, after: 1h, concurrent: 2}\n"
        },
    )
    assert client.reload()["status"] == "ok"
    client.stub("POST /internal/inventory/check", {"json": {"quantity": 7}}, service="inventory", id="mine")
    client.send("bank.paid", to="http://127.0.0.1:1/hook")

    dom = browse("", "--lang=zh-CN", "--accept-lang=zh-CN")
    assert re.search(r'id="of-stubs".*本会话的桩.*POST /internal/inventory/check.*inventory\.mine', dom, re.DOTALL)
    assert re.search(r'id="of-waiting".*等待中的回调.*bank\.paid × 2', dom, re.DOTALL)

    client.remove_stub()
    client.clear_callbacks()
    assert 'id="of-' not in browse("").replace('id="of-environment', "").replace('id="of-dataset', "")


def test_the_near_miss_follows_the_language_of_the_page(url, browse) -> None:
    requests.post(f"{url}/inventory/internal/inventory/chek", json={}, timeout=5)

    dom = browse("?session=default&call=default%201", "--lang=zh-CN", "--accept-lang=zh-CN")

    assert re.search(r'<tr class="no"><td>✗</td><td>路径</td><td class="mono">chek → check</td>', dom)
    assert "该服务没有符合的路由" in dom


def test_many_calls_with_long_bodies_stay_quick(url, client, browse) -> None:
    with requests.Session() as http:
        for number in range(500):
            body = {"productId": "长" * (30_000 if number % 25 == 0 else 3), "quantity": 1}
            http.post(f"{url}/inventory/internal/inventory/check", json=body, timeout=5)
    begun = time.monotonic()

    dom = browse("?call=default%20476")

    assert time.monotonic() - begun < 30
    assert len(re.findall(r"<tr tabindex", dom)) == 300
    assert "长" * 30_000 in dom

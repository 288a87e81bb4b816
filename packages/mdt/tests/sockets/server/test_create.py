"""The page that writes definitions, and its admin routes: who may use them, what they write, and how it looks in a browser."""

import re
from pathlib import Path

import pytest
import requests

from mdt.server.runner import start_in_thread
from tests.sockets.server.browser import CHROMIUM, browsing
from tests.unit.folders import SHOP, write

BEFORE = "# by hand\ndefault: ok\nroutes:\n  GET /a:  # first\n    ok: {json: 1}\n"
DRAFT = {
    "service": "shop",
    "method": "POST",
    "path": "/b",
    "scenarios": [{"name": "ok", "json": {"id": "{{ req.json.id }}"}}],
}
REQUEST = {"method": "POST", "path": "/b", "body": '{"id": 7}'}


@pytest.fixture
def mocks(tmp_path) -> Path:
    return write(tmp_path, {SHOP: BEFORE, "mdt.yaml": "token: t0ken"})


@pytest.fixture
def running(mocks):
    server = start_in_thread(mocks)
    yield server
    server.stop()


@pytest.fixture
def url(running) -> str:
    return running.server.url


def post(url: str, path: str, body=None, token: str = "t0ken", **headers: str) -> requests.Response:
    own = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.post(f"{url}/_mdt/drafts{path}", json=body or {}, headers=own | headers, timeout=20)


def refusal(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_preview_writes_nothing_and_writing_plays_at_once(url, mocks) -> None:
    seen = post(url, "/preview", {"draft": DRAFT, "request": REQUEST}).json()
    assert seen["trials"][0]["reply"]["json"] == {"id": 7}
    assert (mocks / SHOP).read_text() == BEFORE

    done = post(url, "", {"draft": DRAFT, "digest": seen["digest"]})

    assert (done.status_code, done.json()["file"]) == (201, SHOP)
    assert (mocks / SHOP).read_text() == f"{BEFORE}  POST /b:\n    ok: {{json: {{id: '{{{{ req.json.id }}}}'}}}}\n"
    assert requests.post(f"{url}/shop/b", json={"id": 8}, timeout=5).json() == {"id": 8}


def test_a_new_service_is_played_as_well(url, mocks) -> None:
    new = {**DRAFT, "service": "stock", "new": {"kind": "external"}}
    seen = post(url, "/preview", {"draft": new}).json()

    assert post(url, "", {"draft": new, "digest": seen["digest"]}).status_code == 201

    assert requests.post(f"{url}/stock/b", json={"id": 8}, timeout=5).json() == {"id": 8}
    assert (mocks / "external/stock.yaml").is_file()


def test_a_hand_edit_since_the_preview_is_not_lost(url, mocks) -> None:
    seen = post(url, "/preview", {"draft": DRAFT}).json()
    (mocks / SHOP).write_text(f"{BEFORE}# one more\n")

    answer = post(url, "", {"draft": DRAFT, "digest": seen["digest"]})

    assert refusal(answer) == (409, "changed")
    assert (mocks / SHOP).read_text() == f"{BEFORE}# one more\n"


def test_a_scenario_that_is_there_is_replaced_only_if_that_is_meant(url, mocks) -> None:
    draft = {**DRAFT, "method": "GET", "path": "/a", "scenarios": [{"name": "ok", "json": 2}]}
    seen = post(url, "/preview", {"draft": draft}).json()
    body = {"draft": draft, "digest": seen["digest"]}

    assert seen["replaces"] == ["ok"]
    assert refusal(post(url, "", body)) == (409, "would-replace")
    assert (mocks / SHOP).read_text() == BEFORE
    assert post(url, "", {**body, "replace": True}).status_code == 201
    assert (mocks / SHOP).read_text() == BEFORE.replace("{json: 1}", "{json: 2}")


REFUSED = [
    ({"draft": DRAFT}, 422, "bad-body"),  # no digest
    ({"draft": {**DRAFT, "service": "../../x"}, "digest": ""}, 422, "bad-draft"),
    ({"draft": {**DRAFT, "service": "shpo"}, "digest": ""}, 404, "unknown-service"),
    ({"draft": {**DRAFT, "scenarios": [{"name": "ok", "status": 999}]}, "digest": ""}, 422, "problems"),
    ({"draft": {**DRAFT, "scenarios": [{"name": "ok", "file": "/etc/passwd"}]}, "digest": ""}, 422, "problems"),
    ({"draft": "x", "digest": ""}, 422, "bad-body"),
    ({"draft": DRAFT, "digest": "", "force": True}, 422, "bad-body"),
]


@pytest.mark.parametrize(("body", "status", "code"), REFUSED)
def test_bad_drafts_write_nothing(url, mocks, body, status, code) -> None:
    assert refusal(post(url, "", body)) == (status, code)
    assert [path.relative_to(mocks).as_posix() for path in sorted(mocks.rglob("*.*"))] == [SHOP, "mdt.yaml"]
    assert (mocks / SHOP).read_text() == BEFORE


ACCESS = [
    ({"token": ""}, 401, "token-needed"),
    ({"token": "wrong"}, 401, "token-needed"),
    ({"Host": "evil.test"}, 403, "foreign-host"),  # DNS rebinding, even with the token
    ({"Origin": "http://evil.test"}, 403, "foreign-page"),
    ({"Origin": "null"}, 403, "foreign-page"),
    ({"Sec-Fetch-Site": "cross-site"}, 403, "foreign-page"),
    ({"Content-Type": "text/plain"}, 415, "json-needed"),
]


@pytest.mark.parametrize("path", ["", "/preview", "/paste"])
@pytest.mark.parametrize(("how", "status", "code"), ACCESS)
def test_only_who_has_the_token_here_may_use_it(url, path, how, status, code) -> None:
    assert refusal(post(url, path, {"draft": DRAFT, "digest": ""} if path == "" else {}, **how)) == (status, code)


def test_without_a_token_of_its_own_the_server_makes_one_for_this(tmp_path) -> None:
    running = start_in_thread(write(tmp_path, {SHOP: BEFORE}))
    try:
        url, page = running.server.url, running.server.create_url
        own = page.partition("#token=")[2]

        assert page.startswith(f"{url}/mock/create#token=")
        assert requests.get(f"{url}/_mdt/services", timeout=5).status_code == 200
        assert refusal(post(url, "/preview", {"draft": DRAFT}, token="")) == (401, "token-needed")
        assert post(url, "/preview", {"draft": DRAFT}, token=own).status_code == 200
    finally:
        running.stop()


def test_a_server_that_others_can_reach_writes_nothing(mocks) -> None:
    running = start_in_thread(mocks, host="0.0.0.0")
    try:
        answer = post(running.server.url, "/preview", {"draft": DRAFT})

        assert refusal(answer) == (403, "not-loopback")
        assert running.server.create_url is None
    finally:
        running.stop()


def test_the_short_address_leads_to_the_page_unless_a_service_has_it(url, mocks) -> None:
    found = requests.get(f"{url}/mock/create", timeout=5)
    assert found.url == f"{url}/_mdt/create"
    assert '<form class="sheet"' in found.text

    (mocks / "internal/other.yaml").write_text("default: ok\nroutes: {GET /mock/create: {ok: {text: ours}}}")
    requests.post(f"{url}/_mdt/reload", headers={"Authorization": "Bearer t0ken"}, timeout=5)

    assert requests.get(f"{url}/mock/create", timeout=5).text == "ours"


CURL = "curl 'http://shop.internal/b?x=1' --json '{\"id\": 7}'"


def test_pasted_curl_and_json(url) -> None:
    found = post(url, "/paste", {"text": CURL}).json()

    assert found["service"] == "shop"
    assert (found["request"]["path"], found["request"]["body"]) == ("/b?x=1", '{"id": 7}')
    assert post(url, "/paste", {"text": "curl http://other/"}).json()["service"] is None
    assert post(url, "/paste", {"text": "[1]"}).json() == {"kind": "json", "json": [1]}
    assert refusal(post(url, "/paste", {"text": "what?"})) == (422, "bad-draft")


@pytest.fixture
def browse(tmp_path, url):
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt install chromium, to see the page work")

    def begin(**options):
        return browsing(tmp_path / "chromium", **options)

    return begin


FILLED = "document.querySelector('#path').value === '/b'"
SEEN = "document.querySelector('#yaml') !== null"


def filled(browser, url: str) -> None:
    """The form for DRAFT, previewed."""
    browser.open(f"{url}/mock/create#token=t0ken")
    browser.wait("document.querySelector('#service').options.length === 2")
    browser.fill("#pasted", CURL)
    browser.click("#take")
    browser.wait(FILLED)
    browser.fill(".answer [data-part=name]", "ok")
    browser.fill(".answer textarea", '{"id": "{{ req.json.id }}", "note": "<img src=x onerror=alert(1)>"}')
    browser.click("#preview")
    browser.wait(SEEN)


def test_a_person_writes_a_scenario_in_the_browser(url, mocks, browse) -> None:
    with browse() as browser:
        filled(browser, url)
        assert "token" not in browser.run("location.href")
        assert '"id": 7' in browser.text()
        assert "POST /b" in browser.text()
        assert (mocks / SHOP).read_text() == BEFORE

        browser.click("#write")
        browser.wait("document.querySelector('.done') !== null")

        assert "internal/shop.yaml" in browser.text()
        assert browser.asked == []  # neither a question nor the script in the body
        assert browser.run("document.images.length") == 0
    assert "POST /b:" in (mocks / SHOP).read_text()


def test_it_asks_before_it_replaces_and_shows_what_changed_meanwhile(url, mocks, browse) -> None:
    with browse() as browser:
        filled(browser, url)
        browser.fill("#method", "GET")
        browser.fill("#path", "/a")
        assert browser.run("document.querySelector('#write').disabled")  # the preview is of another draft
        browser.click("#preview")
        browser.wait("document.querySelector('#result').innerText.includes('Replaces')")
        browser.answer = False
        browser.click("#write")
        browser.wait("true")
        assert len(browser.asked) == 1
        assert (mocks / SHOP).read_text() == BEFORE

        (mocks / SHOP).write_text(f"{BEFORE}# meanwhile\n")
        browser.answer = True
        browser.click("#write")
        browser.wait("document.querySelector('#alert').innerText.includes('has changed since the preview')")
        browser.wait("document.querySelector('#yaml').innerText.includes('meanwhile')")
        assert (mocks / SHOP).read_text() == f"{BEFORE}# meanwhile\n"

        browser.click("#write")
        browser.wait("document.querySelector('.done') !== null")
    assert "# meanwhile" in (mocks / SHOP).read_text()


def test_without_the_token_it_asks_for_it_and_reads_nothing(url, browse) -> None:
    with browse() as browser:
        browser.answer = False
        browser.open(f"{url}/mock/create")
        browser.wait("!document.querySelector('#lock').hidden")

        assert browser.run("document.querySelector('#preview').disabled && document.querySelector('#take').disabled")


def test_problems_stand_in_the_page_and_nothing_can_be_written(url, browse) -> None:
    with browse(language="zh-CN") as browser:
        filled(browser, url)
        assert "试发结果" in browser.text()
        assert browser.run("document.documentElement.lang") == "zh-CN"
        browser.fill(".answer [data-part=latency]", "soon")
        browser.click("#preview")
        browser.wait("document.querySelector('.problems') !== null")

        problems = browser.run("document.querySelector('.problems').innerText")
        assert "internal/shop.yaml:7: " in problems
        assert "'soon'" in problems
        assert re.search("[一-鿿]", problems)
        assert browser.run("document.querySelector('#write').disabled")


def test_it_works_with_the_keyboard_and_on_a_small_screen(url, mocks, browse) -> None:
    with browse(size=(360, 740)) as browser:
        filled(browser, url)
        assert browser.run("document.documentElement.scrollWidth <= innerWidth")
        reached = []
        for _ in range(40):
            browser.press("Tab", 9)
            reached.append(browser.run("document.activeElement.id || document.activeElement.dataset.part || ''"))
        order = [
            reached.index(one)
            for one in ("pasted", "take", "service", "method", "path", "match", "name", "preview", "write")
        ]
        assert order == sorted(order)
        assert not browser.run(
            "[...document.querySelectorAll('input, select, textarea')].some((one) => !one.labels.length)"
        )


def test_the_monitor_has_environment_and_data_set(tmp_path, browse) -> None:
    files = {SHOP: BEFORE, "mdt.yaml": "environments: {perf: {latency: 1ms}}", "datasets/few/x.json": "1"}
    (tmp_path / "other").mkdir()
    running = start_in_thread(write(tmp_path / "other", files))
    try:
        with browse() as browser:
            browser.open(f"{running.server.url}/_mdt/")
            browser.wait("document.querySelector('#environment').options.length === 2")
            browser.fill("#environment", "perf")
            browser.wait("document.querySelector('#environment').value === 'perf'")
            browser.fill("#dataset", "few")
            client = running.client()
            browser.wait("document.querySelector('#dataset').value === 'few'")
            found = client.get()
            assert (found["environment"], found["dataset"]) == ("perf", "few")
            assert "Create" in browser.text()
    finally:
        running.stop()

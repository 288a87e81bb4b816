"""The live page in a browser, in both languages."""

import re
import shutil
import subprocess

import pytest

from tests.sockets.control.conftest import config_text

SETTINGS = "  failure_cooldown: 300\n"


@pytest.fixture
def browse(tmp_path):
    """The page's document after a while in Chromium; with `shot`, a picture of it too."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    assert chromium, "These tests need a browser: apt-get install chromium"
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--virtual-time-budget=3000",
        f"--user-data-dir={tmp_path / 'profile'}",
    ]

    def opens(url, *more):
        done = subprocess.run(
            [chromium, *options, *more, "--dump-dom", url], capture_output=True, text=True, timeout=60, check=True
        )
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "|", done.stdout))

    return opens


@pytest.fixture
def balancer(serve, provider):
    """One provider that is out, one that answers, and a caller who names a model in markup."""
    dead, good = provider(), provider()
    dead.status = 503
    running = serve(config_text(dead, good, settings=SETTINGS))
    running.ask("<b>model</b>")
    return running


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            [
                "Providers",
                "1 of 2 providers are ready",
                "out",
                "back in ",
                "healthy",
                "Last requests",
                "p1 503",
                "p2 200",
                "3 / 2",
                "中文",
            ],
        ),
        (
            "zh",
            [
                "提供方",
                "2 个提供方中有 1 个可用",
                "已摘除",
                "秒后恢复",
                "健康",
                "最近的请求",
                "p1 503",
                "p2 200",
                "3 / 2",
                "English",
            ],
        ),
    ],
)
def test_page_shows_providers_and_last_attempts(balancer, browse, language, words):
    document = browse(f"{balancer.url}/page?lang={language}")

    assert [word for word in words if word not in document] == []
    assert "&lt;b&gt;model&lt;/b&gt;" in document


def test_page_shows_why_a_file_was_refused(balancer, browse, tmp_path):
    (tmp_path / "balancer.yaml").write_text("providers: 7\n")
    balancer.logged("The configuration was not reloaded; the old one stays.")

    assert "line 1: model_routes: this key is missing" in browse(f"{balancer.url}/?lang=en")


def test_page_asks_for_the_token_where_one_is_needed(serve, provider, browse):
    """A name that is not this machine's is what a browser elsewhere would use."""
    running = serve(config_text(provider(), settings="  admin_token: '${ADMIN}'\n"), ADMIN="tok-test-admin")
    rules = "--host-resolver-rules=MAP balancer.example 127.0.0.1"

    document = browse(f"http://balancer.example:{running.port}/page?lang=en", rules)

    assert "This page needs the admin token." in document
    assert "127.0.0.1" not in document


def test_page_loads_nothing_from_elsewhere_and_allows_nothing_inline(balancer):
    for path in ("/", "/page", "/page/page.js", "/page/texts.js", "/page/style.css"):
        status, text = balancer.call("GET", path)
        policy = balancer.answer_headers["content-security-policy"]
        assert (status, "default-src 'none'" in policy, "unsafe" in policy) == (200, True, False)
        assert not re.search(r"https?://|<script>|style=|onclick=", text)


def test_both_languages_have_the_same_texts(balancer):
    _, text = balancer.call("GET", "/page/texts.js")
    english, chinese = text.split("  zh: {")

    names = [set(re.findall(r"(\w+): (?:\"|\()", part)) for part in (english, chinese)]

    assert names[0] == names[1]
    assert len(names[0]) > 30
    used = re.findall(
        r'(?:data-text="|text\(")(\w+)', balancer.call("GET", "/page")[1] + balancer.call("GET", "/page/page.js")[1]
    )
    assert set(used) <= names[0]

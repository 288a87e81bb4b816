"""report.html in a browser: it opens from the disk, loads nothing, complains of nothing, and does what a click asks for."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from faultlab.report import write
from faultlab.report_model import Report
from tests.sockets.browser import CHROMIUM, Tab, browser
from tests.unit.report import sample

type Open = Callable[..., AbstractContextManager[Tab]]
SHOWN = (
    "[...document.querySelectorAll('details.case')].filter(one => one.checkVisibility()).map(one => one.id).join(' ')"
)
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
TITLE = "document.querySelector('h1').innerText"
CASES = [
    sample.functional(),
    sample.case("rst-m5-1", clients=1),
    sample.case("rst-m5-8", status="failed"),
    sample.case("stall-m6-1", fault="stall", moment="m6"),
    sample.not_run(),
]


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt install chromium, to see the page work")
    with browser(tmp_path_factory.mktemp("browser")) as tab:
        yield tab


@pytest.fixture
def opened(tab: Tab, tmp_path: Path) -> Open:
    """The page of a report before a reader of this language."""

    @contextmanager
    def opened(report: Report | None = None, language: str = "en", width: int = 1300, at: str = "") -> Iterator[Tab]:
        folder = tmp_path / "报告 #1"
        write(report or sample.report(*CASES), folder)
        page = folder / "report.html"
        tab.fresh(language)
        tab.send("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        tab.open(page.as_uri() + at)
        yield tab
        assert tab.complaints() == []
        assert tab.requested() == [page.as_uri()]

    return opened


def test_it_shows_everything_and_loads_nothing(opened: Open) -> None:
    with opened() as tab:
        assert tab.run(TITLE) == "✗ Promises were broken"
        assert tab.run(SHOWN) == "rst-m5-8 kill-restart-m5-1 FT-001 rst-m5-1 stall-m6-1"
        assert tab.run("getComputedStyle(document.querySelector('td.failed a')).color") != tab.run(
            "getComputedStyle(document.querySelector('td.passed a')).color"
        )
        assert tab.run(WIDER) == 0


@pytest.mark.parametrize(
    ("language", "html", "title"), [("zh-CN", "zh-CN", "✗ 有承诺未兑现"), ("fr", "en", "✗ Promises were broken")]
)
def test_it_begins_in_the_language_of_the_browser(opened: Open, language: str, html: str, title: str) -> None:
    with opened(language=language) as tab:
        assert tab.run("document.documentElement.lang") == html
        assert tab.run(TITLE) == title


def test_the_button_changes_the_language_and_nothing_remembers_it(opened: Open) -> None:
    with opened() as tab:
        tab.run("document.getElementById('language').click()")
        assert tab.run(TITLE) == "✗ 有承诺未兑现"
        assert "Promises" not in tab.run("document.body.innerText")
        tab.run("document.getElementById('language').click()")
        assert tab.run(TITLE) == "✗ Promises were broken"
        assert tab.run("localStorage.length + sessionStorage.length + document.cookie.length") == 0


def test_a_cell_of_the_map_shows_its_cases(opened: Open) -> None:
    with opened() as tab:
        tab.run("document.querySelector('a[data-fault=rst][data-moment=m5]').click()")
        assert tab.run(SHOWN) == "rst-m5-8 rst-m5-1"
        assert tab.run("document.querySelectorAll('details.case[open]').length") == 0
        assert tab.run("document.getElementById('clear').innerText").startswith("rst · m5")

        tab.run("document.querySelector('a[data-fault=stall]').click()")
        assert tab.run(SHOWN) == "stall-m6-1"
        assert tab.run("document.querySelector('details.case[open]').id") == "stall-m6-1"
        assert tab.run("document.querySelectorAll('.heat a[aria-current=true]').length") == 1

        tab.run("document.getElementById('clear').click()")
        assert len(tab.run(SHOWN).split()) == 5
        assert not tab.run("document.getElementById('clear').checkVisibility()")


def test_buttons_filter_by_status(opened: Open) -> None:
    with opened() as tab:
        for status, ids in [
            ("failed", "rst-m5-8"),
            ("not_run", "kill-restart-m5-1"),
            ("passed", "FT-001 rst-m5-1 stall-m6-1"),
        ]:
            tab.run(f"document.querySelector('[data-status-only={status}]').click()")
            assert tab.run(SHOWN) == ids
            assert tab.run("document.querySelector('[aria-pressed=true]').dataset.statusOnly") == status
        tab.run("document.querySelector('a[data-fault=stall]').click()")
        tab.run("document.querySelector('[data-status-only=failed]').click()")
        assert tab.run(SHOWN) == ""
        assert tab.run("document.getElementById('nothing').innerText") == "No case is like this."


def test_an_address_opens_its_case(opened: Open) -> None:
    with opened(at="#stall-m6-1") as tab:
        assert tab.run("document.querySelector('details.case[open]').id") == "stall-m6-1"
        tab.run("location.hash = 'rst-m5-1'")
        time.sleep(0.2)
        assert tab.run("document.getElementById('rst-m5-1').open")


def test_an_open_case_shows_timeline_and_promises(opened: Open) -> None:
    with opened(at="#rst-m5-8") as tab:
        time.sleep(0.2)
        assert tab.run("document.querySelector('#rst-m5-8 path.fail').getTotalLength()") > 100
        said = tab.run("document.getElementById('rst-m5-8').innerText")
        assert "What was seen" in said
        assert "Nothing is stored twice, whatever was answered" in said
        assert tab.run("document.querySelectorAll('#rst-m5-8 [data-meaning]:empty').length") == 0
        tab.run("document.getElementById('language').click()")
        assert "任何操作都不会保存两次" in tab.run("document.getElementById('rst-m5-8').innerText")


# Words of the drawing that lie over each other, of those that are shown.
OVER = """(() => {
  const boxes = [...document.querySelectorAll('details[open] svg text')].filter(one => one.checkVisibility())
    .map(one => [one.textContent, one.getBoundingClientRect()]);
  return boxes.flatMap(([name, a], index) => boxes.slice(index + 1)
    .filter(([, b]) => a.left < b.right && b.left < a.right && a.top + 3 < b.bottom && b.top + 3 < a.bottom)
    .map(([other]) => `${name} / ${other}`));
})()"""


@pytest.mark.parametrize("width", [420, 1300])
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_nothing_overlaps_or_hangs_over_the_edge(opened: Open, width: int, language: str) -> None:
    with opened(sample.report(*CASES, sample.chaos(3000)), language, width) as tab:
        tab.run("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert tab.run(WIDER) == 0
        assert tab.run(OVER) == []


def test_dark_and_print_have_colours_of_their_own(opened: Open) -> None:
    with opened() as tab:
        colours = {}
        for name, dark, media in [("light", "light", ""), ("dark", "dark", ""), ("paper", "dark", "print")]:
            tab.send(
                "Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": dark}]
            )
            colours[name] = tab.run("getComputedStyle(document.body).color")
        assert colours["light"] == colours["paper"] != colours["dark"]


def test_printing_opens_what_failed_and_closes_it_again(opened: Open) -> None:
    with opened() as tab:
        tab.run("dispatchEvent(new Event('beforeprint'))")
        assert tab.run("document.querySelector('details.case[open]').id") == "rst-m5-8"
        assert tab.run("document.querySelectorAll('details.case[open]').length") == 1
        tab.run("dispatchEvent(new Event('afterprint'))")
        assert tab.run("document.querySelectorAll('details[open]').length") == 0
        assert len(tab.send("Page.printToPDF")["data"]) > 10_000


def test_hundreds_of_cases_open_quickly(opened: Open) -> None:
    one = sample.case()
    cases = [one.model_copy(update={"id": f"case-{number}"}) for number in range(250)]
    with opened(sample.report(*cases, sample.chaos(10_000))) as tab:
        entry = "performance.getEntriesByType('navigation')[0]"
        assert tab.run(f"{entry}.loadEventEnd") < 10_000
        assert len(tab.run(SHOWN).split()) == 251

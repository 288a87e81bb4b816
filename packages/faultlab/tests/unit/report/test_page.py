"""report.html: one file that loads nothing, shows text as text, speaks both languages, and stays small."""

import base64
import hashlib
import html
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from faultlab import report as package
from faultlab.invariants import INVARIANTS
from faultlab.report.page import page
from faultlab.report_model import DatabaseSnapshot, Finding, Firing, Outage, Stored
from tests.unit.report import sample

FOLDER = Path(package.__file__).parent
TEMPLATE = (FOLDER / "report.html.jinja").read_text(encoding="utf-8")
NASTY = "</script><img src=x onerror=alert(1)>\"'&{{ 7 * 7 }}"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Reader(HTMLParser):
    """Every tag with its attributes, and every text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def having(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.tags if name in attributes]


def shown(*cases, **more) -> str:
    return page(sample.report(*cases, **more))


def seen(text: str, language: str = "en") -> str:
    """The words that somebody sees."""
    other = "zh" if language == "en" else "en"
    without = re.sub(rf"<(span|text) lang={other}[^>]*>.*?</\1>|<(style|script)>.*?</\2>", "", text, flags=re.DOTALL)
    words = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", without)))
    return re.sub(r" ([,:)])|(\() ", r"\1\2", words)


class TestAlone:
    """It needs nothing and nobody."""

    def test_it_loads_nothing(self) -> None:
        reader = Reader(shown())

        addresses = [
            one[name] for name in ("src", "href", "xlink:href", "action", "srcset") for one in reader.having(name)
        ]
        assert {one for one in addresses if not one.startswith("#")} == {"run.log"}  # a link, for who wants to read on
        assert not re.search(r"@import|url\(|https?:|//[a-z]+\.", shown())

    def test_its_policy_allows_its_own_style_and_script_alone(self) -> None:
        text = shown()
        policy = next(one["content"] for one in Reader(text).having("http-equiv"))

        for tag, rule in (("style", "style-src"), ("script", "script-src")):
            (inside,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
            digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
            assert f"{rule} 'sha256-{digest}'" in policy
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy

    def test_it_asks_for_no_style_or_script_that_the_policy_forbids(self) -> None:
        attributes = {name for _, found in Reader(shown()).tags for name in found}

        assert not [name for name in attributes if name == "style" or name.startswith("on")]

    def test_its_script_writes_no_markup_and_remembers_nothing(self) -> None:
        script = (FOLDER / "report.js.jinja").read_text(encoding="utf-8")

        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval|Storage|cookie", script)


class TestLanguages:
    def test_findings_and_reasons_are_told_in_both(self) -> None:
        broken = Finding(id="I1", ok=False, detail="Acknowledged and not stored: a.", detail_zh="已确认但未保存：a。")
        text = shown(sample.case(status="failed", reason="It broke.", reason_zh="中断。", findings=[broken]))

        assert "It broke." in seen(text)
        assert "中断。" in seen(text, "zh")
        assert broken.detail in seen(text)
        assert broken.detail_zh in seen(text, "zh")

    def test_every_text_stands_there_in_both(self) -> None:
        text = shown()

        assert text.count("lang=en") == text.count("lang=zh") > 100
        assert "Every promise was kept" in seen(text)
        assert "所有承诺均已兑现" in seen(text, "zh")
        assert sample.TITLE.zh in seen(text, "zh")
        assert not CHINESE.search(seen(text).replace("中文 / English", ""))

    def test_promises_are_explained_in_both(self) -> None:
        text = shown(sample.case())

        for one in INVARIANTS:
            assert seen(text).count(one.title.en) == 2
            assert one.meaning.en in seen(text)
            assert one.meaning.zh in seen(text, "zh")
            assert f"data-meaning={one.id}>" in text


class TestVerdict:
    @pytest.mark.parametrize(
        ("cases", "words"),
        [
            ([sample.case(), sample.not_run()], "✓ Every promise was kept"),
            ([sample.case(), sample.case("b", status="failed")], "✗ Promises were broken"),
            ([sample.not_run()], "✗ Nothing was run"),
        ],
    )
    def test_heading(self, cases, words: str) -> None:
        assert words in seen(shown(*cases))

    def test_criteria(self) -> None:
        text = seen(shown(sample.case(), sample.case("b", status="failed"), sample.not_run()))

        assert "Functional · required 100 % – not run" in text
        assert "Fault tolerance · required 100 % 50 % 1 / 2" in text

    def test_environment_and_settings(self) -> None:
        text = seen(shown())

        assert "mysql 8.4.3 (docker)" in text
        assert "DB_POOL_SIZE=8 DB_READ_TIMEOUT=2" in text
        assert "python 3.12.11 · sqlalchemy 2.1.9 · pymysql 1.2.0 " in text
        assert "Seed 7" in text

    def test_environment_may_be_bare(self) -> None:
        bare = sample.report().environment.model_copy(update={"settings": {}, "versions": {}})

        text = seen(shown(environment=bare))

        assert "Versions" not in text
        assert "Settings of the service" not in text


class TestCases:
    def test_failed_ones_come_first(self) -> None:
        cases = [sample.case("a"), sample.not_run("b"), sample.case("c", status="failed"), sample.case("d")]

        found = [one["id"] for one in Reader(shown(*cases)).having("data-status")]

        assert found == ["c", "b", "a", "d"]

    def test_a_line_says_what_matters(self) -> None:
        (line,) = re.findall("<summary><span class=.name.*?</summary>", shown(sample.case()), re.DOTALL)

        assert seen(line).split() == [
            *("rst-m5-8", "P1", *sample.TITLE.en.split(), "rst", "m5", "8", "3.25", "s", "✓", "passed"),
        ]

    def test_filters_count_their_cases(self) -> None:
        text = seen(shown(sample.case("a"), sample.case("b"), sample.not_run("c")))

        assert "All 3 ✗ failed 0 ∅ void 0 ○ not run 1 ✓ passed 2" in text

    def test_cells_of_the_map_lead_to_their_cases(self) -> None:
        cells = [one for one in Reader(shown(sample.case(), sample.not_run())).having("data-fault") if "href" in one]

        assert cells == [
            {"href": "#cases", "data-fault": "rst", "data-moment": "m5", "title": "rst-m5-8"},
            {"href": "#cases", "data-fault": "kill-restart", "data-moment": "m5", "title": "kill-restart-m5-1"},
        ]

    def test_cells_have_words_besides_colours(self) -> None:
        cases = [sample.case("a"), sample.case("b", status="failed"), sample.not_run("c", fault="rst")]

        assert "✗ 1/2 ○1" in seen(shown(*cases))
        assert "○ 1" in seen(shown(sample.not_run()))

    def test_without_faults_there_is_no_map(self) -> None:
        text = shown(sample.functional())

        assert "No case set a fault off." in seen(text)
        assert '<table class="heat">' not in text

    def test_what_the_case_found(self) -> None:
        text = seen(shown(sample.case(status="failed")))

        assert "I2: order-0-0 is stored 2 times." in text
        assert "✗ broken order-0-0 is stored 2 times." in text
        assert "○ nothing to judge by There are no states." in text
        assert "1.800 Rows of order-0-0 1 2 ✗" in text
        assert "more than once 1: order-0-0" in text
        assert "Set off 4 (planned ≥ 1)" in text
        assert "outage 0.90–1.80 s recovered +0.04 s" in text

    @pytest.mark.parametrize(
        ("planned", "words"), [((0, 0), "(planned 0)"), ((1, 1), "(planned 1)"), ((1, 3), "(planned 1–3)")]
    )
    def test_what_was_planned(self, planned, words: str) -> None:
        assert words in seen(shown(sample.case(planned=planned)))

    def test_a_case_without_findings_says_so(self) -> None:
        assert "Nothing was judged." in seen(shown(sample.case(findings=[])))
        assert "Nothing was judged." not in seen(shown(sample.not_run()))

    def test_a_finding_without_a_known_promise(self) -> None:
        assert "I99 ✗ broken Hm." in seen(shown(sample.case(findings=[Finding(id="I99", ok=False, detail="Hm.")])))

    def test_a_case_that_was_not_run_has_its_reason_and_no_drawing(self) -> None:
        text = shown(sample.not_run())

        assert "The database was given by its URL: it cannot be killed." in seen(text)
        assert 'viewBox="0 0 960' not in text
        assert "Requests (" not in seen(text)

    def test_books_tell_what_is_wrong(self) -> None:
        rows = [Stored(operation=f"o{number}", count=2) for number in range(5)] + [Stored(operation="none", count=0)]
        problems = [f"half {number}" for number in range(12)]

        text = seen(
            shown(
                sample.case(
                    books=[DatabaseSnapshot(t=1, when="healed", operations=rows, problems=problems, quiet=False)]
                )
            )
        )

        assert "stored 5 more than once 5: o0, o1, o2, … a transaction was still open" in text
        assert "Does not add up: half 9 +2" in text

    @pytest.mark.parametrize("missing", ["healed", "recovered"])
    def test_a_case_that_never_recovered_has_no_time_of_recovery(self, missing: str) -> None:
        text = seen(shown(sample.case(**{missing: None})))

        assert "recovered +" not in text
        assert f"{missing} 1.8" not in text

    def test_many_outages_are_counted(self) -> None:
        outages = [Outage(began=number, ended=number + 0.5) for number in range(6)]

        assert "outage 2.00–2.50 s +3" in seen(shown(sample.case(outages=outages)))

    def test_requests_say_everything(self) -> None:
        one = sample.case().requests[0]
        wrong = one.model_copy(
            update={
                "status": None, "outcome": "unknown", "error": "connection reset", "replayed": True, "key": "k1",
                "retry_after": "0", "problems": ["no envelope"], "t": 1.5, "ms": 12.34,
            }
        )  # fmt: skip

        text = seen(shown(sample.case(requests=[one, wrong])))

        assert "Requests (2)" in text
        assert (
            "1.500 steady 0 POST /payment order-0-0 – ? unknown 12.3 "
            "connection reset · no envelope · replayed · Retry-After 0 · key k1" in text
        )


class TestTimeline:
    def test_it_draws_what_happened(self) -> None:
        text = shown(sample.case())
        drawing = text[text.index('viewBox="0 0 960') : text.index("<h3>", text.index('viewBox="0 0 960'))]

        for kind in ("band", "grid", "budget", "alive", "ok", "fail", "unknown", "fired", "healed", "recovered"):
            assert f'class="{kind}"' in drawing, kind
        assert "fault 0.90 s ×4" in seen(drawing)
        assert "故障 0.90 s ×4" in seen(drawing, "zh")
        assert "drawn as one" not in seen(drawing)

    def test_what_there_is_none_of_is_not_drawn(self) -> None:
        case = sample.case(requests=[], firings=[Firing(t=1, fault="rst", moment="m5")], outages=[], health=[])
        text = shown(case.model_copy(update={"healed": None, "recovered": None}))

        drawing = text[text.index('viewBox="0 0 960') : text.index("</svg></div>")]
        assert set(re.findall(r'class="(\w+)', drawing)) == {"grid", "budget", "fired", "end", "middle"}

    def test_lost_liveness_is_marked(self) -> None:
        dead = [one.model_copy(update={"status": None}) for one in sample.case().health]

        text = shown(sample.case(health=dead))

        assert 'class="lost" d="M' in text
        assert "liveness not 200" in seen(text)


class TestText:
    """Whatever stands in a report, it is text."""

    def test_nothing_becomes_markup(self) -> None:
        both = sample.TITLE.model_copy(update={"en": NASTY, "zh": NASTY})
        step = sample.step(1, NASTY, NASTY, NASTY, NASTY)
        request = sample.case().requests[0].model_copy(update={"path": NASTY, "operation": NASTY, "error": NASTY})
        case = sample.case(
            NASTY, fault=NASTY, moment=NASTY, title=both, status="failed", reason=NASTY, steps=[step],
            requests=[request], logs=[NASTY], findings=[Finding(id=NASTY, ok=False, detail=NASTY)],
            books=[DatabaseSnapshot(t=1, when="healed", operations=[Stored(operation=NASTY, count=2)], problems=[NASTY])],
        )  # fmt: skip
        nasty = {NASTY: NASTY}
        environment = sample.report().environment.model_copy(
            update={"service": NASTY, "database": NASTY, "version": NASTY, "settings": nasty, "versions": nasty}
        )

        reader = Reader(shown(case, environment=environment))

        assert not [tag for tag, _ in reader.tags if tag == "img"]
        assert [tag for tag, _ in reader.tags].count("script") == 1
        assert "".join(reader.texts).count("{{ 7 * 7 }}") > 15
        assert reader.having("data-fault")[0]["data-fault"] == NASTY


class TestSize:
    def test_at_most_200_requests_and_how_many_more(self) -> None:
        requests = [sample.case().requests[0]] * 205

        text = shown(sample.case(requests=requests))

        assert text.count("<td>POST /payment<td>") == 200
        assert "Requests (205)" in seen(text)
        assert "+ 5 more; report.json has them all" in seen(text)
        assert "more; report" not in seen(shown(sample.case(requests=requests[:200])))

    def test_at_most_100_lines_of_the_log(self) -> None:
        text = seen(shown(sample.case(logs=[f"line {number}." for number in range(103)])))

        assert "line 99." in text
        assert "line 100." not in text
        assert "+ 3 more" in text
        assert "more; report" not in seen(shown(sample.case(requests=[], logs=["a"] * 100)))

    def test_many_cases_list_fewer_requests_each(self) -> None:
        requests = [sample.case().requests[0]] * 200
        cases = [sample.not_run(str(number), requests=requests) for number in range(50)]

        assert "+ 40 more" in seen(shown(*cases))
        assert "+ 40 more" not in seen(shown(*cases[:40]))

    def test_a_chaos_run_is_small(self) -> None:
        assert len(shown(sample.chaos(10_000))) < 400_000

    def test_hundreds_of_cases_stay_below_five_megabytes(self) -> None:
        one, many = sample.case(), sample.chaos(10_000)
        cases = [one.model_copy(update={"id": f"case-{number}"}) for number in range(250)]

        assert len(shown(*cases, many).encode()) < 5_000_000

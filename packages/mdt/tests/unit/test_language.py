"""Messages are read in the language of whoever reads them, not of whoever made them."""

import copy
import pickle
import threading

import pytest

from mdt.api import mock_scenario
from mdt.definitions.source import Source, kind
from mdt.engine.masking import near_miss_as_json
from mdt.errors import DefinitionError, MdtError, Problem, UnknownScenarioError, UnmatchedRequestError
from mdt.language import _, choose, clauses, either, from_environment, language, sentences, speaking, words_of
from tests.unit.folders import SHOP, loaded, player

GREETING = _("There is no scenario {name!r}.", name="a")
ROUTES = 'POST /orders/{id}: {match: {json: {count: {min: 2}}}, ok: {json: 1}, gone: {json: "{{ req.json.no }}"}}'


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_MESSAGES": "ZH_TW", "LANG": "en_US"}, "zh"),
        ({"LANG": "zh_CN", "MDT_LANG": "en"}, "en"),
        ({"LANG": "zh_CN", "MDT_LANG": ""}, "zh"),
        ({"LANG": "de_DE", "MDT_LANG": "zh"}, "zh"),
    ],
)
def test_environment_chooses_the_language(env: dict[str, str], expected: str) -> None:
    assert from_environment(env) == language(env) == expected


def test_a_message_is_read_in_the_language_that_is_spoken_then() -> None:
    assert (str(GREETING), repr(GREETING)) == ("There is no scenario 'a'.", "\"There is no scenario 'a'.\"")
    with speaking("zh"):
        assert str(GREETING) == "没有场景 'a'。"
        with speaking(None):
            assert str(GREETING) == "没有场景 'a'。"
    assert str(GREETING) == "There is no scenario 'a'."


def test_messages_that_say_the_same_are_equal() -> None:
    same = _("There is no scenario {name!r}.", name="a")
    other = _("There is no scenario {name!r}.", name="b")

    assert len({GREETING, same, other}) == 2
    assert str(GREETING) != GREETING
    assert pickle.loads(pickle.dumps(GREETING)) == copy.deepcopy(GREETING) == GREETING


def test_lists_and_sentences_are_joined_as_the_language_does() -> None:
    listed, two = either(["a", GREETING]), sentences(GREETING, clauses(["b", "c"]))

    assert (str(listed), str(two)) == ("a or There is no scenario 'a'.", "There is no scenario 'a'. b; c")
    assert sentences(GREETING, "") is GREETING
    with speaking("zh"):
        assert (str(listed), str(two)) == ("a 或 没有场景 'a'。", "没有场景 'a'。b；c")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError(GREETING), GREETING),
        (ValueError("plain"), "plain"),
        (KeyError("k"), "'k'"),
        (OSError(2, "no"), "[Errno 2] no"),
    ],
    ids=["ours", "a library's", "quoted by Python", "of two parts"],
)
def test_words_of_an_error(error: Exception, expected: object) -> None:
    assert words_of(error) == expected


def test_the_chosen_language_is_that_of_all_threads() -> None:
    heard: list[str] = []
    choose("zh")
    try:
        thread = threading.Thread(target=lambda: heard.append(str(GREETING)))
        thread.start()
        thread.join()
    finally:
        choose(None)

    assert heard == ["没有场景 'a'。"]


def test_problems_and_their_error() -> None:
    source = Source("a.yaml")
    source.wrong(3, kind({}), GREETING)
    source.wrong(2, "plain")
    error = DefinitionError(source.problems)

    assert (
        str(error)
        == "The mock definitions have 2 problems:\na.yaml:2: plain\na.yaml:3: a mapping. There is no scenario 'a'."
    )
    with speaking("zh"):
        assert str(error) == "模拟定义有 2 个问题：\na.yaml:2: plain\na.yaml:3: 映射。没有场景 'a'。"
        assert (error.problems[1].message, error.problems[1].hint) == ("映射", "没有场景 'a'。")
        assert str(DefinitionError([Problem("a", 1, "b")])) == "模拟定义有 1 个问题：\na:1: b"


def test_an_unknown_scenario() -> None:
    near, far = UnknownScenarioError("a.b", ["a.bc"]), UnknownScenarioError("x", [])

    with speaking("zh"):
        assert str(near) == "没有场景 'a.b'。您是不是要写 a.bc？"
        assert str(far) == "没有场景 'x'。用 `mdt mock list` 查看名称。"
    assert str(far) == "There is no scenario 'x'. `mdt mock list` shows the names."


def test_a_near_miss_made_in_english_is_read_in_chinese(tmp_path) -> None:
    shop = player(tmp_path, ROUTES)
    miss = shop.miss("PUT /ordrs/", data={"count": 1})
    error = UnmatchedRequestError([miss])

    with speaking("zh"):
        assert str(error) == (
            "未匹配的请求  PUT http://shop.internal/ordrs/\n"
            f"最接近的路由  POST /orders/{{id}}   {tmp_path}/mocks/{SHOP}:3\n"
            "  方法 ✗ PUT → POST\n"
            "  路径 ✗ ordrs → orders，（空） → {id}\n"
            "  JSON 请求体 ✗ $.count 应为 不小于 2 的数，实际为 1\n"
            "  该服务没有符合的路由。请更正调用，或在定义中添加该路由。"
        )
        assert near_miss_as_json(miss)["criteria"][0] == {
            "name": "method",
            "label": "方法",
            "ok": False,
            "text": "✗ PUT → POST",
        }
    assert "closest route     POST /orders/{id}" in str(error)


def test_a_template_that_fails_says_why_in_both_languages(tmp_path) -> None:
    shop = player(tmp_path, ROUTES.replace("match: {json: {count: {min: 2}}}, ", ""), "shop.gone")
    miss = shop.miss("POST /orders/7")

    assert "template ✗ the request's body is no JSON, so it has no 'no'" in str(miss)
    with speaking("zh"):
        assert "（场景 shop.gone）" in str(miss)
        assert "模板 ✗ 请求体不是 JSON，因此没有 'no'" in str(miss)


def test_assertions_are_in_the_language_of_the_test(tmp_path, monkeypatch) -> None:
    catalog = loaded(tmp_path, {SHOP: "default: ok\nroutes: {GET /a: {ok: {json: 1}}, POST /b: {ok: {json: 1}}}"})
    monkeypatch.setenv("MDT_LANG", "zh")

    with mock_scenario("shop.ok", mocks=catalog, strict=False) as m:
        with pytest.raises(AssertionError) as told:
            m.shop.called("POST /b", times=2, json={"id": 1})
        with pytest.raises(AttributeError, match=r"没有服务 'shp'。您是不是要写 shop？（以 m\.shp 访问）"):
            m.shp  # noqa: B018

    assert str(told.value) == "shop：POST /b（json 为 {'id': 1}） 期望被调用 2 次，实际 0 次。\n  该服务从未被调用。"


def test_a_strict_block_says_in_chinese_what_was_not_used(tmp_path) -> None:
    catalog = loaded(tmp_path, {SHOP: "default: ok\nroutes: {GET /a: {ok: {json: 1}}}"})

    said = r"已选择或期望，但从未用到：\n  shop\.ok：shop 从未被调用"
    with speaking("zh"), pytest.raises(MdtError, match=said), mock_scenario("shop.ok", mocks=catalog, strict=True):
        pass

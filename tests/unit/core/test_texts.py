"""The texts: English in the source, Chinese in the catalog, complete, with the same places; chosen by Accept-Language."""

import ast
import re
from pathlib import Path

import polib
import pytest

import backend
from backend.core import texts
from backend.core.errors import ConflictError, InvalidInputError, NotFoundError
from backend.core.security.access import public
from backend.core.texts import _, translated
from backend.core.web.route import Route
from tests.framework.tables import table
from tests.unit.core.support import app_fixture

PACKAGE = Path(backend.__file__).parent
CATALOGS = sorted((PACKAGE / "locale").glob("*/LC_MESSAGES/*.po"))
PLACE = re.compile(r"\{\w*\}")
SHOULD_BE_MARKED = re.compile(r"^\s+msg(: str)? = [\"']", re.MULTILINE)


def marked() -> set[str]:
    """Every text in the source that stands in `_(...)`."""
    nodes = [node for path in PACKAGE.rglob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    calls = [n for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "_"]
    return {ast.literal_eval(call.args[0]) for call in calls}


def without_files_that_are_gone(entry: polib.POEntry) -> bool:
    """A module that was taken out leaves its texts behind; they do no harm."""
    return any((PACKAGE.parent / path).exists() for path, _line in entry.occurrences)


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.parts[-3])
class TestCatalog:
    def test_every_text_is_translated(self, path):
        have = {entry.msgid for entry in polib.pofile(str(path)) if entry.msgstr and not entry.obsolete}

        assert marked() - have == set()

    def test_nothing_is_translated_that_nobody_says(self, path):
        have = {entry.msgid for entry in polib.pofile(str(path)) if without_files_that_are_gone(entry)}

        assert have - marked() == set()

    def test_translations_have_the_places_of_their_originals(self, path):
        wrong = [
            entry.msgid
            for entry in polib.pofile(str(path))
            if sorted(PLACE.findall(entry.msgid)) != sorted(PLACE.findall(entry.msgstr))
        ]

        assert wrong == []


def test_there_is_a_catalog():
    assert [path.parts[-3] for path in CATALOGS] == ["zh"]
    assert texts.languages() == ("en", "zh")


class TestMessage:
    def test_is_its_english_text_until_it_is_said(self):
        message = _("This needs the permission {name}.", name="users:read")

        assert (
            message == message.translated("en") == message.translated("fr") == "This needs the permission users:read."
        )
        assert message.translated("zh") == "此操作需要权限 users:read。"

    def test_is_found_inside_of_details(self):
        data = {"detail": [{"loc": ["body"], "msg": _("Not found.")}], "n": 1, "plain": "Not found."}

        assert translated(data, "zh") == data | {"detail": [{"loc": ["body"], "msg": "未找到。"}]}


def conflict() -> None:
    raise ConflictError


def invalid() -> None:
    raise InvalidInputError([{"loc": ["body"], "msg": _("Send the body in UTF-8."), "type": "x"}])


def own_words() -> None:
    raise NotFoundError("Nicht da.")


ROUTES = [Route("GET", f"/api/probe/{handler.__name__}", handler, public) for handler in (conflict, invalid, own_words)]


app = app_fixture(ROUTES)


class TestLanguageOfAnAnswer:
    @table(
        "accepted, language",
        [
            (None, "en"),
            ("", "en"),
            ("zh", "zh"),
            ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
            ("zh-TW", "zh"),
            ("en-GB,zh;q=0.5", "en"),
            ("fr, zh;q=0.1", "zh"),
            ("fr", "en"),
            ("*", "en"),
            ("zh;q=0", "en"),
            ("\x7f;;q=,", "en"),
        ],
    )
    def test_is_what_the_client_likes_best(self, client, accepted, language):
        answer = client.get("/api/probe/conflict", headers={} if accepted is None else {"Accept-Language": accepted})

        said = {"en": "The request conflicts with the current state.", "zh": "该请求与当前状态冲突。"}
        assert answer.json["msg"] == said[language]
        assert answer.headers["Content-Language"] == language
        assert answer.headers["X-Error-Code"] == "conflict"

    def test_may_be_another_by_default(self, build):
        client = build(ROUTES, default_language="zh").test_client()

        assert client.get("/api/probe/conflict").json["msg"] == "该请求与当前状态冲突。"
        assert client.get("/api/probe/conflict", headers={"Accept-Language": "en"}).headers["Content-Language"] == "en"

    def test_reaches_the_details_and_paths_that_do_not_exist_but_no_text_that_is_not_ours(self, client):
        invalid, own, nowhere = (
            client.get(path, headers={"Accept-Language": "zh"})
            for path in ("/api/probe/invalid", "/api/probe/own_words", "/nowhere")
        )

        assert invalid.json["data"]["detail"][0]["msg"] == "请以 UTF-8 编码发送请求体。"
        assert own.json["msg"] == "Nicht da."
        assert nowhere.json["msg"] == "此路径不存在；可用路径见 /docs。"
        assert nowhere.headers["X-Error-Code"] == "path_not_found"

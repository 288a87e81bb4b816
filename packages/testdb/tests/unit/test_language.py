"""Texts are read in their reader's language, and every text has a Chinese one with the same values."""

import threading
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from testdb import DatabaseUnavailableError, language, open_database
from testdb.language import Joined, _, choose, speaking

PACKAGE = Path(__file__).parents[2]
CATALOGUE = PACKAGE / "src/testdb/locale/zh/LC_MESSAGES/testdb.po"
TEXT = "docker is not installed"


@pytest.fixture(autouse=True)
def nothing_chosen(monkeypatch):
    for name in ("TESTDB_LANG", *language.SETTINGS):
        monkeypatch.delenv(name, raising=False)
    yield
    choose(None)


# --- the catalogue
def sources():
    with (PACKAGE / "babel.cfg").open() as file:
        return {text for _, _, text, *_ in extract_from_dir(str(PACKAGE), *parse_mapping_cfg(file))}


def translations():
    with CATALOGUE.open("rb") as file:
        return {one.id: one for one in read_po(file, abort_invalid=True) if one.id}


def values(text):
    return sorted((name, spec, conversion) for _, name, spec, conversion in Formatter().parse(text) if name)


def test_every_text_is_translated_and_nothing_else_is():
    found = translations()

    assert sorted(found) == sorted(sources())
    assert [text for text, one in found.items() if not one.string or one.fuzzy] == []


def test_translations_have_the_same_values():
    assert [text for text, one in translations().items() if values(text) != values(one.string)] == []


# --- reading
@pytest.mark.parametrize(
    ("env", "spoken"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_ALL": "zh_TW", "MDT_LANG": "en"}, "en"),
        ({"MDT_LANG": "en", "TESTDB_LANG": "zh"}, "zh"),
    ],
)
def test_the_environment_chooses_the_language(env, spoken):
    assert _.language(env) == spoken


def test_a_text_is_translated_when_it_is_read():
    text = _(TEXT)

    assert (str(text), f"{text}", repr(text)) == (TEXT, TEXT, repr(TEXT))
    with speaking("zh"):
        assert (str(text), f"{text:>11}") == ("未安装 docker", " 未安装 docker")
    choose("zh")
    assert str(text) == "未安装 docker"
    with speaking("en"):
        assert str(text) == TEXT


def test_values_are_read_in_the_same_language():
    inner = ValueError(_(TEXT))
    text = Joined("\n", [_("{url} does not answer: {reason}", url="db", reason=inner), _("What was tried:")])

    with speaking("zh"):
        assert str(text) == "db 没有应答：未安装 docker\n已尝试："


def test_what_is_chosen_holds_in_every_thread_and_what_is_spoken_in_one():
    heard = []
    choose("zh")
    with speaking("en"):
        thread = threading.Thread(target=lambda: heard.append(_.language()))
        thread.start()
        thread.join()

    assert heard == ["zh"]


def test_a_text_without_values_may_have_braces_and_one_without_translation_is_english():
    with speaking("zh"):
        assert str(_("{ }")) == "{ }"


def test_an_error_speaks_chinese(monkeypatch):
    monkeypatch.setenv("TESTDB_LANG", "zh")

    with (
        pytest.raises(DatabaseUnavailableError, match="oracle：没有这种数据库；可选 mysql, mariadb, postgresql"),
        open_database("oracle"),
    ):
        pass

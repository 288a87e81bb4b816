"""Every text stands in both languages, says the same, and is used."""

import re
import string
from pathlib import Path

import pytest

from mdt import cli
from mdt.cli.exits import ExitCode
from mdt.cli.language import LANGUAGES, choose, from_environment, language, say
from mdt.cli.texts import TEXTS

CHINESE = re.compile(r"[\u4e00-\u9fff]")
SOURCES = [
    path.read_text(encoding="utf-8")
    for path in Path(cli.__file__).parent.rglob("*")
    if path.suffix in {".py", ".jinja"}
]


def placeholders(text: str) -> set[str]:
    return {f"{name}!{conversion}" for _, name, _, conversion in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_say_the_same(key: str) -> None:
    english, chinese = TEXTS[key]

    assert placeholders(english) == placeholders(chinese)
    assert not CHINESE.search(english)
    assert CHINESE.search(chinese) or not re.search(r"[a-z]{3}", placeholderless(english)), "this is not Chinese"


def placeholderless(text: str) -> str:
    return re.sub(r"\{[^}]*\}", "", text)


@pytest.mark.parametrize("key", [key for key in TEXTS if not key.startswith(("exit.", "kind."))])
def test_is_used(key: str) -> None:
    assert any(f'"{key}"' in source or f"'{key}'" in source for source in SOURCES if source.find("TEXTS: dict") < 0)


def test_every_exit_code_is_documented() -> None:
    assert {key.removeprefix("exit.") for key in TEXTS if key.startswith("exit.")} == {
        one.name.lower() for one in ExitCode
    }


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
    assert from_environment(env) == expected


def test_chosen_language_wins_over_the_environment() -> None:
    choose("zh")
    try:
        assert language({"MDT_LANG": "en"}) == "zh"
        assert say("interrupted") == TEXTS["interrupted"][LANGUAGES.index("zh")]
    finally:
        choose(None)

    assert language({"MDT_LANG": "en"}) == "en"

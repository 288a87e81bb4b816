"""Every text stands in both languages, says the same, and is given what it names."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

import mdt
from mdt.cli.output import MEANINGS, ExitCode
from mdt.engine.matching import PARTS
from mdt.engine.outcome import LABELS
from mdt.language import language, speaking, translations
from scripts.check_texts import extracted, names, problems, translated

ROOT = Path(mdt.__file__).parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")
PUNCTUATION = frozenset({", ", "; ", "{first} {second}", "{message}. {hint}", "{where}: {error}", "{what} ({played})"})


def test_every_text_is_translated_and_no_other_is() -> None:
    assert list(problems(extracted(), translated())) == []
    assert len(translated()) > 400


def test_english_texts_are_english_and_chinese_ones_chinese() -> None:
    texts = {str(one.id): str(one.string) for one in translated() if one.id}

    assert [text for text in texts if CHINESE.search(text)] == []
    plain = {text: re.sub(r"\{[^}]*\}", "", text) for text in texts}
    wordy = [text for text in texts if re.search(r"[a-z]{3}", plain[text]) and text not in PUNCTUATION]
    assert [text for text in wordy if not CHINESE.search(texts[text])] == []


def test_the_compiled_texts_are_those_of_the_po_file() -> None:
    compiled = translations("zh")

    assert [one.id for one in translated() if one.id and compiled.gettext(str(one.id)) != one.string] == []


@pytest.mark.parametrize(
    ("there", "told"),
    [
        ({}, "not in the .po file: 'There is no {name}.'"),
        ({"There is no {name}.": "没有 {name}。", "Old.": "旧。"}, "in the .po file, but in no source: 'Old.'"),
        ({"There is no {name}.": ""}, "not translated: 'There is no {name}.'"),
        ({"There is no {name}.": "没有 {nmae}。"}, "other names than the English text: 'There is no {name}.'"),
        ({"There is no {name}.": "没有 {name!r}。"}, "other names than the English text: 'There is no {name}.'"),
    ],
)
def test_a_broken_catalogue_is_told(there: dict[str, str], told: str) -> None:
    source, chinese = Catalog(), Catalog()
    source.add("There is no {name}.")
    for text, string in there.items():
        chinese.add(text, string)

    assert list(problems(source, chinese)) == [told]


def test_tables_of_texts_are_complete() -> None:
    assert set(MEANINGS) == set(ExitCode)
    assert set(LABELS) == {"method", "host", "path", "scenario", "state", "prefer", "template", "handler", *PARTS}


def test_a_text_without_a_translation_is_english() -> None:
    with speaking("zh"):
        assert (language(), translations("zh").gettext("nobody says this")) == ("zh", "nobody says this")


def calls(path: Path) -> Iterator[tuple[str, str, set[str]]]:
    """Each _("text", name=...) of a file whose names are known: where, the text, the names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
            given = {one.arg for one in node.keywords}
            if isinstance(node.args[0], ast.Constant) and None not in given:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", str(node.args[0].value), given  # type: ignore[misc]


def test_each_text_is_given_what_it_names() -> None:
    found = [call for path in sorted(ROOT.rglob("*.py")) for call in calls(path)]

    wrong = [call for call in found if {one.partition("!")[0] for one in names(call[1])} != call[2]]
    assert wrong == []
    assert len(found) > 400

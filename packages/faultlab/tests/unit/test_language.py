"""Texts are read in their reader's language, and every text has a Chinese one with the same values."""

from pathlib import Path
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from faultlab.answers import PROBLEMS, problem_text
from faultlab.language import Joined, _, choose, sentences, speaking
from faultlab.report_model import Text

PACKAGE = Path(__file__).parents[2]
CATALOGUE = PACKAGE / "src/faultlab/locale/zh/LC_MESSAGES/faultlab.po"


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
        ({"MDT_LANG": "en", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"MDT_LANG": "en", "FAULTLAB_LANG": "zh"}, "zh"),
    ],
)
def test_the_environment_chooses_the_language(env, spoken):
    assert _.language(env) == spoken


def test_what_is_chosen_goes_before_the_environment(monkeypatch):
    monkeypatch.setenv("FAULTLAB_LANG", "zh")
    choose("en")
    try:
        assert _.language() == "en"
        with speaking("zh"):
            assert _.language() == "zh"
    finally:
        choose(None)


def test_a_text_in_both_languages_reads_as_the_one_that_is_spoken():
    text = Text.of(ValueError(_("There is no case {name!r}.", name="X")))

    assert (text.en, text.zh) == ("There is no case 'X'.", "没有用例 'X'。")
    assert str(text) == text.en
    with speaking("zh"):
        assert f"{text}" == text.zh


def test_sentences_are_put_together_as_each_language_does():
    text = sentences(_("There was no fault."), "", _("Nothing was sent."))

    assert Text.of(text) == Text(en="There was no fault. Nothing was sent.", zh="没有发生故障。没有发送任何请求。")
    assert str(sentences("", "")) == ""


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_recorded_problem_is_translated(problem):
    text = Text.of(problem_text(problem))

    assert text.en == problem
    assert text.zh != problem


def test_a_recorded_problem_with_words_of_its_own():
    assert Text.of(problem_text("insides shown: pymysql")).zh == "泄露了内部信息：pymysql"
    assert Text.of(problem_text("something else")) == Text(en="something else", zh="something else")
    assert str(Joined("", [])) == ""

"""Compositions: names that exist, no service twice, no circles."""

import pytest

from mdt.engine.choice import Sequence
from mdt.errors import SelectionError
from tests.unit.folders import SHOP, Player, loaded, told

ROUTE = "routes: {GET /x: {ok: {json: 1}, down: {status: 503}}}\n"
BASE = {SHOP: ROUTE, "internal/pay.yaml": ROUTE}


def test_a_list_or_a_mapping(tmp_path):
    files = {
        "scenarios/order/happy.yaml": "- shop.ok\n- {sequence: [pay.down, pay.ok]}\n",
        "scenarios/order/sad.yaml": "description: All fails.\nscenarios: [shop.down]\n",
    }
    catalog = loaded(tmp_path, BASE | files)

    assert catalog.compositions["order.happy"].entries == ("shop.ok", Sequence(("pay.down", "pay.ok")))
    assert catalog.compositions["order.sad"].description == "All fails."
    assert "order.happy" in catalog.scenario_names()


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (
            {"scenarios/a/b.yaml": "[shop.okk]"},
            "scenarios/a/b.yaml:1: There is no scenario 'shop.okk'. Did you mean shop.ok",
        ),
        ({"scenarios/a/b.yaml": "[shop.ok, shop.down]"}, "scenarios/a/b.yaml:1: shop is selected twice"),
        ({"scenarios/a/b.yaml": "[]"}, "scenarios/a/b.yaml:1: a composition is a list of scenarios"),
        ({"scenarios/a/b.yaml": "5"}, "scenarios/a/b.yaml:1: a composition is a list of scenarios, not a number"),
        ({"scenarios/a/b.yaml": "scenarois: [shop.ok]"}, "scenarios/a/b.yaml:1: a composition has no key 'scenarois'"),
        ({"scenarios/a/b.yaml": "- shop.ok\n- 5\n"}, "scenarios/a/b.yaml:2: a number ('5') is no scenario"),
        ({"scenarios/a/b.yaml": "- {sequence: shop.ok}\n"}, "scenarios/a/b.yaml:1: a mapping is no scenario"),
        ({"scenarios/a/b.yaml": "[a.b]"}, "scenarios/a/b.yaml:1: the composition goes in a circle: a.b → a.b"),
        (
            {"scenarios/a/b.yaml": "[a.c]", "scenarios/a/c.yaml": "[shop.ok, a.b]"},
            "scenarios/a/b.yaml:1: the composition goes in a circle: a.b → a.c → a.b",
        ),
        ({"scenarios/a b/c.yaml": "[shop.ok]"}, "scenarios/a b/c.yaml:1: 'a b' is no name of a composition"),
        ({"scenarios/a/b.c.yaml": "[shop.ok]"}, "scenarios/a/b.c.yaml:1: 'b.c' is no name of a composition"),
        (
            {"scenarios/shop/ok.yaml": "[pay.ok]"},
            "scenarios/shop/ok.yaml:1: shop.ok is also a scenario of the service shop",
        ),
        (
            {"scenarios/a/b.yaml": "[shop.ok]", "scenarios/a/b.json": '["pay.ok"]'},
            "scenarios/a/b.yaml:1: there are two files for a.b",
        ),
    ],
)
def test_mistakes(tmp_path, files, expected):
    found = told(tmp_path, BASE | files)

    assert any(problem.startswith(expected) for problem in found), found


def test_every_wrong_name_is_told_where_it_stands(tmp_path):
    files = {"scenarios/a/b.yaml": "- shop.okk\n- pay.ok\n- sequence: [pay.no, pay.down, pay.none]\n- shop.nothing\n"}

    assert [problem.partition(".yaml:")[2][:31] for problem in told(tmp_path, BASE | files)] == [
        "1: There is no scenario 'shop.o",
        "3: There is no scenario 'pay.no",
        "3: There is no scenario 'pay.no",
        "4: There is no scenario 'shop.n",
    ]


@pytest.mark.parametrize("file", ["internal/pay.yaml", "internal/pay/service.yaml"])
def test_a_service_that_cannot_be_read_is_told_once(tmp_path, file):
    files = {SHOP: ROUTE, file: "routes: {", "scenarios/a/b.yaml": "- pay.ok\n- shop.oops\n"}

    found = told(tmp_path, files)

    assert [problem.partition(":")[0] for problem in found] == [file, "scenarios/a/b.yaml"]
    assert "shop.oops" in found[1]


def test_one_that_leads_into_a_circle_is_not_told_again(tmp_path):
    files = {"scenarios/a/b.yaml": "[a.b]", "scenarios/a/outside.yaml": "[a.b, shop.ok]"}

    assert len(told(tmp_path, BASE | files)) == 1


def test_the_same_part_twice_is_no_circle(tmp_path):
    files = {
        "scenarios/a/base.yaml": "[shop.ok]",
        "scenarios/a/one.yaml": "[a.base]",
        "scenarios/a/two.yaml": "[a.base, a.one]",
    }

    assert "a.two" in loaded(tmp_path, BASE | files).compositions


def test_an_empty_file_is_told_once(tmp_path):
    assert told(tmp_path, BASE | {"scenarios/a/b.yaml": ""}) == ["scenarios/a/b.yaml:1: the file is empty"]


def test_one_that_names_what_is_gone_breaks_only_who_uses_it(tmp_path):
    files = {
        "scenarios/a/good.yaml": "[shop.down]",
        "scenarios/a/gone.yaml": "- pay.ok\n- stock.none\n",
        "scenarios/a/above.yaml": "[a.gone]",
    }
    shop = Player(loaded(tmp_path, BASE | files))

    shop.play("shop.ok")
    assert shop.reply("GET /x").status == 200
    shop.play("a.good")
    assert shop.reply("GET /x").status == 503
    for name in ("a.gone", "a.above"):
        with pytest.raises(SelectionError, match=r"cannot be played:\n.*There is no scenario"):
            shop.play(name)
    assert "a.gone" in shop.catalog.scenario_names()
    assert [problem.line for problem in shop.catalog.problems] == [1, 2]


def test_an_error_that_breaks_all_tells_the_rest_too(tmp_path):
    files = {"scenarios/a/gone.yaml": "- stock.none\n", "scenarios/a/b.yaml": "[a.b]"}

    assert len(told(tmp_path, BASE | files)) == 2

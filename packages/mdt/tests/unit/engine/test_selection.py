"""Names, sequences and compositions become one choice, or an error that says what to write instead."""

import pytest

from mdt.definitions import Catalog
from mdt.engine.choice import EMPTY, Choice, Sequence
from mdt.engine.selection import resolve
from mdt.errors import SelectionError, UnknownScenarioError
from tests.unit.folders import loaded

SERVICE = """
    routes:
      GET /: {ok: {json: 1}, down: {status: 503}, slow: {json: 2}}
"""
VIRTUAL = """
from mdt import VirtualService, get
class Shop(VirtualService):
    @get("/")
    def index(self) -> int:
        return 1
"""


@pytest.fixture
def catalog(tmp_path) -> Catalog:
    return loaded(
        tmp_path,
        {
            "internal/shop/service.yaml": SERVICE,
            "internal/shop/virtual.py": VIRTUAL,
            "internal/pay.yaml": SERVICE,
            "scenarios/order/happy.yaml": "[shop.ok, pay.ok]",
            "scenarios/order/late.yaml": "{scenarios: [order.happy, pay.slow]}",
            "scenarios/order/flaky.yaml": "[{sequence: [pay.down, pay.ok]}]",
            "scenarios/order/real.yaml": "[shop.virtual, pay.ok]",
        },
    )


def names(choice: Choice) -> dict[str, tuple[str, ...]]:
    return dict(choice.names)


@pytest.mark.parametrize(
    ("wanted", "expected", "virtual"),
    [
        ("shop.ok", {"shop": ("ok",)}, set()),
        (["shop.ok", "pay.down"], {"shop": ("ok",), "pay": ("down",)}, set()),
        (("shop.ok",), {"shop": ("ok",)}, set()),
        (iter(["shop.ok"]), {"shop": ("ok",)}, set()),
        (Sequence(("pay.down", "pay.ok")), {"pay": ("down", "ok")}, set()),
        (["shop.ok", Sequence(("pay.down", "pay.ok"))], {"shop": ("ok",), "pay": ("down", "ok")}, set()),
        ("order.happy", {"shop": ("ok",), "pay": ("ok",)}, set()),
        ("order.late", {"shop": ("ok",), "pay": ("slow",)}, set()),
        ("order.flaky", {"pay": ("down", "ok")}, set()),
        (["order.happy", "pay.down"], {"shop": ("ok",), "pay": ("down",)}, set()),
        (["pay.down", "order.happy"], {"shop": ("ok",), "pay": ("down",)}, set()),
        (["order.happy", "order.late"], {"shop": ("ok",), "pay": ("slow",)}, set()),
        (["order.late", "order.happy"], {"shop": ("ok",), "pay": ("ok",)}, set()),
        ("shop.virtual", {}, {"shop"}),
        (["shop.virtual", "shop.down"], {"shop": ("down",)}, {"shop"}),
        (["shop.down", "shop.virtual"], {"shop": ("down",)}, {"shop"}),
        (Sequence(("shop.down", "shop.virtual")), {"shop": ("down", "virtual")}, {"shop"}),
        (["order.happy", "shop.virtual"], {"pay": ("ok",)}, {"shop"}),
        (["order.real", "shop.down"], {"shop": ("down",), "pay": ("ok",)}, {"shop"}),
    ],
)
def test_choices(catalog, wanted, expected, virtual):
    choice = resolve(catalog, wanted)

    assert names(choice) == expected
    assert choice.virtual == virtual


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ("shop.okk", "Did you mean shop.ok"),
        ("shp.ok", "Did you mean shop.ok"),
        ("Shop.OK", "Did you mean shop.ok"),
        ("order.hapy", "Did you mean order.happy"),
        ("shop", "shop."),
        ("pay.virtual", "Did you mean"),
        ("zzz", "Known: order.flaky, order.happy"),
        (["shop.ok", "pay.nope"], "pay."),
        (Sequence(("pay.down", "pay.okk")), "Did you mean pay.ok"),
    ],
)
def test_unknown_names_bring_the_closest(catalog, wanted, hint):
    with pytest.raises(UnknownScenarioError, match=hint):
        resolve(catalog, wanted)


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ([], "Nothing is selected"),
        (["shop.ok", "shop.down"], "shop is selected twice: shop.ok and shop.down. Keep one, or write sequence"),
        (["shop.ok", "shop.ok"], "shop is selected twice"),
        (["shop.virtual", "shop.virtual"], "shop is selected twice"),
        (["pay.ok", Sequence(("pay.down", "pay.ok"))], "pay is selected twice: pay.ok and pay.down → ok"),
        (Sequence(()), "at least one"),
        (Sequence(("pay.ok", "shop.ok")), "belongs to one service; this one names pay, shop"),
        ([1], "1 is no scenario"),
        ([None], "None is no scenario"),
    ],
)
def test_selections_that_mean_nothing(catalog, wanted, reason):
    with pytest.raises(SelectionError, match=reason):
        resolve(catalog, wanted)


def test_an_inner_choice_wins_service_by_service():
    outer = Choice({"shop": ("ok",), "pay": ("down",)})
    inner = Choice({"pay": ("ok",)})

    assert names(inner.over(outer)) == {"shop": ("ok",), "pay": ("ok",)}
    assert names(outer.over(inner)) == {"shop": ("ok",), "pay": ("down",)}


def test_a_scenario_over_a_virtual_service_leaves_it_below():
    virtual = Choice(virtual=frozenset({"shop"}))
    down = Choice({"shop": ("down",)})

    assert down.over(virtual) == Choice({"shop": ("down",)}, frozenset({"shop"}))
    assert virtual.over(down) == virtual


def test_labels():
    choice = Choice({"pay": ("down", "ok"), "shop": ("ok",)}, frozenset({"shop"}))

    assert choice.labels() == ("shop.virtual", "pay.down → ok", "shop.ok")
    assert choice.label("shop") == "shop.virtual + shop.ok"
    assert choice.label("pay") == "pay.down → ok"
    assert choice.label("none") == ""
    assert EMPTY.labels() == ()


def test_a_choice_cannot_be_changed():
    with pytest.raises(TypeError):
        EMPTY.names["shop"] = ("ok",)

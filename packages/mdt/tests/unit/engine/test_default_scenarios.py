"""What a route plays when nothing is selected: the default of the service, or one that the route names for itself."""

from pathlib import Path

import pytest

from mdt.definitions import Catalog
from mdt.engine.choice import VIRTUAL
from mdt.lint.rules import warnings_of
from mdt.recording.overlay import with_dispatcher
from tests.unit.folders import SHOP, Player, loaded

FILE = """
    service: shop
    default: ok
    routes:
      GET /a: {ok: {text: a}, down: {status: 503}}
      GET /old: {default: gone, down: {status: 503}, gone: {status: 410}}
      GET /odd: {ok: {text: odd}, default: {status: 418}}
      GET /none: {other: {text: none}}
"""
STATUSES = (  # what is selected, the statuses of /a, /old and /odd
    ((), [200, 410, 200]),
    (("shop.down",), [503, 503, 200]),
    (("shop.default",), [200, 410, 418]),
)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return loaded(tmp_path, {SHOP: FILE})


@pytest.mark.parametrize(("selected", "statuses"), STATUSES)
def test_a_route_may_have_a_default_of_its_own(
    catalog: Catalog, selected: tuple[str, ...], statuses: list[int]
) -> None:
    shop = Player(catalog, selected or None)

    assert [shop.reply(f"GET {path}").status for path in ("/a", "/old", "/odd")] == statuses
    assert "it has other" in str(shop.miss("GET /none").criteria)


def test_a_preference_sees_it_as_what_would_be_played(catalog: Catalog) -> None:
    assert Player(catalog).reply("GET /old", headers={"prefer": "dynamic=false"}).status == 410


def test_only_routes_without_any_default_are_warned_about(catalog: Catalog) -> None:
    told = [str(one.problem) for one in warnings_of(catalog) if "answers nothing until" in str(one.problem)]

    assert [text for text in told if "GET /none" not in text] == []
    assert len(told) == 1


def test_what_lies_over_the_service_answers_in_place_of_it(catalog: Catalog) -> None:
    service = catalog.services["shop"]

    over = with_dispatcher(catalog, service, None).services["shop"]  # type: ignore[arg-type] - nobody asks it here
    beside = with_dispatcher(catalog, service, None, known=True).services["shop"]  # type: ignore[arg-type]

    assert [over.default_of(route) in route.scenarios for route in over.routes] == [False] * 4
    known = {route.label: route.scenarios.get(beside.default_of(route)) for route in beside.routes}
    assert [label for label, scenario in known.items() if scenario] == ["GET /a", "GET /old", "GET /odd"]
    assert beside.default == VIRTUAL

"""Cases by name: exact, with variants, by pattern; a name that fits nothing is an error with a suggestion."""

import pytest

from faultlab.cases.catalogue import UnknownCaseError, chosen, matrix, specs
from faultlab.cases.plan import plan
from tests.unit.world import Shop, spec

KNOWN = [spec(name) for name in ("FT-001", "FT-002", "FT-002a", "FT-002b", "FT-0021", "reset-m5-1", "reset-m5-8")]


def ids(found):
    return [one.id for one in found]


def shops_plan():
    """Without what needs a profile that the shop has not."""
    return [one for one in plan() if one.profile != "single"]


def test_a_case_whose_profile_the_service_has_not_is_left_out(monkeypatch):
    monkeypatch.setattr(Shop, "profiles", Shop.profiles | {"single": Shop.profiles["quick"]})

    assert ids(specs(Shop())) == [*ids(plan()), *ids(matrix())]


def test_all_cases_are_the_plans_the_services_own_and_the_matrix(monkeypatch):
    monkeypatch.setattr(Shop, "cases", lambda _: [spec("OWN-1")], raising=False)

    assert ids(specs(Shop(), (2,))) == [*ids(shops_plan()), "OWN-1", *ids(matrix((2,)))]


def test_a_service_may_have_no_cases_of_its_own():
    assert ids(specs(Shop())) == [*ids(shops_plan()), *ids(matrix())]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([], ids(KNOWN)),
        (["FT-001"], ["FT-001"]),
        (["FT-002"], ["FT-002", "FT-002a", "FT-002b"]),
        (["FT-002a"], ["FT-002a"]),
        (["reset-*"], ["reset-m5-1", "reset-m5-8"]),
        (["*-m5-8"], ["reset-m5-8"]),
        (["reset-m5-8", "FT-001", "FT-0*1"], ["FT-001", "FT-0021", "reset-m5-8"]),
        (["*"], ids(KNOWN)),
    ],
)
def test_names_choose_in_the_order_of_the_cases_each_once(names, found):
    assert ids(chosen(KNOWN, names)) == found


@pytest.mark.parametrize("name", ["FT-00", "ft-001", "reset", "reset-m5-", "RESET-*", "reset-m5-?", ""])
def test_a_part_of_a_name_is_none(name):
    with pytest.raises(UnknownCaseError, match="There is no case"):
        chosen(KNOWN, ["FT-001", name])


def test_an_unknown_name_comes_with_the_closest():
    with pytest.raises(UnknownCaseError) as caught:
        chosen(KNOWN, ["ft-001"])

    assert str(caught.value).startswith("There is no case 'ft-001'. Did you mean FT-001")


def test_a_name_like_no_other_is_sent_to_the_list():
    with pytest.raises(UnknownCaseError, match=r"There is no case 'x'\. `faultlab list` names them\."):
        chosen([spec(f"case-{number}") for number in range(30)], ["x"])

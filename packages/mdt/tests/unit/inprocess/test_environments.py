"""Environments and data sets of mock_scenario: by keyword, by pytest, by variable, by mdt.yaml."""

import pytest
import requests

from mdt import mock_scenario
from mdt.api import UnusedScenarioError, default_scenarios
from mdt.errors import MdtError, UnknownDatasetError, UnknownEnvironmentError
from mdt.inprocess.pytest_context import PYTEST
from tests.unit.folders import SHOP, write

pytestmark = pytest.mark.may_be_void("about an environment, whatever is called in it")

FILES = {
    SHOP: 'default: ok\nroutes:\n  GET /users: {ok: {json: "{{ shared.users }}"}, none: {json: []}}\n',
    "mdt.yaml": """
        environment: ci
        environments:
          ci:   {dataset: few}
          slow: {dataset: many, latency: 30ms, strict: true}
        """,
    "shared/users.json": '[{"id": "a"}]',
    "datasets/few/users.json": '[{"id": "few"}]',
    "datasets/many/users.json": '[{"id": "b"}, {"id": "c"}]',
}


@pytest.fixture
def mocks(tmp_path):
    return write(tmp_path, FILES)


def users() -> list[str]:
    return [row["id"] for row in requests.get("http://shop.internal/users", timeout=5).json()]


PLACES = [
    ({}, {}, {}, ["a", "few"]),
    ({"env": "slow"}, {}, {}, ["a", "b", "c"]),
    ({"dataset": "many"}, {}, {}, ["a", "b", "c"]),
    ({"env": "slow", "dataset": "shared"}, {}, {}, ["a"]),
    ({}, {"env": "slow"}, {}, ["a", "b", "c"]),
    ({"env": "ci"}, {"env": "slow"}, {}, ["a", "few"]),
    ({}, {"dataset": "shared"}, {}, ["a"]),
    ({"dataset": "many"}, {"dataset": "shared"}, {}, ["a", "b", "c"]),
    ({}, {}, {"MDT_ENV": "slow"}, ["a", "b", "c"]),
    ({}, {}, {"MDT_DATASET": "shared"}, ["a"]),
    ({}, {"env": "ci"}, {"MDT_ENV": "slow", "MDT_DATASET": "shared"}, ["a", "few"]),
]


@pytest.mark.parametrize(("keywords", "plugin", "variables", "expected"), PLACES)
def test_who_says_it_wins(mocks, monkeypatch, keywords, plugin, variables, expected) -> None:
    for name, value in plugin.items():
        monkeypatch.setattr(PYTEST, name, value)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    with default_scenarios(mocks=mocks, **keywords):
        assert users() == expected


def test_a_strict_environment_fails_what_is_never_used(mocks) -> None:
    with pytest.raises(UnusedScenarioError), mock_scenario("shop.none", mocks=mocks, env="slow"):
        pass
    with mock_scenario("shop.none", mocks=mocks, env="slow", strict=False):
        pass
    with mock_scenario("shop.none", mocks=mocks):
        pass


def test_its_latency_is_waited_for(mocks) -> None:
    with default_scenarios(mocks=mocks, env="slow"):
        assert requests.get("http://shop.internal/users", timeout=5).elapsed.total_seconds() >= 0.03


def test_entering_another_one_in_the_middle(mocks) -> None:
    with default_scenarios(mocks=mocks) as block:
        block.enter(dataset="many")
        assert users() == ["a", "b", "c"]
        block.enter("slow", "shared")
        assert users() == ["a"]
        with pytest.raises(UnknownDatasetError, match="Did you mean many"):
            block.enter(dataset="man")


@pytest.mark.parametrize(
    ("keywords", "error"), [({"env": "slwo"}, UnknownEnvironmentError), ({"dataset": "few2"}, UnknownDatasetError)]
)
def test_unknown_names_begin_nothing(mocks, keywords, error) -> None:
    with pytest.raises(error, match="Did you mean"), default_scenarios(mocks=mocks, **keywords):
        raise AssertionError("it began")


def test_a_nested_block_stays_in_the_environment_of_the_outer_one(mocks) -> None:
    with default_scenarios(mocks=mocks, env="slow"):
        with default_scenarios(mocks=mocks, env="slow"):
            assert users() == ["a", "b", "c"]
        with pytest.raises(MdtError, match="Give the outer one"), default_scenarios(mocks=mocks, env="ci"):
            raise AssertionError("it began")
        with pytest.raises(MdtError, match="Give the outer one"), default_scenarios(dataset="few"):
            raise AssertionError("it began")

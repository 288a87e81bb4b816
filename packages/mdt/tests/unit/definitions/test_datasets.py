"""The folders of datasets/ and the environments of mdt.yaml: what is refused, and where."""

import pytest

from mdt.definitions.datasets import generation_problems
from mdt.engine.answers import Fixed
from tests.unit.folders import loaded, told

ABOUT = "datasets/a/dataset.yaml"
MISTAKES = [
    ({ABOUT: "extend: b"}, f"{ABOUT}:1: dataset.yaml has no key 'extend'. Did you mean extends?"),
    ({ABOUT: "\nextends: bb", "datasets/bbb/x.json": "1"}, f"{ABOUT}:2: There is no data set 'bb'. Did you mean bbb?"),
    ({ABOUT: "extends: a"}, f"{ABOUT}:1: the data set goes in a circle: a → a"),
    ({ABOUT: "extends: b", "datasets/b/dataset.yaml": "extends: a"}, f"{ABOUT}:1: the data set goes in a circle: a → b → a"),
    ({ABOUT: "replace: products"}, f"{ABOUT}:1: `replace` is a list of names of files in shared/, not a text ('products')"),
    ({ABOUT: "generate: [1]"}, f"{ABOUT}:1: `generate` is a mapping, not a list"),
    ({ABOUT: "generate:\n  x: '{{ rowz(1, 2) }}'"}, f"{ABOUT}:2: the template '{{{{ rowz(1, 2) }}}}' names 'rowz'."),
    ({"datasets/shared/x.json": "1"}, "datasets/shared:1: 'shared' means the data of shared/ alone"),
    ({"datasets/a b/x.json": "1"}, "datasets/a b:1: 'a b' is no name of a data set"),
    ({"datasets/a/x.json": "[1" }, "datasets/a/x.json:1: this is no JSON"),
    ({"datasets/a/x.json": "1", "datasets/a/x.yaml": "1"}, "datasets/a/x.yaml:1: there are two files for shared.x"),
    ({"mdt.yaml": "environments: {dev: {dataset: few}}"}, "mdt.yaml:1: There is no data set 'few'. Known: shared"),
    ({"mdt.yaml": "environments: {dev: {data: few}}"}, "mdt.yaml:1: an environment has no key 'data'. Did you mean dataset?"),
    ({"mdt.yaml": "environments: {dev: {strict: maybe}}"}, "mdt.yaml:1: 'strict' is true or false, not a text ('maybe')"),
    ({"mdt.yaml": "environments: {dev: {latency: quick}}"}, "mdt.yaml:1: 'quick' is no duration up to a day"),
    ({"mdt.yaml": "environments: {dev: {latency: {normal: 1s}}}"}, "mdt.yaml:1: `latency` is a duration, or one of fixed"),
    ({"mdt.yaml": "environments: [dev]"}, "mdt.yaml:1: `environments` is a mapping, not a list"),
    ({"mdt.yaml": "environment: dve\nenvironments: {dev: {}}"}, "mdt.yaml:1: There is no environment 'dve'. Did you mean dev?"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), MISTAKES)
def test_mistakes(tmp_path, files, expected) -> None:
    assert any(one.startswith(expected) for one in told(tmp_path, files)), told(tmp_path, files)


def test_a_link_out_of_the_folder_is_not_read(tmp_path) -> None:
    (tmp_path / "secret.json").write_text('{"password": 1}')
    loaded(tmp_path, {"datasets/a/x.json": "1"})
    (tmp_path / "mocks/datasets/a/y.json").symlink_to(tmp_path / "secret.json")

    assert "y.json lies outside of mocks/" in told(tmp_path, {})[0]


def test_an_environment_has_all_of_its_keys(tmp_path) -> None:
    text = "environment: ci\nenvironments: {ci: {description: Checks., dataset: a, latency: 5ms, strict: true}, dev:}"
    settings = loaded(tmp_path, {"mdt.yaml": text.replace(", dev:", ""), "datasets/a/x.json": "1"}).settings

    (found,) = settings.environments.values()
    assert (settings.environment, found.name, found.description) == ("ci", "ci", "Checks.")
    assert (found.dataset, found.latency, found.strict, found.line) == ("a", Fixed(0.005), True, 2)


def test_rows_that_cannot_be_generated_are_told_by_lint_and_stop_nothing_else(tmp_path) -> None:
    catalog = loaded(tmp_path, {ABOUT: "generate: {x: '{{ shared.none }}'}", "datasets/b/dataset.yaml": "extends: a"})

    first, second = generation_problems(catalog.data)
    assert first.message.startswith("the data set a cannot be made: there is no 'none' in {}")
    assert second.message.startswith("the data set b cannot be made")

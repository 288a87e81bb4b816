"""Data sets on the command line, without a server: listed, linted, debugged."""

import re
import shlex
from pathlib import Path

from tests.unit.cli.support import TREE, document, run, tree

FILES = {
    **TREE,
    "mdt.yaml": """
        environments:
          dev:  {description: For a quick look., dataset: few}
          perf: {latency: {lognormal: {median: 80ms, sigma: 0.4, max: 3s}}, strict: true}
        """,
    "datasets/few/dataset.yaml": "description: One order.\nreplace: [orders]",
    "datasets/few/orders.json": '[{"id": "only"}]',
}


def test_list_shows_environments_and_data_sets(tmp_path: Path) -> None:
    tree(tmp_path, FILES)

    found = document("mock", "list", "--datasets")

    latency = {"lognormal": {"median": 0.08, "sigma": 0.4, "most": 3.0}}
    assert found["environments"] == [
        {"name": "dev", "description": "For a quick look.", "dataset": "few", "latency": None, "strict": None},
        {"name": "perf", "description": "", "dataset": "shared", "latency": latency, "strict": True},
    ]
    assert [(one["name"], one["extends"]) for one in found["datasets"]] == [("shared", None), ("few", "shared")]
    plain = run("mock", "list", "--datasets").stdout
    assert plain == "environment dev few\nenvironment perf shared\ndataset shared\ndataset few\n"


def test_in_a_terminal_it_is_a_table(tmp_path: Path, monkeypatch) -> None:
    tree(tmp_path, FILES)
    monkeypatch.setattr("mdt.cli.mock.datasets.interactive", lambda: True)

    text = run("mock", "list", "--datasets").stdout

    assert "lognormal median 0.08, sigma 0.4, most 3" in text
    assert "For a quick look." in text


def test_debug_answers_with_the_data_set(tmp_path: Path) -> None:
    tree(tmp_path, FILES)
    words = ("mock", "debug", "--service", "shop", "--scenario", "ok", "--request", "GET /orders/only")

    assert run(*words).exit_code == 1
    found = run(*words, "--env", "dev")
    assert found.exit_code == 0
    assert "plays in dev, data few" in found.stdout
    assert '"id": "only"' in found.stdout
    assert run(*words, "--env", "perf", "--dataset", "few", "--lang", "zh").stdout.count("perf，数据 few") == 1
    assert "Did you mean perf?" in run(*words, "--env", "pref").stderr


def test_the_example_request_has_an_id_of_the_data_set(tmp_path: Path) -> None:
    tree(tmp_path, FILES)

    found = document("mock", "debug", "--service", "shop", "--scenario", "ok", "--dataset", "few")

    assert found["routes"][1]["request"]["url"] == "/orders/only"


def test_lint_makes_every_data_set(tmp_path: Path) -> None:
    tree(tmp_path, {**FILES, "datasets/odd/dataset.yaml": "generate: {orders: '{{ rows(100001, 1) }}'}"})

    result = run("mock", "lint")

    assert result.exit_code == 1
    expected = "mocks/datasets/odd/dataset.yaml:1: the data set odd cannot be made: rows() makes at most 100000 rows"
    assert expected in result.stdout


def test_lint_warns_of_a_data_set_for_data_that_nothing_uses(tmp_path: Path) -> None:
    tree(tmp_path, {**FILES, "datasets/few/oders.json": "[]"})

    result = run("mock", "lint")

    assert "mocks/datasets/few/oders.json:1: nothing uses shared.oders" in result.stdout
    assert result.stdout.count("nothing uses") == 1


def test_the_commands_of_the_page_print_what_it_shows() -> None:
    page = (Path(__file__).parents[3] / "docs" / "datasets.md").read_text(encoding="utf-8")
    commands, shown = (re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL)[0] for kind in ("sh", "text"))

    create, listed, debug = (run(*shlex.split(one)[1:]) for one in commands.splitlines())

    assert create.exit_code == 0
    assert listed.stdout == shown
    assert debug.exit_code == 1  # the minimal data set has no p2
    assert "there is no row with id='p2'" in debug.stdout


def test_the_definitions_of_the_page_load(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "datasets.md").read_text(encoding="utf-8")
    dataset, settings = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)

    run("mock", "create")
    (tmp_path / "mocks/datasets/stress/dataset.yaml").write_text(dataset, encoding="utf-8")
    (tmp_path / "mocks/mdt.yaml").write_text(settings, encoding="utf-8")

    assert run("mock", "lint").stdout == "mocks: problems 0, warnings 0\n"

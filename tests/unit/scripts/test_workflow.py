"""The workflow: versions that are text, actions that are pinned, commands that exist."""

import re
import tomllib

import yaml

from tools.project import ROOT

WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
STEPS = [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]


def test_versions_of_python_are_text_and_begin_with_the_oldest_that_is_supported():
    versions = WORKFLOW["jobs"]["test"]["strategy"]["matrix"]["python"]
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]

    assert all(isinstance(version, str) and re.fullmatch(r"3\.\d\d", version) for version in versions)
    assert f">={versions[0]}" == oldest
    assert versions[0] in next(step["run"] for step in STEPS if ".ci/run" in step.get("run", ""))


def test_every_action_is_pinned_to_a_release():
    used = [step["uses"] for step in STEPS if "uses" in step]

    assert used
    assert [name for name in used if not re.fullmatch(r"[\w-]+/[\w-]+@v\d+\.\d+\.\d+", name)] == []


def test_every_command_of_make_exists():
    text = (ROOT / ".ci/run").read_text() + "".join(step.get("run", "") for step in STEPS)
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"\bmake ([a-z-]+)", text)) - targets == set()

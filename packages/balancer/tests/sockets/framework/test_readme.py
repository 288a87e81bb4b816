"""The README's programs, as they are written there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.framework import Environment, ProviderConfig, Scenario

PACKAGE = Path(__file__).parents[3]
ADDRESS, MODEL = "http://127.0.0.1:9090", "claude-sonnet-5"


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_both_sdks_get_an_answer_with_the_lines_of_the_readme(name):
    """Only the address is another one: here every balancer has a port of its own."""
    (program,) = re.findall(r"```python\n(.+?)```", (PACKAGE / name).read_text(), re.DOTALL)
    assert program.count(ADDRESS) == 2
    scenario = Scenario("readme", [ProviderConfig("p1")], model_name=MODEL)
    with Environment(scenario) as env:
        command = [sys.executable, "-c", program.replace(ADDRESS, env.balancer_url)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

        assert (done.returncode, done.stderr) == (0, "")
        assert [one["path"] for one in env.gateway.requests()] == ["/v1/chat/completions", "/v1/messages"]
        assert {one.status for one in env.journal()} == {200}

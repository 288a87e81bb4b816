"""Runs commands of faultlab in this process."""

import json
from collections.abc import Mapping
from typing import Any

from click.testing import CliRunner, Result

from faultlab.cli import main


def run(*arguments: object, lang: str = "en", env: Mapping[str, str] | None = None) -> Result:
    """stdout and stderr apart. `env` comes over a clean one."""
    clean = dict.fromkeys(("MDT_LANG", "LC_ALL", "LC_MESSAGES"))
    given = {**clean, "FAULTLAB_LANG": lang, **(env or {})}
    return CliRunner().invoke(main, [str(one) for one in arguments], env=given, catch_exceptions=False)


def document(*arguments: object, code: int = 0) -> Any:
    """What --json prints."""
    result = run(*arguments, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)

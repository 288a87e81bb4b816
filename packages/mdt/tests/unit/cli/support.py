"""Runs commands in this process, and has a small tree of definitions to run them on."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from mdt.cli import main
from tests.unit.folders import write

SHOP = """\
    service: shop
    title: 商店
    url: ${SHOP_URL:-http://shop.internal/api}
    default: ok
    routes:
      POST /orders:
        match: {json: {id: {type: string}, count: {type: integer, min: 2}}}
        ok:
          description: Taken.
          status: 201
          json: {id: "{{ req.json.id }}"}
        full:  {status: 409, json: {error: FULL}}
        flaky: {sequence: [full, ok]}
        lost:  {fault: connection-reset, latency: 20ms}
      GET /orders/{id}:
        ok: {json: "{{ shared.orders | by(id=path.id) }}"}
    """
TREE = {
    "internal/shop.yaml": SHOP,
    "shared/orders.json": '[{"id": "a"}]',
    "scenarios/flow/happy.yaml": "description: All is well.\nscenarios: [shop.ok]",
}


def tree(root: Path, files: Mapping[str, str] = TREE) -> Path:
    return write(root, files)


def run(*arguments: object, lang: str = "en", env: Mapping[str, str] | None = None) -> Result:
    """stdout and stderr apart. `env` comes over a clean one."""
    clean = dict.fromkeys(("MDT_MOCKS", "MDT_SERVER", "MDT_SESSION", "MDT_TOKEN", "LC_ALL", "LC_MESSAGES"))
    given = {**clean, "MDT_LANG": lang, **(env or {})}
    return CliRunner().invoke(main, [str(one) for one in arguments], env=given, catch_exceptions=False)


def document(*arguments: object, code: int = 0) -> Any:
    """What --json prints."""
    result = run(*arguments, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def with_contract(project: Path, file: str, text: str, endpoint: str = "/a") -> None:
    """A service file that names the contract `contracts/shop/1.0.0.json` of its project."""
    contract = {
        "service": "shop",
        "version": "1.0.0",
        "apis": [{"endpoint": endpoint, "method": "GET", "response": {}}],
    }
    (project / "contracts/shop").mkdir(parents=True)
    (project / "contracts/shop/1.0.0.json").write_text(json.dumps(contract), encoding="utf-8")
    path = project / file
    path.parent.mkdir(parents=True, exist_ok=True)
    reference = "../" * len(path.parent.relative_to(project).parts) + "contracts/shop/1.0.0.json"
    path.write_text(re.sub(r"(?m)^service: .*$", rf"\g<0>\ncontract: {reference}", text, count=1), encoding="utf-8")

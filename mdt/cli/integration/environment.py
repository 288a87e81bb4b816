"""The environment in which the tests run: where each service is, the server, the session, what the recorder needs."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from mdt.cli.mock.lint_tree import Tree
from mdt.definitions import Catalog

RECORDER = "mdt.cli.integration.recorder"
PLUGINS = "PYTEST_PLUGINS"
SERVER, SESSION, MOCKS = "MDT_SERVER", "MDT_SESSION", "MDT_MOCKS"
RECORDS, VARIABLES, SCENARIOS = "MDT_RECORDS", "MDT_VARIABLES", "MDT_SCENARIOS"  # for the recorder
_WHOLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-[^}]*)?\}", re.ASCII)


def variable_names(catalog: Catalog) -> dict[str, str]:
    """By service: the variable that its `url` consists of, else <SERVICE>_URL."""
    tree = Tree.of(catalog)
    return {name: _variable(name, tree.tables[one.file].get("url", "")) for name, one in catalog.services.items()}


def _variable(service: str, url: str) -> str:
    found = _WHOLE.fullmatch(url)
    return found[1] if found else re.sub(r"\W|-", "_", service).upper() + "_URL"


def environment(
    base: Mapping[str, str], catalog: Catalog, *, server: str, session: str, scenarios: tuple[str, ...], records: Path
) -> dict[str, str]:
    """`base` with everything that the tests and the recorder need."""
    names = variable_names(catalog)
    plugins = ",".join(filter(None, [base.get(PLUGINS, ""), RECORDER]))
    return {
        **base,
        **addresses(names, server, session),
        SERVER: server,
        SESSION: session,
        MOCKS: str(catalog.folder.resolve()),
        PLUGINS: plugins,
        RECORDS: str(records),
        VARIABLES: json.dumps(names),
        SCENARIOS: json.dumps(scenarios),
    }


def addresses(names: Mapping[str, str], server: str, session: str) -> dict[str, str]:
    """Variable → address. The session is in the path: calls that name none in a header belong to this one."""
    return {variable: address(server, session, service) for service, variable in names.items()}


def address(server: str, session: str, service: str) -> str:
    return f"{server}/_s/{session}/{service}"

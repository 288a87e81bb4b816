"""Makes the environment variables of the tests: services, server, session, recorder."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mdt.definitions import Catalog
from mdt.language import SETTINGS, language
from mdt.lint.source_tree import SourceTree

RECORDER = "mdt.cli.integration.recorder"
PLUGINS = "PYTEST_PLUGINS"
SERVER, SESSION, TOKEN, MOCKS = "MDT_SERVER", "MDT_SESSION", "MDT_TOKEN", "MDT_MOCKS"
ENV, DATA = "MDT_ENV", "MDT_DATASET"
RECORDS, VARIABLES, SCENARIOS = "MDT_RECORDS", "MDT_VARIABLES", "MDT_SCENARIOS"  # for the recorder
_WHOLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-[^}]*)?\}", re.ASCII)


def variable_names(catalog: Catalog) -> dict[str, str]:
    """The variable of each service: the one that its `url` consists of, else <SERVICE>_URL."""
    tree = SourceTree.of(catalog)
    return {name: _variable(name, tree.tables[one.file].get("url", "")) for name, one in catalog.services.items()}


def _variable(service: str, url: str) -> str:
    found = _WHOLE.fullmatch(url)
    return found[1] if found else re.sub(r"\W|-", "_", service).upper() + "_URL"


def environment(
    base: Mapping[str, str],
    catalog: Catalog,
    *,
    server: str,
    token: str | None,
    opened: Mapping[str, Any],
    scenarios: tuple[str, ...],
    records: Path,
) -> dict[str, str]:
    """`base` with the variables of tests and recorder; `opened` is the session of the run."""
    names = variable_names(catalog)
    plugins = ",".join(filter(None, [base.get(PLUGINS, ""), RECORDER]))
    return {
        **base,
        **addresses(names, opened),
        SERVER: server,
        **({TOKEN: token} if token else {}),
        SETTINGS[0]: language(),
        MOCKS: str(catalog.folder.resolve()),
        PLUGINS: plugins,
        RECORDS: str(records),
        VARIABLES: json.dumps(names),
        SCENARIOS: json.dumps(scenarios),
    }


def addresses(names: Mapping[str, str], opened: Mapping[str, Any]) -> dict[str, str]:
    """The session, and the address for each variable. Its path holds the session, for calls that name none."""
    return {SESSION: opened["id"], **{variable: opened["urls"][service] for service, variable in names.items()}}

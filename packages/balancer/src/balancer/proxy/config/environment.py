"""`${NAME}` in the file: values that come from the environment when the file is loaded."""

import re
from collections.abc import Mapping

from balancer.proxy.config.problems import Path

REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


class Environment:
    """Puts values in. `used` are the paths that hold one, `missing` those whose variable is not set, with its name."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.used: set[Path] = set()
        self.missing: dict[Path, str] = {}

    def fill(self, text: str, path: Path) -> str:
        """The text with the values; `${NAME:-this}` is "this" if NAME is unset or empty."""
        return REFERENCE.sub(lambda found: self._value(found, path), text)

    def _value(self, found: re.Match[str], path: Path) -> str:
        name, default = found.groups()
        self.used.add(path)
        value = self._variables.get(name) or default
        if value is None:
            self.missing[path] = name
        return value or ""

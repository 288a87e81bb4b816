"""The options of `sign`: plain values, and secrets that stand in the environment or in a file, read when they are used."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from mdt.errors import MdtError
from mdt.language import _


@dataclass(frozen=True, slots=True)
class Options:
    """What stands under `sign`. `name` is the service's, for keys that are made from it."""

    name: str
    values: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def get(self, key: str, default: str = "") -> str:
        return self.values.get(key, default)

    def secret(self, key: str) -> bytes:
        """The value of `key`, or of the variable that `key_env` names. Raises MdtError if there is none."""
        return self.text(key).encode()

    def text(self, key: str) -> str:
        if (variable := self.values.get(f"{key}_env")) is None:
            return self.values.get(key, "")
        if not self.env.get(variable):
            raise MdtError(_("the environment has no {name}, which holds the secret; set it", name=variable))
        return self.env[variable]

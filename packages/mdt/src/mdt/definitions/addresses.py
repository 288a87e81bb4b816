"""Addresses with variables of the environment: ${NAME} and ${NAME:-default}."""

import re
from collections.abc import Mapping

from mdt.errors import MdtError
from mdt.language import _, words_of

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}", re.ASCII)


def expanded(written: str, env: Mapping[str, str]) -> str:
    """The text with the values of its variables. Raises ValueError if one is missing."""
    return _VARIABLE.sub(lambda found: _value(found[1], found[2], env), written)


def read_url(written: str, env: Mapping[str, str], instead: str = "") -> str:
    """The same when it is used, not loaded. `instead` stands for missing variables. Raises MdtError if there is none."""
    try:
        return _VARIABLE.sub(lambda found: _value(found[1], found[2] or instead or None, env), written)
    except ValueError as error:
        raise MdtError(words_of(error)) from None


def _value(name: str, default: str | None, env: Mapping[str, str]) -> str:
    """As in a shell, an empty variable counts as missing if there is a default."""
    value = env.get(name)
    if value or (value is not None and default is None):
        return value
    if default is None:
        raise ValueError(_("the environment has no {name}; set it, or write ${{{name}:-http://…}}", name=name))
    return default

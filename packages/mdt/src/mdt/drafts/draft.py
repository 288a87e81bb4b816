"""A draft: scenarios for one route of a service that exists, or of a new one. Checks the JSON that it comes in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mdt.definitions.answer_keys import ANSWER_KEYS
from mdt.definitions.files import KINDS
from mdt.definitions.route_keys import METHODS
from mdt.definitions.routes import NAME
from mdt.errors import MdtError
from mdt.language import Words, _, sentences
from mdt.suggest import did_you_mean

KEYS = ("service", "new", "method", "path", "match", "scenarios", "default")
NEW_KEYS = ("kind", "url", "title")
MAX_SCENARIOS = 50
RESERVED = re.compile(
    r"(con|prn|aux|nul|com\d|lpt\d|service|shared|scenarios|datasets)", re.IGNORECASE
)  # Windows', and ours


class DraftError(MdtError):
    """The draft cannot become a definition; `code` is the reason for programs."""

    def __init__(self, message: Words, code: str = "bad-draft") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class NewService:
    """Where a service that does not exist yet is to be: <kind>/<name>.yaml."""

    kind: str = "internal"
    url: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """`scenarios` are the answers by name, as a file has them; `match` and `default` may be missing."""

    service: str
    route: str  # "POST /orders/{id}"
    scenarios: Mapping[str, Any]
    match: Any = None
    new: NewService | None = None
    default: str = ""


def draft_of(body: Mapping[str, Any]) -> Draft:
    """The draft in a JSON object. Raises DraftError."""
    _known(body, KEYS)
    name, method, path = (_text(body, key) for key in ("service", "method", "path"))
    if not NAME.fullmatch(name) or RESERVED.fullmatch(name):
        raise DraftError(_("{name!r} is no name for a service. Use letters, digits, - and _", name=name))
    if method not in METHODS:
        raise DraftError(sentences(_("{method!r} is no method.", method=method), did_you_mean(method, METHODS)))
    if not path.startswith("/") or any(one.isspace() or not one.isprintable() for one in path):
        raise DraftError(_("{path!r} is no path. It begins with / and has no spaces: /orders/{{id}}", path=path))
    scenarios = _scenarios(body.get("scenarios"))
    default = str(body.get("default") or "")
    return Draft(name, f"{method} {path}", scenarios, body.get("match"), _new(body.get("new")), default)


def _known(table: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    for key in table:
        if key not in keys:
            raise DraftError(sentences(_("{key!r} is not known here.", key=key), did_you_mean(key, keys)))


def _text(table: Mapping[str, Any], key: str, default: str = "") -> str:
    value = table.get(key, default)
    if not isinstance(value, str):
        raise DraftError(_("{key!r} is a text", key=key))
    return value.strip()


def _new(value: Any) -> NewService | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise DraftError(_("{key!r} is an object with {keys}", key="new", keys=", ".join(NEW_KEYS)))
    _known(value, NEW_KEYS)
    kind = _text(value, "kind", KINDS[1])
    if kind not in KINDS:
        raise DraftError(sentences(_("There is no kind {kind!r}.", kind=kind), did_you_mean(kind, KINDS)))
    return NewService(kind, _text(value, "url"), _text(value, "title"))


def _scenarios(value: Any) -> dict[str, Any]:
    """A list of answers, each with its name. Their values are checked when the draft is loaded."""
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_SCENARIOS:
        raise DraftError(_("`scenarios` is a list of 1 to {limit} scenarios", limit=MAX_SCENARIOS))
    found: dict[str, Any] = {}
    for one in value:
        table = dict(one) if isinstance(one, Mapping) else {}
        name = _text(table, "name")
        table.pop("name", None)
        _known(table, ANSWER_KEYS)
        if not NAME.fullmatch(name):
            raise DraftError(_("{name!r} is no name of a scenario. Use letters, digits, - and _", name=name))
        if name in found:
            raise DraftError(_("The scenario {name!r} stands in the draft twice.", name=name))
        found[name] = {key: table[key] for key in ANSWER_KEYS if key in table}
    return found

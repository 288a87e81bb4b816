"""The rules of `mdt contract diff` by their ids, and the severities that a project gives them."""

from dataclasses import dataclass
from typing import Any

from mdt.contracts.diff.changes import Change, Severity, Spot
from mdt.contracts.diff.rule_grids import BODIES, PARAMETER_SCHEMAS, PARAMETERS, SCHEMAS, SINGLE

_LETTERS = {"e": Severity.ERR, "w": Severity.WARN, "i": Severity.INFO}


@dataclass(frozen=True, slots=True)
class Rule:
    """`text` is a message with {subject}, {old} and {new}."""

    id: str
    severity: Severity
    text: str


def _grid(rows: dict[str, tuple[str, str]], places: tuple[str, ...]) -> dict[str, Rule]:
    return {
        f"{place}-{event}": Rule(f"{place}-{event}", _LETTERS[letter], text)
        for event, (text, letters) in rows.items()
        for place, letter in zip(places, letters, strict=True)
        if letter != "-"
    }


RULES: dict[str, Rule] = {
    **_grid(SCHEMAS, BODIES),
    **_grid(PARAMETER_SCHEMAS, PARAMETERS),
    **{name: Rule(name, _LETTERS[letter], text) for name, (text, letter) in SINGLE.items()},
}


def change(rule: str, spot: Spot, old: Any = None, new: Any = None) -> Change:
    found = RULES[rule]
    return Change(found.id, found.severity, spot, found.text, old, new)

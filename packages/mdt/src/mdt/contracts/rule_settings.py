"""`contracts/rules.yaml`: the severities that a project gives to rules, and the changes that it has approved.

severities: {request-parameter-removed: err, response-property-enum-value-added: off}
approved:
  3f2a91c07b1d: Nobody reads the old price any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mdt.contracts.diff import RULES, Severity
from mdt.definitions.source import Source, Table, line_of
from mdt.definitions.yaml_text import read_yaml
from mdt.errors import DefinitionError, MdtError
from mdt.language import Words, _, sentences, words_of
from mdt.suggest import did_you_mean

FILE = "rules.yaml"
KEYS = ("severities", "approved")
OFF = "off"
LEVELS = (*(one.value for one in Severity), OFF)


@dataclass(frozen=True, slots=True)
class RuleSettings:
    """`approved` has the reason of each fingerprint."""

    severities: Mapping[str, Severity] = field(default_factory=dict)
    off: frozenset[str] = frozenset()
    approved: Mapping[str, str] = field(default_factory=dict)

    def with_severities(self, given: Mapping[str, str]) -> "RuleSettings":
        """Those of the command line win."""
        return _settings({**dict.fromkeys(self.off, OFF), **self.severities, **given}, self.approved)


def checked(rule: str, level: str) -> tuple[str, str]:
    """Raises MdtError for a rule or a severity that does not exist."""
    if rule not in RULES:
        raise MdtError(sentences(_("there is no rule {name!r}.", name=rule), _hint(rule)))
    if level not in LEVELS:
        raise MdtError(_("{level!r} is no severity: {known}", level=level, known=", ".join(LEVELS)))
    return rule, level


def _hint(rule: str) -> Words:
    found = did_you_mean(rule, RULES)
    return found if found and len(str(found)) < 200 else _("`mdt contract rules` lists them.")


def read_settings(folder: Path) -> RuleSettings:
    """The settings of a folder of contracts; the defaults without rules.yaml. Raises DefinitionError."""
    path = folder / FILE
    if not path.is_file():
        return RuleSettings()
    source = Source(str(path))
    table = source.table(read_yaml(path.read_bytes(), source) or Table(1), 1, FILE)
    source.known_keys(table, KEYS, FILE)
    given, approved = (source.table(table.get(key, Table(1)), line_of(table, key), f"`{key}`") for key in KEYS)
    for rule, level in given.items():
        try:
            checked(rule, str(level))
        except MdtError as error:
            source.wrong(line_of(given, rule), words_of(error))
    if source.problems:
        raise DefinitionError(source.problems)
    return _settings(
        {rule: str(level) for rule, level in given.items()}, {one: str(why) for one, why in approved.items()}
    )


def _settings(levels: Mapping[str, str], approved: Mapping[str, str]) -> RuleSettings:
    severities = {rule: Severity(level) for rule, level in levels.items() if level != OFF}
    return RuleSettings(severities, frozenset(rule for rule, level in levels.items() if level == OFF), approved)

"""One change between two versions of a contract: its rule, its place, what was and what is."""

import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from mdt.language import N_, Words, _


class Severity(StrEnum):
    """How bad a change is: it breaks somebody, it may break somebody, it is good to know."""

    ERR = "err"
    WARN = "warn"
    INFO = "info"


RANK = {Severity.INFO: 0, Severity.WARN: 1, Severity.ERR: 2}

SUBJECTS: dict[str, str] = {  # by the place of a change; `name` is a property's path, a parameter or a header
    "api": N_("the document"),
    "operation": N_("the operation"),
    "webhook": N_("the webhook {name}"),
    "request-body": N_("the request body"),
    "request-property": N_("the request property {name}"),
    "request-parameter": N_("the {inside} parameter {parameter}"),
    "request-parameter-property": N_("the property {name} of the {inside} parameter {parameter}"),
    "response": N_("the answer {status}"),
    "response-body": N_("the body of {status}"),
    "response-property": N_("the property {name} of {status}"),
    "response-header": N_("the header {name} of {status}"),
}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a change is. `name` is the path of a property: "items/price"; `index` that of a list is "items"."""

    place: str = "operation"  # a key of SUBJECTS
    method: str = ""
    path: str = ""
    status: str = ""
    media: str = ""
    inside: str = ""  # of a parameter: query, header, path, cookie
    parameter: str = ""
    name: str = ""

    @property
    def operation(self) -> str:
        return f"{self.method} {self.path}".strip()

    @property
    def subject(self) -> Words:
        return _(SUBJECTS[self.place], name=self.name, inside=self.inside, parameter=self.parameter, status=self.status)


@dataclass(frozen=True, slots=True)
class Change:
    """A change by one rule. `file` and `line` are of the new version, or of the old one where nothing is left."""

    id: str
    severity: Severity
    spot: Spot
    template: str
    old: Any = None
    new: Any = None
    file: str = field(default="", compare=False)
    line: int = field(default=0, compare=False)

    @property
    def text(self) -> Words:
        return _(self.template, subject=self.spot.subject, old=shown(self.old), new=shown(self.new))

    @property
    def fingerprint(self) -> str:
        """The same for the same change between any two versions; 12 hexadecimal digits for approvals."""
        spot = self.spot
        parts = (self.id, spot.operation, spot.status, spot.media, spot.inside, spot.parameter, spot.name)
        written = json.dumps([*parts, self.old, self.new], ensure_ascii=False, sort_keys=True, default=str)
        return hashlib.sha256(written.encode()).hexdigest()[:12]

    def as_json(self) -> dict[str, Any]:
        spot = self.spot
        return {
            "id": self.id,
            "severity": self.severity.value,
            "text": str(self.text),
            "operation": spot.operation,
            "place": spot.place,
            **{
                key: value
                for key in ("status", "media", "inside", "parameter", "name")
                if (value := getattr(spot, key))
            },
            "old": self.old,
            "new": self.new,
            "fingerprint": self.fingerprint,
            "file": self.file,
            "line": self.line,
        }


LONGEST = 120  # characters of a value in a message


def shown(value: Any) -> str:
    """A value in a message: texts as they are, others as JSON, both shortened."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"

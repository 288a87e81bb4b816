"""The fields of a module: `number:str:unique price:decimal(2) due:date:optional state:enum(draft,sent) customer_id:reference(customers)`."""

import difflib
import keyword
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import click
from pydantic import BaseModel

from backend.core.db import Base
from tools.kinds import DIGITS, KINDS, OTHER_WORDS, Kind
from tools.names import SNAKE, class_name

MOST = 20
OURS = ("id", "user_id", "created_at", "updated_at", "deleted_at")
IN_QUERIES = ("page", "per_page", "sort", "q", "deleted")
WORDS = ("optional", "unique")
NO_UNIQUE = ("text", "bool", "enum")
LONGEST_NAME = 64  # of an index or a constraint, in MySQL
WORD = re.compile(r"[^\s(]+(?:\([^)]*\)[^\s(]*)?")
PARTS = re.compile(r"(?P<name>[^:]*):(?P<kind>[^:(]*)(?P<given>\([^)]*\))?(?P<words>(:[^:]*)*)")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a module. `optional` may be null; no two records of a user have the same `unique` value."""

    name: str
    word: str
    kind: Kind
    optional: bool = False
    unique: bool = False
    places: int = 0
    choices: tuple[str, ...] = ()
    target: str = ""

    @property
    def wanted(self) -> str:
        """The field as it is written in a command."""
        given = {"decimal": str(self.places), "enum": ",".join(self.choices), "reference": self.target}.get(self.word)
        return ":".join([self.name, f"{self.word}({given})" if given else self.word, *self.words])

    @property
    def words(self) -> list[str]:
        return [word for word in WORDS if getattr(self, word)]


def parse(text: str) -> list[Field]:
    """The fields that `text` names; raises `click.ClickException` for the first that cannot be."""
    fields = [one(word) for word in WORD.findall(text)]
    names = [field.name for field in fields]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise click.ClickException(f"the field {double[0]!r} is named twice.")
    if not 0 < len(fields) <= MOST:
        raise click.ClickException(f"Give 1 to {MOST} fields, e.g. --fields 'title:str amount:int paid:bool'.")
    if all(field.optional for field in fields):
        raise click.ClickException("Every field is optional: a record would say nothing. Make one of them required.")
    return fields


def one(word: str) -> Field:
    """The field that one word names; raises `click.ClickException` that says what to write instead."""
    parts = PARTS.fullmatch(word)
    kind = parts["kind"] if parts else ""
    if parts is None or kind not in KINDS:
        raise _refused(word, f"write name:kind, with one of the kinds {', '.join(KINDS)}.{_meant(kind, KINDS)}")
    words = parts["words"].split(":")[1:]
    for unknown in [one for one in words if one not in WORDS]:
        raise _refused(word, f"behind the kind may stand {' and '.join(WORDS)}.{_meant(unknown, WORDS)}")
    check_name(word, parts["name"])
    if kind in NO_UNIQUE and "unique" in words:
        raise _refused(word, f"a {kind} cannot be unique; a str, int, decimal, date, datetime or reference can.")
    given = _given(word, kind, (parts["given"] or "").strip("()"))
    field = Field(parts["name"], kind, KINDS[kind], "optional" in words, "unique" in words, **given)
    if kind == "reference" and not field.name.endswith("_id"):
        raise _refused(word, f"the name of a reference ends in _id: {field.name}_id:{kind}({field.target}).")
    return field


def check_name(word: str, name: str) -> None:
    """Raise unless a field can have this name in Python, in SQL and in a query."""
    if not SNAKE.fullmatch(name) or len(name) > 40 or keyword.iskeyword(name):
        raise _refused(word, "the name is lower-case letters, digits and single _ between them.")
    if name in OURS:
        raise _refused(word, f"every module has {', '.join(OURS)} already, or may have.")
    if name in IN_QUERIES:
        raise _refused(word, f"{', '.join(IN_QUERIES)} mean something in every list; take another one.")
    if hasattr(BaseModel, name) or hasattr(Base, name) or name.startswith("model_"):
        raise _refused(word, "pydantic or SQLAlchemy use that name; take another one.")


def check_lengths(module: str, fields: Iterable[Field]) -> None:
    """Raise if the name of an index would be too long for MySQL."""
    for field in fields:
        if len(f"uq_{module}_{field.name}_user_id") > LONGEST_NAME and (field.unique or field.target):
            raise _refused(field.wanted, f"with {module} the name of its index is beyond {LONGEST_NAME} characters.")


def alias(field: Field, singular: str) -> str:
    """The name of the type of an enum's values."""
    return f"{class_name(singular)}{class_name(field.name)}"


def _given(word: str, kind: str, text: str) -> dict[str, Any]:
    """What stands in parentheses, as arguments of `Field`."""
    takes = KINDS[kind].takes
    if bool(text) != bool(takes):
        examples = {"decimal": "decimal(2)", "enum": "enum(draft,sent)", "reference": "reference(customers)"}
        raise _refused(word, f"write {examples.get(kind, kind)}.")
    return {takes: _READ[takes](word, text)} if takes else {}


def _places(word: str, text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > 6:
        raise _refused(word, f"a decimal has 0 to 6 places, of {DIGITS} digits in all: decimal(2).")
    return int(text)


def _choices(word: str, text: str) -> tuple[str, ...]:
    found = tuple(choice.strip() for choice in text.split(","))
    if len(found) < 2 or len({*found}) < len(found) or not all(SNAKE.fullmatch(c) and len(c) <= 40 for c in found):
        raise _refused(
            word, "an enum has two or more different values of lower-case letters, digits and _: enum(draft,sent)."
        )
    return found


def _target(word: str, text: str) -> str:
    if not SNAKE.fullmatch(text):
        raise _refused(word, "a reference names a module: reference(customers).")
    return text


_READ = {"places": _places, "choices": _choices, "target": _target}


def _meant(word: str, known: Iterable[str]) -> str:
    """A guess at what was meant, as the end of a message."""
    close = difflib.get_close_matches(word.lower(), known, n=1)
    guess = OTHER_WORDS.get(word.lower()) or (close[0] if close else None)
    return f" Did you mean {guess}?" if guess else ""


def _refused(word: str, reason: str) -> click.ClickException:
    return click.ClickException(f"field {word!r}: {reason}")

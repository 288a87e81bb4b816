"""Names for modules and projects: what is accepted, what is refused and why, and the singular of a plural."""

import builtins
import keyword
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import click
from sqlalchemy.dialects.mysql.reserved_words import RESERVED_WORDS_MARIADB, RESERVED_WORDS_MYSQL
from sqlalchemy.dialects.postgresql.base import RESERVED_WORDS as RESERVED_WORDS_POSTGRESQL

SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST = 40  # an index's name adds to it, and MySQL takes 64 characters
RESERVED_WORDS = RESERVED_WORDS_MYSQL | RESERVED_WORDS_MARIADB | RESERVED_WORDS_POSTGRESQL

IRREGULAR = {"people": "person", "children": "child", "statuses": "status", "movies": "movie", "cookies": "cookie"}
ENDINGS = (("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("ies", "y"), ("s", ""))
NO_PLURAL = ("ss", "us", "is", "news", "series", "species")

CLASSES_IN_USE = {
    *(name for name in dir(builtins) if name[0].isupper()),
    *("Any", "Base", "Field", "Mapped", "Page", "Principal", "Repository", "Route", "Search", "Slice"),
    *("String", "Text"),
}


def check_snake(name: str, what: str) -> None:
    """Raise `click.ClickException` unless `name` is a lower-case Python name of a sensible length."""
    if not SNAKE.fullmatch(name) or len(name) > LONGEST:
        raise click.ClickException(
            f"{name!r} cannot be {what}: take lower-case letters, digits and single _ between them, a letter first, "
            f"at most {LONGEST} characters; e.g. tax_rates."
        )
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise click.ClickException(f"{name!r} cannot be {what}: it is a word of Python; take another one.")


def check_table(name: str, tables: Iterable[str]) -> None:
    """Raise unless a new table may have this name in every database that we know."""
    if name in RESERVED_WORDS or name.startswith("sqlite_"):
        raise click.ClickException(
            f"{name!r} is reserved in SQL, so it is no good table; put a word before it, e.g. my_{name}."
        )
    if name in tables:
        raise click.ClickException(f"There is a table {name!r} already; take another name.")


def singular(plural: str) -> str:
    """One of `plural`: invoices→invoice, categories→category, addresses→address; raises where no rule knows."""
    *before, last = plural.split("_")
    one = IRREGULAR.get(last) or _by_ending(last)
    if not one:
        raise click.ClickException(
            f"{plural!r} is no plural that I know. Modules are named in the plural; "
            f"or say the singular as well: --singular {plural}_item"
        )
    return "_".join([*before, one])


def _by_ending(word: str) -> str | None:
    if word.endswith(NO_PLURAL):
        return None
    return next((word.removesuffix(end) + new for end, new in ENDINGS if word.endswith(end) and word != end), None)


def class_name(name: str) -> str:
    """`tax_rate` as `TaxRate`."""
    return "".join(part.capitalize() for part in name.split("_"))


def snake(name: str) -> str:
    """`TaxRate` as `tax_rate`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def check_class(name: str, mapped: Iterable[str]) -> None:
    """Raise if the class of this singular would hide another one."""
    if class_name(name) in {*CLASSES_IN_USE, *mapped}:
        raise click.ClickException(
            f"A class {class_name(name)} exists already; say another singular: --singular my_{name}"
        )


def check_top_level(name: str, root: Path) -> None:
    """Raise if a package of this name at the top of the tree would hide, or be hidden by, something else."""
    if (root / name).exists() or (root / f"{name}.py").exists():
        raise click.ClickException(f"{name!r} exists already at the top of the project; take another name.")
    if name in sys.stdlib_module_names or name in sys.builtin_module_names:
        raise click.ClickException(f"{name!r} is a module of Python's own library; take another name.")

"""Checks before an operator, a method or a filter makes something that may be much longer than what it is made of.

Each counts it in the budget of the call, or refuses it. Texts that an operation makes only about as long are counted after it
as everything else, when they are joined or written out.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sized
from typing import Any

from mdt.engine.template_budget import budget, refused, size, weigh
from mdt.language import _

WIDTH = 10_000  # of a padded text or number
BITS = 100_000  # of a product of numbers
COPIES = 100  # items or characters that are copied in the time in which one is made
_NUMBER = re.compile(r"\d+")
_PERCENT = re.compile(r"%(?:\([^)]*\))?[-+ #0]*(\*|\d*)(?:\.(\*|\d*))?")
_SPEC = re.compile(r"[:!][^{}]*(?:\{[^{}]*\}[^{}]*)*")


def check_sum(left: Any, right: Any) -> None:
    if isinstance(left, str | bytes | list | tuple) and isinstance(right, Sized):
        budget().build(len(left) + len(right))


def check_product(left: Any, right: Any) -> None:
    """Counts a text or a list times a number; bounds a product of two numbers."""
    if isinstance(left, int) and isinstance(right, int):
        if left.bit_length() + right.bit_length() > BITS:
            raise refused(_("a number of more than {limit} bits is refused", limit=BITS))
        return
    for items, times in ((left, right), (right, left)):
        if isinstance(items, str | bytes | list | tuple) and isinstance(times, int):
            budget().build(len(items) * max(0, times))


def check_percent(text: Any, values: Any) -> None:
    """Checks the widths of "%9d" % 1, where that of "%*d" is among the values; and how often a value may be written."""
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    if isinstance(text, str):
        written = [one for found in _PERCENT.findall(text) for one in found]
        given = _numbers(values) if "*" in written else []
        check_widths([*(int(one) for one in written if one.isdigit()), *given])
        parts = values.values() if isinstance(values, Mapping) else values if isinstance(values, tuple) else [values]
        _check_filled(text, text.count("%"), parts)


def check_format(text: str, args: tuple[Any, ...], named: Mapping[str, Any]) -> None:
    """Checks the widths of "{:>9}".format(1), where that of "{:{}}" is among the values; and how often a value may be written."""
    specs = _SPEC.findall(text)
    values = (*args, *named.values())
    given = _numbers(values) if any("{" in spec for spec in specs) else []
    check_widths([*(int(one) for spec in specs for one in _NUMBER.findall(spec)), *given])
    _check_filled(text, text.count("{"), values)


def _check_filled(text: str, places: int, values: Iterable[Any]) -> None:
    budget().build(len(text) + places * max(map(size, values), default=0))


def check_widths(widths: Iterable[Any]) -> None:
    for width in widths:
        if isinstance(width, int) and width > WIDTH:
            raise refused(_("a width of more than {limit} is refused", limit=WIDTH))
        budget().build(width if isinstance(width, int) and width > 0 else 0)


def _numbers(values: Any) -> list[int]:
    """The numbers among the values, also those that stand in a text: "{:{}}" takes its width from either."""
    items = values.values() if isinstance(values, Mapping) else values if isinstance(values, tuple | list) else [values]
    texts = [int(one[:20]) for item in items if isinstance(item, str) for one in _NUMBER.findall(item)]
    return [*(item for item in items if isinstance(item, int)), *texts]


def prepared(function: Any, args: tuple[Any, ...], named: Mapping[str, Any]) -> tuple[Any, ...]:
    """Checks a method of a text, of bytes, a number or a moment; gives the arguments, an iterator of them as a list."""
    owner = getattr(getattr(function, "__wrapped__", function), "__self__", None)
    check = METHODS.get(getattr(function, "__name__", ""))
    if check is None or (not isinstance(owner, str | bytes | int) and not hasattr(owner, "strftime")):
        return args
    if check is _check_join and args:
        args = (list(args[0]), *args[1:])
    check(owner, args, named)
    return args


def _check_join(text: Any, args: tuple[Any, ...], _named: Mapping[str, Any]) -> None:
    for parts in args:
        budget().build(len(text) * len(parts))
        weigh(parts)


def _check_pad(text: Any, args: tuple[Any, ...], named: Mapping[str, Any]) -> None:
    check_widths((*args, *named.values()))
    budget().build(len(text) if isinstance(text, Sized) else 0)


def _check_tabs(text: Any, args: tuple[Any, ...], named: Mapping[str, Any]) -> None:
    widths = (*args, *named.values())
    check_widths(widths)
    budget().build(len(text) * max([8, *_numbers(widths)]))


def _check_translate(text: Any, args: tuple[Any, ...], _named: Mapping[str, Any]) -> None:
    table = args[0] if args and isinstance(args[0], Mapping) else {}
    budget().build(len(text) * max((len(str(one)) for one in table.values()), default=1))


def _check_split(text: Any, _args: tuple[Any, ...], _named: Mapping[str, Any]) -> None:
    budget().build(len(text) * 8)  # each part is an object of its own


def _check_strftime(_moment: Any, args: tuple[Any, ...], named: Mapping[str, Any]) -> None:
    for written in (*args, *named.values()):
        check_widths(int(one[:20]) for one in _NUMBER.findall(str(written)))
        budget().build(len(str(written)) * 256)  # the most that Python makes of it


METHODS: dict[str, Callable[[Any, tuple[Any, ...], Mapping[str, Any]], None]] = {
    **dict.fromkeys(("center", "ljust", "rjust", "zfill", "to_bytes"), _check_pad),
    **dict.fromkeys(("split", "rsplit", "splitlines"), _check_split),
    "expandtabs": _check_tabs,
    "format": check_format,
    "format_map": lambda text, args, _named: check_format(text, (), args[0]),
    "join": _check_join,
    "replace": lambda text, args, _named: check_replace(text, *args[:2]),
    "strftime": _check_strftime,
    "translate": _check_translate,
}


def check_replace(text: Any, old: Any = "", new: Any = "") -> None:
    if isinstance(text, bytes):
        text, old = text.decode("latin-1"), bytes(old).decode("latin-1")
    if isinstance(text, str):
        budget().build(len(text) + text.count(str(old)) * len(new))


def check_indent(text: Any, width: Any = 4, *_args: Any, **_named: Any) -> None:
    lines = 1 + str(text).count("\n")
    check_widths([width] * lines)
    budget().build(lines * len(width) if isinstance(width, str) else 0)


def check_join(items: list[Any], between: Any = "", *_args: Any, **_named: Any) -> None:
    budget().build(len(items) * len(str(between)))
    weigh(items)


def check_total(items: list[Any], _attribute: Any = None, start: Any = 0) -> None:
    """sum() of lists copies what it has so far for each of them."""
    if not isinstance(start, int | float):
        total = sum(len(item) for item in items if isinstance(item, Sized))
        budget().build(total + total * len(items) // COPIES)


def check_wrapping(text: Any, width: Any = 79, *_args: Any, **_named: Any) -> None:
    """A word that is longer than a line is copied for each of its lines."""
    longest = max(map(len, str(text).split()), default=0)
    budget().build(len(str(text)) * longest // max(1, width) // COPIES if isinstance(width, int) else 0)


FILTERS: dict[str, Callable[..., None]] = {  # of Jinja; what each checks beside the weight of its text
    "center": lambda _text, width=80: check_widths([width]),
    "indent": check_indent,
    "batch": lambda _items, count, *_, **__: check_widths([count]),
    "slice": lambda _items, count, *_, **__: check_widths([count]),
    "format": lambda text, *args, **named: check_percent(text, named or args),
    "replace": lambda text, old, new, *_: check_replace(str(text), str(old), str(new)),
    "join": check_join,
    "sum": check_total,
    "wordwrap": check_wrapping,
}
LISTED = {"join", "sum"}  # their input may be an iterator
WEIGHED = (  # they make a text of whatever it is
    *("capitalize", "center", "e", "escape", "forceescape", "indent", "lower", "pprint", "safe", "string"),
    *("striptags", "title", "tojson", "trim", "truncate", "upper", "urlencode", "urlize", "wordwrap", "xmlattr"),
)

"""The Jinja environment of templates: sandboxed, strict about undefined names, limited in what a template can build."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from jinja2 import StrictUndefined, Undefined, nodes, pass_context, pass_environment
from jinja2.constants import LOREM_IPSUM_WORDS
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from mdt.engine import template_budget, template_checks
from mdt.engine.messages import MISSING
from mdt.engine.rows import rows
from mdt.engine.template_values import dumps, iso, text_of
from mdt.language import Message, _

MAX_POWER = 1_000


class Sandbox(ImmutableSandboxedEnvironment):
    """In a template, `a.b` is the key `b` before it is an attribute: {"items": 1}.items is 1."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})
    concat = staticmethod(template_budget.joined)

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, finalize=text_of, keep_trailing_newline=True, autoescape=False)
        self.filters |= {
            "by": by,
            "iso": iso,
            "plus": plus,
            "tojson": dumps,
            "values": values,
            "random": random_item,
            **bounded({**self.filters, "tojson": dumps}),
        }
        self.filters |= {"_counted": template_budget.counted, "_joined": template_budget.joined}  # put in by _Counting
        self.globals |= {"rows": rows, "lipsum": lipsum}

    def _generate(self, source: nodes.Template, *others: Any, **named: Any) -> str:
        return super()._generate(_Counting().visit(source), *others, **named)

    def call(self, context: Any, function: Any, /, *args: Any, **named: Any) -> Any:
        args = template_checks.prepared(function, args, named)
        return super().call(context, function, *args, **named)

    def getattr(self, obj: Any, attribute: str) -> Any:
        if obj is MISSING:
            return self.missing(_("the request's body is no JSON, so it has no {name!r}", name=attribute))
        if isinstance(obj, Mapping):
            if attribute in obj:
                return obj[attribute]
            if not hasattr(obj, attribute):
                return self.missing(
                    _("there is no {name!r} in {{{keys}}}", name=attribute, keys=", ".join(map(str, obj)))
                )
        return super().getattr(obj, attribute)

    def missing(self, why: Message) -> Any:
        """An undefined value that raises an error with this text when it is used."""
        return self.undefined(why)  # type: ignore[arg-type] # only read when it is raised

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" and max(abs(left), abs(right)) > MAX_POWER:
            raise template_budget.refused(_("a power of numbers over {limit} is refused", limit=MAX_POWER))
        if operator in CHECKS:
            CHECKS[operator](left, right)
        return super().call_binop(context, operator, left, right)


CHECKS: dict[str, Callable[[Any, Any], None]] = {
    "+": template_checks.check_sum,
    "*": template_checks.check_product,
    "%": template_checks.check_percent,
}


class _Counting(NodeTransformer):
    """Rewrites a template so that it counts the turns of loops and the characters of `~`."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802 - jinja's name
        self.generic_visit(node)
        node.iter = nodes.Filter(node.iter, "_counted", [], [], None, None, lineno=node.lineno)
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        return nodes.Filter(nodes.List(node.nodes), "_joined", [], [], None, None, lineno=node.lineno)


def bounded(filters: Mapping[str, Any]) -> dict[str, Any]:
    """Jinja's filters whose result may be longer than their input, with a check before each."""
    names = {*template_checks.FILTERS, *template_checks.WEIGHED}
    return {name: _checked(name, filters[name]) for name in names}


def _checked(name: str, function: Any) -> Any:
    check, weighed = template_checks.FILTERS.get(name), name in template_checks.WEIGHED

    @wraps(function)  # keeps jinja's marks, such as pass_eval_context
    def filtered(*args: Any, **named: Any) -> Any:
        given = list(args)
        first = next(place for place, one in enumerate(given) if not isinstance(one, EvalContext | Sandbox))
        if name in template_checks.LISTED:
            given[first] = list(given[first])
        if weighed:
            template_budget.weigh(given[first])
        if check:
            check(*given[first:], **named)
        return function(*given, **named)

    return filtered


@pass_context
def random_item(context: Context, items: Any) -> Any:
    """Picks one item with the session's random numbers."""
    return context["random"].choice(items)


@pass_context
def lipsum(context: Context, n: int = 5, least: int = 20, most: int = 100) -> str:
    """Makes `n` paragraphs of `least` to `most` words with the session's random numbers."""
    template_checks.check_widths([n * most])
    words, random = LOREM_IPSUM_WORDS.split(), context["random"]
    texts = [" ".join(random.choice(words) for _ in range(random.int(least, most))) for _ in range(n)]
    return "\n\n".join(f"{text.capitalize()}." for text in texts)


def _has_columns(row: Any, wanted: Mapping[str, Any]) -> bool:
    """Compares values of different types as text: path.id is "7", the row's id may be 7."""
    return isinstance(row, Mapping) and all(
        name in row and (row[name] == value or str(row[name]) == str(value)) for name, value in wanted.items()
    )


@pass_environment
def by(environment: Sandbox, rows: Any, **wanted: Any) -> Any:
    """The first row of a list, or of an object's values, with these columns; undefined if there is none."""
    items = rows.values() if isinstance(rows, Mapping) else rows
    for row in items:
        if _has_columns(row, wanted):
            return row
    columns = ", ".join(f"{name}={value!r}" for name, value in wanted.items())
    return environment.missing(
        _("there is no row with {columns}; add `| default(none)` if that may be", columns=columns)
    )


def values(value: Any) -> list[Any]:
    """Makes a list: of one value, or of the values of a name that came several times; empty if it did not come."""
    if isinstance(value, Undefined):
        return []
    return value if isinstance(value, list) else [value]


def plus(moment: datetime, **duration: float) -> datetime:
    return moment + timedelta(**duration)

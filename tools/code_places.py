"""Places in Python code where a line is added, found in the syntax tree, so that comments and layout stay as they are.

Every function gives the changed module, or raises `PlaceNotFoundError` with the name of the place.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import libcst as cst
from libcst.codemod import CodemodContext
from libcst.codemod.visitors import AddImportsVisitor

from tools.syntax import (
    Change,
    PlaceNotFoundError,
    annotated,
    assigned,
    assigns,
    changed,
    code_of,
    extended,
    joined,
    named,
    values,
    with_elements,
)

Edit = Callable[[cst.Module], cst.Module]
Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


def imports(wanted: Collection[tuple[str, str]]) -> Edit:
    """Each is a module and a name in it, or `name as another`."""

    def edit(module: cst.Module) -> cst.Module:
        context = CodemodContext()
        if not wanted:
            return module
        for source, name in wanted:
            original, _, other = name.partition(" as ")
            AddImportsVisitor.add_needed_import(context, source, original, other or None)
        return AddImportsVisitor(context).transform_module(module)

    return edit


def field_of_class(name: str, line: str, before: Sequence[str] = ()) -> Edit:
    """An annotated line in a class: before the first of these fields that it has, else behind its last field."""

    def change(node: cst.ClassDef) -> cst.ClassDef:
        body = list(node.body.body)
        names = [annotated(statement) for statement in body]
        places = [index for index, field in enumerate(names) if field in before]
        last = max((index for index, field in enumerate(names) if field), default=len(body) - 1)
        body.insert(places[0] if places else last + 1, cst.parse_statement(line))
        return node.with_changes(body=node.body.with_changes(body=body))

    return lambda module: changed(module, f"class {name}", named(cst.ClassDef, name), change)


def argument_of_table(name: str, argument: str) -> Edit:
    """One more argument of `__table_args__` in a mapped class, which gets one if it has none."""

    def change(node: cst.ClassDef) -> cst.ClassDef:
        body = list(node.body.body)
        names = [assigned(statement) for statement in body]
        if "__table_args__" not in names:
            body.insert(names.index("__tablename__") + 1, cst.parse_statement(f"__table_args__ = ({argument},)"))
            return node.with_changes(body=node.body.with_changes(body=body))
        return cst.ensure_type(node.visit(Change(assigns("__table_args__"), extended(argument))), cst.ClassDef)

    return lambda module: changed(module, f"class {name}", named(cst.ClassDef, name), change)


def element(variable: str, *values: str) -> Edit:
    """More elements of the tuple, list or `Literal[...]` that is assigned to a name, in a class or outside."""
    return lambda module: changed(module, f"{variable} = ...", assigns(variable), extended(*values))


def entry_of_result(function: str, key: str, value: str) -> Edit:
    """One more entry of the mapping that a function returns as it stands."""

    def change(node: cst.FunctionDef) -> cst.FunctionDef:
        entry = cst.parse_expression(f'{{"{key}": {value}}}')
        added = Change(
            lambda one: isinstance(one, cst.Return) and isinstance(one.value, cst.Dict),
            lambda one: one.with_changes(
                value=one.value.with_changes(
                    elements=joined(one.value.elements, cst.ensure_type(entry, cst.Dict).elements)
                )
            ),
        )
        changed = cst.ensure_type(node.visit(added), cst.FunctionDef)
        if added.found != 1:
            raise PlaceNotFoundError(f"return {{...}} in {function}")
        return changed

    return lambda module: changed(module, f"def {function}", named(cst.FunctionDef, function), change)


def line_in_function(function: str, line: str) -> Edit:
    """A line before the last statement of a function, which returns its result."""

    def change(node: cst.FunctionDef) -> cst.FunctionDef:
        body = list(node.body.body)
        if not isinstance(body[-1], cst.SimpleStatementLine) or not isinstance(body[-1].body[0], cst.Return):
            raise PlaceNotFoundError(f"the last line of {function}, `return ...`")
        body.insert(len(body) - 1, cst.parse_statement(line))
        return node.with_changes(body=node.body.with_changes(body=body))

    return lambda module: changed(module, f"def {function}", named(cst.FunctionDef, function), change)


def line_before_classes(line: str) -> Edit:
    """A line of the module, before its first class."""

    def edit(module: cst.Module) -> cst.Module:
        body = list(module.body)
        place = next((index for index, one in enumerate(body) if isinstance(one, cst.ClassDef)), None)
        if place is None:
            raise PlaceNotFoundError("the first class")
        body.insert(place, cst.parse_statement(line))
        return module.with_changes(body=body)

    return edit


def error_of_route(handler: str, error: str) -> Edit:
    """One more error in `raises` of the route that has this handler, of its PATCH or its POST."""

    def wanted(node: Any) -> bool:
        return isinstance(node, cst.Call) and code_of(node.func) == "Route" and handler in map(code_of, values(node))

    def change(node: cst.Call) -> cst.Call:
        raises = [a for a in node.args if a.keyword and a.keyword.value == "raises" and isinstance(a.value, cst.List)]
        if any(error in map(code_of, values(one.value)) for one in raises):
            return node
        if not raises:
            keyword = cst.ensure_type(cst.parse_expression(f"f(raises=[{error}])"), cst.Call).args[0]
            return node.with_changes(args=joined(node.args, [keyword]))
        return node.with_deep_changes(raises[0], value=with_elements(raises[0].value, [error]))

    return lambda module: changed(module, f"Route(..., {handler}, ...)", wanted, change)


def takes_any_keyword(function: str) -> Edit:
    """Changes nothing; raises where the function does not take `**filters`."""

    def wanted(node: Any) -> bool:
        return named(cst.FunctionDef, function)(node) and node.params.star_kwarg is not None

    return lambda module: changed(module, f"def {function}(..., **filters)", wanted, lambda node: node)

"""What a new field changes in the files of a module that is in use: each change with the line that a person would write."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import libcst as cst

from tools import code_places as places
from tools.code_places import Edit
from tools.field_lines import Lines
from tools.kinds import Import
from tools.names import class_name

END = ("created_at", "updated_at", "deleted_at")


@dataclass(frozen=True)
class Step:
    """A change of one file. `line` is what to write by hand, `where` its place in words."""

    file: str
    where: str
    line: str
    edit: Edit
    imports: tuple[Import, ...] = field(default=())


def steps(lines: Lines, folders: tuple[str, str, str]) -> Iterator[Step]:
    """Every change, by file. `folders` are those of the module, of its unit and of its integration tests."""
    package, unit, integration = folders
    for part in (_model, _schemas, _repository, _service, _routes):
        yield from part(lines, package)
    yield from _tests(lines, unit, integration)


def _model(lines: Lines, folder: str) -> Iterator[Step]:
    name, file = class_name(lines.singular), f"{folder}/model.py"
    wanted = (*lines.model_imports, *lines.default_imports)
    edit = places.field_of_class(name, lines.model_line, END)
    yield Step(file, f"in class {name}", lines.model_line, edit, tuple(wanted))
    if lines.field.unique:
        edit = places.argument_of_table(name, lines.unique_index)
        yield Step(file, f"in __table_args__ of {name}", lines.unique_index, edit)


def _schemas(lines: Lines, folder: str) -> Iterator[Step]:
    name, file = class_name(lines.singular), f"{folder}/schemas.py"
    if lines.alias_line:
        yield Step(file, "before the first class", lines.alias_line, places.line_before_classes(lines.alias_line))
    for kind, line in (("Out", lines.out_line), ("In", lines.in_line), ("Patch", lines.patch_line)):
        edit = places.field_of_class(f"{name}{kind}", line, END)
        yield Step(file, f"in class {name}{kind}", line, edit, tuple(lines.schema_imports))
    if lines.query_line:
        edit = places.field_of_class(f"{name}Query", lines.query_line, ("deleted", "q"))
        yield Step(file, f"in class {name}Query", lines.query_line, edit)
    if lines.field.kind.sortable:
        words = (f'"{lines.name}"', f'"-{lines.name}"')
        yield Step(file, "in Sort", ", ".join(words), places.element("Sort", *words))


def _repository(lines: Lines, folder: str) -> Iterator[Step]:
    kind, word = lines.field.kind, f'"{lines.name}"'
    for attribute, holds in (("sortable", kind.sortable), ("filterable", bool(kind.filter))):
        if holds:
            yield Step(f"{folder}/repository.py", f"in {attribute}", word, places.element(attribute, word))


def _service(lines: Lines, folder: str) -> Iterator[Step]:
    file = f"{folder}/service.py"
    if lines.field.kind.filter:
        edit = places.takes_any_keyword("find")
        yield Step(file, "in the arguments of `find`, and passed on as filters", "**filters: Any", edit)
    for function, values in (("create", "values"), ("change", "changes")):
        line = lines.check_line(values)
        if line:
            edit = places.line_in_function(function, line)
            yield Step(file, f"in {function}, before it returns", line, edit, tuple(lines.service_imports))


def _routes(lines: Lines, folder: str) -> Iterator[Step]:
    errors = [("DuplicateError", lines.field.unique), ("UnknownReferenceError", bool(lines.field.target))]
    for error in [error for error, holds in errors if holds]:
        for verb in ("create", "update"):
            handler = f"controller.{verb}_{lines.singular}"
            edit = places.error_of_route(handler, error)
            wanted = (("backend.core.errors", error),)
            yield Step(f"{folder}/routes.py", f"in raises=[...] of {handler}", error, edit, wanted)


def _tests(lines: Lines, unit: str, integration: str) -> Iterator[Step]:
    file, word = f"{unit}/matrix.py", f'"{lines.name}"'
    stored = (("tests.framework.stored_rows", "stored"),) if "stored(" in lines.example else ()
    for function, value in (("new", lines.example), ("other", lines.other)):
        edit = _entry(lines, function, value)
        yield Step(file, f"in what {function} returns", f"{word}: {value}", edit, stored)
    lists = {
        "OPTIONAL" if lines.field.optional else "REQUIRED": True,
        "SORTABLE": lines.field.kind.sortable,
        "UNIQUE": lines.field.unique,
        "REFERENCES": bool(lines.field.target),
        "FILTERS": bool(lines.query_line),
    }
    for name in [name for name, holds in lists.items() if holds]:
        yield Step(f"{unit}/test_{lines.singular}_routes.py", f"in {name}", word, places.element(name, word))
    file = f"{integration}/test_{lines.singular}_on_mysql.py"
    edit = places.entry_of_result("extreme", lines.name, lines.extreme)
    yield Step(file, "in what extreme returns", f"{word}: {lines.extreme}", edit, stored)


def _entry(lines: Lines, function: str, value: str) -> Edit:
    """The entry; a value that has a number of its own in it takes one."""
    entry = places.entry_of_result(function, lines.name, value.replace("number", "next(NUMBERS)"))
    return _both(_with_numbers, entry) if lines.reads_number else entry


def _with_numbers(module: cst.Module) -> cst.Module:
    if "NUMBERS = " in module.code:
        return module
    place = next(index for index, one in enumerate(module.body) if isinstance(one, cst.FunctionDef))
    body = [*module.body[:place], cst.parse_statement("NUMBERS = count(1)"), *module.body[place:]]
    return places.imports([("itertools", "count")])(module.with_changes(body=body))


def _both(first: Callable[[cst.Module], cst.Module], second: Edit) -> Edit:
    return lambda module: second(first(module))

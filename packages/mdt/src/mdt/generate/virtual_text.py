"""The beginning of a virtual service: a class whose handlers keep the rows of each collection of a document, to be gone on with by hand."""

import re
from collections.abc import Iterator, Mapping
from pprint import pformat
from typing import Any

from mdt.generate.row_collections import Collection, Made, collections_of

NAME = "virtual.py"

HEAD = '''"""The state of {service}. `mdt mock generate --virtual` wrote it once and leaves it alone: go on by hand. Select it as {service}.virtual."""

from typing import Any

from mdt import VirtualError, VirtualReply, VirtualService, {decorators}
from pydantic import BaseModel

type Row = dict[str, Any]
{constants}

def _key(rows: dict[str, Row], name: str) -> Any:
    """A key that no row has: a number where all keys are numbers."""
    if all(isinstance(row.get(name), int) for row in rows.values()):
        return max((row[name] for row in rows.values()), default=0) + 1
    return f"{{name}}-{{len(rows) + 1}}"


class {title}(VirtualService):
    class State(BaseModel):
{state}
'''
ROW = """
    def _{one}(self, key: str) -> Row:
        if key not in self.state.{rows}:
            raise VirtualError(404, {missing})
        return self.state.{rows}[key]
"""
HANDLERS: Mapping[str, str] = {  # by method, of the collection (+) and of one of its rows
    "GET +": """
    @get("{path}"{status})
    def list_{rows}(self) -> Any:
        return {listed}
""",
    "POST +": """
    @post("{path}"{status})
    def add_{one}(self, body: Row) -> Row:
        row = {{**{constant}, "{name}": _key(self.state.{rows}, "{name}"), **body}}
        self.state.{rows}[str(row["{name}"])] = row
        return row
""",
    "GET": """
    @get("{path}"{status})
    def read_{one}(self, {key}: str) -> Row:
        return self._{one}({key})
""",
    "PUT": """
    @put("{path}"{status})
    def replace_{one}(self, {key}: str, body: Row) -> Row:
        row = self._{one}({key})
        self.state.{rows}[{key}] = {{**body, "{name}": row["{name}"]}}
        return self.state.{rows}[{key}]
""",
    "PATCH": """
    @patch("{path}"{status})
    def change_{one}(self, {key}: str, body: Row) -> Row:
        row = self._{one}({key})
        row.update({{**body, "{name}": row["{name}"]}})
        return row
""",
    "DELETE": """
    @delete("{path}"{status})
    def remove_{one}(self, {key}: str) -> VirtualReply:
        self._{one}({key})
        {removed}
        return VirtualReply({number}{gone})
""",
}


def virtual_text(made: Made, service: str) -> str:
    """The module; "" if the document has no collection."""
    found = collections_of(made)
    if not found:
        return ""
    handlers = [text for one in found for text in _handlers(one)]
    used = sorted({match for text in handlers for match in re.findall(r"^    @(\w+)\(", text, re.MULTILINE)})
    state = "\n".join(f"        {one.rows}: dict[str, Row] = {{{one.seed!r}: {one.constant}}}" for one in found)
    constants = "".join(f"{one.constant}: Row = {_lines(one.row)}\n" for one in found)
    title = "".join(part.capitalize() for part in re.findall(r"[A-Za-z0-9]+", service))
    return HEAD.format(
        service=service, decorators=", ".join(used), title=title, state=state, constants=constants
    ) + "".join(handlers)


def _handlers(one: Collection) -> Iterator[str]:
    missing = one.operations["GET"][1].get("notFound")
    told = missing.value if missing and isinstance(missing.value, dict) else None
    yield ROW.format(one=one.one, rows=one.rows, missing=_literal(told, 12) if told else '"NOT_FOUND"')
    for which, text in HANDLERS.items():
        if which in one.operations:
            yield _handler(one, which, text)


def _handler(one: Collection, which: str, text: str) -> str:
    path, _scenarios = one.operations[which]
    answered = one.success(which)
    status = "" if answered.status == 200 or which == "DELETE" else f", status={answered.status}"
    is_told = which == "DELETE" and isinstance(answered.value, dict)
    removed = f"row = self.state.{one.rows}.pop({one.key})" if is_told else f"del self.state.{one.rows}[{one.key}]"
    words = {"rows": one.rows, "one": one.one, "key": one.key, "name": one.name, "constant": one.constant}
    return text.format(
        path=path,
        status=status,
        number=answered.status,
        removed=removed,
        gone=", row" if is_told else "",
        listed=_listed(one, answered.value),
        **words,
    )


def _listed(one: Collection, value: Any) -> str:
    """All rows, as a list or within the page that the document has."""
    rows = f"list(self.state.{one.rows}.values())"
    if not isinstance(value, dict):
        return rows
    name = next((key for key, items in value.items() if isinstance(items, list)), None)
    page = {key: other for key, other in value.items() if key != name}
    return f"{{**{_literal(page, 12)}, {name!r}: {rows}}}" if name else _literal(value, 12)


def _literal(value: Any, indent: int) -> str:
    """A value as Python, whose further lines are indented."""
    return pformat(value, width=110, sort_dicts=False).replace("\n", "\n" + " " * indent)


def _lines(row: dict[str, Any]) -> str:
    """A row with a line for each name."""
    return "{\n" + "".join(f"    {name!r}: {_literal(value, 4)},\n" for name, value in row.items()) + "}"

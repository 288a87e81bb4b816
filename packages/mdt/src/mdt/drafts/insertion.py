"""Inserts scenarios into the text of a service file. All other lines stay as they are, with their comments.

The result is read back: if it says anything but the old file and the draft together, it is refused.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from mdt.definitions.source import Source, plain
from mdt.definitions.yaml_text import read_yaml
from mdt.drafts.draft import Draft, DraftError
from mdt.drafts.yaml_out import yaml_of
from mdt.language import _

STEP = 2  # spaces
BLOCK = ("|", ">")


def inserted(text: str, draft: Draft) -> str:
    """The text with the draft's scenarios. Scenarios that are there already are replaced. Raises DraftError."""
    end = "" if text.endswith("\n") or not text else "\n"
    lines = [f"{line}\n" for line in f"{text}{end}".split("\n")[:-1]]
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    routes = _child(root, "routes")
    if routes is None or _is_empty(routes):
        _add_routes(lines, root, routes, draft)
    else:
        _into_routes(lines, _block(routes), draft)
    return _checked(text, "".join(lines), draft)


def scenarios_in(document: Any, route: str) -> Mapping[str, Any]:
    """The scenarios of a route in a document, with `match` and `description`; empty if there is no such route."""
    routes = (document or {}).get("routes") or {}
    return next((value or {} for key, value in routes.items() if key.split() == route.split()), {})


def _add_routes(lines: list[str], root: Any, routes: Node | None, draft: Draft) -> None:
    block = yaml_of(route_of(draft), STEP, 2)
    if routes is not None:
        _insert(lines, routes.start_mark.line + 1, block)
        return
    _block(root)
    _insert(lines, len(lines), f"routes:\n{block}")


def _into_routes(lines: list[str], routes: MappingNode, draft: Draft) -> None:
    indent = routes.value[0][0].start_mark.column
    found = next((value for key, value in routes.value if key.value.split() == draft.route.split()), None)
    if found is None:
        _insert(lines, _end(routes, lines), yaml_of(route_of(draft), indent, 2))
    elif _is_empty(found):
        _insert(lines, found.start_mark.line + 1, yaml_of(dict(draft.scenarios), indent + STEP))
    else:
        _into_route(lines, _block(found), draft)


def _into_route(lines: list[str], route: MappingNode, draft: Draft) -> None:
    """From the last line to the first, so that the numbers of lines stay right."""
    indent = route.value[0][0].start_mark.column
    there = {key.value: (key, value) for key, value in route.value}
    new = {name: table for name, table in draft.scenarios.items() if name not in there}
    if new:
        _insert(lines, _end(route, lines), yaml_of(new, indent))
    for name in reversed(there):
        if name in draft.scenarios:
            key, value = there[name]
            lines[key.start_mark.line : _end(value, lines)] = [yaml_of({name: draft.scenarios[name]}, indent)]


def route_of(draft: Draft) -> dict[str, Any]:
    match = {} if draft.match is None else {"match": draft.match}
    return {draft.route: {**match, **draft.scenarios}}


def _insert(lines: list[str], at: int, text: str) -> None:
    lines[at:at] = [text]


def _child(root: Any, key: str) -> Node | None:
    pairs = root.value if isinstance(root, MappingNode) else []
    return next((value for name, value in pairs if name.value == key), None)


def _is_empty(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value == "" and not node.style


def _block(node: Any) -> MappingNode:
    if not isinstance(node, MappingNode) or node.flow_style or not node.value:
        raise DraftError(
            _("This place is written in one line with braces. Write it over several lines by hand first."), "flow-style"
        )
    return node


def _end(node: Node, lines: list[str]) -> int:
    """The number of the line after the node's last one."""
    last = node
    while isinstance(last, CollectionNode) and last.value and not last.flow_style:
        item = last.value[-1]
        last = item[1] if isinstance(item, tuple) else item
    mark = last.end_mark
    if not isinstance(last, ScalarNode) or last.style not in BLOCK:
        return mark.line + 1 if mark.column or mark.line == last.start_mark.line else mark.line
    return _end_of_block_text(last, lines)


def _end_of_block_text(node: ScalarNode, lines: list[str]) -> int:
    """The lines of a block text are indented deeper than its first line begins; comments and blank lines behind are not it."""
    own = lines[node.start_mark.line]
    depth, at = len(own) - len(own.lstrip(" ")), node.start_mark.line + 1
    end = at
    for at in range(at, len(lines)):  # noqa: B020 - goes on from there
        line = lines[at]
        if line.strip() and len(line) - len(line.lstrip(" ")) <= depth:
            break
        end = at + 1 if line.strip() else end
    return end


def _checked(before: str, after: str, draft: Draft) -> str:
    """Raises DraftError if the new text does not say the old document with the draft's scenarios in it."""
    if not says(after, _expected(plain(read_yaml(before.encode(), Source("before"))), draft)):
        raise DraftError(
            _("This file is written in a way that nothing can be added to safely. Add it by hand."), "not-addable"
        )
    return after


def says(text: str, document: Any) -> bool:
    """Whether this text is read as this document."""
    source = Source("draft")
    return bool(plain(read_yaml(text.encode(), source)) == document and not source.problems)


def _expected(old: Any, draft: Draft) -> Any:
    document = deepcopy(old)
    routes = document["routes"] = document.get("routes") or {}
    key = next((key for key in routes if key.split() == draft.route.split()), draft.route)
    match = {} if draft.match is None or routes.get(key) else {"match": draft.match}
    routes[key] = {**match, **(routes.get(key) or {}), **draft.scenarios}
    return document

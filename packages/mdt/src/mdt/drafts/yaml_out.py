"""Writes values as YAML that mdt reads back as the same values: what is short in one line, texts quoted where they must be."""

import json
from io import StringIO
from typing import Any

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node

from mdt.definitions.yaml_text import scalar

SHORT = 100  # characters of a collection in one line
WIDE = 10**9  # no line is folded, because a folded text is hard to edit


class _Dumper(yaml.SafeDumper):
    """Repeats equal values, where PyYAML would give the first one a name."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def text(self, value: str) -> yaml.ScalarNode:
        """PyYAML quotes what YAML 1.1 would not read as text; `1e3` and the like are quoted for YAML 1.2."""
        style = None if scalar(value) == value else '"'
        if not value.isprintable():
            style = "|" if all(map(str.isprintable, value.split("\n"))) else '"'
        return self.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    def mapping(self, value: dict[str, Any]) -> Node:
        return self.represent_mapping("tag:yaml.org,2002:map", value, flow_style=_is_short(value))

    def rows(self, value: list[Any]) -> Node:
        return self.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=_is_short(value))


_Dumper.add_representer(str, _Dumper.text)
_Dumper.add_representer(dict, _Dumper.mapping)
_Dumper.add_representer(list, _Dumper.rows)


def _is_short(value: Any) -> bool:
    return len(json.dumps(value, ensure_ascii=False)) <= SHORT


def yaml_of(value: dict[str, Any], indent: int = 0, opened: int = 1) -> str:
    """The mapping as YAML, each line indented by so many spaces. So many levels are written over several lines, short or not."""
    node = _Dumper(StringIO(), sort_keys=False).represent_data(value)
    _open(node, opened)
    text = yaml.serialize(node, Dumper=_Dumper, allow_unicode=True, width=WIDE)
    return "".join(f"{' ' * indent}{line}\n" if line else "\n" for line in text.split("\n")[:-1])


def _open(node: Node, levels: int) -> None:
    if levels and isinstance(node, CollectionNode) and node.value:
        node.flow_style = False
        for item in node.value:
            _open(item[1] if isinstance(node, MappingNode) else item, levels - 1)

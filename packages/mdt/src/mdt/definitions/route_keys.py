"""The key of a route: `POST /orders/{id} [name]`, its method, its path with parameters, its name."""

import re

from mdt.definitions.source import Source
from mdt.engine.routes import ANY, parameters, rest_is_last
from mdt.language import _
from mdt.suggest import did_you_mean

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", ANY)
_COLON = re.compile(r"/:([A-Za-z_]\w*)(?=/|$)", re.ASCII)
_ANGLE = re.compile(r"/<(?:\w+:)?(\w+)>")  # as Flask writes them
_KEY = re.compile(r"(\S+) +(/\S*)(?: +\[([^\]\[]+)\])?")
_BRACES = re.compile(r"\{[A-Za-z_]\w*(:path)?\}", re.ASCII)


def route_key(key: str, line: int, source: Source) -> tuple[str, str, str] | None:
    """The method, the path and the name; None, and a problem, if the key is no route."""
    found = _KEY.fullmatch(key)
    if not found:
        source.wrong(line, _("{key!r} is no route", key=key), _("Write a method and a path: POST /orders/{{id}}"))
        return None
    method, template, name = found[1], found[2], found[3] or ""
    if method not in METHODS:
        source.wrong(line, _("{method!r} is no method", method=method), did_you_mean(method.upper(), METHODS))
    _check_template(template, line, source)
    return method, template, name


def _check_template(template: str, line: int, source: Source) -> None:
    names = parameters(template)
    if "?" in template or "#" in template:
        source.wrong(
            line,
            _("{template!r} holds a query", template=template),
            _("Ask for it in match: {{query: {{name: value}}}}"),
        )
    if found := _COLON.search(template) or _ANGLE.search(template):
        source.wrong(
            line,
            _("{segment!r} in {template!r} is a text, not a parameter", segment=found[0][1:], template=template),
            _("Write {{{name}}}", name=found[1]),
        )
    if len(set(names)) < len(names):
        source.wrong(line, _("{template!r} names a parameter twice", template=template))
    if not rest_is_last(template):
        source.wrong(
            line,
            _("{template!r} has a parameter for the rest of the path before the end", template=template),
            _("Write it as the last segment: /files/{{rest:path}}"),
        )
    if set("{}") & set(_BRACES.sub("", template)) or (_BRACES.search(template) and "}{" in template):
        source.wrong(line, _("{template!r} has braces that are no parameter", template=template), _("Write {{name}}"))

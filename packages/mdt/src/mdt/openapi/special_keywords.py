"""The keywords that need more than a check of their value, a function for each: older forms, references, the discriminator."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from mdt.openapi.keywords import types_of
from mdt.openapi.places import Place

DEFS = "#/$defs/"
_BARE_NAME = re.compile(r"[A-Za-z0-9._-]+")

type Value = dict[str, Any] | bool
type Raw = dict[str, Any]


class Form(Protocol):
    """What a keyword needs of the normal form that is being made."""

    def value(self, raw: Any, place: Place) -> Value: ...

    def reference(self, ref: str, place: Place) -> str | None: ...

    def quiet_reference(self, ref: str, place: Place) -> str | None: ...

    def checked(self, key: str, given: Any, place: Place, schema: Raw) -> None: ...

    def drop(self, key: str, given: Any, place: Place) -> None: ...


type Keyword = Callable[[Form, Any, Raw, Place, Raw], None]


def _type(form: Form, given: Any, _raw: Raw, place: Place, schema: Raw) -> None:
    if given == "file":  # OpenAPI 2.0
        schema.update(type="string", format="binary")
        return
    types = types_of(given)
    if isinstance(types, list):
        schema["type"] = types[0] if len(types) == 1 else types
    else:
        form.drop("type", given, place)


def _items(form: Form, given: Any, raw: Raw, place: Place, schema: Raw) -> None:
    """A list is the older form of `prefixItems`; then `additionalItems` is what `items` is now."""
    if not isinstance(given, list):
        schema["items"] = form.value(given, place.at("items"))
        return
    if given:
        schema["prefixItems"] = [form.value(one, place.at("items", at)) for at, one in enumerate(given)]
    if "additionalItems" in raw:
        schema["items"] = form.value(raw["additionalItems"], place.at("additionalItems"))


def _dependencies(form: Form, given: Any, _raw: Raw, place: Place, schema: Raw) -> None:
    for name, one in given.items() if isinstance(given, dict) else ():
        if isinstance(one, list):
            schema.setdefault("dependentRequired", {})[name] = [text for text in one if isinstance(text, str)]
        else:
            value = form.value(one, place.at("dependencies", name))
            schema.setdefault("dependentSchemas", {})[name] = value


def _enum(form: Form, given: Any, _raw: Raw, place: Place, schema: Raw) -> None:
    if isinstance(given, list) and given:
        schema["enum"] = given
    else:
        form.drop("enum", given, place)


def _discriminator(form: Form, given: Any, raw: Raw, place: Place, schema: Raw) -> None:
    """The mapping is made complete: a choice that it does not name is called like its schema. In 2.0 there is a name alone."""
    found = {"propertyName": given} if isinstance(given, str) else given
    if not isinstance(found, dict) or not isinstance(found.get("propertyName"), str):
        form.drop("discriminator", given, place)
        return
    mapping = dict(_mapped(form, found.get("mapping"), place))
    for ref, at in _choices(raw, place):
        name = form.reference(ref, at)
        if name and DEFS + name not in mapping.values():
            mapping.setdefault(re.split(r"[/#]", ref)[-1], DEFS + name)
    schema["discriminator"] = {
        "propertyName": found["propertyName"],
        **({"mapping": mapping} if mapping else {}),
    }


def _mapped(form: Form, mapping: Any, place: Place) -> Iterator[tuple[str, str]]:
    """The schemas that a mapping names, by a reference or by their bare name."""
    for value, ref in mapping.items() if isinstance(mapping, dict) else ():
        ways = (f"#{ref}", ref) if isinstance(ref, str) and _BARE_NAME.fullmatch(ref) else (ref,)
        names = (form.quiet_reference(way, place) for way in ways if isinstance(way, str))
        if (name := next(filter(None, names), None)) is not None:
            yield str(value), DEFS + name


def _choices(raw: Raw, place: Place) -> Iterator[tuple[str, Place]]:
    for key in ("oneOf", "anyOf"):
        given = raw.get(key)
        for at, one in enumerate(given if isinstance(given, list) else ()):
            if isinstance(one, dict) and isinstance(one.get("$ref"), str):
                yield one["$ref"], place.at(key, at)


def _keep(key: str) -> Keyword:
    def take(_form: Form, given: Any, _raw: Raw, _place: Place, schema: Raw) -> None:
        schema[key] = given

    return take


def _exclusive(key: str) -> Keyword:
    """A boolean is the older form, which is put right once the whole schema is there."""

    def take(form: Form, given: Any, _raw: Raw, place: Place, schema: Raw) -> None:
        if not isinstance(given, bool):
            form.checked(key, given, place, schema)

    return take


def _example(_form: Form, given: Any, _raw: Raw, _place: Place, schema: Raw) -> None:
    schema["examples"] = [given, *schema.get("examples", [])]


def _examples(_form: Form, given: Any, _raw: Raw, _place: Place, schema: Raw) -> None:
    """A list; some documents write a mapping by name."""
    more = list(given.values()) if isinstance(given, dict) else given if isinstance(given, list) else [given]
    schema["examples"] = [*schema.get("examples", []), *more]


SPECIAL: Mapping[str, Keyword] = {
    "type": _type,
    "items": _items,
    "dependencies": _dependencies,
    "enum": _enum,
    "discriminator": _discriminator,
    "exclusiveMinimum": _exclusive("exclusiveMinimum"),
    "exclusiveMaximum": _exclusive("exclusiveMaximum"),
    "const": _keep("const"),
    "default": _keep("default"),
    "example": _example,
    "examples": _examples,
}


def finish_bounds(raw: Raw, schema: Raw) -> None:
    """`exclusiveMinimum: true` makes the minimum exclusive."""
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if raw.get(exclusive) is True and bound in schema:
            schema[exclusive] = schema.pop(bound)


def add_null(schema: Raw) -> None:
    """`nullable` adds to a type, and says nothing without one (OpenAPI 3.0.3)."""
    types = schema.get("type")
    if types and "null" not in types:
        schema["type"] = [*([types] if isinstance(types, str) else types), "null"]

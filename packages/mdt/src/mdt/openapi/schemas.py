"""A schema of a document: its normal form, and the validator, which is compiled when it is first used."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mdt.errors import MdtError
from mdt.language import _
from mdt.openapi.special_keywords import DEFS, Value
from mdt.openapi.written import instance

EXTRA = "touchstone-mdt[openapi]"
_ADDRESS = "urn:mdt:schemas"
_SHOWN = 200  # errors of one value


class MissingValidatorError(MdtError):
    """jsonschema-rs is not installed."""


class SchemaUnusableError(MdtError):
    """No validator can be made of a schema."""


def validator_library() -> Any:
    """jsonschema-rs. Raises MissingValidatorError, which says how to get it."""
    try:
        import jsonschema_rs
    except ImportError:
        raise MissingValidatorError(
            _("OpenAPI documents need jsonschema-rs. Install it: pip install '{extra}'", extra=EXTRA)
        ) from None
    return jsonschema_rs


@dataclass(frozen=True, slots=True)
class SchemaError:
    """One place of a value that does not fit. `path` leads there, `keyword` is the one of the schema that is not met."""

    path: tuple[str | int, ...]
    keyword: str
    message: str

    @property
    def pointer(self) -> str:
        """The path as a JSON Pointer; "" is the whole value."""
        return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in self.path)


@dataclass(eq=False)
class SchemaSet:
    """Schemas that refer to each other as `#/$defs/<name>`; they are given to the validator library once."""

    defs: Mapping[str, Value]
    named: AbstractSet[str] = frozenset()  # those that the document names; the others are called after their place
    _validators: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def _registry(self) -> Any:
        return validator_library().Registry([(_ADDRESS, {"$defs": self.defs})])

    def validator(self, name: str) -> Any:
        if name not in self._validators:
            library = validator_library()
            schema = {"$ref": f"{_ADDRESS}{DEFS}{name}"}
            try:
                self._validators[name] = library.Draft202012Validator(
                    schema, registry=self._registry, validate_formats=True, offline=True
                )
            except ValueError as error:
                reason = str(error).splitlines()[0]
                raise SchemaUnusableError(
                    _("the schema {name} cannot be used: {reason}", name=name, reason=reason)
                ) from None
        return self._validators[name]


@dataclass(frozen=True, slots=True)
class Schema:
    """One schema. Two handles of the same schema are equal; `name` is that of the document where it has one there."""

    among: SchemaSet
    name: str

    @property
    def is_named(self) -> bool:
        return self.name in self.among.named

    @property
    def value(self) -> Value:
        """The normal form: JSON Schema 2020-12, with references `#/$defs/<name>` into `among.defs`."""
        return self.among.defs[self.name]

    def resolved(self, value: Value) -> Value:
        """What a part of the normal form stands for: the target of its reference, however long the way."""
        while isinstance(value, dict) and len(value) == 1 and "$ref" in value:
            value = self.among.defs[value["$ref"].removeprefix(DEFS)]
        return value

    def validator(self) -> Any:
        """The compiled validator (jsonschema-rs), formats checked. Raises SchemaUnusableError, MissingValidatorError."""
        return self.among.validator(self.name)

    def is_valid(self, value: Any) -> bool:
        return bool(self.validator().is_valid(value))

    def errors(self, value: Any) -> tuple[SchemaError, ...]:
        """What does not fit, the first 200 places; empty when the value is valid."""
        return tuple(self._errors(value))

    def _errors(self, value: Any) -> Iterator[SchemaError]:
        for count, error in enumerate(self.validator().iter_errors(value)):
            if count == _SHOWN:
                return
            yield SchemaError(tuple(error.instance_path), error.kind.name, error.message)

    def as_written(self, value: Any) -> Any:
        """A plain copy of a value of YAML, with the text that was written where the schema asks for text."""
        return instance(value, self.value, self.among.defs)

    def standalone(self) -> dict[str, Any]:
        """The schema as one JSON Schema document, with what it refers to under `$defs`."""
        reached: dict[str, Value] = {}
        waiting = [self.name]
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached[name] = self.among.defs[name]
                waiting += _references(reached[name])
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": DEFS + self.name, "$defs": reached}


def _references(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if isinstance(one.get("$ref"), str):
                yield one["$ref"].removeprefix(DEFS)
            waiting += [item for item in one.values() if isinstance(item, dict | list)]
        elif isinstance(one, list):
            waiting += [item for item in one if isinstance(item, dict | list)]

"""The values of answers: the document's examples where they are valid, else instances; each made once for a schema and a mode."""

from dataclasses import dataclass, field
from typing import Any

from mdt.generate.instances import instance
from mdt.generate.modes import SUCCESS, Mode
from mdt.language import Words, _
from mdt.openapi import Content, Header, Schema, SchemaUnusableError

NOTHING = object()


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was repaired or left out, and where: an operation and a status."""

    where: str
    text: Words
    left_out: bool = False


@dataclass(slots=True)
class Values:
    """Makes values and keeps notes of what did not fit."""

    skip: str
    notes: list[Note] = field(default_factory=list)
    _made: dict[tuple[Schema, str], Any] = field(default_factory=dict)

    def examples(self, content: Content, where: str) -> dict[str, Any]:
        """The valid examples of a media type, by name; those of its schema where it has none of its own."""
        found = {}
        for name, value in content.examples.items():
            schema = content.schema
            if content.item_schema is not None:
                continue
            if schema is None or (reason := self._wrong(schema, value)) is None:
                found[name] = value
            else:
                text = _(
                    "the example {name!r} is not valid, another body takes its place: {reason}",
                    name=name,
                    reason=reason,
                )
                self.notes.append(Note(where, text))
        return found or self._of_schema(content, where)

    def _of_schema(self, content: Content, where: str) -> dict[str, Any]:
        value = content.schema.resolved(content.schema.value) if content.schema else True
        given = value.get("examples", [])[:1] if isinstance(value, dict) else []
        fitting = [one for one in given if content.schema and self._wrong(content.schema, one) is None]
        return {"example": fitting[0]} if fitting and isinstance(fitting[0], dict | list) else {}

    def _wrong(self, schema: Schema, value: Any) -> str | None:
        try:
            errors = schema.errors(value)
        except (SchemaUnusableError, ValueError) as error:
            return str(error)
        return f"{errors[0].pointer or '/'} {errors[0].message}"[:200] if errors else None

    def made(self, content: Content, mode: Mode, where: str) -> Any:
        """An instance of the content's schema, or NOTHING with a note."""
        if content.item_schema is not None:
            first = self._instance(content.item_schema, mode, where)
            return [first, first] if first is not NOTHING else NOTHING
        return NOTHING if content.schema is None else self._instance(content.schema, mode, where)

    def header(self, header: Header, where: str) -> Any:
        fitting = [one for one in header.examples.values() if header.schema is None or header.schema.is_valid(one)]
        if fitting:
            return fitting[0]
        return "value" if header.schema is None else self._instance(header.schema, SUCCESS, where)

    def _instance(self, schema: Schema, mode: Mode, where: str) -> Any:
        key = (schema, mode.name)
        if key not in self._made:
            try:
                made = instance(schema, mode, skip=self.skip)
                self._made[key] = made.value if made.valid else made
            except SchemaUnusableError as error:
                self._made[key] = error
        value = self._made[key]
        if isinstance(value, SchemaUnusableError) or getattr(value, "reason", None):
            reason = getattr(value, "reason", None) or str(value)
            text = _("no valid body was found for {mode}: {reason}", mode=mode.name, reason=reason)
            self.notes.append(Note(where, text, left_out=True))
            return NOTHING
        return value

"""A valid value of a schema, to send a request that the contract allows: an example of the contract first, else a generated one."""

from typing import Any

from mdt.generate.instances import instance
from mdt.generate.modes import MINIMAL, SUCCESS, Mode
from mdt.openapi import Content, Schema

MISSING = object()
UNSENT = "readOnly"  # properties that a request leaves out


def body_sample(content: Content, mode: Mode = MINIMAL) -> Any:
    """A valid body; MISSING if none can be made. In the mode SUCCESS it has what is optional too."""
    if content.schema is None:
        return next(iter(content.examples.values()), MISSING)
    examples = content.examples.values() if mode is MINIMAL else ()
    return next((one for one in examples if content.schema.is_valid(one)), sample_of(content.schema, mode))


def sample_of(schema: Schema, mode: Mode = MINIMAL) -> Any:
    """A valid value; MISSING if none can be made."""
    for one in dict.fromkeys((mode, SUCCESS)):
        made = instance(schema, one, skip=UNSENT)
        if made.valid:
            return made.value
    return MISSING

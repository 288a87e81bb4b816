"""What the versions of OpenAPI and the drafts of JSON Schema do in their own way."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dialect:
    """`id_keys` name the keyword that gives a schema an address of its own."""

    siblings: bool = True  # keywords beside `$ref` count
    nullable: bool = False
    flags: bool = False  # what is writeOnly is never required in an answer, nor what is readOnly in a request
    id_keys: tuple[str, ...] = ("$id",)


_OLD = Dialect(siblings=False, nullable=True, flags=True)
_NEW = Dialect()
_DRAFT_7 = Dialect(siblings=False)

OPENAPI: Mapping[str, Dialect] = {"2.0": _OLD, "3.0": _OLD, "3.1": _NEW, "3.2": _NEW}
DRAFTS: Mapping[str, Dialect] = {
    "draft4": Dialect(siblings=False, id_keys=("id", "$id")),
    "draft6": _DRAFT_7,
    "draft7": _DRAFT_7,
    "draft2019-09": _NEW,
    "draft2020-12": _NEW,
}

"""What the templates of a module are filled with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tools import names
from tools.field_lines import Lines
from tools.fields import Field
from tools.kinds import Import


@dataclass(frozen=True)
class Shape:
    """What is asked for: the module, one of its records, its fields, whose they are, and whether they can be restored."""

    module: str
    singular: str
    fields: tuple[Field, ...]
    owned: bool = True
    soft_delete: bool = False


def values_for(shape: Shape, targets: Mapping[str, bool]) -> dict[str, object]:
    """The variables of the templates. `targets`: the modules it refers to, and whether their records are their users' own."""
    lines = [
        Lines(field, shape.module, shape.singular, shape.owned, target_owned=targets.get(field.target, False))
        for field in shape.fields
    ]
    return _names(shape) | _imports(shape, lines) | _columns(shape, lines) | _rules(shape, lines)


def _names(shape: Shape) -> dict[str, object]:
    label, labels = shape.singular.replace("_", " "), shape.module.replace("_", " ")
    article = "an" if label[0] in "aeio" else "a"
    return {
        "module": shape.module,
        "name": shape.singular,
        "Class": names.class_name(shape.singular),
        "label": label,
        "labels": labels,
        "Labels": labels[0].upper() + labels[1:],
        "a": article,
        "A": article.capitalize(),
        "path": shape.module.replace("_", "-"),
        "owned": shape.owned,
        "soft_delete": shape.soft_delete,
    }


def _imports(shape: Shape, lines: list[Lines]) -> dict[str, object]:
    """The lines of imports that depend on the fields; they are sorted when the file is formatted."""
    ours = [("sqlalchemy", "ForeignKey")] if shape.owned else []
    mapped = [("sqlalchemy.orm", "Mapped"), ("sqlalchemy.orm", "mapped_column")]
    return {
        "model_imports": imports([*ours, *mapped, *(one for line in lines for one in line.model_imports)]),
        "schema_imports": imports(one for line in lines for one in line.schema_imports),
        "service_imports": imports(one for line in lines for one in line.service_imports),
        "migration_imports": imports(
            [("backend.core.db", "UtcDateTime"), *(one for line in lines for one in line.migration_imports)]
        ),
    }


def imports(wanted: Iterable[Import]) -> str:
    """A line an import, each once."""
    return "\n".join(f"from {module} import {name}" for module, name in dict.fromkeys(wanted))


def _columns(shape: Shape, lines: list[Lines]) -> dict[str, object]:
    kinds = [(line.name, line.field.kind) for line in lines]
    keys = [("user_id", "users")] if shape.owned else []
    keys += [(line.name, line.field.target) for line in lines if line.field.target]
    return {
        "fields": lines,
        "unique": [line for line in lines if line.field.unique],
        "optional": any(line.field.optional for line in lines),
        "sortable": ["id", "created_at", *(name for name, kind in kinds if kind.sortable)],
        "searchable": [name for name, kind in kinds if kind.searchable],
        "filterable": [
            *(["user_id"] if shape.owned else []),
            *(["deleted"] if shape.soft_delete else []),
            *(name for name, kind in kinds if kind.filter),
        ],
        "foreign_keys": keys,
        "indexed": [*(column for column, _ in keys), *(["deleted_at"] if shape.soft_delete else [])],
        "numbered": any(line.reads_number for line in lines),
    }


def _rules(shape: Shape, lines: list[Lines]) -> dict[str, object]:
    """What the fields ask of the routes and the manifest."""
    targets = sorted({line.field.target for line in lines if line.field.target})
    unique = any(line.field.unique for line in lines)
    writes = [*(["DuplicateError"] if unique else []), *(["UnknownReferenceError"] if targets else [])]
    return {
        "targets": targets,
        "others": [target for target in targets if target != shape.module],
        "requires": sorted({"users", *targets} - {shape.module}),
        "writes": writes,
        "core_errors": sorted([*writes, *([] if shape.soft_delete else ["InUseError"])]),
    }

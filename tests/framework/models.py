"""What a model asks of its table."""

from sqlalchemy import UniqueConstraint

from backend.core.db import Base


def unique(*models: type[Base]) -> set[str]:
    """Every set of columns that no two rows share, as `table: column, column`, but for primary keys."""
    found = set[str]()
    for table in (model.metadata.tables[model.__tablename__] for model in models):
        columns = [constraint.columns for constraint in table.constraints if isinstance(constraint, UniqueConstraint)]
        columns += [index.columns for index in table.indexes if index.unique]
        found |= {f"{table.name}: {', '.join(sorted(column.name for column in group))}" for group in columns}
    return found

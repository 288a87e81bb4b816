"""The lines of Python that a field is in each file of a module: the templates and `flask module field add` write the same."""

from dataclasses import dataclass
from functools import cached_property

from tools.fields import Field, alias
from tools.kinds import Import


@dataclass(frozen=True)
class Lines:
    """A field of the module `module`, one of whose records is `singular`; `default` is that of its column in the database."""

    field: Field
    module: str
    singular: str
    owned: bool = True
    target_owned: bool = False  # whether the records that it refers to are their users' own
    default: str | None = None

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def kind(self) -> str:
        return self.field.word

    @cached_property
    def _values(self) -> dict[str, object]:
        field = self.field
        return {
            "places": field.places,
            "zeros": "." + "0" * field.places if field.places else "",
            "nines": "9" * (15 - field.places) + ("." + "9" * field.places if field.places else ""),
            "choices": ", ".join(f'"{choice}"' for choice in field.choices),
            "first": (field.choices or ("",))[0],
            "last": (field.choices or ("",))[-1],
            "longest": max([16, *map(len, field.choices)]),
            "target": field.target,
            "alias": alias(field, self.singular),
        }

    def _filled(self, text: str) -> str:
        return text.format(**self._values)

    def _or_none(self, kind: str) -> str:
        return f"{kind} | None" if self.field.optional else kind

    @property
    def column(self) -> str:
        """The arguments of `mapped_column`."""
        kind = self.field.kind
        text = self._filled((self.field.unique and kind.unique_column) or kind.column)
        default = f"server_default={self.default}" if self.default else ""
        return ", ".join(part for part in (text, default) if part)

    @property
    def model_line(self) -> str:
        mapped = f"Mapped[{self._or_none(self.field.kind.model)}]"
        return f"{self.name}: {mapped}" + (f" = mapped_column({self.column})" if self.column else "")

    @property
    def out_line(self) -> str:
        return f"{self.name}: {self._or_none(self._filled(self.field.kind.out))} = Field(examples=[{self.shown}])"

    @property
    def in_line(self) -> str:
        default = "None, " if self.field.optional else ""
        return f"{self.name}: {self.taken} = Field({default}examples=[{self.shown}])"

    @property
    def patch_line(self) -> str:
        empty = "None" if self.field.optional else self._filled(self.field.kind.empty)
        return f"{self.name}: {self.taken} = Field({empty}, json_schema_extra=without_default)"

    @property
    def taken(self) -> str:
        return self._or_none(self._filled(self.field.kind.taken))

    @property
    def query_line(self) -> str:
        """The filter of a list; empty where the field is none."""
        if not self.field.kind.filter:
            return ""
        said = f'description="Only those with this {self.name}."'
        return f"{self.name}: {self._filled(self.field.kind.filter)} = Field(None, {said})"

    @property
    def alias_line(self) -> str:
        """The type of an enum's values; empty for other kinds."""
        return self._filled("{alias} = Literal[{choices}]") if self.kind == "enum" else ""

    @property
    def unique_index(self) -> str:
        """The index of a unique field, as an argument of `__table_args__`."""
        return f'Index("{self.unique_name}", {self.unique_columns}, unique=True)'

    @property
    def unique_columns(self) -> str:
        """Its columns. The owner comes last: MySQL 9.6 skips a foreign key whose index has a NULL behind it."""
        return f'"{self.name}"{', "user_id"' * self.owned}'

    @property
    def unique_name(self) -> str:
        return f"uq_{self.module}_{self.name}{'_user_id' * self.owned}"

    @property
    def migration(self) -> str:
        """The type of its column in a migration."""
        kind = self.field.kind
        return self._filled((self.field.unique and kind.unique_migration) or kind.migration)

    @property
    def shown(self) -> str:
        """An example in the document."""
        return "1" if self.kind == "reference" else self._filled(self.field.kind.example)

    @property
    def shown_other(self) -> str:
        return "1" if self.kind == "reference" else self._filled(self.field.kind.other)

    @property
    def _to_itself(self) -> bool:
        """Whether it refers to the same module: then it is null in tests, which count records."""
        return self.field.target == self.module

    @property
    def example(self) -> str:
        """The value in a body that makes a record, in a test."""
        kind = self.field.kind
        if self._to_itself:
            return "None"
        return self._filled((self.field.unique and kind.one_more) or kind.example)

    @property
    def other(self) -> str:
        """The value in a body that changes one."""
        kind = self.field.kind
        if self._to_itself:
            return "None"
        return self._filled((self.field.unique and kind.another) or kind.other)

    @property
    def extreme(self) -> str:
        return "None" if self._to_itself else self._filled(self.field.kind.extreme)

    @property
    def reads_number(self) -> bool:
        return "number" in self.example

    @property
    def model_imports(self) -> list[Import]:
        unique = [("sqlalchemy", "Index")] if self.field.unique else []
        exact = [("backend.core.db.columns", "exact")] if self.column.startswith("exact") else []
        kinds = [one for one in self.field.kind.model_imports if not (exact and one[1] == "searchable")]
        mapped = [("sqlalchemy.orm", "mapped_column")] if self.column else []
        return [*kinds, *exact, *unique, *mapped]

    @property
    def schema_imports(self) -> list[Import]:
        needed = [one for one in self.field.kind.schema_imports if not (self.field.optional and one[1] == "EARLIEST")]
        return [*needed, ("backend.core.web.schema", "without_default")]

    @property
    def default_imports(self) -> list[Import]:
        """What the default of its column needs: `text`, `true` or `false`."""
        name, call, _ = (self.default or "").partition("(")
        return [("sqlalchemy", name)] if call and '"' not in name else []

    @property
    def migration_default(self) -> str:
        return f"sa.{self.default}" if self.default_imports else self.default or ""

    @property
    def migration_imports(self) -> list[Import]:
        return [*self.field.kind.migration_imports]

    def check_line(self, values: str) -> str:
        """What refuses a reference to nothing, in the service; empty for other kinds. `values` is where the id stands."""
        if self.kind != "reference":
            return ""
        get = "get" if self.field.target == self.module else f"{self.field.target}.get"
        return f'check_reference({values}, "{self.name}", {f"partial({get}, user_id)" if self.target_owned else get})'

    @property
    def service_imports(self) -> list[Import]:
        if self.kind != "reference":
            return []
        partial = [("functools", "partial")] if self.target_owned else []
        other = [] if self._to_itself else [(f"backend.modules.{self.field.target}", f"service as {self.field.target}")]
        return [*partial, ("backend.core.references", "check_reference"), *other]

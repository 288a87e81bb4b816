"""The kinds of fields, and how a value of each is written in every file of a module.

`{places}`, `{choices}`, `{longest}`, `{target}` and `{alias}` stand for what a field says of itself; `number`
in a test is a number of its own that each record gets.
"""

from dataclasses import dataclass

LENGTH = 200  # characters of a str
TEXT_LENGTH = 10_000  # of a text
DIGITS = 15  # of a decimal

TYPES = "backend.core.web.schema"
VALUES = "backend.core.web.exact_values"
COLUMNS = "backend.core.db.columns"
Import = tuple[str, str]  # module, name


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind is written: as text of Python.

    `model`, `column`: in the mapped class; `out`, `taken`: in answers and bodies; `empty`: what a patch has where the field
    is left out; `migration`: in `sa.Column`. `example`, `other`: two values in JSON, `one_more`, `another`: the same where
    they must be unique; `extreme`: at the edge of what a database keeps.
    """

    model: str
    out: str
    taken: str
    migration: str
    empty: str
    example: str
    other: str
    extreme: str
    column: str = ""
    unique_column: str = ""
    unique_migration: str = ""
    one_more: str = ""
    another: str = ""
    takes: str = ""
    model_imports: tuple[Import, ...] = ()
    schema_imports: tuple[Import, ...] = ()
    migration_imports: tuple[Import, ...] = ()
    sortable: bool = True
    searchable: bool = False
    filter: str = ""
    backfill: bool = True


EXACT = (
    'sa.String(length={longest}).with_variant(sa.String(length={longest}, collation="utf8mb4_bin"), "mysql", "mariadb")'
)
COLLATED = 'sa.{kind}).with_variant(sa.{kind}{sep}collation="utf8mb4_unicode_520_ci"), "mysql", "mariadb")'
KINDS = {
    "str": Kind(
        model="str",
        out="str",
        taken="Short",
        column=f"searchable({LENGTH})",
        migration=COLLATED.format(kind=f"String(length={LENGTH}", sep=", "),
        unique_column=f"exact({LENGTH})",
        unique_migration=EXACT.replace("{longest}", str(LENGTH)),
        empty='""',
        example='"one"',
        other='"two"',
        one_more='f"one {{number}}"',
        another='f"two {{number}}"',
        extreme=f'"é 中 👋 " + "x" * {LENGTH - 6}',
        model_imports=((COLUMNS, "searchable"),),
        schema_imports=((TYPES, "Short"),),
        searchable=True,
    ),
    "text": Kind(
        model="str",
        out="str",
        taken="LongText",
        column="SEARCHABLE_TEXT",
        migration=COLLATED.format(kind="Text(", sep=""),
        empty='""',
        example='"one\\nline"',
        other='"two\\nlines"',
        extreme=f'"é\\n中 👋 " + "👋" * {TEXT_LENGTH - 6}',
        model_imports=((COLUMNS, "SEARCHABLE_TEXT"),),
        schema_imports=((TYPES, "LongText"),),
        sortable=False,
        searchable=True,
        backfill=False,  # MySQL takes no default for TEXT
    ),
    "int": Kind(
        model="int",
        out="int",
        taken="Whole",
        column="BigInteger",
        migration="sa.BigInteger()",
        empty="0",
        example="1",
        other="2",
        one_more="number",
        another="10**6 + number",
        extreme="1 - 2**53",
        model_imports=(("sqlalchemy", "BigInteger"),),
        schema_imports=((TYPES, "Whole"),),
    ),
    "bool": Kind(
        model="bool",
        out="bool",
        taken="Flag",
        migration="sa.Boolean()",
        empty="False",
        example="True",
        other="False",
        extreme="True",
        schema_imports=((TYPES, "Flag"),),
        sortable=False,
    ),
    "decimal": Kind(
        takes="places",
        model="Decimal",
        out="Annotated[Decimal, fixed_point({places})]",
        taken="Annotated[Decimal, fixed_point({places})]",
        column="FixedPoint({places})",
        migration="FixedPoint({places})",
        empty="Decimal()",
        example='"1{zeros}"',
        other='"2{zeros}"',
        one_more='f"{{number}}{zeros}"',
        another='f"{{10**6 + number}}{zeros}"',
        extreme='"-{nines}"',
        model_imports=(("decimal", "Decimal"), (COLUMNS, "FixedPoint")),
        schema_imports=(("decimal", "Decimal"), ("typing", "Annotated"), (VALUES, "fixed_point")),
        migration_imports=((COLUMNS, "FixedPoint"),),
    ),
    "date": Kind(
        model="date",
        out="date",
        taken="Day",
        migration="sa.Date()",
        empty="date.min",
        example='"2026-01-02"',
        other='"2026-01-03"',
        one_more='f"{{2000 + number % 7000}}-01-02"',
        another='f"{{2000 + number % 7000}}-01-03"',
        extreme='"9999-12-31"',
        model_imports=(("datetime", "date"),),
        schema_imports=(("datetime", "date"), (VALUES, "Day")),
    ),
    "datetime": Kind(
        model="datetime",
        out="datetime",
        taken="Moment",
        migration="UtcDateTime()",
        empty="EARLIEST",
        example='"2026-01-02T03:04:05Z"',
        other='"2026-01-02T03:04:06Z"',
        one_more='f"{{2000 + number % 7000}}-01-02T03:04:05Z"',
        another='f"{{2000 + number % 7000}}-01-02T03:04:06Z"',
        extreme='"9999-12-31T23:59:59.999999Z"',
        model_imports=(("datetime", "datetime"),),
        schema_imports=(("datetime", "datetime"), (TYPES, "Moment"), (VALUES, "EARLIEST")),
        migration_imports=(("backend.core.db", "UtcDateTime"),),
    ),
    "enum": Kind(
        takes="choices",
        model="str",
        out="{alias}",
        taken="{alias}",
        column="exact({longest})",
        migration=EXACT,
        empty='"{first}"',
        example='"{first}"',
        other='"{last}"',
        extreme='"{last}"',
        model_imports=((COLUMNS, "exact"),),
        schema_imports=(("typing", "Literal"),),
        filter="{alias} | None",
    ),
    "reference": Kind(
        takes="target",
        model="int",
        out="int",
        taken="Id",
        column='ForeignKey("{target}.id"), index=True',
        unique_column='ForeignKey("{target}.id"), index=True',
        migration='sa.BigInteger().with_variant(sa.Integer(), "sqlite")',
        unique_migration='sa.BigInteger().with_variant(sa.Integer(), "sqlite")',
        empty="0",
        example='stored(api, "{target}", actor)',
        other='stored(api, "{target}", actor)',
        one_more='stored(api, "{target}", actor)',
        another='stored(api, "{target}", actor)',
        extreme='stored(api, "{target}", actor)',
        model_imports=(("sqlalchemy", "ForeignKey"),),
        schema_imports=((TYPES, "Id"), ("backend.core.numbers", "IdNumeral")),
        filter="IdNumeral | None",
        backfill=False,  # which record would it be?
    ),
}
OTHER_WORDS = {  # what other generators and databases call them
    "string": "str",
    "varchar": "str",
    "char": "str",
    "longtext": "text",
    "integer": "int",
    "bigint": "int",
    "number": "int",
    "boolean": "bool",
    "flag": "bool",
    "float": "decimal(2)",
    "double": "decimal(2)",
    "numeric": "decimal(2)",
    "money": "decimal(2)",
    "day": "date",
    "timestamp": "datetime",
    "time": "datetime",
    "choice": "enum(a,b)",
    "choices": "enum(a,b)",
    "literal": "enum(a,b)",
    "ref": "reference(customers)",
    "references": "reference(customers)",
    "fk": "reference(customers)",
    "foreign": "reference(customers)",
    "belongs_to": "reference(customers)",
    "nullable": "optional",
    "null": "optional",
    "uniq": "unique",
}

"""Loads datasets/<name>/: rows by the names of the files in shared/, and dataset.yaml with what the data set is made of."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mdt.definitions.files import Folder
from mdt.definitions.services import NAME
from mdt.definitions.source import Rows, Source, Table, kind, line_of, plain
from mdt.engine.call import Call
from mdt.engine.catalog import Settings
from mdt.engine.datasets import SHARED, DataSet, DataSets
from mdt.engine.templates import TemplateError, compile_json, render_json
from mdt.errors import Problem, UnknownDatasetError
from mdt.language import _, words_of

KEYS = ("description", "extends", "replace", "generate")


def load_datasets(folder: Folder, shared: Mapping[str, Any], settings: Settings) -> DataSets:
    """All data sets. Reports names that do not exist and circles."""
    sets = {path.name: _dataset(path, folder) for path in folder.dataset_folders()}
    for one in sets.values():
        _check_extends(one, sets, folder)
    _check_environments(settings, sets, folder)
    return DataSets(shared, sets, settings.environments, settings.seed)


def _dataset(path: Path, folder: Folder) -> DataSet:
    rows = folder.data_files(path)
    about = rows.pop("dataset", None)
    table, source = Table(1), folder.source(path)
    if about is not None:
        source, document = folder.yaml(about)
        table = source.table(document, 1, "dataset.yaml") if document is not None else table
    _check_name(path.name, source)
    source.known_keys(table, KEYS, "dataset.yaml")
    return DataSet(
        name=path.name,
        file=source.file,
        description=source.text(table, "description"),
        extends=source.text(table, "extends", SHARED),
        replace=_replaced(table, source),
        rows={stem: folder.data(file) for stem, file in rows.items()},
        generate=_generated(table, source),
        line=line_of(table, "extends"),
    )


def _check_name(name: str, source: Source) -> None:
    if not NAME.fullmatch(name):
        source.wrong(1, _("{name!r} is no name of a data set", name=name), _("Use letters, digits, - and _"))
    if name == SHARED:
        source.wrong(1, _("{name!r} means the data of shared/ alone", name=name), _("Choose another name"))


def _replaced(table: Table, source: Source) -> frozenset[str]:
    stems = table.get("replace", [])
    if isinstance(stems, list) and all(isinstance(stem, str) for stem in stems):
        return frozenset(stems)
    message = _("`replace` is a list of names of files in shared/, not {kind}", kind=kind(stems))
    source.wrong(line_of(table, "replace"), message, "replace: [products]")
    return frozenset()


def _generated(table: Table, source: Source) -> dict[str, Callable[[Call], bytes]]:
    written = source.table(table.get("generate", Table(table.line)), line_of(table, "generate"), "`generate`")
    found = {}
    for stem, value in written.items():
        try:
            found[stem] = _maker(value)
        except TemplateError as error:
            source.wrong(line_of(written, stem), words_of(error))
    return found


def _maker(value: Table | Rows | Any) -> Callable[[Call], bytes]:
    parts = compile_json(plain(value))
    return lambda call: render_json(parts, call)


def _check_extends(one: DataSet, sets: Mapping[str, DataSet], folder: Folder) -> None:
    source, path = Source(one.file, folder.problems), [one.name]
    name = one.extends
    while name != SHARED and name in sets and name not in path:
        path.append(name)
        name = sets[name].extends
    if name == one.name:
        message = _("the data set goes in a circle: {path}", path=" → ".join([*path, name]))
        source.wrong(one.line, message)
    elif one.extends not in {SHARED, *sets}:
        source.wrong(one.line, words_of(UnknownDatasetError(one.extends, [SHARED, *sets])))


def _check_environments(settings: Settings, sets: Mapping[str, DataSet], folder: Folder) -> None:
    source = folder.source(folder.path / "mdt.yaml")
    for one in settings.environments.values():
        if one.dataset not in {SHARED, *sets}:
            source.wrong(one.line, words_of(UnknownDatasetError(one.dataset, [SHARED, *sets])))


def generation_problems(data: DataSets) -> list[Problem]:
    """Makes every data set, as its first use would. Returns what fails."""
    found = []
    for one in data.sets.values():
        try:
            data.data(one.name)
        except TemplateError as error:
            message = _("the data set {name} cannot be made: {error}", name=one.name, error=words_of(error))
            found.append(Problem(one.file, one.line, message))
    return found

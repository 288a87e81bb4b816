"""Tries a draft: the text of its file, what changes, problems and warnings, and what would answer a request."""

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mdt.definitions import Catalog, load
from mdt.definitions.files import Folder
from mdt.definitions.source import Source, plain
from mdt.definitions.yaml_text import read_yaml
from mdt.drafts.draft import Draft, DraftError, NewService
from mdt.drafts.insertion import inserted, route_of, says, scenarios_in
from mdt.drafts.target import Target
from mdt.drafts.yaml_out import yaml_of
from mdt.errors import DefinitionError
from mdt.language import _, sentences
from mdt.lint.rules import Warned, warnings_of
from mdt.suggest import did_you_mean

SCHEMA = Path(".mdt/service.schema.json")


@dataclass(frozen=True, slots=True)
class Preview:
    """`text` is the file as the draft makes it; `catalog` is None if it does not load."""

    draft: Draft
    target: Target
    text: str
    replaces: tuple[str, ...]  # scenarios that are there already and would be others
    problems: tuple[str, ...]
    catalog: Catalog | None = None

    def as_json(self) -> dict[str, Any]:
        before = (self.target.before or b"").decode(errors="replace")
        diff = difflib.unified_diff(before.splitlines(), self.text.splitlines(), lineterm="", n=2)
        return {
            "file": self.target.path.relative_to(self.target.folder).as_posix(),
            "exists": self.target.before is not None,
            "digest": self.target.digest,
            "yaml": self.text,
            "diff": list(diff)[2:],
            "replaces": list(self.replaces),
            "problems": list(self.problems),
        }


def preview_of(draft: Draft, catalog: Catalog, env: Mapping[str, str] = os.environ) -> Preview:
    """Raises DraftError if there is no file that the draft can go into, and DefinitionError if the folder has problems already."""
    folder = catalog.folder
    before = load(folder, env)
    target = _target(draft, before)
    document = _document(target)
    _check_match(draft, document)
    text = _new_file(draft, folder) if target.before is None else inserted(target.before.decode(), draft)
    there = scenarios_in(document, draft.route)
    replaces = tuple(name for name, table in draft.scenarios.items() if name in there and there[name] != table)
    problems, after = _tried(folder, target.path, text, env, {_key(one) for one in warnings_of(before)})
    return Preview(draft, target, text, replaces, problems, after)


def _target(draft: Draft, catalog: Catalog) -> Target:
    folder, service = catalog.folder, catalog.services.get(draft.service)
    if draft.new is None:
        if service is None:
            hint = did_you_mean(draft.service, catalog.services)
            raise DraftError(sentences(_("There is no service {name!r}.", name=draft.service), hint), "unknown-service")
        files = Folder(folder)
        path = next(path for path in files.service_files() if files.source(path).file == service.file)
        if path.suffix == ".json":
            raise DraftError(_("{file} is JSON, and only YAML files are added to here.", file=path), "not-addable")
        return Target.at(folder, path)
    if service is not None:
        raise DraftError(_("There is a service {name!r} already.", name=draft.service), "exists")
    target = Target.at(folder, folder / draft.new.kind / f"{draft.service}.yaml")
    if target.before is not None:
        raise DraftError(_("There is a file {file} already.", file=target.path), "exists")
    return target


def _document(target: Target) -> Any:
    return None if target.before is None else plain(read_yaml(target.before, Source("before")))


def _check_match(draft: Draft, document: Any) -> None:
    """`match` belongs to the whole route, so a draft does not change that of a route that others use."""
    there = scenarios_in(document, draft.route)
    if there and draft.match is not None and draft.match != there.get("match"):
        raise DraftError(_("{route} has its own `match`. Change it by hand.", route=draft.route), "own-match")


def _new_file(draft: Draft, folder: Path) -> str:
    new = draft.new or NewService()
    kept = {"title": new.title, "url": new.url, "default": draft.default or next(iter(draft.scenarios))}
    head = {"service": draft.service, **{key: value for key, value in kept.items() if value}}
    route = route_of(draft)
    schema = f"# yaml-language-server: $schema=../{SCHEMA.as_posix()}\n" if (folder / SCHEMA).is_file() else ""
    text = f"{schema}{yaml_of(head)}routes:\n{yaml_of(route, 2, 2)}"
    if not says(text, {**head, "routes": route}):
        raise DraftError(_("This draft cannot be written as YAML. Leave out its control characters."))
    return text


def _tried(
    folder: Path, path: Path, text: str, env: Mapping[str, str], known: set[tuple[str, str]]
) -> tuple[tuple[str, ...], Catalog | None]:
    """Loads the folder with the draft. Returns its problems and the warnings that were not there before."""
    files = Folder(folder, {path: text.encode()})
    try:
        catalog = load(folder, env, files)
    except DefinitionError as error:
        return tuple(map(str, error.problems)), None
    new = [one for one in warnings_of(catalog, Folder(folder, {path: text.encode()})) if _key(one) not in known]
    return (*map(str, catalog.problems), *(f"{one.problem} [{one.rule}]" for one in new)), catalog


def _key(one: Warned) -> tuple[str, str]:
    """Without the line, because inserting moves the lines behind it."""
    return one.rule, f"{one.problem.file} {one.problem.hint}"

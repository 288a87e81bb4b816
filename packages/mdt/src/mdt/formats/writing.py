"""Writes a draft as a service file that loads: what would be a problem is left out, and told."""

import os
import tempfile
from pathlib import Path

from mdt.definitions import load
from mdt.definitions.files import SUFFIXES
from mdt.definitions.services import address
from mdt.errors import DefinitionError, MdtError, Problem
from mdt.formats.draft import Draft, DraftRoute
from mdt.language import _
from mdt.recording.yaml_writer import dump_yaml

HEAD = "# Imported by mdt from {source}.\n"
ROUNDS = 1_000


def settled(draft: Draft, source: str) -> str:
    """The text of the service file. Routes with problems leave the draft for its losses. Raises MdtError if nothing helps."""
    for _round in range(ROUNDS):
        text = HEAD.format(source=source) + dump_yaml(draft.document())
        problems = _problems(draft.service, text)
        if not problems:
            return text
        keys = {_key_of(problem, text) for problem in problems}
        wrong = [route for key, route in zip(draft.document()["routes"], draft.routes, strict=True) if key in keys]
        if not wrong:
            raise MdtError(
                _("The service file would have problems: {problems}", problems="; ".join(map(str, problems)))
            )
        _leave_out(draft, wrong, problems, text)
    raise MdtError(_("The service file would have too many problems."))


def _leave_out(draft: Draft, wrong: list[DraftRoute], problems: list[Problem], text: str) -> None:
    keys = list(draft.document()["routes"])
    told = {key: problem for problem in reversed(problems) for key in [_key_of(problem, text)]}
    for route in wrong:
        problem = told[keys[draft.routes.index(route)]]
        draft.lost(
            route.where,
            _("{method} {path} is left out: {why}", method=route.method, path=route.path, why=problem.text()),
        )
    draft.routes[:] = [route for route in draft.routes if route not in wrong]


def _problems(service: str, text: str) -> list[Problem]:
    """What loading says to the file alone."""
    with tempfile.TemporaryDirectory(prefix="mdt-") as folder:
        path = Path(folder, "external", f"{service}.yaml")
        path.parent.mkdir()
        path.write_text(text, encoding="utf-8")
        try:
            return list(load(Path(folder)).problems)
        except DefinitionError as error:
            return list(error.problems)


def _key_of(problem: Problem, text: str) -> str | None:
    """The route that the problem's line belongs to: the last line before it that is indented by two."""
    lines = text.split("\n")[: problem.line]
    for line in reversed(lines):
        if line.startswith("  ") and line[2:3] not in ("", " ", "-", "#"):
            key = line.strip().rstrip(":").strip("'\"")
            return key if key.partition(" ")[2].startswith("/") else None
    return None


def write(folder: Path, draft: Draft, source: str, *, force: bool = False) -> Path:
    """Writes external/<service>.yaml. Raises MdtError if the service is there already, unless `force` says to replace that file."""
    text = settled(draft, source)
    if not draft.routes:
        raise MdtError(_("Nothing can be taken over.\n{losses}", losses="\n".join(map(str, draft.losses))))
    path = folder / "external" / f"{draft.service}.yaml"
    others = [one for kind in ("external", "internal", "performance") for one in _files(folder / kind, draft.service)]
    if [one for one in others if one != path] or (path.exists() and not force):
        raise MdtError(
            _(
                "{file} is there already. Choose another --service, or --force to replace what was imported.",
                file=others[0],
            )
        )
    _check_address(folder, draft)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".yaml")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(temporary).replace(path)
    return path


def _check_address(folder: Path, draft: Draft) -> None:
    """Raises MdtError if another service lives at the draft's url."""
    try:
        services = load(folder).services
        where = address(draft.url or f"http://{draft.service}.internal", os.environ)
    except (MdtError, ValueError):
        return  # loading tells what is wrong
    for other in services.values():
        if other.name != draft.service and (other.host, other.base_path) == (where.host, where.base_path):
            told = _(
                "{url} is the url of {name} ({file}) already. Give another one with --url.",
                url=where.url,
                name=other.name,
                file=other.file,
            )
            raise MdtError(told)


def _files(below: Path, service: str) -> list[Path]:
    names = [*(f"{service}{suffix}" for suffix in SUFFIXES), *(f"{service}/service{suffix}" for suffix in SUFFIXES)]
    return [below / name for name in names if (below / name).exists()]

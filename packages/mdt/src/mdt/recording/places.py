"""Where recordings are: <kind>/<service>/recordings/<session>.yaml in the folder of definitions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mdt.definitions.files import KINDS
from mdt.errors import MdtError
from mdt.language import _, sentences
from mdt.suggest import did_you_mean

FOLDER = "recordings"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """The file of one recording."""

    service: str
    session: str
    path: Path


def places(folder: Path, service: str | None = None) -> Iterator[Place]:
    """All recordings, or those of one service, by service and session."""
    found = [path for kind in KINDS for path in (folder / kind).glob(f"*/{FOLDER}/*.yaml") if path.is_file()]
    every = [Place(path.parent.parent.name, path.stem, path) for path in found if not path.name.startswith(".")]
    yield from sorted(
        (one for one in every if service in (None, one.service)), key=lambda one: (one.service, one.session)
    )


def place(folder: Path, service: str, session: str) -> Place:
    """The recording of this name; `latest` is the newest one. Raises MdtError if there is none."""
    known = list(places(folder, service))
    if session == "latest" and known:
        return max(known, key=lambda one: one.path.stat().st_mtime)
    for one in known:
        if one.session == session:
            return one
    missing = _("There is no recording {session!r} of {service}.", session=session, service=service)
    raise MdtError(sentences(missing, did_you_mean(session, [one.session for one in known])))


def new_place(folder: Path, service: str, file: str | None, session: str | None, now: datetime | None = None) -> Place:
    """A place that is free, named after the minute, beside the service's `file` if there is one. Raises MdtError for a bad name."""
    for name, what in ((service, _("service")), (session, _("session"))):
        if name is not None and not NAME.fullmatch(name):
            raise MdtError(_("{name!r} is no name of a {what}: use letters, digits, . - and _", name=name, what=what))
    kind = next((part for part in Path(file or "").parts if part in KINDS), KINDS[0])
    below = folder / kind / service / FOLDER
    stem = session or (now or datetime.now().astimezone()).strftime("%Y%m%d-%H%M")
    if session and (below / f"{session}.yaml").exists():
        raise MdtError(_("There is a recording {session!r} of {service} already.", session=session, service=service))
    tries = [stem, *(f"{stem}-{number}" for number in range(2, 1000))]
    free = next(one for one in tries if not (below / f"{one}.yaml").exists())
    return Place(service, free, below / f"{free}.yaml")

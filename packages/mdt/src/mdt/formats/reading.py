"""Reads another tool's files into a draft; the format is told by what is in them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mdt.definitions.files import bounded
from mdt.engine.catalog import RecordingSettings
from mdt.errors import MdtError
from mdt.formats import har, mockoon, pact, postman, vcr, wiremock
from mdt.formats.calls import fill
from mdt.formats.draft import Draft
from mdt.formats.fixtures import played
from mdt.formats.recorded import draft_of
from mdt.language import _
from mdt.recording.session_file import HEAD, read_recording

MAX_BYTES = 100_000_000


@dataclass(frozen=True, slots=True)
class Format:
    """One tool's files: how they are known, and how one is added to a draft."""

    name: str
    fits: Callable[[Any], bool]
    read: Callable[[Any, Draft, Path, RecordingSettings], None]


FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        Format(
            "wiremock",
            wiremock.is_wiremock,
            lambda document, draft, path, _settings: wiremock.read(document, draft, path),
        ),
        Format(
            "mockoon", mockoon.is_mockoon, lambda document, draft, path, _settings: mockoon.read(document, draft, path)
        ),
        Format(
            "postman",
            postman.is_postman,
            lambda document, draft, path, _settings: postman.read(document, draft, path.name),
        ),
        Format(
            "har",
            har.is_har,
            lambda document, draft, path, settings: fill(draft, har.read(document, draft, path.name), settings),
        ),
        Format(
            "vcr",
            vcr.is_vcr,
            lambda document, draft, path, settings: fill(draft, vcr.read(document, draft, path.name), settings),
        ),
        Format("pact", pact.is_pact, lambda document, draft, path, _settings: pact.read(document, draft, path.name)),
    )
}
NAMES = (*FORMATS, "recording", "fixtures")


def read_files(name: str | None, files: list[Path], draft: Draft, settings: RecordingSettings) -> None:
    """Adds every file to the draft. Raises MdtError for a file that is none of the format, or of none that is known."""
    if name == "fixtures":
        fill(draft, played(files), settings)
        return
    for file in files:
        data = bounded(file, MAX_BYTES)
        if name == "recording" or (name is None and data.startswith(HEAD[:30].encode())):
            _recording(file, draft)
            continue
        document = _document(file, data)
        found = FORMATS[name] if name else next((one for one in FORMATS.values() if _fits(one, document)), None)
        if found is None or not _fits(found, document):
            raise MdtError(_("{file} is no file of {names}", file=file, names=name or ", ".join(NAMES)))
        _read(found, document, draft, file, settings)


def _fits(one: Format, document: Any) -> bool:
    try:
        return bool(one.fits(document))
    except (AttributeError, KeyError, IndexError, TypeError):
        return False


def _read(found: Format, document: Any, draft: Draft, file: Path, settings: RecordingSettings) -> None:
    try:
        found.read(document, draft, file, settings)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        why = f"{type(error).__name__}: {error}"
        raise MdtError(_("{file} is not as {name} writes it ({why})", file=file, name=found.name, why=why)) from None


def _recording(file: Path, draft: Draft) -> None:
    recording = read_recording(file)
    made = draft_of(recording)
    draft.url, draft.default = draft.url or recording.url, made.default
    draft.routes += made.routes
    draft.losses += made.losses


def _document(file: Path, data: bytes) -> Any:
    try:
        return json.loads(data) if data.lstrip()[:1] in (b"{", b"[") else yaml.load(data, yaml.CSafeLoader)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())[:200]
        raise MdtError(_("{file} is neither JSON nor YAML: {reason}", file=file, reason=reason)) from None

"""The file of one recording: YAML documents, the first about the recording, then one for each call.

Each call is appended and synced at once, so that the file holds every finished call, however the recorder ends. A call that
was cut off is left out by the reader, which tells so.
"""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock
from typing import Any

from mdt.definitions.files import bounded
from mdt.definitions.source import Source, Table, line_of, plain
from mdt.definitions.yaml_text import read_yaml
from mdt.errors import DefinitionError, MdtError, Problem
from mdt.language import _, words_of
from mdt.recording.bodies import FORMS
from mdt.recording.model import Pairs, RecordedAnswer, RecordedCall, RecordedRequest, Recording
from mdt.recording.yaml_writer import dump_yaml

FORMAT = 1
HEAD = "# A recording of mdt. Secrets are replaced by pseudonyms: redacted-token-1.\n"
MAX_BYTES = 500_000_000
_DOCUMENT = re.compile(r"^---[ \t]*\r?$\n?", re.MULTILINE)

_CUT_MARK = re.compile(r"^--?\Z", re.MULTILINE)  # the beginning of a document that was never written


class SessionWriter:
    """Appends calls to a new file. Raises FileExistsError if the file is there."""

    def __init__(self, path: Path, service: str, url: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.count = 0
        self._lock = Lock()
        self._file = path.open("x", encoding="utf-8", newline="\n")
        self._write(_head(service, path.stem, url))

    def append(self, call: RecordedCall) -> None:
        """Returns when the call is on the disk."""
        text = call_text(call)
        with self._lock:
            self._write(text)
            self.count += 1

    def _write(self, text: str) -> None:
        self._file.write(text)
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def _head(service: str, session: str, url: str) -> str:
    return HEAD + dump_yaml({"recording": service, "session": session, "url": url, "format": FORMAT})


def call_text(call: RecordedCall) -> str:
    """The document of one call; `took` is its last key, by which a whole call is known."""
    asked, answered = call.request, call.answer
    request = {"method": asked.method, "path": asked.path, **_headers(asked.headers), **asked.body}
    answer = {"fault": answered.fault} if answered.fault else {"status": answered.status}
    answer = {
        **answer,
        **_headers(answered.headers),
        **answered.body,
        **({"partial": True} if answered.partial else {}),
    }
    return "---\n" + dump_yaml({"at": call.at, "request": request, "answer": answer, "took": round(call.took, 4)})


def _headers(pairs: Pairs) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        found[name] = (
            [*(found[name] if isinstance(found[name], list) else [found[name]]), value] if name in found else value
        )
    return {"headers": found} if found else {}


def write_recording(recording: Recording, path: Path) -> None:
    """Writes the whole file at once; what was there is replaced."""
    texts = [_head(recording.service, recording.session, recording.url), *map(call_text, recording.calls)]
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8", newline="\n") as file:
        file.writelines(texts)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)


def read_recording(path: Path) -> Recording:
    """Reads a recording. Raises DefinitionError with the problems of the file; a call cut off at the end is none."""
    source = Source(str(path))
    documents = _documents(_text(path, source))
    head = _document(documents[0], source)
    if source.problems or not _is_head(head):
        raise DefinitionError(source.problems or [Problem(str(path), 1, _("this file is no recording of mdt"))])
    calls = [_read_call(text, line, Source(source.file)) for line, text in documents[1:]]
    cut = bool(calls) and isinstance(calls[-1], list)
    problems = [problem for call in (calls[:-1] if cut else calls) if isinstance(call, list) for problem in call]
    if problems:
        raise DefinitionError(problems)
    whole = tuple(call for call in calls if isinstance(call, RecordedCall))
    return Recording(head["recording"], head["session"], head["url"], whole, str(path), int(cut))


def _is_head(head: Any) -> bool:
    texts = ("recording", "session", "url")
    return (
        isinstance(head, Table)
        and head.get("format") == FORMAT
        and all(isinstance(head.get(key), str) for key in texts)
    )


def _text(path: Path, source: Source) -> str:
    try:
        return bounded(path, MAX_BYTES).decode("utf-8", "replace")
    except MdtError as error:
        raise DefinitionError([Problem(source.file, 1, words_of(error))]) from None


def _documents(text: str) -> list[tuple[int, str]]:
    """The documents with the lines that they begin in."""
    text = _CUT_MARK.sub("", text)
    found, line, at = [], 1, 0
    for mark in _DOCUMENT.finditer(text):
        found.append((line, text[at : mark.start()]))
        line += text.count("\n", at, mark.end())
        at = mark.end()
    return [*found, (line, text[at:])]


def _document(document: tuple[int, str], source: Source) -> Any:
    line, text = document
    inner = Source(source.file)
    value = read_yaml(text.encode(), inner)
    source.problems += [Problem(one.file, one.line + line - 1, one.what, one.mend) for one in inner.problems]
    return value


def _read_call(text: str, line: int, source: Source) -> RecordedCall | list[Problem]:
    """The call, or what is wrong with it."""
    value = _document((line, text), source)
    if source.problems:
        return source.problems
    if not isinstance(value, Table) or list(value) != ["at", "request", "answer", "took"]:
        return [
            Problem(source.file, line, _("a recorded call has the keys at, request, answer and took, in this order"))
        ]
    try:
        return RecordedCall(
            str(value["at"]), _request(value["request"]), _answer(value["answer"]), float(value["took"]), line
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return [Problem(source.file, line + line_of(value, "request") - 1, _("this recorded call is not well-formed"))]


def _request(table: Mapping[str, Any]) -> RecordedRequest:
    return RecordedRequest(str(table["method"]), str(table["path"]), _pairs(table), _body(table))


def _answer(table: Mapping[str, Any]) -> RecordedAnswer:
    fault = str(table.get("fault", ""))
    status = 0 if fault else int(table["status"])
    return RecordedAnswer(status, _pairs(table), _body(table), fault, bool(table.get("partial")))


def _pairs(table: Mapping[str, Any]) -> Pairs:
    headers: Mapping[str, Any] = table.get("headers", {})
    return tuple((name, str(one)) for name, value in headers.items() for one in _each(value))


def _each(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [value]


def _body(table: Mapping[str, Any]) -> dict[str, Any]:
    return {form: plain(table[form]) for form in FORMS if form in table}

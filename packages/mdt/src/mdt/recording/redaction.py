"""Replaces secrets in calls by pseudonyms: in URLs, headers, JSON, forms, multipart bodies, XML, events, text and base64."""

import base64
import binascii
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote_plus

from mdt.engine.catalog import RecordingSettings
from mdt.recording import detectors
from mdt.recording.encodings import again, json_of, with_xml
from mdt.recording.key_rules import COOKIES, SECRET_HEADERS, is_kept, kind_of_key
from mdt.recording.model import Body, Pairs, RecordedCall, RecordedRequest
from mdt.recording.pseudonyms import PSEUDONYM, Pseudonyms

_BASE64 = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")


class Redactor:
    """Redacts the calls of one recording. `left_out` counts headers that are not on the list of those to keep."""

    def __init__(self, settings: RecordingSettings = RecordingSettings(), names: Pseudonyms | None = None) -> None:  # noqa: B008 - frozen
        self.names = names or Pseudonyms()
        self.left_out: Counter[str] = Counter()
        self._settings = settings
        self._detectors = detectors.own_detectors(settings.patterns)
        self._allowed = [re.compile(pattern) for pattern in settings.allow]

    def call(self, call: RecordedCall) -> RecordedCall:
        """Goes over the call twice: what its answer shows to be a secret may stand in its request without a key."""
        return self._once(self._once(call))

    def _once(self, call: RecordedCall) -> RecordedCall:
        asked, answered = call.request, call.answer
        request = RecordedRequest(
            asked.method, self.url(asked.path), self.headers(asked.headers), self.body(asked.body)
        )
        headers, body = self.headers(answered.headers), self.body(answered.body)
        return replace(call, request=request, answer=replace(answered, headers=headers, body=body))

    def text(self, text: str) -> str:
        """A text without the values that are known as secrets and those that look like one."""
        for value, kind in self.names.learned():
            if value in text and not self.is_allowed(value):
                text = text.replace(value, self.names.name(kind, value))
        pieces, at = [], 0
        for found in detectors.find(text, self._detectors):
            value = text[found.start : found.end]
            pieces += [text[at : found.start], self._named(found.kind, value)]
            at = found.end
        return "".join([*pieces, text[at:]])

    def is_allowed(self, value: str) -> bool:
        """Whether it is a pseudonym already, or mdt.yaml says that such values are no secrets."""
        return bool(PSEUDONYM.fullmatch(value)) or any(pattern.search(value) for pattern in self._allowed)

    def _named(self, kind: str, value: str) -> str:
        return value if self.is_allowed(value) else self.names.name(kind, value)

    def kind_of(self, key: str) -> str | None:
        return kind_of_key(key, self._settings.keys)

    def value(self, value: Any, kind: str | None = None) -> Any:
        """A JSON value. `kind` is that of the key above it: then every text and number in it is a secret."""
        if isinstance(value, Mapping):
            return {self.text(key): self.value(one, self.kind_of(key) or kind) for key, one in value.items()}
        if isinstance(value, list):
            return [self.value(one, kind) for one in value]
        if isinstance(value, str):
            return self._string(value, kind)
        if kind and isinstance(value, int) and not isinstance(value, bool):
            return value if self.is_allowed(str(value)) else self.names.integer(kind, value)
        return value

    def _string(self, text: str, kind: str | None) -> str:
        if kind or not text:
            return self._named(kind, text) if kind and text else text
        if text[0] in "{[" and (inner := json_of(text)) is not None:
            redacted = self.value(inner)
            return text if redacted == inner else json.dumps(redacted, ensure_ascii=False)
        return self._named("secret", text) if self._hides(text) else self.text(text)

    def _hides(self, text: str) -> bool:
        """Whether it is base64 of a text or JSON with a secret in it."""
        if not _BASE64.fullmatch(text):
            return False
        try:
            inner = base64.b64decode(text, validate=True).decode()
        except (ValueError, binascii.Error):
            return False
        if inner[:1] in ("{", "[") and (document := json_of(inner)) is not None:
            return bool(self.value(document) != document)
        return self.text(inner) != inner

    def url(self, url: str) -> str:
        """A URL or path: its user and password, segments, and the values of query and fragment."""
        head, hash_, fragment = url.partition("#")
        path, mark, query = head.partition("?")
        return self._path(path) + mark + self._pairs(query) + hash_ + self._pairs(fragment)

    def _path(self, path: str) -> str:
        scheme, colon, rest = path.partition("://")
        if colon:
            authority, slash, below = rest.partition("/")
            return scheme + colon + authority.rpartition("@")[2] + slash + self._path(below)
        return "/".join(again(segment, self.text) for segment in path.split("/"))

    def _pairs(self, query: str) -> str:
        return "&".join(map(self._pair, query.split("&")))

    def _pair(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        kind = self.kind_of(unquote_plus(name))
        return name + equals + again(value, lambda text: self._string(text, kind)) if equals else again(pair, self.text)

    def headers(self, headers: Pairs) -> Pairs:
        """The headers of the list of those to keep and the secret ones, with pseudonyms; all others are left out."""
        kept: list[tuple[str, str]] = []
        for name, value in headers:
            if name in COOKIES:
                kept.append((name, self._cookies(name, value)))
            elif kind := SECRET_HEADERS.get(name):
                kept.append((name, self._credential(kind, value)))
            elif is_kept(name, self._settings.headers):
                kept.append((name, self.url(value) if name.endswith("location") else self.text(value)))
            else:
                self.left_out[name] += 1
        return tuple(kept)

    def _credential(self, kind: str, value: str) -> str:
        """Keeps the scheme: Bearer redacted-token-1."""
        scheme, space, credential = value.partition(" ")
        if space and scheme.isalpha():
            return f"{scheme} {self._named(kind, credential.strip())}"
        return self._named(kind, value)

    def _cookies(self, name: str, value: str) -> str:
        """Every value of `cookie`; the first one of `set-cookie`, whose attributes stay."""
        first, *others = value.split("; ")
        return "; ".join([self._cookie(first), *(others if name == "set-cookie" else map(self._cookie, others))])

    def _cookie(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        return name + equals + self._named("cookie", value) if value else pair

    def body(self, body: Body) -> Body:
        return {form: _BODIES[form](self, content) for form, content in body.items()}

    def _fields(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {name: self.value(value, self.kind_of(name)) for name, value in fields.items()}

    def _parts(self, parts: list[Mapping[str, Any]]) -> list[Any]:
        return [self._part(part) for part in parts]

    def _part(self, part: Mapping[str, Any]) -> dict[str, Any]:
        kind = self.kind_of(str(part.get("name", "")))
        done = {key: self._binary(value) if key == "base64" else value for key, value in part.items()}
        if "text" in part:
            done["text"] = self._string(part["text"], kind) if kind else self.document(part["text"])
        return done

    def document(self, text: str) -> str:
        """A text body: JSON, XML, or anything else."""
        if text[:1] in ("{", "[") and json_of(text) is not None:
            return self._string(text, None)
        return self.text(with_xml(text, self.kind_of, self._named)) if "<" in text else self.text(text)

    def _events(self, events: list[Mapping[str, Any]]) -> list[Any]:
        return [
            {key: self._data(value) if key == "data" else value for key, value in event.items()} for event in events
        ]

    def _data(self, data: Any) -> Any:
        return self.document(data) if isinstance(data, str) else self.value(data)

    def _binary(self, text: str) -> str:
        """Binary data: replaces texts in it that are certainly secrets, keys and tokens."""
        raw = base64.b64decode(text).decode("latin-1")
        done = raw
        for value, kind in self.names.learned():
            done = done.replace(value, self._named(kind, value))
        for found in reversed(list(detectors.find(done, detectors.CERTAIN))):
            done = done[: found.start] + self._named(found.kind, done[found.start : found.end]) + done[found.end :]
        return text if done == raw else base64.b64encode(done.encode("latin-1", "replace")).decode()


_BODIES: dict[str, Callable[[Redactor, Any], Any]] = {
    "json": Redactor.value,
    "form": Redactor._fields,
    "multipart": Redactor._parts,  # noqa: SLF001
    "sse": Redactor._events,  # noqa: SLF001
    "text": Redactor.document,
    "base64": Redactor._binary,  # noqa: SLF001
}

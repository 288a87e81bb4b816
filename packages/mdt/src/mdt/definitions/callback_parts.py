"""Compiles the keys of one callback, except `extends`: its address, body, signature, how often and when it is sent."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mdt.callbacks.model import Message, RetryPlan, Signer
from mdt.callbacks.retry_plans import RETRY_PLANS, is_success
from mdt.callbacks.schemes import ENCODINGS, SCHEMES
from mdt.callbacks.secrets import Options
from mdt.callbacks.tampering import TAMPERS
from mdt.definitions.addresses import read_url
from mdt.definitions.answer_keys import headers_of
from mdt.definitions.bodies import Body, Place
from mdt.definitions.callback_bodies import BODIES, made
from mdt.definitions.durations import seconds
from mdt.definitions.files import Folder
from mdt.definitions.source import Rows, Source, Table, kind, line_of
from mdt.engine.call import Call
from mdt.engine.templates import TemplateError
from mdt.language import _, both, either, sentences, words_of
from mdt.suggest import did_you_mean

ADDRESS = re.compile(r"(?:([A-Z]+) +)?(\S+)")
METHODS = ("POST", "PUT", "PATCH", "GET", "DELETE")
MOST = 100  # copies


@dataclass(frozen=True, slots=True)
class Setting:
    """Where the callbacks of one service stand."""

    service: str
    source: Source
    folder: Folder
    directory: Path
    env: Mapping[str, str]


class Parts:
    """Reads the keys of a callback; those that it does not have are the ones of its file (`common`)."""

    def __init__(self, place: Setting, common: Table) -> None:
        self._place = place
        self._source = place.source
        self._set = common

    def address(self, table: Table) -> tuple[str, Callable[[str], str]]:
        """The method, and a function that reads the URL when it is needed: its variables may be set later."""
        origin = table if "callback" in table else self._set
        line = line_of(origin, "callback")
        if "callback" not in origin:
            self._source.wrong(line, _("the callbacks have no address"), _("Write callback: POST ${{APP_URL}}/webhook"))
            return "POST", str  # which is not called after a problem
        found = ADDRESS.fullmatch(self._source.text(origin, "callback"))
        if (
            found is None
            or (found[1] or "POST") not in METHODS
            or not found[2].startswith(("http://", "https://", "${"))
        ):
            message = _("{given!r} is no address of a callback", given=str(origin["callback"]))
            self._source.wrong(line, message, _("Write callback: POST ${{APP_URL}}/webhook"))
            return "POST", str  # which is not called after a problem
        env = self._place.env
        return found[1] or "POST", lambda instead: read_url(found[2], env, instead)

    def names(self, table: Table) -> tuple[tuple[str, ...], bool]:
        """The callbacks of `sequence`, or of `concurrent` with names."""
        at_once = isinstance(table.get("concurrent"), list)
        key = "concurrent" if at_once else "sequence"
        if key not in table:
            return (), False
        names = table[key]
        if isinstance(names, Rows) and len(names) > 1 and all(isinstance(one, str) for one in names):
            return tuple(names), at_once
        self._source.wrong(line_of(table, key), _("{key!r} is a list of two or more callbacks", key=key))
        return (), False

    def signer(self, table: Table) -> Signer | None:
        origin = table if "sign" in table else self._set
        if origin.get("sign") is None or origin["sign"] == "none":
            return None
        line = line_of(origin, "sign")
        sign = self._source.table(origin["sign"], line, "`sign`")
        name = self._source.text(sign, "scheme")
        if name not in SCHEMES:
            self._source.wrong(
                line_of(sign, "scheme"),
                sentences(_("there is no scheme {name!r}.", name=name), did_you_mean(name, SCHEMES)),
            )
            return None
        scheme = SCHEMES[name]
        self._source.known_keys(sign, ("scheme", *scheme.options), _("the scheme {name}", name=name))
        for group in scheme.needs:
            if not any(key in sign for key in group):
                self._source.wrong(line, _("the scheme {name} needs {keys}", name=name, keys=either(group)))
        values = {key: self._option(sign, key) for key in sign if key != "scheme"}
        if values.get("encoding", "hex") not in ENCODINGS:
            self._source.wrong(line_of(sign, "encoding"), _("`encoding` is {known}", known=either(ENCODINGS)))
            return None
        return scheme.make(Options(self._place.service, values, self._place.env))

    def _option(self, sign: Table, key: str) -> str:
        value = sign[key]
        if isinstance(value, Table) and set(value) == {"file"} and isinstance(value["file"], str):
            content = self._place.folder.read(self._place.directory / value["file"], self._source, line_of(sign, key))
            return (content or b"").decode(errors="replace")
        return self._source.text(sign, key)

    def tamper(self, table: Table, signer: Signer | None) -> str:
        name = self._source.text(table, "tamper")
        if not name:
            return ""
        line = line_of(table, "tamper")
        if name not in TAMPERS:
            self._source.wrong(
                line, sentences(_("there is no tamper {name!r}.", name=name), did_you_mean(name, TAMPERS))
            )
            return ""
        if signer is None:
            self._source.wrong(line, _("`tamper` needs `sign`"), _("An unsigned callback has nothing to forge"))
        elif not TAMPERS[name].asks(signer):
            able = [one for one in TAMPERS if TAMPERS[one].asks(signer)]
            message = _("{scheme} signs no {name}, so it cannot be forged", scheme=signer.scheme, name=name)
            self._source.wrong(line, message, _("It can be forged by {names}", names=either(able)))
        return name

    def count(self, table: Table, key: str) -> int:
        value = table.get(key, 1)
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST:
            return value
        self._source.wrong(
            line_of(table, key),
            _("{key!r} is a number from 1 to {most}, not {kind}", key=key, most=MOST, kind=kind(value)),
        )
        return 1

    def seconds(self, table: Table, key: str) -> float:
        try:
            return seconds(table.get(key, 0))
        except ValueError as error:
            self._source.wrong(line_of(table, key), words_of(error))
            return 0.0

    def retry(self, table: Table) -> RetryPlan | None:
        """A plan by its name, or waits such as [15s, 1m]."""
        origin = table if "retry" in table else self._set
        value = origin.get("retry")
        if value is None or value == "none":
            return None
        line = line_of(origin, "retry")
        if isinstance(value, str) and value in RETRY_PLANS:
            return RETRY_PLANS[value]
        if not isinstance(value, Rows) or not value or len(value) > MOST:
            message = _(
                "`retry` is {plans}, or a list of durations, not {kind}", plans=either(RETRY_PLANS), kind=kind(value)
            )
            self._source.wrong(line, message)
            return None
        try:
            return RetryPlan("", tuple(map(seconds, value)), is_success)
        except ValueError as error:
            self._source.wrong(line, words_of(error))
            return None

    def refuse_contradictions(self, table: Table, names: tuple[str, ...]) -> None:
        alone = [key for key in table if key in {*BODIES, "headers", "repeat", "every", "tamper", "retry"}]
        if names and alone:
            self._source.wrong(
                line_of(table, alone[0]),
                _("a callback that names others has no {keys} of its own", keys=both(alone)),
            )
        if "every" in table and "repeat" not in table:
            self._source.wrong(line_of(table, "every"), _("`every` needs `repeat`"))
        bodies = [key for key in BODIES if key in table]
        if len(bodies) > 1:
            self._source.wrong(line_of(table, bodies[1]), _("a callback has one body, not {kinds}", kinds=both(bodies)))

    def maker(self, table: Table, line: int) -> Callable[[Call], Message]:
        key = next((key for key in BODIES if key in table), None)
        body = Body()
        try:
            if key is not None:
                place = Place(self._source, line_of(table, key), self._place.folder, self._place.directory)
                body = BODIES[key](table[key], place)
            headers = headers_of(table, self._source)
        except (TemplateError, ValueError) as error:
            self._source.wrong(line, words_of(error))
            headers = []
        return lambda call: made(body, headers, call)

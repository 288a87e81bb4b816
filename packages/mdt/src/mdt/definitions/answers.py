"""Compiles one answer. What does not depend on the call is made once, at loading."""

from collections.abc import Callable

from mdt.definitions.answer_keys import (
    ANSWER_KEYS,
    OTHER_WORDS,
    HeaderValue,
    checked_header,
    dribble_of,
    fault_of,
    headers_of,
    latency_of,
    passthrough_of,
    status_of,
)
from mdt.definitions.bodies import BODIES, Body, Content, Place
from mdt.definitions.source import Rows, Table, kind, line_of, plain
from mdt.engine.answers import Answer, Fixed, Forward, InTurn, Made, Ready, Shaping
from mdt.engine.call import Call
from mdt.engine.messages import Reply
from mdt.engine.templates import TemplateError, takes_time
from mdt.language import _, both, words_of

ALONE = ("sequence", "passthrough")  # allow no other key but `description`
BODILESS = frozenset({204, 205, 304})


def compile_answer(table: Table, place: Place, url: str) -> Answer:
    """Compiles a table whose `extends` is resolved. If it reports problems to the source, the result is not to be used."""
    source = place.source
    source.known_keys(table, ANSWER_KEYS, _("an answer"), OTHER_WORDS)
    source.text(table, "description")
    for key in ALONE:
        if key in table:
            return _alone(key, table, place, url)
    try:
        return _reply(table, place)
    except TemplateError as error:
        source.wrong(place.line, words_of(error))
        return Ready(Reply())


def _alone(key: str, table: Table, place: Place, url: str) -> Answer:
    others = [
        other for other in table if other not in {key, "description", "offContract", "prefer"} and other in ANSWER_KEYS
    ]
    if others:
        place.source.wrong(
            line_of(table, key), _("{key!r} stands alone; remove {others}", key=key, others=", ".join(others))
        )
    if key == "sequence":
        return _sequence(table, place)
    target = passthrough_of(table, place.source)
    return Forward(target if isinstance(target, str) else url, same=target is True)


def _sequence(table: Table, place: Place) -> Answer:
    names = table["sequence"]
    if isinstance(names, Rows) and names and all(isinstance(name, str) for name in names):
        return InTurn(tuple(names))
    place.source.wrong(line_of(table, "sequence"), _("`sequence` is a list of scenarios, not {kind}", kind=kind(names)))
    return InTurn(())


def _reply(table: Table, place: Place) -> Answer:
    status, body = status_of(table, place.source), _body(table, place)
    headers = _with_defaults(headers_of(table, place.source), body)
    shaping = Shaping(latency_of(table, place.source), dribble_of(table, place.source), fault_of(table, place.source))
    _refuse_contradictions(table, status, place)
    make = _maker(status, headers, body.content)
    if isinstance(make, Reply) and isinstance(shaping.latency, Fixed | None):
        return Ready(shaping.shaped(make, shaping.latency.seconds if shaping.latency else 0.0))
    heavy = takes_time(plain(table), shared_is_large=place.folder.shared_is_large)
    return Made((lambda _call: make) if isinstance(make, Reply) else make, shaping, heavy)


def _body(table: Table, place: Place) -> Body:
    kinds = [key for key in BODIES if key in table]
    if len(kinds) > 1:
        several = both(kinds)
        place.source.wrong(line_of(table, kinds[1]), _("an answer has one body, not {kinds}", kinds=several))
    if not kinds:
        return Body()
    line = line_of(table, kinds[0])
    try:
        return BODIES[kinds[0]](table[kinds[0]], Place(place.source, line, place.folder, place.directory))
    except (TemplateError, ValueError) as error:
        place.source.wrong(line, words_of(error))
        return Body()


def _with_defaults(headers: list[tuple[str, HeaderValue]], body: Body) -> list[tuple[str, HeaderValue]]:
    """Adds the body's headers that the answer does not set."""
    given = {name for name, _ in headers}
    return [*((name, value) for name, value in body.headers if name not in given), *headers]


def _refuse_contradictions(table: Table, status: int, place: Place) -> None:
    kinds = [key for key in BODIES if key in table]
    if kinds and status in BODILESS:
        place.source.wrong(line_of(table, kinds[0]), _("a reply with status {status} has no body", status=status))
    if "sse" in table and "dribble" in table:
        place.source.wrong(
            line_of(table, "dribble"), _("`dribble` and `sse` exclude each other"), _("Give events a delay")
        )


def _maker(
    status: int, headers: list[tuple[str, HeaderValue]], content: Content | Callable[[Call], Content]
) -> Reply | Callable[[Call], Reply]:
    sized = status not in BODILESS and all(name != "content-length" for name, _ in headers)
    constant = tuple((name, value) for name, value in headers if isinstance(value, str))
    same = len(constant) == len(headers)
    if same and not callable(content):
        return _made(status, constant, content, sized=sized)

    def make(call: Call) -> Reply:
        filled = constant if same else tuple((name, _filled(value, call)) for name, value in headers)
        return _made(status, filled, content(call) if callable(content) else content, sized=sized)

    return make


def _filled(value: HeaderValue, call: Call) -> str:
    return value if isinstance(value, str) else checked_header(value(call))


def _made(status: int, headers: tuple[tuple[str, str], ...], content: Content, *, sized: bool) -> Reply:
    """A reply, with the length of its body if it is `sized`."""
    if isinstance(content, tuple):
        return Reply(status, headers, chunks=content)
    if sized:
        headers = (*headers, ("content-length", str(len(content))))
    return Reply(status, headers, content)

"""The scenarios of an operation: each declared status by its name, the success in several sizes, and faults nobody declares."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from mdt.generate.bodies import Body, body, rank
from mdt.generate.modes import BOUNDARY, EMPTY, FULL, MINIMAL, SUCCESS, Mode
from mdt.generate.names import scenario_name, status_name, status_of, unique
from mdt.generate.values import NOTHING, Note, Values
from mdt.language import _
from mdt.openapi import Content, Header, Operation, Response

MORE_EXAMPLES = 2  # beside the first, unless all are wanted
UNNAMED = "example"  # what mdt.openapi calls the only example of a media type
BODILESS = (204, 205, 304)
RETRY_AFTER = "30"  # seconds
FAULTS = (("timeout", "timeout"), ("connectionReset", "connection-reset"))


@dataclass(frozen=True, slots=True)
class Scenario:
    """One named answer. `value` is the body before it was written; `declared` is the status as in the document, "" for none."""

    name: str
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: Body | None = None
    value: Any = NOTHING
    content: Content | None = None
    declared: str = ""
    fault: str = ""
    fixed: bool = False  # the body is the document's own example
    example: str = ""  # the name of that example, where the document names it


@dataclass(slots=True)
class _Found:
    scenarios: list[Scenario] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.scenarios]

    def add(self, scenario: Scenario) -> None:
        self.scenarios.append(replace(scenario, name=unique(scenario.name, self.names)))

    def has_value(self, status: int, value: Any) -> bool:
        return any(one.status == status and one.value == value for one in self.scenarios)


def scenarios(operation: Operation, values: Values, *, everything: bool) -> list[Scenario]:
    """The scenarios, `success` first. What cannot be made is in the notes of `values`."""
    found = _Found()
    answers = [_Answer(operation, one, values, everything) for one in operation.responses]
    answers = [one for one in answers if one.is_possible()]
    success = next(filter(None, (_lowest(answers, first) for first in ("2", "default", "3"))), None)
    for scenario in success.of_success() if success else ():
        if scenario.name == "success" or not found.has_value(scenario.status, scenario.value):
            found.add(scenario)
    for scenario in (one for answer in answers if answer is not success for one in answer.of_other()):
        found.add(scenario)
    for name, fault in FAULTS if everything else FAULTS[:1]:
        found.add(Scenario(name, fault=fault))
    return found.scenarios


def _lowest(answers: list["_Answer"], first: str) -> "_Answer | None":
    return min((one for one in answers if one.status.startswith(first)), key=lambda one: one.status, default=None)


@dataclass(frozen=True, slots=True)
class _Answer:
    """One declared answer of an operation."""

    operation: Operation
    response: Response
    values: Values
    everything: bool

    @property
    def status(self) -> str:
        return self.response.status

    @property
    def _number(self) -> int:
        return status_of(self.status, [one.status for one in self.operation.responses])

    @property
    def where(self) -> str:
        return f"{self.operation.label} {self.status}"

    @property
    def content(self) -> Content | None:
        """The body in the media type that is answered; None for a status that has no body."""
        if self.status.isdecimal() and int(self.status) in BODILESS:
            return None
        return min(self.response.contents.values(), key=rank, default=None)

    def is_possible(self) -> bool:
        if self.status == "default" or not self.status.startswith("1"):
            return True
        text = _("an answer of mdt has a status from 200 to 599, not {status}", status=self.status)
        self.values.notes.append(Note(self.operation.label, text, left_out=True))
        return False

    def of_success(self) -> Iterator[Scenario]:
        base = Scenario("success", 200 if self.status == "default" else self._number, declared=self.status)
        yield from self._main(base, self.content, more=None if self.everything else MORE_EXAMPLES)
        sizes = list(self._sizes(base, (EMPTY, MINIMAL, BOUNDARY, FULL) if self.everything else (EMPTY, MINIMAL)))
        if self.everything:
            yield from (one for one in sizes if one.name != "empty" or _has_empty(one.value))
            yield from self._other_types(base)
        else:
            yield from _one_size(sizes, self.operation)

    def of_other(self) -> Iterator[Scenario]:
        base = Scenario(status_name(self.status), self._number, declared=self.status)
        yield from self._main(base, self.content, more=None if self.everything else 0)

    def _main(self, base: Scenario, content: Content | None, *, more: int | None) -> Iterator[Scenario]:
        """The scenario with the first example, or an instance, and those with `more` of the other examples."""
        if content is None or not (content.examples or content.schema or content.item_schema):
            yield self._with(base, content, NOTHING)
            return
        examples = list(self.values.examples(content, self.where).items())
        taken = [base.name]
        for at, (name, value) in enumerate(examples[: None if more is None else more + 1]):
            shown = base.name if at == 0 else scenario_name(base.name, name, taken)
            taken.append(shown)
            named = name if name in content.examples and name != UNNAMED else ""
            yield self._with(replace(base, name=shown, fixed=True, example=named), content, value)
        if not examples:
            value = self.values.made(
                content, SUCCESS, self.where
            )  # if there is none, the status is answered without a body
            yield self._with(base, content, value)

    def _instance(self, base: Scenario, content: Content, mode: Mode) -> Iterator[Scenario]:
        """The scenario with an instance; nothing if none was found."""
        value = self.values.made(content, mode, self.where)
        if value is not NOTHING:
            yield self._with(base, content, value, whole=mode is FULL)

    def _sizes(self, base: Scenario, modes: tuple[Mode, ...]) -> Iterator[Scenario]:
        content = self.content
        for mode in modes if content and (content.schema or content.item_schema) else ():
            yield from self._instance(replace(base, name=mode.name), content, mode)  # type: ignore[arg-type]

    def _other_types(self, base: Scenario) -> Iterator[Scenario]:
        """The same answer in the media types that were not chosen."""
        chosen = self.content
        for content in self.response.contents.values() if chosen else ():
            if content is not chosen:
                name = scenario_name(base.name, content.media_type.rpartition("/")[2], ())
                yield from self._main(replace(base, name=name), content, more=0)

    def _with(self, base: Scenario, content: Content | None, value: Any, *, whole: bool = False) -> Scenario:
        """The scenario with its body and headers; `whole` adds the optional headers."""
        headers = dict(_headers(self.response, self.values, self.where, whole=whole))
        if base.status in {429, 503}:
            headers.setdefault("retry-after", RETRY_AFTER)
        written = None if content is None or value is NOTHING else body(content, value)
        return replace(base, headers=tuple(headers.items()), body=written, value=value, content=content)


def _one_size(sizes: list[Scenario], operation: Operation) -> list[Scenario]:
    """The empty one of a collection, else the minimal one."""
    empty = [one for one in sizes if one.name == "empty" and _is_empty(one.value, operation)]
    return empty or [one for one in sizes if one.name == "minimal"]


def _is_empty(value: Any, operation: Operation) -> bool:
    """Whether it is a list, or a page of one: an object with a list in it, at a path that names a collection."""
    collection = operation.method == "GET" and not operation.path.endswith("}")
    return _has_empty(value) if collection else bool(value == [])


def _has_empty(value: Any) -> bool:
    return value == [] or (isinstance(value, dict) and any(one == [] for one in value.values()))


def _headers(response: Response, values: Values, where: str, *, whole: bool) -> Iterator[tuple[str, str]]:
    for name, header in response.headers.items():
        needed = header.required or whole or _is_given(header) or (name in {"retry-after", "location"})
        if needed and name not in {"content-length", "transfer-encoding", "connection"}:
            value = values.header(header, where)
            shown = _simple(value)
            if value is not NOTHING and shown.isascii() and shown.isprintable() and "{" not in shown:
                yield name, shown


def _is_given(header: Header) -> bool:
    """Whether the document says what the header holds."""
    value = header.schema.resolved(header.schema.value) if header.schema else True
    return bool(header.examples) or (isinstance(value, dict) and bool({"examples", "default", "const"} & value.keys()))


def _simple(value: Any) -> str:
    """A header in style `simple`: lists and objects with commas (OpenAPI 3.1, 4.8.12.4)."""
    if isinstance(value, list):
        return ",".join(map(_simple, value))
    if isinstance(value, dict):
        return ",".join(f"{name},{_simple(one)}" for name, one in value.items())
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)

"""What a recording tells about a service: path templates, and fields of its answers that differ from call to call."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mdt.recording.bodies import bytes_of
from mdt.recording.model import RecordedCall
from mdt.recording.pseudonyms import PSEUDONYM
from mdt.recording.shapes import id_shape, is_near, shape_of


def templates(paths: Iterable[str]) -> dict[str, str]:
    """A template for each path (without its query): "/orders/{orderId}" where at least two values of one shape stand there."""
    plain = sorted(set(paths))
    changing: dict[tuple[str, ...], dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for path in plain:
        segments = path.split("/")
        for at, segment in enumerate(segments):
            if _shape(segment):
                changing[_key(segments)][at].add(segment)
    return {path: _template(path.split("/"), changing[_key(path.split("/"))]) for path in plain}


def _shape(segment: str) -> str | None:
    return "pseudonym" if PSEUDONYM.fullmatch(segment) else id_shape(segment)


def _key(segments: list[str]) -> tuple[str, ...]:
    """Paths with the same words and shapes belong together."""
    return tuple(f"{{{_shape(one)}}}" if _shape(one) else one for one in segments)


def _template(segments: list[str], changing: Mapping[int, set[str]]) -> str:
    names: list[str] = []
    written = list(segments)
    for at, values in sorted(changing.items()):
        if len(values) > 1 or PSEUDONYM.fullmatch(segments[at]):
            name = _name(segments[at - 1] if at else "")
            names.append(name if name not in names else f"{name}{len(names) + 1}")
            written[at] = f"{{{names[-1]}}}"
    return "/".join(written)


def _name(before: str) -> str:
    """The name of a parameter after this segment: orderId after "orders", lineItemId after "line-items"."""
    words: list[str] = re.findall(r"[A-Za-z]+", before)
    if not words or _shape(before):
        return "id"
    words[-1] = words[-1].removesuffix("s") or words[-1]
    return "".join([words[0].lower(), *map(str.capitalize, words[1:]), "Id"])


def path_of(call: RecordedCall) -> str:
    return call.request.path.partition("?")[0]


def leaves(value: Any, at: str = "$") -> Iterator[tuple[str, Any]]:
    """Each scalar of a JSON value with its place; items of a list share theirs: "$.items[].id"."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from leaves(one, f"{at}.{key}")
    elif isinstance(value, list):
        for one in value:
            yield from leaves(one, f"{at}[]")
    else:
        yield at, value


def volatile_fields(calls: Iterable[RecordedCall]) -> dict[str, list[str]]:
    """By "GET /path": the places of answers that differ when the same is asked again, or hold the time of the call."""
    groups: dict[tuple[str, str, bytes], list[RecordedCall]] = defaultdict(list)
    for call in calls:
        if "json" in call.answer.body:
            groups[call.request.method, call.request.path, bytes_of(call.request.body)].append(call)
    found: dict[str, set[str]] = defaultdict(set)
    for (method, path, _body), same in groups.items():
        found[f"{method} {path.partition('?')[0]}"].update(*map(_times, same), _differing(same))
    return {route: sorted(places) for route, places in sorted(found.items()) if places}


def _times(call: RecordedCall) -> set[str]:
    every = leaves(call.answer.body["json"])
    return {place for place, value in every if shape_of(value) in ("time", "epoch") and is_near(value, call.at)}


def _differing(calls: list[RecordedCall]) -> set[str]:
    """Places whose values have the shape of an id or a time each time, and are never the same."""
    seen: dict[str, list[Any]] = defaultdict(list)
    for call in calls:
        for place, value in leaves(call.answer.body["json"]):
            seen[place].append(value)
    return {
        place
        for place, values in seen.items()
        if len(calls) > 1
        and len(values) > 1
        and len(set(map(str, values))) == len(values)
        and all(map(shape_of, values))
    }

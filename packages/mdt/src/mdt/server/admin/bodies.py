"""Checks bodies and queries of the admin API: unknown keys and wrong types are refused with the right ones."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mdt.engine.choice import Selectable, Sequence
from mdt.engine.clock import Clock
from mdt.language import Words, _, either, sentences
from mdt.server.admin.call import AdminError
from mdt.server.exchange import Incoming
from mdt.suggest import did_you_mean

MOST = 1000  # entries of a list, where a call does not say
UNITS = ("weeks", "days", "hours", "minutes", "seconds", "milliseconds", "microseconds")


def wrong(message: Words) -> AdminError:
    return AdminError(422, "bad-body", message)


def fields(incoming: Incoming, known: Mapping[str, type | tuple[type, ...]]) -> dict[str, Any]:
    """The JSON object of a body, which may have only these keys; {} for an empty body."""
    if not incoming.body:
        return {}
    if "json" not in incoming.headers.get("content-type", "application/json"):
        raise AdminError(415, "json-needed", _("Send JSON with Content-Type: application/json"))
    try:
        value = json.loads(incoming.body)
    except (ValueError, RecursionError) as error:
        raise AdminError(400, "bad-json", _("The body is no JSON: {error}", error=error)) from None
    if not isinstance(value, dict):
        raise wrong(_("The body is a JSON object with {keys}", keys=", ".join(known)))
    for key, item in value.items():
        _check_field(key, item, known)
    return value


def _check_field(key: str, item: Any, known: Mapping[str, type | tuple[type, ...]]) -> None:
    if key not in known:
        raise wrong(sentences(_("{key!r} is not known here.", key=key), did_you_mean(key, known)))
    kinds = known[key]
    if not isinstance(item, kinds) or (isinstance(item, bool) and kinds in (int, (int, str))):
        names = either(one.__name__ for one in (kinds if isinstance(kinds, tuple) else (kinds,)))
        raise wrong(
            _("{key!r} is {kinds}, not {given}", key=key, kinds=names, given=json.dumps(item, ensure_ascii=False))
        )


def selectable(value: Any) -> Selectable:
    """Names and {"sequence": [names]}."""
    items = [value] if isinstance(value, str | dict) else value
    return [_one(item) for item in items]


def _one(item: Any) -> str | Sequence:
    if isinstance(item, str):
        return item
    names = item.get("sequence") if isinstance(item, dict) and len(item) == 1 else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise wrong(
            _(
                'A scenario is a name or {{"sequence": [names]}}, not {given}',
                given=json.dumps(item, ensure_ascii=False),
            )
        )
    return Sequence(tuple(names))


def move(clock: Clock, wanted: Mapping[str, Any]) -> None:
    """Moves the clock as the request says."""
    if len(wanted) != 1:
        raise wrong(_("Say one of advance, freeze and unfreeze"))
    if "advance" in wanted:
        _advance(clock, wanted["advance"])
    elif wanted.get("unfreeze"):
        clock.unfreeze()
    elif wanted.get("freeze"):
        clock.freeze(_moment(wanted["freeze"]))
    else:
        raise wrong(_("freeze and unfreeze are true, or freeze is a time"))


def _advance(clock: Clock, step: Mapping[str, Any]) -> None:
    bad = [unit for unit, number in step.items() if unit not in UNITS or type(number) not in (int, float)]
    if bad or not step:
        raise wrong(_('advance has numbers by unit, such as {{"minutes": 15}}; units: {units}', units=", ".join(UNITS)))
    try:
        clock.advance(**step)
        clock.now()
    except (OverflowError, ValueError):
        raise wrong(_("advance goes beyond the years that there are")) from None


def _moment(value: Any) -> datetime | None:
    if value is True:
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise wrong(_("{given!r} is no time such as 2026-05-01T12:00:00+08:00", given=value)) from None


def number(args: Mapping[str, list[str]], name: str, default: int) -> int:
    """A number of the query."""
    text = args.get(name, [str(default)])[-1]
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        raise AdminError(422, "bad-query", _("{name} is a number from 0, not {given!r}", name=name, given=text))
    return int(text)


def paged[T](found: list[T], args: Mapping[str, list[str]]) -> list[T]:
    """The part of a list that ?offset= and ?limit= ask for."""
    offset = number(args, "offset", 0)
    return found[offset : offset + number(args, "limit", MOST)]

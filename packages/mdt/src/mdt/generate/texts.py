"""A text for the demands on a string: pattern, format, length; and readable where nothing is demanded."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from typing import Any

from mdt.generate.formats import FORMATS, SHORT, STRETCH, word
from mdt.generate.patterns import matching
from mdt.openapi.schemas import validator_library

LONGEST = 4_096  # characters; a larger maxLength is not filled
_ENDLESS = 10_000_000
_TRIES = 80
_BY_NAME = (  # the end of a property's name, and a value that a reader expects there
    (("email", "mail"), FORMATS["email"]),
    (("url", "uri", "link", "href"), FORMATS["uri"]),
    (("phone", "mobile", "telephone"), FORMATS["phone"]),
    (("createdat", "updatedat", "timestamp", "datetime", "_at"), FORMATS["date-time"]),
    (("date",), FORMATS["date"]),
    (("currency",), lambda rng: rng.choice(("EUR", "USD", "CNY"))),
    (("country",), lambda rng: rng.choice(("DE", "US", "CN"))),
    (("language", "locale"), lambda rng: rng.choice(("en", "zh"))),
    (("id", "_id", "uuid", "key", "number", "code", "no"), lambda rng: f"{word(rng)}-{rng.randrange(100, 1000)}"),
    (("message", "description", "detail", "reason", "title", "text"), lambda rng: f"{word(rng)} {word(rng)}"),
)


@dataclass(frozen=True, slots=True)
class Demand:
    """What a string must be. `high` is None without a maxLength."""

    low: int = 0
    high: int | None = None
    patterns: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()

    def holds(self, text: str) -> bool:
        return bool(_validator(self).is_valid(text))


@cache
def _validator(demand: Demand) -> Any:
    parts: list[dict[str, Any]] = [{"pattern": one} for one in demand.patterns]
    parts += [{"format": one} for one in demand.formats]
    limits: dict[str, Any] = {"minLength": demand.low} | ({} if demand.high is None else {"maxLength": demand.high})
    return validator_library().Draft202012Validator({**limits, "allOf": [{}, *parts]}, validate_formats=True)


def text(demand: Demand, rng: random.Random, name: str = "", *, longest: bool = False) -> str | None:
    """A text that meets the demand, None if none is found. `name` is the property's; `longest` goes to the limit."""
    wanted = islice(chain(_candidates(demand, rng, name, longest=longest), _readable(demand, rng, name)), _TRIES)
    fitting = (one for one in wanted if demand.holds(one))
    if longest and demand.high and not demand.formats:
        return max(fitting, key=len, default=None)
    return next(fitting, None)


def _candidates(demand: Demand, rng: random.Random, name: str, *, longest: bool) -> Iterator[str]:
    high = _ENDLESS if demand.high is None else demand.high
    for one in demand.formats:
        yield from _formatted(one, demand.low, high, rng)
    for pattern in demand.patterns:
        if longest and high < LONGEST:
            yield from islice(matching(pattern, high, high, rng), _TRIES // 4)
        yield from islice(matching(pattern, demand.low, high, rng), _TRIES // 2)
    if longest and not demand.patterns and not demand.formats and high <= LONGEST:
        yield _filled(_plain(name, rng), high)


def _formatted(form: str, low: int, high: int, rng: random.Random) -> Iterator[str]:
    make = FORMATS.get(form)
    if make is None:
        return
    for _try in range(4):
        text = make(rng)
        if len(text) < low and form in STRETCH:
            text = STRETCH[form](text, low - len(text))
            yield text + "a" * (low - len(text))
        if len(text) <= high:
            yield text
    yield from (one for one in SHORT.get(form, ()) if low <= len(one) <= high)


def _readable(demand: Demand, rng: random.Random, name: str) -> Iterator[str]:
    high = _ENDLESS if demand.high is None else demand.high
    for _try in range(3):
        yield _filled(_plain(name, rng), demand.low)[:high]
    yield from (_filled(character, max(demand.low, 1))[:high] for character in ("a", "A", "1", "0", "-", "中"))


def _plain(name: str, rng: random.Random) -> str:
    folded = name.lower().replace("-", "_")
    make = next((make for ends, make in _BY_NAME if folded.endswith(ends)), word)
    return make(rng)


def _filled(text: str, length: int) -> str:
    """The text, repeated until it is long enough."""
    if not text or len(text) >= length or length > 100_000:
        return text
    return (text * (length // len(text) + 1))[:length]

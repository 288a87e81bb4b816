"""Parses durations and latencies: 80ms, 1.5s, 2m, 1h, or a number of seconds."""

import re
from collections.abc import Callable
from typing import Any

from mdt.engine.answers import Fixed, Latency, Lognormal, Uniform
from mdt.language import _, both

LONGEST = 86_400.0  # seconds
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_WRITTEN = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h)", re.ASCII)


def seconds(value: Any) -> float:
    """The seconds of a duration. Raises ValueError if it is invalid or longer than a day."""
    amount = _amount(value)
    if amount is None or not 0 <= amount <= LONGEST:
        raise ValueError(
            _("{value!r} is no duration up to a day: write 80ms, 1.5s, 2m or a number of seconds", value=value)
        )
    return amount


def _amount(value: Any) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    found = _WRITTEN.fullmatch(value) if isinstance(value, str) else None
    return float(found[1]) * _UNITS[found[2]] if found else None


def latency(value: Any) -> Latency:
    """A latency from a duration or a distribution. Raises ValueError."""
    if not isinstance(value, dict):
        return Fixed(seconds(value))
    if len(value) != 1 or next(iter(value)) not in DISTRIBUTIONS:
        raise ValueError(_("`latency` is a duration, or one of {names}", names=", ".join(DISTRIBUTIONS)))
    ((name, arguments),) = value.items()
    return DISTRIBUTIONS[name](arguments)


def _uniform(arguments: Any) -> Latency:
    least, most = _arguments("uniform", arguments, ("min", "max"))
    if least > most:
        raise ValueError(_("`uniform`: min is larger than max"))
    return Uniform(least, most)


def _lognormal(arguments: Any) -> Latency:
    table = dict(arguments) if isinstance(arguments, dict) else {}
    sigma = table.pop("sigma", None)
    if not isinstance(sigma, int | float) or isinstance(sigma, bool) or not 0 <= sigma <= 10:
        raise ValueError(_("`lognormal` needs sigma, a number from 0 to 10"))
    table.setdefault("max", LONGEST)
    median, most = _arguments("lognormal", table, ("median", "max"))
    if not 0 < median <= most:
        raise ValueError(_("`lognormal`: the median is more than 0 and not more than max"))
    return Lognormal(median, float(sigma), most)


def _arguments(name: str, arguments: Any, wanted: tuple[str, ...]) -> list[float]:
    if not isinstance(arguments, dict) or set(arguments) != set(wanted):
        raise ValueError(_("`{name}` has exactly the keys {keys}", name=name, keys=both(wanted)))
    return [seconds(arguments[key]) for key in wanted]


DISTRIBUTIONS: dict[str, Callable[[Any], Latency]] = {
    "fixed": lambda value: Fixed(seconds(value)),
    "uniform": _uniform,
    "lognormal": _lognormal,
}

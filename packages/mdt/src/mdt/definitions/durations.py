"""Parses latencies: a duration, or a distribution of durations."""

from collections.abc import Callable
from typing import Any

from mdt.engine.answers import Fixed, Latency, Lognormal, Uniform
from mdt.engine.durations import LONGEST, seconds
from mdt.language import _, both

__all__ = ["LONGEST", "latency", "seconds"]


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

"""Prism's preferences: `Prefer: code=404, example=empty, dynamic=true` (RFC 7240) chooses the scenario for one call.

`code` is a status, `example` the name of a scenario or of its example, `dynamic=true` asks for an answer that is made for each call. Other
preferences are left alone.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mdt.engine.answers import Made
from mdt.engine.catalog import Route, Scenario
from mdt.engine.outcome import Criterion
from mdt.language import _

_PREFERENCE = re.compile(r"""(?:^|[,;\s])(code|example|dynamic)\s*=\s*"?([A-Za-z0-9_.-]+)"?""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Preference:
    """What a call prefers; None where it does not say."""

    code: int | None = None
    example: str | None = None
    dynamic: bool | None = None

    def of(self, route: Route, playing: Scenario | None) -> Scenario | None:
        """The scenario of the route that is preferred: the one that plays anyway if it fits, else the first that does."""
        only_dynamic = self.code is None and self.example is None
        status = playing.status if only_dynamic and playing else self.code
        named = [one for one in route.scenarios.values() if self.example in {None, one.name, one.example}]
        fitting = _of_status(named, status)
        if playing in fitting:
            fitting.insert(0, playing)
        made = [one for one in fitting if isinstance(one.answer, Made) is self.dynamic]
        return next(iter(made or fitting), None)

    def applied(self, scenario: Scenario) -> str:
        """The value of Preference-Applied (RFC 7240, 3)."""
        pairs = [("code", self.code), ("example", self.example)]
        if self.dynamic is not None and isinstance(scenario.answer, Made) is self.dynamic:
            pairs.append(("dynamic", str(self.dynamic).lower()))
        return ", ".join(f"{name}={value}" for name, value in pairs if value is not None)

    def missed(self, route: Route) -> Criterion:
        """Why no scenario of the route can be preferred."""
        asked = ", ".join(
            f"{name}={value}" for name, value in (("code", self.code), ("example", self.example)) if value
        )
        has = ", ".join(_shown(route.scenarios.values()))
        return Criterion("prefer", False, _("{asked}: the route has {has}", asked=asked, has=has or _("none")))


def _of_status(scenarios: list[Scenario], status: int | None) -> list[Scenario]:
    """Those with the status, else with a range that holds it, else those for any status."""
    if status is None:
        return scenarios
    exact = [one for one in scenarios if one.status == status]
    ranges = (f"{status // 100}XX", "default") if 200 <= status <= 599 else ()
    return next(filter(None, (exact, *([one for one in scenarios if one.statuses == each] for each in ranges))), [])


def _shown(scenarios: Iterable[Scenario]) -> list[str]:
    return [f"{one.name} ({one.status})" if one.status else one.name for one in scenarios]


def preference(header: str) -> Preference | None:
    """The preferences of a Prefer header; None if it has none of these."""
    found = {name.lower(): value for name, value in _PREFERENCE.findall(header)}
    code = found.get("code", "")
    number = int(code) if code.isascii() and code.isdigit() and len(code) == 3 else None
    dynamic = {"true": True, "false": False}.get(found.get("dynamic", "").lower())
    wanted = Preference(number, found.get("example"), dynamic)
    return None if wanted == Preference() else wanted

"""All cases that a service can be put through, by name."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from faultlab.adapter import Adapter
from faultlab.case_run import Spec
from faultlab.cases import matrix, plan
from faultlab.errors import FaultlabError
from faultlab.suggest import did_you_mean


class UnknownCaseError(FaultlabError):
    """No case has this name."""


def specs(adapter: Adapter, clients: tuple[int, ...] = matrix.CLIENTS) -> list[Spec]:
    """The plan's cases, the service's own (its adapter's `cases()`, if it has one), and the matrix."""
    own: Sequence[Spec] = getattr(adapter, "cases", list)()
    return [*plan.specs(), *own, *matrix.specs(clients)]


def chosen(known: Sequence[Spec], names: Sequence[str]) -> list[Spec]:
    """Those whose id is one of the names, begins with one (`FT-002` has variants), or fits one with `*`; all without names."""
    if not names:
        return list(known)
    for name in names:
        if not any(_fits(spec, name) for spec in known):
            hint = did_you_mean(name, [spec.id for spec in known])
            raise UnknownCaseError(f"There is no case {name!r}. {hint or '`faultlab list` names them.'}")
    return [spec for spec in known if any(_fits(spec, name) for name in names)]


def _fits(spec: Spec, name: str) -> bool:
    variant = spec.id.startswith(name) and len(spec.id) == len(name) + 1 and spec.id[-1].isalpha()
    return spec.id == name or variant or ("*" in name and fnmatchcase(spec.id, name))

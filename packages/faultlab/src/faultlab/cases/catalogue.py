"""All cases for a service, by name."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from faultlab.adapter import Adapter
from faultlab.case_run import Spec
from faultlab.cases import matrix, plan
from faultlab.errors import FaultlabError
from faultlab.language import _
from faultlab.suggest import did_you_mean, sentences


class UnknownCaseError(FaultlabError):
    """No case has this name."""


def specs(adapter: Adapter, clients: tuple[int, ...] = matrix.CLIENTS) -> list[Spec]:
    """The plan's cases, the service's own (its adapter's `cases()`, if it has one), and the matrix."""
    own: Sequence[Spec] = getattr(adapter, "cases", list)()
    return [*plan.specs(), *own, *matrix.specs(clients)]


def chosen(known: Sequence[Spec], names: Sequence[str]) -> list[Spec]:
    """The cases with these ids; `FT-002` also means its variants, `*` stands for any characters. Without names: all."""
    if not names:
        return list(known)
    for name in names:
        if not any(_fits(spec, name) for spec in known):
            hint = did_you_mean(name, [spec.id for spec in known])
            raise UnknownCaseError(
                sentences(_("There is no case {name!r}.", name=name), hint or _("`faultlab list` names them."))
            )
    return [spec for spec in known if any(_fits(spec, name) for name in names)]


def _fits(spec: Spec, name: str) -> bool:
    variant = spec.id.startswith(name) and len(spec.id) == len(name) + 1 and spec.id[-1].isalpha()
    return spec.id == name or variant or ("*" in name and fnmatchcase(spec.id, name))

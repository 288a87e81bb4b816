"""`fake` in a template: names, addresses and the like from Faker, chosen by the session's random numbers.

Faker takes up to 0.3 ms for a value. So each kind is a pool of 500 values, made once with a fixed seed; choosing one takes
a thousandth of that. Kinds that depend on today's date are left out, because a pool must be the same tomorrow.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from random import Random
from typing import Any

from mdt.errors import MdtError
from mdt.language import _, sentences
from mdt.suggest import did_you_mean

POOL = 500
LOCALE = "zh_CN"
KINDS = (
    *("name", "first_name", "last_name", "user_name", "email", "phone_number", "job", "company"),
    *(
        "address",
        "street_address",
        "city",
        "postcode",
        "country",
        "word",
        "sentence",
        "color_name",
        "ipv4",
        "domain_name",
    ),
)

_JINJA = ("unsafe_callable", "alters_data", "jinja_pass_arg")  # marks that it looks for on whatever is called


class FakeView:
    """`fake.name()` is a value; `fake.name` without brackets, in `rows`, is another value for each row."""

    __slots__ = ("_locale", "_random")

    def __init__(self, chooser: Random, locale: str = LOCALE) -> None:
        self._random = chooser
        self._locale = locale

    def __call__(self, locale: str) -> "FakeView":
        """The same in another language: fake("en_US")."""
        return FakeView(self._random, locale)

    def __getattr__(self, kind: str) -> Callable[[], str]:
        if kind.startswith("_") or kind in _JINJA:
            raise AttributeError(kind)
        if kind not in KINDS:
            raise MdtError(sentences(_("`fake` has no {name!r}.", name=kind), did_you_mean(kind, KINDS)))
        pool, chooser = values(self._locale, kind), self._random
        return lambda: chooser.choice(pool)


@cache
def values(locale: str, kind: str) -> tuple[str, ...]:
    """The pool of a kind. Raises MdtError without Faker, and for a language that it does not have."""
    maker = _maker(locale)
    maker.seed_instance(f"{locale} {kind}")
    make = getattr(maker, kind)
    return tuple(str(make()) for _ in range(POOL))


def _maker(locale: str) -> Any:
    try:
        return import_module("faker").Faker(locale, use_weighting=False)
    except ImportError:
        raise MdtError(_("`fake` needs the package Faker: pip install 'touchstone-mdt[faker]'")) from None
    except (AttributeError, TypeError, ValueError):
        raise MdtError(_("Faker has no language {locale!r}; write one such as zh_CN or en_US", locale=locale)) from None

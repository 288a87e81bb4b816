"""Contracts between services: OpenAPI or the short form; who keeps them, what changed, whom that breaks, who has agreed.

`store` finds and opens them, `mocks` and `journal` hold mocks and calls against them, `provider` the service itself, `diff` compares
versions, `impact` joins that with test runs, `owners` and `notifying` are about people.
"""


def __getattr__(name: str) -> object:
    """`verify`, `Verification` and `ContractBrokenError`, imported when they are used: loading mocks needs none of them."""
    if name in {"verify", "Verification", "ContractBrokenError"}:
        from mdt.contracts import provider

        return getattr(provider, name)
    raise AttributeError(name)

"""The official SDKs, connected to an environment."""

import ssl
from functools import cache
from importlib.util import find_spec
from typing import Any

KEY = "sk-test-client"


class Clients:
    """Makes clients, and closes them at the end. `asynchronous`: those of `async with` are the SDKs' async ones."""

    def __init__(self, url: str, *, asynchronous: bool) -> None:
        self._url = url
        self._asynchronous = asynchronous
        self._made: list[Any] = []

    def anthropic(self, *, asynchronous: bool | None = None, **options: Any) -> Any:
        """`anthropic.Anthropic` or `AsyncAnthropic`; `options` are theirs."""
        _need("anthropic")
        import anthropic

        kind = anthropic.AsyncAnthropic if self._is_async(asynchronous) else anthropic.Anthropic
        return self._made_by(anthropic, kind, {"base_url": self._url, **options})

    def openai(self, *, asynchronous: bool | None = None, **options: Any) -> Any:
        """`openai.OpenAI` or `AsyncOpenAI`; `options` are theirs."""
        _need("openai")
        import openai

        kind = openai.AsyncOpenAI if self._is_async(asynchronous) else openai.OpenAI
        return self._made_by(openai, kind, {"base_url": f"{self._url}/v1", **options})

    def _is_async(self, wanted: bool | None) -> bool:
        return self._asynchronous if wanted is None else wanted

    def _made_by(self, sdk: Any, kind: Any, options: dict[str, Any]) -> Any:
        """Shares one TLS context, because making one takes longer than all the rest, and a test makes many clients."""
        own = sdk.DefaultAsyncHttpxClient if kind.__name__.startswith("Async") else sdk.DefaultHttpxClient
        if "http_client" not in options:
            options["http_client"] = own(verify=_tls())
        client = kind(**{"api_key": KEY, **options})
        self._made.append(client)
        return client

    def close(self) -> None:
        """Closes the synchronous ones."""
        for one in self._made:
            if not hasattr(one, "__aenter__"):
                one.close()

    async def aclose(self) -> None:
        """Closes the asynchronous ones, in the loop that they were used in."""
        for one in self._made:
            if hasattr(one, "__aenter__"):
                await one.close()


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _need(package: str) -> None:
    if find_spec(package) is None:
        raise ModuleNotFoundError(f"This needs the SDK: pip install {package}", name=package)

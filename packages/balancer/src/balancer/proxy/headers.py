"""Which headers cross the balancer, in either direction, and the credential that a provider gets.

Both lists name what may pass. Everything else stays behind: hop-by-hop headers, cookies, `host`, `accept-encoding`, and
the caller's credential, unless the provider's `auth_type` is `passthrough`.
"""

from collections.abc import Iterable, Mapping

from balancer.proxy.config import ProviderSettings
from balancer.wire.formats import Format

TO_PROVIDER = frozenset({
    "anthropic-version", "anthropic-beta", "anthropic-dangerous-direct-browser-access",
    "openai-organization", "openai-project", "openai-beta",
    "accept", "accept-language", "user-agent", "idempotency-key", "x-client-request-id",
    "traceparent", "tracestate", "baggage",
})  # fmt: skip
TO_PROVIDER_PREFIXES = ("x-stainless-",)
TO_CALLER = frozenset({"request-id", "retry-after", "retry-after-ms", "warning", "cf-ray"})
TO_CALLER_PREFIXES = ("anthropic-", "openai-", "x-ratelimit-")
CREDENTIALS = ("authorization", "x-api-key")
ANTHROPIC_VERSION = "2023-06-01"  # the API asks for one; callers of the other format send none


def to_provider(headers: Mapping[str, str], provider: ProviderSettings) -> dict[str, str]:
    """The headers of an upstream request: those of the caller that may pass, and the provider's credential."""
    passed = {
        name: value for name, value in headers.items() if name in TO_PROVIDER or name.startswith(TO_PROVIDER_PREFIXES)
    }
    if provider.type is Format.ANTHROPIC:
        passed.setdefault("anthropic-version", ANTHROPIC_VERSION)
    passed |= {"content-type": "application/json", "accept-encoding": "identity"}
    return passed | credential(headers, provider)


def credential(headers: Mapping[str, str], provider: ProviderSettings) -> dict[str, str]:
    """Anthropic takes an API key as `x-api-key` and a token as a bearer; OpenAI takes both as a bearer."""
    if provider.auth_type == "passthrough":
        return {name: headers[name] for name in CREDENTIALS if name in headers}
    if provider.auth_type == "none" or provider.auth_value is None:
        return {}
    secret = provider.auth_value.get_secret_value()
    if provider.auth_type == "api_key" and provider.type is Format.ANTHROPIC:
        return {"x-api-key": secret}
    return {"authorization": f"Bearer {secret}"}


def to_caller(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """The headers of an upstream answer that the caller may see; values that are no header text are left out."""
    return [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in headers
        if _passes_to_caller(name.lower()) and value.isprintable() and value.isascii()
    ]


def _passes_to_caller(name: str) -> bool:
    return name in TO_CALLER or name.startswith(TO_CALLER_PREFIXES)

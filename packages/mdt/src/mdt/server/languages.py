"""The language of whoever asks, when it is one of ours: then answers, errors and near misses are in it."""

from collections.abc import Mapping

from mdt.language import LANGUAGES


def asked(headers: Mapping[str, str]) -> str | None:
    """The one of Accept-Language that is preferred (RFC 9110, 12.5.4); None leaves it to the server's own."""
    wanted = [_weighed(one) for one in headers.get("accept-language", "").lower().split(",")]
    ours = [(weight, name) for weight, name in wanted if name in LANGUAGES and weight > 0]
    return max(ours, key=lambda one: one[0])[1] if ours else None


def _weighed(written: str) -> tuple[float, str]:
    """(0.8, "zh") for "zh-CN;q=0.8"."""
    name, _, parameter = written.partition(";")
    _, _, weight = parameter.partition("=")
    try:
        return float(weight or 1), name.strip().partition("-")[0]
    except ValueError:
        return 0.0, ""

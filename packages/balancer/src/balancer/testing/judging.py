"""The verdict of an environment: the mock server's, and what only the gateway's own record can show."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from balancer.mock.verdict import Finding
from balancer.testing.mock_server import MockSpace


def judge(space: MockSpace, config: Mapping[str, Any], gateway: Any, earlier: Collection[str] = ()) -> list[Finding]:
    """Every promise of the configuration that was broken. `earlier`: ids of requests that belong to another scenario."""
    settings = config["settings"]
    most = settings.get("retry", {}).get("max_attempts", 6)
    rules = {
        "threshold": settings["unhealthy_threshold"],
        "cooldown": settings["failure_cooldown"],
        "max_attempts": most,
    }
    return space.verdict(**rules) + _called_whole(space, gateway, earlier)


def _called_whole(space: MockSpace, gateway: Any, earlier: Collection[str]) -> list[Finding]:
    """Broken answers that the gateway has counted as good ones. Only a gateway that lists its requests can be asked."""
    if not hasattr(gateway, "requests"):
        return []
    good = Counter(
        attempt["provider"]
        for request in gateway.requests()
        for attempt in request.get("attempts", ())  # a request that joined another has none
        if attempt["outcome"] == "ok" and request.get("request_id") not in earlier
    )
    really = Counter(one.provider for one in space.journal() if one.good)
    return [
        Finding(
            "truncated_success", name, f"The gateway counts {count} good answers of {name}, which gave {really[name]}"
        )
        for name, count in good.items()
        if count > really[name]
    ]

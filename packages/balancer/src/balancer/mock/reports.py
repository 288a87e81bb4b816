"""Control routes that only tell: health, journal, verdict, namespaces, metrics."""

from mdt.engine.messages import Reply

from balancer.mock import verdict as judging
from balancer.mock.control import ControlCall, as_json

SERVICE = "test-mock-provider"
PROTOCOL = 1  # of the control routes; a framework refuses a server that speaks another


def health(call: ControlCall) -> Reply:
    namespaces = len(call.namespaces.every())
    return as_json({"status": "healthy", "service": SERVICE, "protocol": PROTOCOL, "namespaces": namespaces})


def journal(call: ControlCall) -> Reply:
    entries = call.namespace.journal.of(call.text("provider"))
    after, limit = call.argument("after", int), call.argument("limit", int)
    chosen = [one.as_json() for one in entries if after is None or one.number > after]
    return as_json({"entries": chosen if limit is None else chosen[-limit:] if limit > 0 else []})


def verdict(call: ControlCall) -> Reply:
    usual = judging.Rules()
    rules = judging.Rules(
        call.argument("max_attempts", int) or usual.max_attempts,
        call.argument("threshold", int) or usual.threshold,
        call.argument("cooldown", float),
    )
    names = [one.name for one in call.namespace.providers()]
    return as_json(judging.as_json(judging.verdict(call.namespace.journal, rules, names)))


def list_namespaces(call: ControlCall) -> Reply:
    shown = [
        {
            "name": one.name,
            "scenario": one.scenario.name if one.scenario else None,
            "providers": [provider.name for provider in one.providers()],
            "requests": len(list(one.journal)),
            "idle_seconds": round(one.idle(), 1),
        }
        for one in call.namespaces.every()
    ]
    return as_json({"namespaces": shown})


def provider_health(call: ControlCall) -> Reply:
    name = (call.values or {})["provider"]
    namespace = call.namespace
    if namespace.scenario is None:
        return as_json({"status": "no_context", "provider": name})
    found = namespace.provider(name)
    if found is None:
        return as_json({"status": "not_found", "provider": name})
    attempts = namespace.state(name).attempts
    body = {"status": "ok", "provider": name, "behavior": found.behavior_of(attempts + 1).value}
    return as_json({**body, "scenario": namespace.scenario.name, "attempts": attempts})


def metrics(call: ControlCall) -> Reply:
    gauges = {"namespaces": len(call.namespaces.every()), "namespaces_purged": call.namespaces.purged}
    return Reply(200, (("content-type", "text/plain; version=0.0.4"),), call.metrics.text(gauges).encode())


def authority(call: ControlCall) -> Reply:
    """Who trusts it sees that a certificate has expired, or is of another host, and not only that nobody knows it."""
    return Reply(200, (("content-type", "application/x-pem-file"),), call.listeners.authority().pem)

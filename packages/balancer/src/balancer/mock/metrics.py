"""Counters for /metrics, in Prometheus' text format."""

from collections import Counter
from collections.abc import Mapping

HELP = {
    "requests": "Requests to mock providers, by behaviour and format.",
    "refused": "Requests that were none: unknown provider, bad JSON, wrong vendor.",
    "outcomes": "How answers ended.",
    "contexts_set": "Contexts that were set.",
    "tls_handshakes": "TLS handshakes that were failed on purpose.",
}


class Metrics:
    """Counts by name and labels. Used in the server's loop alone."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()

    def count(self, name: str, **labels: object) -> None:
        self._counts[name, tuple((key, str(value)) for key, value in labels.items())] += 1

    def text(self, gauges: Mapping[str, float]) -> str:
        """Everything, with `gauges`, which are known only now."""
        lines = []
        for name, about in HELP.items():
            lines += [f"# HELP mock_{name}_total {about}", f"# TYPE mock_{name}_total counter"]
            lines += [
                _line(f"mock_{name}_total", labels, value)
                for (one, labels), value in sorted(self._counts.items())
                if one == name
            ]
        for name, value in gauges.items():
            lines += [f"# TYPE mock_{name} gauge", _line(f"mock_{name}", (), value)]
        return "\n".join(lines) + "\n"


def _line(name: str, labels: tuple[tuple[str, str], ...], value: float) -> str:
    inner = ",".join(f'{key}="{one}"' for key, one in labels)
    return f"{name}{{{inner}}} {value:g}" if inner else f"{name} {value:g}"

"""Whom a change breaks: the tests, scenarios and consumers whose calls it touches, from the journals of test runs.

A change of an answer touches a call whose answer has the field; one of a request a call that sends the field, or that lacks it where it
became required. A field that a consumer's mocks never answer is one that its tests do not need.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mdt.contracts.agreement import Agreement
from mdt.contracts.diff import RANK, Advice, Change, DiffReport, Severity
from mdt.contracts.journal import Exchange, Journal
from mdt.contracts.store import Contract
from mdt.language import Words, _

_ALTERNATIVE = re.compile(r"(?:allOf|anyOf|oneOf|if|then|else)(?:\[[^\]]*\])?")
_PATTERN = re.compile(r"(?:additionalProperties|unevaluatedProperties|patternProperties\[[^\]]*\])")


@dataclass(frozen=True, slots=True)
class Hit:
    """A change and the calls that it touches."""

    change: Change
    exchanges: tuple[Exchange, ...]

    def tests(self, consumer: str | None = None) -> list[str]:
        found = (test for one in self.exchanges if consumer in {None, one.consumer} for test in one.tests)
        return sorted(dict.fromkeys(found))

    def scenarios(self, consumer: str | None = None) -> list[str]:
        return sorted({one.name for one in self.exchanges if consumer in {None, one.consumer}})

    def consumers(self) -> list[str]:
        return sorted({one.consumer for one in self.exchanges})


@dataclass(frozen=True, slots=True)
class Impact:
    """What `mdt contract impact` says."""

    report: DiffReport
    service: str
    hits: tuple[Hit, ...]
    journals: tuple[Journal, ...]

    @property
    def advice(self) -> Advice:
        return self.report.advice

    def touching(self) -> list[Hit]:
        return [one for one in self.hits if one.exchanges]

    def worst(self) -> int:
        """The rank of the worst change that touches a test and that nobody approved; -1 without any."""
        ranks = (
            RANK[one.change.severity] for one in self.touching() if one.change.fingerprint not in self.report.approved
        )
        return max(ranks, default=-1)

    def of_consumer(self, name: str) -> list[Hit]:
        return [one for one in self.touching() if name in one.consumers()]

    def tests(self, consumer: str | None = None) -> list[str]:
        hits = self.touching() if consumer is None else self.of_consumer(consumer)
        return sorted({test for one in hits for test in one.tests(consumer)})

    def title(self) -> Words:
        hits = self.touching()
        consumers = {name for one in hits for name in one.consumers()}
        return _(
            "{old} → {new}: {hits} of {changes} changes touch {tests} tests of {consumers} consumers",
            old=self.report.old,
            new=self.report.new,
            hits=len(hits),
            changes=len(self.hits),
            tests=len(self.tests()),
            consumers=len(consumers),
        )

    def as_json(self) -> dict[str, Any]:
        plain = self.report.as_json()
        changes = [
            {**row, "touches": _touches(hit)} for row, hit in zip(plain.pop("changes"), self._in_order(), strict=True)
        ]
        return {**plain, "service": self.service, "tests": self.tests(), "changes": changes}

    def _in_order(self) -> Iterable[Hit]:
        by_fingerprint = {one.change.fingerprint: one for one in self.hits}
        return (by_fingerprint.get(one.fingerprint, Hit(one, ())) for one in self.report.changes)


def _touches(hit: Hit) -> list[dict[str, Any]]:
    return [{"consumer": name, "tests": hit.tests(name), "scenarios": hit.scenarios(name)} for name in hit.consumers()]


def impact(
    old: Contract, report: DiffReport, journals: Sequence[Journal], *, least: Severity = Severity.WARN
) -> Impact:
    """Joins the changes of at least this severity with the calls of the journals."""
    agreement = Agreement(old.document)
    called = [
        (agreement.of_route(one.method, one.template), one)
        for journal in journals
        for one in journal.exchanges
        if one.service == old.service
    ]
    labelled = [(found.label, one) for found, one in called if found is not None]
    changes = [one for one in report.changes if RANK[one.severity] >= RANK[least]]
    hits = tuple(
        Hit(one, tuple(exchange for label, exchange in labelled if touches(one, label, exchange))) for one in changes
    )
    return Impact(report, old.service, hits, tuple(journals))


def touches(change: Change, label: str, exchange: Exchange) -> bool:
    """Whether the change matters to this call of the operation `label`."""
    spot = change.spot
    if spot.operation and _shape(spot.operation) != _shape(label):
        return False
    return _PLACES.get(spot.place, _always)(change, exchange)


def _shape(label: str) -> str:
    return re.sub(r"\{[^{}]*\}", "{}", label)


def _always(_change: Change, _exchange: Exchange) -> bool:
    return True


def _never(_change: Change, _exchange: Exchange) -> bool:
    return False


def _answer(change: Change, exchange: Exchange) -> bool:
    """The answer of this status is touched as a whole; one that is new touches nobody."""
    return _same_status(change, exchange) and not change.id.endswith("-added")


def _same_status(change: Change, exchange: Exchange) -> bool:
    status = change.spot.status
    return bool(exchange.status) and status in {str(exchange.status), f"{exchange.status // 100}XX", "default"}


def _answered_field(change: Change, exchange: Exchange) -> bool:
    return (
        _same_status(change, exchange)
        and _has(exchange.fields, change.spot.name)
        and not change.id.endswith("property-added")
    )


def _answered_body(change: Change, exchange: Exchange) -> bool:
    return _same_status(change, exchange)


def _header(change: Change, exchange: Exchange) -> bool:
    headers = (exchange.reply or {}).get("headers", {})
    return _same_status(change, exchange) and change.spot.name.lower() in {str(name).lower() for name in headers}


def _sent_body(change: Change, exchange: Exchange) -> bool:
    has = any(key in exchange.request for key in ("json", "text", "base64", "cut"))
    needed = change.id in {"request-body-added-required", "request-body-became-required"}
    return not has if needed else has


def _sent_field(change: Change, exchange: Exchange) -> bool:
    has = _has(exchange.request_fields, change.spot.name)
    needed = change.id.startswith("new-required-") or "became-required" in change.id
    return not has if needed else has


def _sent_parameter(change: Change, exchange: Exchange) -> bool:
    if change.spot.inside != "query":
        return True  # headers are not in the journal, and a path always has its parameters
    has = change.spot.parameter in exchange.request.get("query", {})
    needed = change.id.startswith("new-required-") or change.id.endswith("became-required")
    return not has if needed else has


_PLACES: Mapping[str, Callable[[Change, Exchange], bool]] = {
    "response": _answer,
    "response-body": _answered_body,
    "response-property": _answered_field,
    "response-header": _header,
    "request-body": _sent_body,
    "request-property": _sent_field,
    "request-parameter": _sent_parameter,
    "request-parameter-property": _sent_parameter,
    "webhook": _never,
}


def _has(fields: frozenset[str], name: str) -> bool:
    """Whether a path of a schema is among those of a value: alternatives are no part of it, and other names may be any."""
    wanted = [part for part in name.split("/") if not _ALTERNATIVE.fullmatch(part)]
    if not wanted:
        return True
    pattern = "/".join("[^/]+" if _PATTERN.fullmatch(part) else re.escape(part) for part in wanted)
    return any(re.fullmatch(pattern, one) for one in fields)

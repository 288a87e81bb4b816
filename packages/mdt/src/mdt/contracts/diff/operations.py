"""The changes between two documents: operations and webhooks that came and went, and what is said about each; `calls` does the rest."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from mdt.contracts.diff.calls import body_changes, parameter_changes, response_changes
from mdt.contracts.diff.changes import Change, Severity, Spot
from mdt.contracts.diff.raw import as_date, raw_operation, sunset
from mdt.contracts.diff.rules import change
from mdt.contracts.diff.security import security_changes
from mdt.engine.routes import shape
from mdt.openapi import Document, Operation


def compare(old: Document, new: Document, severities: Mapping[str, Severity] | None = None) -> list[Change]:
    """Every change, the worst first. `severities` replaces those of the rules by their ids."""
    found = {one.fingerprint: one for one in _changes(old, new)}
    changed = [replace(one, severity=(severities or {}).get(one.id, one.severity)) for one in found.values()]
    order = list(Severity)
    return sorted(changed, key=lambda one: (order.index(one.severity), one.spot.path, one.spot.method, one.id))


def _changes(old: Document, new: Document) -> Iterator[Change]:
    olds, news = _by_shape(old), _by_shape(new)
    paths = {key[1] for key in news}
    for key, operation in olds.items():
        if key in news:
            yield from _placed(operation, news[key], (old, new))
        elif _level(old, operation) not in UNSTABLE:
            yield from _removed(operation, old, whole_path=key[1] not in paths)
    for key in [one for one in news if one not in olds]:
        yield replace(change("endpoint-added", _spot(news[key])), file=news[key].file, line=news[key].line)
    yield from _webhooks(old, new)
    yield from security_changes("api-global-security", Spot("api"), old.raw, new.raw)


def _placed(old: Operation, new: Operation, documents: tuple[Document, Document]) -> Iterator[Change]:
    if _level(documents[0], old) not in UNSTABLE:
        yield from (replace(one, file=new.file, line=new.line) for one in _operation(old, new, documents))


UNSTABLE = ("draft", "alpha")  # `x-stability-level` of operations that may change without notice


def _level(document: Document, operation: Operation) -> Any:
    return raw_operation(document, operation).get("x-stability-level")


def _webhooks(old: Document, new: Document) -> Iterator[Change]:
    olds, news = ({(one.name, one.operation.method): one.operation for one in one_of.webhooks} for one_of in (old, new))
    gone = dict.fromkeys(name for name, _method in olds if name not in {name for name, _method in news})
    came = dict.fromkeys(name for name, _method in news if name not in {name for name, _method in olds})
    yield from (change("webhook-removed", Spot("webhook", name=name)) for name in gone)
    yield from (change("webhook-added", Spot("webhook", name=name)) for name in came)
    for key in [one for one in news if one in olds]:
        named = [replace(one[key], path=key[0]) for one in (olds, news)]
        yield from _placed(named[0], named[1], (old, new))


def _by_shape(document: Document) -> dict[tuple[str, str], Operation]:
    """The operations, by their method and their path without the names of its parameters."""
    return {(one.method, shape(one.path)): one for one in reversed(document.operations)}


def _spot(operation: Operation) -> Spot:
    return Spot("operation", operation.method, operation.path)


def _removed(operation: Operation, document: Document, *, whole_path: bool) -> Iterator[Change]:
    prefix = "api-path-removed" if whole_path else "api-removed"
    end = sunset(raw_operation(document, operation))
    if not operation.deprecated:
        suffix = "-without-deprecation"
    elif end is not None and date.today() < end:  # noqa: DTZ011 - sunsets are days
        suffix = "-before-sunset"
    elif end is None:
        suffix = "-with-deprecation"
    else:
        return
    shown = end.isoformat() if end else None
    yield replace(change(prefix + suffix, _spot(operation), shown), file=operation.file, line=operation.line)


def _operation(old: Operation, new: Operation, documents: tuple[Document, Document]) -> Iterator[Change]:
    spot = _spot(new)
    raw = (raw_operation(documents[0], old), raw_operation(documents[1], new))
    yield from _lifecycle(old, new, spot, raw)
    yield from _about(old, new, spot)
    yield from security_changes("api-security", spot, *raw)
    yield from parameter_changes(old, new, spot, documents[0])
    yield from body_changes(old, new, spot)
    yield from response_changes(old, new, spot)


def _lifecycle(
    old: Operation, new: Operation, spot: Spot, raw: tuple[Mapping[str, Any], Mapping[str, Any]]
) -> Iterator[Change]:
    """Whether it is deprecated, and until when it goes on."""
    if new.deprecated and not old.deprecated:
        yield _deprecated(spot, raw[1])
    elif old.deprecated and not new.deprecated:
        yield change("endpoint-reactivated", spot)
    elif new.deprecated:
        yield from _sunset_changes(spot, *(one.get("x-sunset") for one in raw))


def _deprecated(spot: Spot, raw: Mapping[str, Any]) -> Change:
    written = raw.get("x-sunset")
    if written is None:
        return change("endpoint-deprecated", spot)
    end = as_date(written)
    rule = "endpoint-deprecated-with-sunset" if end else "api-deprecated-sunset-parse"
    return change(rule, spot, None, end.isoformat() if end else str(written))


def _sunset_changes(spot: Spot, old: Any, new: Any) -> Iterator[Change]:
    """Of an operation that was deprecated before too: its `x-sunset` in both versions."""
    if old is not None and new is None:
        yield change("sunset-deleted", spot, str(old), None)
    elif old is not None and old != new:
        wrong = next((one for one in (new, old) if as_date(one) is None), None)
        if wrong is not None:
            yield change("api-path-sunset-parse", spot, None, str(wrong))


def _about(old: Operation, new: Operation, spot: Spot) -> Iterator[Change]:
    if old.operation_id != new.operation_id:
        if old.operation_id:
            yield change("api-operation-id-removed", spot, old.operation_id, new.operation_id)
        else:
            yield change("api-operation-id-added", spot, None, new.operation_id)
    yield from (change("api-tag-removed", spot, tag) for tag in old.tags if tag not in new.tags)
    yield from (change("api-tag-added", spot, None, tag) for tag in new.tags if tag not in old.tags)

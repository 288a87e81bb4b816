"""Which copies of a callback are sent, and when: `repeat`, `every`, `after`, `concurrent`, `sequence`, a replay."""

from collections.abc import Mapping
from dataclasses import dataclass

from mdt.callbacks.model import Callback, Message


@dataclass(slots=True, eq=False)
class Shot:
    """One copy of a callback that is to be sent `after` seconds; those of one `group` go at the same time."""

    callback: Callback
    after: float
    group: int
    content: "Content"
    replays: bool = False


@dataclass(slots=True, eq=False)
class Content:
    """The message of a callback, made once for all its copies, with the id that they share."""

    message: Message | None = None
    event: str = ""
    sent: Message | None = None  # for replays: the signed bytes


def shots_of(callback: Callback, others: Mapping[str, Callback]) -> list[Shot]:
    if callback.names:
        parts = [shots_of(others[name], others) for name in callback.names]
        groups = [0] * len(parts) if callback.at_once else range(len(parts))
        return [
            Shot(one.callback, one.after + callback.after, group * 1000 + one.group, one.content, one.replays)
            for group, part in zip(groups, parts, strict=True)
            for one in part
        ]
    content = Content()
    copies = 2 if callback.tamper == "replay" else callback.repeat
    return [
        Shot(callback, callback.after + index * callback.every, index, content, replays=callback.tamper == "replay")
        for index in range(copies)
        for _copy in range(callback.parallel)
    ]

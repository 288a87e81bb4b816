"""One cell of the matrix: a row, a format pair, a client, streamed or not; asked twice, and judged."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from balancer.wire.formats import Format
from tests.matrix.arena import Arena, Plan, arena
from tests.matrix.clients import (
    ALLOWED,
    CleanError,
    Client,
    Outcome,
    Question,
    TruncatedError,
    TwoStartsError,
    clients,
)
from tests.matrix.rows import CALLERS_FAULT, SILENT, B, Phase, Row

FIRST_TEXT = "first provider: " + "one two three four five six seven eight nine ten " * 8
NEXT_TEXT = "next provider: " + "ten nine eight seven six five four three two one " * 8
DEADLINE = 150.0  # seconds; a caller that waits longer hangs, even on a machine that is busy with other things
SILENCE = 1.5  # seconds that the balancer waits for a provider that says nothing
MAX_ATTEMPTS = 6
CALLS_OF_ONE_VISIT = 2  # one, and one repetition at the same provider
VERDICTS = {TruncatedError: Outcome.TRUNCATED, TwoStartsError: Outcome.TWO_STARTS, CleanError: Outcome.ERROR}


@dataclass
class Cell:
    """`first` and `second` are the outcomes of its two requests, `problems` what must never be."""

    row: Row
    caller: Format
    provider: Format
    client: str
    stream: bool
    all_fail: bool
    model: str
    first: Outcome = Outcome.HANG
    second: Outcome = Outcome.HANG
    problems: list[str] = field(default_factory=list)

    @property
    def namespace(self) -> str:
        """Of the mock: one for each row, whose journal then holds all of its calls."""
        return ("all-" if self.all_fail else "") + self.row.name

    @property
    def title(self) -> str:
        kind = "stream" if self.stream else "whole"
        last = ", every provider fails" if self.all_fail else ""
        return f"{self.row.name} {self.caller.value}→{self.provider.value} {self.client} {kind}{last}"


KINDS = (
    (Format.ANTHROPIC, "anthropic SDK"),
    (Format.OPENAI, "openai SDK"),
    (Format.ANTHROPIC, "raw"),
    (Format.OPENAI, "raw"),
)
SDKS = KINDS[:2]


def cells(rows: Iterable[Row]) -> list[Cell]:
    """Every row with every format pair and client, streamed, and whole where the row has such a form."""
    return _cells(rows, KINDS, all_fail=False)


def failing_cells(rows: Iterable[Row]) -> list[Cell]:
    """The same with no provider that is well, for the clients that repeat requests; rows that are answered have none."""
    return [
        cell
        for cell in _cells(rows, SDKS, all_fail=True)
        if cell.row.behavior is not B.QUOTA and expected(cell) is Outcome.ERROR
    ]


def _cells(rows: Iterable[Row], kinds: Sequence[tuple[Format, str]], *, all_fail: bool) -> list[Cell]:
    numbers = itertools.count(1)
    return [
        Cell(row, caller, provider, client, stream, all_fail, f"{'all' if all_fail else 'cell'}{next(numbers)}")
        for row in rows
        for caller, client in kinds
        for provider in Format
        for stream in ((True, False) if row.whole else (True,))
    ]


def sample(chosen: Sequence[Cell]) -> list[Cell]:
    """One cell of each row, so that together they have every client, pair and form."""
    by_row: dict[str, list[Cell]] = {}
    for cell in chosen:
        by_row.setdefault(cell.row.name, []).append(cell)
    return [of_row[number * 5 % len(of_row)] for number, of_row in enumerate(by_row.values())]


def plan(chosen: Iterable[Cell]) -> Plan:
    made = Plan()
    for cell in chosen:
        fault = {"behavior": cell.row.played.value, "response_data": {"content": FIRST_TEXT}, **cell.row.options}
        other = fault if cell.all_fail else {"behavior": "success", "response_data": {"content": NEXT_TEXT}}
        waits = {"first_byte": SILENCE, "first_token": SILENCE, "idle": SILENCE} if cell.row.played in SILENT else {}
        made.add(cell.namespace, cell.model, [fault, other], [cell.provider, cell.provider], timeouts=waits)
        if cell.all_fail:
            made.providers[-1]["timeouts"] = waits
    return made


async def play(everything: Sequence[Cell]) -> None:
    """Runs the cells. Where every provider fails the SDKs wait as long as Retry-After says, so the cooldown is short."""
    for all_fail, settings in ((False, {}), (True, {"failure_cooldown": 1, "cooldown_backoff": {"max": 1}})):
        chosen = [cell for cell in everything if cell.all_fail is all_fail]
        if chosen:
            async with arena(plan(chosen), settings) as place, clients(place.url) as opened:
                await run(chosen, place, opened, at_once=80 if all_fail else 40)


async def run(chosen: list[Cell], place: Arena, opened: list[Client], *, at_once: int = 40) -> None:
    """Asks in all cells, many at once, then judges them by what reached the providers."""
    by_kind = {(client.name, client.format): client for client in opened}
    gate = asyncio.Semaphore(at_once)
    await asyncio.gather(*(_run_one(cell, by_kind[cell.client, cell.caller], gate) for cell in chosen))
    by_model: dict[str, list[dict[str, Any]]] = {}
    for name in {cell.namespace for cell in chosen}:
        for entry in await place.calls(name):
            by_model.setdefault(entry["provider"].rpartition("-")[0], []).append(entry)
    for cell in chosen:
        judge(cell, by_model.get(cell.model, []))


async def _run_one(cell: Cell, client: Client, gate: asyncio.Semaphore) -> None:
    async with gate:
        cell.first = await _outcome(cell, client, 1)
        cell.second = await _outcome(cell, client, 2)


async def _outcome(cell: Cell, client: Client, ask: int) -> Outcome:
    question = Question(cell.model, f"{cell.model} ask-{ask}", cell.stream)
    try:
        async with asyncio.timeout(DEADLINE):
            text = await client.ask(question)
    except TimeoutError:
        return Outcome.HANG
    except Exception as error:  # noqa: BLE001 - what must not be is a finding, whatever it is
        found = VERDICTS.get(type(error), Outcome.UNCLEAN)
        if found is not Outcome.ERROR:
            cell.problems.append(f"ask {ask}: {type(error).__name__}: {error}")
        return found
    return _answered(text, cell)


def _answered(text: str, cell: Cell) -> Outcome:
    if cell.row.behavior is B.DUPLICATE_CACHE or text == FIRST_TEXT:
        return Outcome.FIRST
    return Outcome.NEXT if text == NEXT_TEXT else Outcome.WRONG_TEXT


def judge(cell: Cell, calls: list[dict[str, Any]]) -> None:
    """Notes what must never be: in the outcomes, and in the calls that reached the providers."""
    for ask, outcome in ((1, cell.first), (2, cell.second)):
        if outcome not in ALLOWED:
            cell.problems.append(f"ask {ask}: {outcome.value}")
    _judge_contract(cell)
    counted = Counter((call["provider"] == f"{cell.model}-1", ask_of(call)) for call in calls)
    _judge_number(cell, calls)
    if not cell.all_fail:
        _judge_first_provider(cell, counted[True, 1], counted[True, 2])


def _judge_number(cell: Cell, calls: list[dict[str, Any]]) -> None:
    """No more calls than allowed. Failed handshakes do not tell their request: those of both are counted together."""
    counted = Counter(0 if call["method"] == "TLS" else ask_of(call) for call in calls)
    for ask, total in counted.items():
        if total > (MAX_ATTEMPTS if ask else 2 * MAX_ATTEMPTS):
            cell.problems.append(f"ask {ask}: {total} upstream calls, {MAX_ATTEMPTS} are allowed")


def ask_of(call: dict[str, Any]) -> int:
    """Which of the two requests a call belongs to. A failed handshake has no body: the second one is the second's."""
    if call["method"] == "TLS":
        return min(call["attempt"], 2)
    return 2 if "ask-2" in str(call["body"]) else 1


def _judge_contract(cell: Cell) -> None:
    """What goes wrong before content is the next provider's; what goes wrong after it is an error."""
    wanted = expected(cell)
    if cell.first is not wanted:
        cell.problems.append(f"ask 1: {cell.first.value}, and the contract says {wanted.value}")
    if not cell.all_fail and cell.second is not expected_again(cell, wanted):
        cell.problems.append(f"ask 2: {cell.second.value}, although the first request had shown the fault")


def expected(cell: Cell) -> Outcome:
    row = cell.row
    if _is_answered(cell):
        return Outcome.FIRST
    breaks_late = cell.stream and row.phase in (Phase.AFTER, Phase.END)
    if cell.all_fail or breaks_late or row.behavior in CALLERS_FAULT:
        return Outcome.ERROR
    return Outcome.NEXT


def _is_answered(cell: Cell) -> bool:
    """No fault; a quota that its first request fits in; only `[DONE]` is missing, or nothing where nothing streams."""
    row = cell.row
    lacks_nothing = row.behavior is B.STREAM_NO_DONE and (not cell.stream or cell.provider is Format.OPENAI)
    return row.phase is Phase.NEVER or row.behavior is B.QUOTA or lacks_nothing


def expected_again(cell: Cell, first: Outcome) -> Outcome:
    """A provider whose failure counted is out, so that the next one answers at once."""
    if cell.row.behavior is B.QUOTA:
        return Outcome.NEXT
    early_fault_of_caller = cell.row.behavior in CALLERS_FAULT
    return first if first is Outcome.FIRST or early_fault_of_caller else Outcome.NEXT


def _judge_first_provider(cell: Cell, calls_first: int, calls_second: int) -> None:
    if calls_first > CALLS_OF_ONE_VISIT:
        cell.problems.append(f"{calls_first} calls of the first provider for one request")
    is_out = expected_again(cell, cell.first) is Outcome.NEXT and cell.row.behavior is not B.QUOTA
    if is_out and calls_second:
        cell.problems.append(f"hammering: {calls_second} calls of a provider that was out")

"""`mdt mock send` sends a callback from here; `mdt mock callbacks` shows, sends and clears those of a running server."""

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from mdt.callbacks.couriers import HttpCourier
from mdt.callbacks.deliveries import Delivery, Sending
from mdt.callbacks.sending import send as send_callback
from mdt.cli import targets
from mdt.cli.commands import MOCKS, SERVER, SESSION, TOKEN, argument, command, option
from mdt.cli.output import ExitCode, emit, show, wrong_usage
from mdt.definitions import Catalog
from mdt.engine.outcome import Undelivered
from mdt.engine.session import Session
from mdt.errors import UnknownCallbackError
from mdt.language import Words, _

LONGEST = 60.0  # seconds that a command waits unless it is told to

NAME = argument("name", metavar="CALLBACK", help=_("A name such as payment.duplicate; `mdt mock list` shows them."))
TO = option(
    "--to",
    metavar="URL",
    help=_("The application, in place of the callback's own host; with a path, in place of its whole address."),
)
DATA = option(
    "--data",
    "data",
    multiple=True,
    metavar="NAME=VALUE",
    help=_("`data.NAME` of the templates; a value that is JSON keeps its type. May be repeated."),
)
WAIT = option(
    "--wait",
    type=click.FloatRange(min=0),
    default=LONGEST,
    show_default=True,
    metavar="SECONDS",
    help=_("How long to wait for delayed deliveries and retries; the later ones are left out, and said."),
)


@command(
    "send",
    _("Send a callback to the application, and show each delivery with its answer."),
    NAME,
    TO,
    DATA,
    WAIT,
    MOCKS,
)
def send(
    *, name: str, to: str | None, data: tuple[str, ...], wait: float, mocks: Path | None, as_json: bool
) -> ExitCode:
    """Ends with 1 if a delivery was not accepted."""
    if to is not None and not to.startswith(("http://", "https://")):
        raise wrong_usage(_("{url!r} is no http url", url=to))
    catalog = targets.catalog(mocks)
    callback = _callback(catalog, name)
    session = Session(f"send-{time.time_ns()}")
    settings = catalog.settings
    session.courier = HttpCourier(settings.callbacks_to)
    sending = send_callback(
        callback, session, others=catalog.callbacks, to=to or "", data=values(data), shared=catalog.data.of(session)
    )
    if not as_json:
        _print_new(sending, 0)
    _wait(sending, wait, told=not as_json)
    document = {**sending.as_json(), "left": [one.at.isoformat() for one in session.clock.alarms.pending()]}
    emit(document, as_json=as_json, human=lambda: _print_left(sending))
    good = all(one.accepted for one in _last_tries(sending))
    return ExitCode.OK if good else ExitCode.PROBLEMS


def _callback(catalog: Catalog, name: str) -> Any:
    if name not in catalog.callbacks:
        raise UnknownCallbackError(name, catalog.callbacks)
    return catalog.callbacks[name]


def values(pairs: tuple[str, ...]) -> dict[str, Any]:
    """{"amount": 198} of ("amount=198",). Raises CommandError."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            raise wrong_usage(_("{given!r} is no data. Write NAME=VALUE", given=pair))
        try:
            found[name] = json.loads(text)
        except ValueError:
            found[name] = text
    return found


def _wait(sending: Sending, longest: float, *, told: bool) -> None:
    """Time passes for real here: the signatures are checked against the clock of the application."""
    alarms, end = sending.session.clock.alarms, time.monotonic() + longest
    while pending := alarms.pending():
        left = (pending[0].at - datetime.now(UTC)).total_seconds()
        if time.monotonic() + left > end:
            return
        if told and left > 1:
            click.echo(_("next in {seconds} s", seconds=round(left)), err=True)
        time.sleep(max(0.0, left))
        shown = len(sending.deliveries)
        sending.session.clock.ring_due()
        if told:
            _print_new(sending, shown)


def _print_new(sending: Sending, shown: int) -> None:
    for one in sending.deliveries[shown:]:
        click.echo(_line(one))


def _line(one: Delivery) -> str:
    answer = one.outcome
    text: Words = answer.why if isinstance(answer, Undelivered) else str(one.status)
    mark = click.style("✓", fg="green") if one.accepted else click.style("✗", fg="red")
    attempt = f"  {_('try {number}', number=one.attempt)}" if one.attempt > 1 else ""
    at = one.at.strftime("%H:%M:%S")
    return f"{mark} {at}  {one.callback}  {one.message.method} {one.message.url}  {text}  {one.seconds * 1000:.0f} ms{attempt}"


def _print_left(sending: Sending) -> None:
    if sending.gates:
        both = (
            _("all were under way at the same time")
            if sending.overlapped
            else _("they were NOT under way at the same time")
        )
        click.echo(both)
    if left := len(sending.session.clock.alarms):
        click.echo(_("{count} deliveries come later and were not waited for; --wait SECONDS waits longer", count=left))


def _last_tries(sending: Sending) -> list[Delivery]:
    """The deliveries of the copies; of one that was tried again the last try alone."""
    retried = {one.attempt for one in sending.deliveries} != {1}
    return sending.deliveries[-1:] if retried else sending.deliveries


CLEAR = option("--clear", is_flag=True, help=_("Forget those that wait."))


@command(
    "callbacks",
    _("Show the callbacks of a running server's session: those that wait, and those that were sent."),
    CLEAR,
    SESSION,
    SERVER,
    TOKEN,
    MOCKS,
)
def callbacks(
    *, clear: bool, session: str, server: str | None, token: str | None, mocks: Path | None, as_json: bool
) -> None:
    url = targets.address_of(server, mocks)
    with targets.connected(url, token) as client:
        if clear:
            cleared = client.clear_callbacks(session)
            emit(cleared, as_json=as_json, human=lambda: click.echo(_("cleared {count}", count=cleared["cleared"])))
            return
        found = client.callbacks(session)
    emit(found, as_json=as_json, human=lambda: _print_found(found))


def _print_found(found: Mapping[str, Any]) -> None:
    from rich.table import Table

    if not found["pending"] and not found["sent"]:
        click.echo(_("No callback waits, and none was sent."))
        return
    table = Table(box=None, pad_edge=False)
    for heading in (_("at"), _("callback"), _("answer")):
        table.add_column(str(heading), overflow="fold")
    for one in found["sent"]:
        answer = str(one["status"]) if one["kind"] == "reply" else f"✗ {one['reason']}"
        table.add_row(one["at"], f"{one['service']}.{one['scenario']}", answer)
    for one in found["pending"]:
        table.add_row(one["at"], one["callback"], str(_("waits")))
    show(table)

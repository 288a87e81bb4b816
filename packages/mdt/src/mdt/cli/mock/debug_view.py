"""Prints the result of `mdt mock debug` in a terminal."""

import json
from collections.abc import Iterable
from typing import Any

import click

from mdt.cli.mock.datasets import surroundings
from mdt.cli.mock.trial import Fact, Trial
from mdt.cli.output import show
from mdt.engine.messages import Fault, Passthrough, Reply
from mdt.engine.outcome import Criterion, Unmatched
from mdt.language import Words, _

LONGEST = 2_000  # characters of a body that are shown


def show_facts(found: Iterable[Fact], head: dict[str, Any]) -> None:
    _head(head)
    for fact in found:
        click.echo()
        click.echo(f"{click.style(fact.route, bold=True)}   {fact.file}:{fact.line}")
        if fact.description:
            click.echo(f"  {fact.description}")
        _line(_("asks for"), _compact(fact.match) if fact.match else _("nothing more than method and path"))
        if fact.sent is None:
            click.echo(f"  {_('No example request could be made; try your own with --request.')}")
            continue
        _line(_("request "), f"{fact.sent.method} {fact.sent.target} {fact.sent.body.decode(errors='replace')}")
        for trial in fact.trials:
            _outcome(trial)
        _line(_("try it  "), fact.curl or "")


def show_trial(trial: Trial, head: dict[str, Any]) -> None:
    _head(head)
    entry = trial.entry
    click.echo()
    click.echo(f"{click.style(f'{entry.request.method} {entry.request.path}', bold=True)}")
    route, file, line = entry.route, entry.file, entry.line
    if isinstance(entry.outcome, Unmatched):
        miss = entry.outcome.near_miss
        route, file, line = miss.route, miss.file, miss.line
    if route:
        _line(_("answered by") if trial.answered else _("closest route"), f"{route}   {file}:{line}")
    if trial.criteria:
        show(_table(trial.criteria))
    _outcome(trial)


def _head(head: dict[str, Any]) -> None:
    click.echo(f"{click.style(head['scenario'], bold=True)}   {head['title']}   {head['url']}")
    if around := surroundings(head):
        _line(_("plays in"), around)


def _line(title: Words, text: Words) -> None:
    click.echo(f"  {title} {text}".rstrip())


def _table(criteria: Iterable[Criterion]) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("", _("criterion"), _("verdict")):
        table.add_column(str(heading), overflow="fold")
    for one in criteria:
        sign = Text("✓", style="green") if one.ok else Text("✗", style="red")
        table.add_row(sign, Text(one.label), Text(str(one.detail)))
    return table


def _outcome(trial: Trial) -> None:
    outcome = trial.entry.outcome
    if isinstance(outcome, Unmatched):
        click.echo(f"  {click.style('✗', fg='red')} {outcome.near_miss.reason}")
        failed = [str(one) for one in trial.criteria if one.name in {"template", "handler"}]
        for text in failed:
            click.echo(f"    {text}")
    elif isinstance(outcome, Fault):
        _line(_("fault   "), f"{outcome.kind.value} {_seconds(outcome.delay)}")
    elif isinstance(outcome, Passthrough):
        _line(_("goes on to"), outcome.url)
    elif isinstance(outcome, Reply):
        _reply(outcome)


def _reply(reply: Reply) -> None:
    _line(_("reply   "), f"{reply.status} {_seconds(reply.delay)}")
    for name, value in reply.headers:
        click.echo(f"    {name}: {value}")
    for line in _readable(reply.content()).splitlines():
        click.echo(f"    {line}")


def _readable(body: bytes) -> str:
    try:
        text = json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        text = body.decode(errors="replace")
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(body)} bytes)"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _seconds(delay: float) -> str:
    return f"({_('after {seconds} s', seconds=format(delay, '.3f'))})" if delay else ""

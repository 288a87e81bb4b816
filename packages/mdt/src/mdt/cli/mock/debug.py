"""`mdt mock debug`: shows one scenario: where it is defined, what it demands, what it answers."""

import json
from pathlib import Path
from typing import Any

import click

from mdt.cli import targets
from mdt.cli.commands import DATASET, ENVIRONMENT, MOCKS, SERVER, command, option
from mdt.cli.mock.debug_view import show_facts, show_trial
from mdt.cli.mock.trial import Fact, Testbed, facts, parsed
from mdt.cli.output import ExitCode, emit, wrong_usage
from mdt.definitions import Service
from mdt.language import _, sentences
from mdt.suggest import did_you_mean

SERVICE = option("--service", "-s", "name", required=True, metavar="S", help=_("The service."))
SCENARIO = option("--scenario", required=True, metavar="N", help=_("One of its scenarios."))
REQUEST = option(
    "--request", metavar="'POST /path'", help=_("Try this request: method and path, with a query if you like.")
)
BODY = option("--body", metavar="JSON", help=_("The request's body."))
HEADER = option(
    "--header",
    "-H",
    "headers",
    multiple=True,
    metavar="'name: value'",
    help=_("A header of the request; may be repeated."),
)
JSON = option(
    "--json",
    "json_values",
    multiple=True,
    is_flag=False,
    flag_value="",
    metavar="[JSON]",
    help=_("With a value: the request's body. Alone: one JSON document on stdout. May be given twice."),
)


@command(
    "debug",
    _("Look closely at one scenario: where it stands, what it asks for, what it answers; or try a request on it."),
    SERVICE,
    SCENARIO,
    REQUEST,
    JSON,
    BODY,
    HEADER,
    ENVIRONMENT,
    DATASET,
    SERVER,
    MOCKS,
    json_flag=False,
)
def debug(
    *,
    name: str,
    scenario: str,
    request: str | None,
    json_values: tuple[str, ...],
    body: str | None,
    headers: tuple[str, ...],
    environment: str | None,
    dataset: str | None,
    server: str | None,
    mocks: Path | None,
) -> ExitCode:
    """`--json '{...}'` gives the request's body, `--json` alone prints a document."""
    catalog = targets.catalog(mocks)
    service = targets.service(catalog, name)
    own = _own_name(service, scenario)
    bench = Testbed(catalog, service, own, environment or catalog.settings.environment, dataset or "")
    bodies = [value for value in json_values if value]
    sent_body = _checked(body if body is not None else next(iter(bodies), None))
    as_json = "" in json_values
    head: dict[str, Any] = {
        "service": service.name,
        "title": service.title,
        "scenario": f"{service.name}.{own}",
        "url": service.url,
    }
    head |= {"environment": bench.session.environment or None, "dataset": catalog.data.name_for(bench.session)}
    if request is None:
        address = f"{targets.address_of(server, mocks)}/{service.name}"
        _facts(facts(catalog, service, own, bench, address), head, as_json=as_json)
        return ExitCode.OK
    trial = bench.play(parsed(request, sent_body, headers))
    emit({**head, **trial.as_json()}, as_json=as_json, human=lambda: show_trial(trial, head))
    return ExitCode.OK if trial.answered else ExitCode.PROBLEMS


def _facts(found: list[Fact], head: dict[str, Any], *, as_json: bool) -> None:
    """Succeeds even if the example is not answered, because mdt made it."""
    document = {**head, "routes": [fact.as_json() for fact in found]}
    emit(document, as_json=as_json, human=lambda: show_facts(found, head))


def _own_name(service: Service, scenario: str) -> str:
    """The scenario's name without its service. Raises CommandError for an unknown one."""
    own = scenario.removeprefix(f"{service.name}.")
    if own not in service.scenario_names:
        hint = did_you_mean(own, service.scenario_names)
        raise wrong_usage(sentences(_("{service} has no scenario {name!r}.", service=service.name, name=own), hint))
    return own


def _checked(body: str | None) -> str | None:
    """Refuses a body that is no JSON, most likely a quoting mistake."""
    if body is None:
        return None
    try:
        json.loads(body)
    except ValueError as error:
        message = _("the body is no JSON: {error}. Mind the shell's quotes", error=error)
        raise click.BadParameter(str(message), param_hint="--json") from None
    return body

"""`flask doctor`: says what is wrong with this machine or configuration, and the mend; exit 1 if anything is."""

import json
import threading
from collections.abc import Iterator

import click
from flask import current_app
from flask.cli import with_appcontext
from pydantic import SecretStr

from backend.core.observability.masking import mask_text
from backend.core.settings import ROOT, Settings
from tools.doctor import configuration, database, jobs, machine
from tools.doctor.findings import Check, Finding, Situation, problem, warning

LONGEST = 2.0  # seconds for a check
CHECKS: dict[str, Check] = {
    "system": machine.system,
    "memory": machine.memory,
    "disk": machine.disk,
    "python": machine.interpreter,
    "packages": machine.packages,
    "env file": configuration.env_file,
    "settings": configuration.settings,
    "database": database.server,
    "migrations": database.migrations,
    "port": machine.port,
    "wechat": configuration.wechat,
    "redis": configuration.redis_servers,
    "jobs": jobs.waiting,
    "documents": configuration.documents,
}
SIGNS = {"ok": click.style("ok     ", fg="green"), "warning": click.style("warning", fg="yellow")}
SIGNS |= {"problem": click.style("PROBLEM", fg="red")}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
@with_appcontext
def doctor(context: click.Context, as_json: bool) -> None:
    """Say what is wrong with this machine or configuration, and the mend; exit 1 if there is a problem."""
    situation = here()
    found = [(name, finding) for name, check in CHECKS.items() for finding in bounded(check, situation)]
    shown = [(name, without_secrets(finding, situation.settings)) for name, finding in found]
    healthy = all(finding.state != "problem" for _, finding in shown)
    click.echo(_as_json(shown, healthy) if as_json else "\n".join(_as_text(shown)))
    context.exit(0 if healthy else 1)


def here() -> Situation:
    """The situation of this process."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - threads need the thing itself
    return Situation(ROOT, app, app.extensions.get("settings"), app.extensions.get("start_error"))


def bounded(check: Check, situation: Situation) -> list[Finding]:
    """What the check finds within `LONGEST` seconds; one that breaks or hangs is a finding too."""
    found: list[Finding] = []

    def look() -> None:
        with situation.app.app_context():
            try:
                found.extend(check(situation))
            except Exception as error:  # noqa: BLE001 - one broken check must not stop the others
                found.append(problem(f"the check itself failed: {type(error).__name__}: {error}", "tell its authors"))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(LONGEST)
    return [*found] or [warning(f"no answer within {LONGEST:g} s", "look at the network to what it asks")]


def without_secrets(finding: Finding, settings: Settings | None) -> Finding:
    """The finding without any value that is a secret, wherever a message may have picked it up."""
    texts = [finding.what, finding.mend]
    for secret in _secrets(settings):
        texts = [text.replace(secret, "***") for text in texts]
    return Finding(finding.state, *map(mask_text, texts))


def _secrets(settings: Settings | None) -> Iterator[str]:
    """The values of secret settings, and the password in the database's URL."""
    if settings is None:
        return
    values = [value.get_secret_value() for _, value in settings if isinstance(value, SecretStr)]
    values += [*settings.jwt_keys.values(), settings.sqlalchemy_url.password or ""]
    yield from (value for value in values if len(value) > 3)


def _as_json(shown: list[tuple[str, Finding]], healthy: bool) -> str:
    rows = [{"check": name, "state": f.state, "what": f.what, "mend": f.mend} for name, f in shown]
    return json.dumps({"healthy": healthy, "findings": rows}, ensure_ascii=False, indent=2)


def _as_text(shown: list[tuple[str, Finding]]) -> Iterator[str]:
    for name, finding in shown:
        yield f"{SIGNS[finding.state]} {name:10} {finding.what}" + (
            f"\n{'':19}→ {finding.mend}" if finding.mend else ""
        )
    counts = [sum(finding.state == state for _, finding in shown) for state in ("problem", "warning")]
    yield f"\n{counts[0]} problems, {counts[1]} warnings"

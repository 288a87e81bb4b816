"""`flask settings`: writes .env.example from the settings of core and of the modules that are there, or says that it is out of date."""

import json
import textwrap
from typing import Any

import click
from flask.cli import AppGroup
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from backend.core.settings import ROOT
from backend.modules import settings_class

EXAMPLE = ROOT / ".env.example"
HEAD = """\
# Every setting of the application, with its default. Copy this file to .env and change what you need.
# The environment wins over .env. Unknown names and unusable values stop the start, with all of them listed.
# Made by `flask settings write`.
"""

settings = AppGroup("settings", help="Look after .env.example.")


def render() -> str:
    """The text of .env.example."""
    return HEAD + "".join(_entry(name, field) for name, field in settings_class().model_fields.items())


def _entry(name: str, field: FieldInfo) -> str:
    comment = textwrap.fill(field.description or "", 116, initial_indent="# ", subsequent_indent="# ")
    return f"\n{comment}\n#{name.upper()}={_text(field.default)}\n"


def _text(default: Any) -> str:
    """A default as one writes it in an env file."""
    if default is None or default == []:
        return ""
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    return str(default) if isinstance(default, str) else json.dumps(default)


@settings.command("write")
def write() -> None:
    """Write .env.example from the settings of core and of the modules."""
    EXAMPLE.write_text(render(), encoding="utf-8")
    click.echo("wrote .env.example")


@settings.command("check")
def check() -> None:
    """Fail if .env.example does not say what the settings say."""
    if not EXAMPLE.is_file() or EXAMPLE.read_text(encoding="utf-8") != render():
        raise click.ClickException(".env.example is out of date; run `flask settings write` and commit it.")
    click.echo(".env.example is up to date")

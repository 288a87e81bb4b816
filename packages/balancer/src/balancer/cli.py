"""The commands `balancer` and `mdt llm`."""

import gc
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import click

from balancer import __version__

CONFIG = click.option(
    "--config",
    "path",
    type=click.Path(dir_okay=False),
    default="balancer.yaml",
    show_default=True,
    help="The configuration file.",
)
LEVELS = ("debug", "info", "warning", "error")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="balancer")
def main() -> None:
    """Balance LLM providers, and survive them."""


@main.command()
@CONFIG
@click.option("--host", help="Listen here instead of at settings.host.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Listen here instead of at settings.port; 0 takes any free port."
)
@click.option("--fd", type=click.IntRange(0), help="Take over a listening socket that the parent process opened.")
@click.option("--log-level", type=click.Choice(LEVELS), default="info", show_default=True)
@click.option("--test-control", is_flag=True, help="Let tests move the clock on: POST /test/advance.")
def serve(path: str, host: str | None, port: int | None, fd: int | None, log_level: str, *, test_control: bool) -> None:
    """Serve the providers of a configuration behind one address, until SIGTERM or SIGINT."""
    _check_redis()
    with _without_collector():
        from balancer.proxy import serving
        from balancer.proxy.admin import log
        from balancer.proxy.config import ConfigError, load

        try:
            config = load(path)
            settings = config.settings
            opened = (
                serving.listening(settings.host if host is None else host, settings.port if port is None else port)
                if fd is None
                else serving.handed_over(fd)
            )
        except ConfigError as error:
            raise click.ClickException(f"{path} cannot be used:\n{error}") from None
        except serving.SocketError as error:
            raise click.ClickException(str(error)) from None
        log.configure(log_level)
        app = serving.create_service(config, path, test_control=test_control)
    serving.serve(app, opened)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Nothing that a start loads is garbage, and looking for some takes a tenth of its time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _check_redis() -> None:
    if os.environ.get("REDIS_URL") and find_spec("redis") is None:
        raise click.ClickException(
            "REDIS_URL is set, but the client is missing: pip install 'touchstone-balancer[redis]'"
        )


@main.command()
@CONFIG
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def check(context: click.Context, path: str, *, as_json: bool) -> None:
    """Check a configuration file: exit code 0 if it can be used, 1 if not, 2 if it cannot be read."""
    from balancer.proxy.config import ConfigError, load

    try:
        config, problems = load(path), []
    except ConfigError as error:
        config, problems = None, list(error.problems)
    if as_json:
        click.echo(
            json.dumps({"file": path, "usable": config is not None, "problems": [one.as_dict() for one in problems]})
        )
    elif config is not None:
        click.echo(f"{path} can be used: {len(config.providers)} providers, {len(config.model_routes)} routes.")
    else:
        click.echo("\n".join(f"{path}: {one}" for one in problems), err=True)
    context.exit(0 if config else 1 if Path(path).is_file() and os.access(path, os.R_OK) else 2)


@main.command()
def example() -> None:
    """Print a configuration to start from, with every setting and its default."""
    click.echo(files("balancer.proxy").joinpath("example.yaml").read_text("utf-8"), nl=False)


@click.group()
def llm() -> None:
    """Mock LLM providers that fail on purpose."""


@llm.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=8998, show_default=True, help="0 is any free one.")
@click.option("--token", envvar="MOCK_SERVER_TOKEN", help="What control routes need: Authorization: Bearer TOKEN.")
@click.option("--log-level", type=click.Choice(LEVELS), default="info", show_default=True)
@click.option("--reload", is_flag=True, help="Start anew when a Python file below this folder changes.")
def serve_mock(host: str, port: int, token: str | None, log_level: str, *, reload: bool) -> None:
    """Serve mock providers, until SIGTERM or SIGINT. Their routes: /docs"""
    try:
        from balancer.mock import command
    except ModuleNotFoundError as error:
        raise click.ClickException(f"{error.name} is missing: pip install 'touchstone-balancer[mock]'") from None
    if reload:
        command.serve_reloading(host, port, [Path.cwd()], token=token, log_level=log_level)
    else:
        command.serve(host, port, token=token, log_level=log_level)

"""What the commands that stand in the place of one service share: their options, and the server."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mdt.cli.commands import option
from mdt.cli.mock.serve import HOST, PORT, THE_SERVICE, TOKEN
from mdt.cli.output import CommandError, ExitCode, note
from mdt.engine.catalog import Catalog
from mdt.errors import MdtError
from mdt.language import _

if TYPE_CHECKING:
    from mdt.server.mock_server import MockServer

__all__ = ["ALLOW_HOST", "HOST", "PORT", "TARGET", "THE_SERVICE", "TOKEN", "serve_overlay"]

TARGET = option("--target", metavar="URL", help=_("The real service; otherwise the service's url."))
ALLOW_HOST = option(
    "--allow-host",
    "allow_hosts",
    multiple=True,
    metavar="HOST",
    help=_("A host where the real service may be, besides the service's own and allowHosts of mdt.yaml."),
)


def serve_overlay(
    folder: Path,
    service: str,
    overlay: Callable[[Catalog], Catalog],
    ready: Callable[["MockServer"], None],
    **options: Any,
) -> None:
    """Serves the one service until Ctrl-C, SIGTERM or the end of `duration`."""
    from mdt.server import runner
    from mdt.server.mock_server import ServerOptions

    try:
        runner.main(ServerOptions(folder, service=service, overlay=overlay, **options), ready)
    except MdtError as error:
        if isinstance(error.__cause__, OSError):
            raise CommandError(ExitCode.ADDRESS, str(error)) from error
        raise
    note(_("Ended."))

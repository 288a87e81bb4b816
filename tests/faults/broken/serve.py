"""`BROKEN=name python -m tests.faults.broken.serve`: the production server, with one mistake built in."""

import multiprocessing
import os
from pathlib import Path

from backend.server import worker
from backend.server.bind_address import address_to_bind, prepare_folder, temporary_folder
from backend.server.serve import GracefulServer
from backend.settings import load_settings
from tests.faults.broken import mistakes


def load() -> worker.WsgiApp:
    """In a worker: the mistake first, then the application."""
    mistakes.MISTAKES[os.environ["BROKEN"]].make()
    return worker.load_application()


def main() -> None:
    mistakes.MISTAKES[os.environ["BROKEN"]].make()
    settings = load_settings()
    address = address_to_bind(settings.host, settings.port)
    multiprocessing.set_start_method("spawn")
    with temporary_folder() as name:
        prepare_folder(Path(name))
        GracefulServer(settings, address).serve(target_loader=load, wrap_loader=False)


if __name__ == "__main__":
    main()

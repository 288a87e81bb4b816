"""The services that an application calls, each with one client a process: a module adds those that it needs.

`registry.add(app, settings, "inventory", "inventory_url")` at the start, `registry.client("inventory")` in a request.
"""

import threading

from backend.core import running
from backend.core.http.client import HttpClient
from backend.core.running import HasExtensions
from backend.core.settings import Settings

EXTENSION = "services"


class Registry:
    """Clients by name. Together they wait in at most half of the threads; the other half stays free."""

    def __init__(self, settings: Settings) -> None:
        self.clients: dict[str, HttpClient] = {}
        self.slots = threading.BoundedSemaphore(max(1, settings.server_threads // 2))


def add(app: HasExtensions, settings: Settings, name: str, setting: str) -> None:
    """Register the service `name`, whose address is the setting `setting`; modules may share one."""
    registry: Registry = app.extensions.setdefault(EXTENSION, Registry(settings))
    registry.clients.setdefault(name, HttpClient(name, setting, settings, registry.slots))


def clients(app: HasExtensions) -> dict[str, HttpClient]:
    """Every client of the application, by name."""
    registry: Registry = app.extensions.setdefault(EXTENSION, Registry(app.extensions["settings"]))
    return registry.clients


def client(name: str) -> HttpClient:
    """The running application's client of this service."""
    registry: Registry = running.extension(EXTENSION)
    return registry.clients[name]

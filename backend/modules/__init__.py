"""The modules of this application: one line each. Each is a package that can be taken out."""

from importlib import import_module

from flask import Flask

from backend.core.settings import Settings
from backend.core.web.routing import register

MODULES = [
    "auth",
    "health",
    "orders",
    "payments",
    "users",
]


def init_app(app: Flask, settings: Settings) -> None:
    """Register the routes of every module, and call its `init_app` where it has one."""
    for name in MODULES:
        package = import_module(f"{__name__}.{name}")
        if hasattr(package, "init_app"):
            package.init_app(app, settings)
        register(app, name, import_module(f"{package.__name__}.routes").ROUTES)

"""The modules of this application: one line each. Each is a package that can be taken out."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from flask import Flask

from backend.core import jobs
from backend.core.settings import Settings
from backend.core.settings_loading import compose, load
from backend.core.web.routing import register

MODULES = [
    "auth",
    "health",
    "orders",
    "payments",
    "users",
]


@cache
def settings_class() -> type[Settings]:
    """Core's settings with those that the modules declare in their settings.py."""
    places = [f"{__name__}.{name}.settings" for name in MODULES]
    return compose([import_module(place).SETTINGS for place in places if find_spec(place)])


def load_settings() -> Settings:
    """The settings of this process; raises `SettingsError` with every problem at once."""
    return load(settings_class())


def init_app(app: Flask, settings: Settings) -> None:
    """Register the routes and the jobs of every module, and call its `init_app` where it has one."""
    for name in MODULES:
        package = import_module(f"{__name__}.{name}")
        if hasattr(package, "init_app"):
            package.init_app(app, settings)
        register(app, name, import_module(f"{package.__name__}.routes").ROUTES)
        if find_spec(f"{package.__name__}.jobs"):
            found = import_module(f"{package.__name__}.jobs")
            jobs.register(app, getattr(found, "JOBS", ()), getattr(found, "PERIODIC", ()))

"""The people who use the application: their profile, their role, whether they may come in."""

from flask import Flask

from backend.core.settings import Settings
from backend.modules.users.cli import users


def init_app(app: Flask, _settings: Settings) -> None:
    app.cli.add_command(users)

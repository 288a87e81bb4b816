"""Orders: a user orders a product; the inventory reserves it for fifteen minutes, within which it must be paid."""

from flask import Flask

from backend.core.settings import Settings
from backend.modules.orders import partners


def init_app(app: Flask, settings: Settings) -> None:
    partners.register(app, settings)

"""CORS: closed unless CORS_ORIGINS lists who may call from a browser."""

from flask import Flask
from flask_cors import CORS

from backend.core.headers import FOR_CLIENTS, FROM_CLIENTS
from backend.core.settings import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Without origins nothing is registered, so no answer carries a CORS header."""
    if settings.cors_origins:
        CORS(
            app,
            origins=settings.cors_origins,
            methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=FROM_CLIENTS,
            expose_headers=FOR_CLIENTS,
            max_age=600,
        )

"""CORS: closed unless CORS_ORIGINS lists who may call from a browser."""

from flask import Flask
from flask_cors import CORS

from backend.core.headers import ERROR_CODE, REQUEST_ID
from backend.core.settings import Settings

EXPOSED = [REQUEST_ID, ERROR_CODE, "Retry-After", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]


def init_app(app: Flask, settings: Settings) -> None:
    """Without origins nothing is registered, so no answer carries a CORS header."""
    if settings.cors_origins:
        CORS(
            app,
            origins=settings.cors_origins,
            methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", REQUEST_ID],
            expose_headers=EXPOSED,
            max_age=600,
        )

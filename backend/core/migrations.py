"""`flask db`: migrations by Flask-Migrate, from migrations/."""

from flask import Flask
from flask_migrate import Migrate

from backend.core.db import db
from backend.core.settings import ROOT

FOLDER = ROOT / "migrations"


def init_app(app: Flask) -> None:
    Migrate(app, db, directory=str(FOLDER))

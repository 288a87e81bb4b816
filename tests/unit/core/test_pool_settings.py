"""The connection pool gets its settings as they are written."""

from flask import Flask
from sqlalchemy.engine import make_url

from backend.core.db import db
from backend.core.db.engine import engine_options
from backend.settings import Settings

URL = make_url("mysql+pymysql://user:password@127.0.0.1:1/test")


def test_fractions_of_a_second_are_kept(app: Flask) -> None:
    settings = Settings(app_env="unit", database_url="sqlite://", db_pool_timeout=0.3)

    engine = db._make_engine(None, {"url": URL, **engine_options(settings, URL)}, app)

    assert engine.pool.timeout() == 0.3

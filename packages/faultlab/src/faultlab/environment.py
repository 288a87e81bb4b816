"""Describes where a run took place: database, service, settings, versions, machine."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version

from testdb import Database

from faultlab.adapter import Adapter
from faultlab.report_model import Environment

LIBRARIES = ("sqlalchemy", "pymysql", "psycopg", "flask")


def environment(adapter: Adapter, database: Database) -> Environment:
    """The environment for the report; settings are named `profile: NAME`."""
    settings = {
        f"{name}: {key}": value
        for name, profile in adapter.profiles.items()
        for key, value in {**profile.settings, "answer within": f"{profile.budget} s"}.items()
    }
    return Environment(
        database=database.kind,
        version=database.version,
        way=database.provider,
        service=adapter.name,
        settings=settings,
        versions={"python": platform.python_version()} | _versions(),
        cores=os.cpu_count() or 1,
    )


def _versions() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found

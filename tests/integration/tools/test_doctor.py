"""`flask doctor` asks a real server: what it is, how it is set, which migrations it has."""

import re

import pytest
from pydantic import SecretStr

from backend.core.settings import ROOT
from tools.doctor import database
from tools.doctor.findings import Situation


@pytest.fixture
def situation(app, settings):
    with app.app_context():
        yield Situation(ROOT, app, settings, None)


def test_server_is_what_we_ask_for(situation):
    findings = database.server(situation)

    assert [finding.state for finding in findings if finding.state == "problem"] == []
    assert findings[0].what.split()[0] in ("MySQL", "MariaDB")
    assert "character set utf8mb4" in [finding.what for finding in findings]


def test_every_migration_is_applied(situation):
    assert [finding.state for finding in database.migrations(situation)] == ["ok"]


@pytest.mark.parametrize(
    ("change", "mend"),
    [
        ({"password": "wrong", "username": "nobody_here"}, "correct user and password"),
        ({"database": "no_such_test"}, "GRANT ALL|CREATE DATABASE"),
        ({"port": 1}, "start the server"),
    ],
)
def test_server_that_cannot_be_used_says_how_to_mend_it(situation, settings, change, mend):
    url = settings.sqlalchemy_url.set(**change).render_as_string(hide_password=False)
    elsewhere = Situation(ROOT, situation.app, settings.model_copy(update={"database_url": SecretStr(url)}), None)

    (finding,) = database.server(elsewhere)

    assert finding.state == "problem"
    assert re.search(mend, finding.mend)

"""What is deployed: the files that the Dockerfile copies are an application with its commands, and nothing of development."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from backend.core.settings import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COPIED = re.findall(r"^COPY ([^-].*) \S+$", DOCKERFILE, re.MULTILINE)
FLASK_APP = re.search(r"FLASK_APP=(\S+)", DOCKERFILE)[1]
CODE = """
import json, sys
from flask.cli import ScriptInfo
app = ScriptInfo().load_app()
print(json.dumps({"commands": sorted(app.cli.commands), "loaded": sorted(sys.modules)}))
"""


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """What `flask` finds in a folder with only those files."""
    root = tmp_path_factory.mktemp("app")
    for path in {path for line in COPIED for path in line.split()}:
        copy = shutil.copytree if (ROOT / path).is_dir() else shutil.copy
        copy(ROOT / path, root / path)
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    settings = {"APP_ENV": "unit", "DATABASE_URL": "sqlite://", "FLASK_APP": FLASK_APP, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", CODE], check=False, cwd=root, env=kept | settings, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_it_has_the_commands_of_the_application(deployed):
    assert {"db", "sessions", "users"} <= set(deployed["commands"])
    assert not {"doctor", "module", "project", "settings"} & set(deployed["commands"])


def test_it_loads_nothing_of_development(deployed):
    top = {name.partition(".")[0] for name in deployed["loaded"]}

    assert not top & {"balancer", "faultlab", "mdt", "scripts", "testdb", "tests", "tools"}

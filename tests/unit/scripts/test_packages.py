"""What each package's own environment gets, and that a project without packages has nothing to do."""

import shutil
import subprocess
from pathlib import Path

import pytest

from scripts import package_needs

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "packages.sh"
LOW = """[project]
name = "alpha-low"
dependencies = ["click>=8.10", "pymysql[rsa]>=1.1", "uvloop>=0.21; sys_platform != 'win32'", "unbounded"]
"""
HIGH = """[project]
name = "alpha-high"
dependencies = ["alpha-low==1.0", "click>=8.9"]
[project.optional-dependencies]
server = ["watchfiles>=1.0"]
tls = ["cryptography >= 44, <60"]
[dependency-groups]
test = ["pytest>=9.0"]
clients = ["asker>=2.0"]
"""


@pytest.fixture
def folders(tmp_path):
    for name, text in (("low", LOW), ("high", HIGH)):
        (tmp_path / "packages" / name).mkdir(parents=True)
        (tmp_path / "packages" / name / "pyproject.toml").write_text(text)
    return tmp_path / "packages"


def test_package_comes_with_those_of_ours_below_it_and_all_its_extras(folders, capsys):
    package_needs.main(str(folders / "high"))

    assert capsys.readouterr().out == f"-e {folders / 'low'} -e {folders / 'high'}[server,tls]\n"


def test_one_of_ours_that_only_an_extra_needs_comes_too(folders, capsys):
    (folders / "top").mkdir()
    (folders / "top" / "pyproject.toml").write_text(
        '[project]\nname = "alpha-top"\ndependencies = []\n[project.optional-dependencies]\nmock = ["alpha-low[tls]==1.0"]\n'
    )

    package_needs.main(str(folders / "top"))

    assert capsys.readouterr().out == f"-e {folders / 'low'} -e {folders / 'top'}[mock]\n"


def test_lowest_is_the_lower_bound_of_what_is_needed_and_of_the_clients_but_not_of_the_test_tools(folders, capsys):
    package_needs.main(str(folders / "high"), "--lowest")

    lines = capsys.readouterr().out.splitlines()
    assert lines == ["asker==2.0", "click==8.10", "cryptography==44", "pymysql==1.1", "uvloop==0.21", "watchfiles==1.0"]


@pytest.mark.parametrize("word", ["test", "lowest", "lint"])
def test_project_without_packages_has_nothing_to_do(tmp_path, word):
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")

    done = subprocess.run(
        ["/bin/sh", "scripts/packages.sh", word], cwd=tmp_path, check=False, capture_output=True, text=True
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_failed_package_does_not_hide_the_others(tmp_path, folders):
    (tmp_path / "scripts").mkdir()
    shutil.copy(SCRIPT, tmp_path / "scripts")

    done = subprocess.run(
        ["/bin/sh", "scripts/packages.sh", "nonsense"],
        cwd=tmp_path,
        env={"PACKAGES": "low high", "PATH": "/usr/bin:/bin"},
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert "none of test, lowest, lint" in done.stderr
    assert done.stderr.endswith("Failed: low high\n")

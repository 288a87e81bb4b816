"""What is built to be installed: complete, with metadata that an index takes, and with types that a consumer's mypy sees."""

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import mdt

PACKAGE = Path(__file__).parents[2]
CONSUMER = """\
from mdt import Reply, VirtualService, get, mock_scenario, sequence
from mdt.testing import server

class Shop(VirtualService):
    @get("/x")
    def x(self) -> dict[str, int]:
        return {"x": 1}

def test() -> None:
    with mock_scenario("a.b", sequence("c.d", "c.e"), seed=5, env="test") as mocks:
        reveal_type(mocks.clock)
    with server(process=True) as running, running.session("a.b") as session:
        reveal_type(session.urls)
    reveal_type(Reply(200).status)
    mock_scenario("a.b", sed=5)
    mock_scenario(5)
"""
SEEN = [
    '11: note: Revealed type is "mdt.engine.clock.Clock"',
    '13: note: Revealed type is "typing.Mapping[str, str]"',
    '14: note: Revealed type is "int"',
    '15: error: Unexpected keyword argument "sed" for "mock_scenario"',
    '16: error: Argument 1 to "mock_scenario" has incompatible type "int"',
]


def python(*words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "MYPYPATH"}}
    command = [sys.executable, "-m", *words]
    return subprocess.run(command, cwd=cwd, env=clean | env, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    done = python("build", "--no-isolation", "--outdir", str(folder), str(PACKAGE), cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    (file,) = built.glob("*.whl")
    return zipfile.ZipFile(file)


@pytest.mark.xdist_group("distribution")
def test_an_index_would_take_both(built: Path) -> None:
    files = [str(file) for file in built.iterdir()]

    done = python("twine", "check", "--strict", *files, cwd=built)

    assert done.returncode == 0, done.stdout
    assert done.stdout.count("PASSED") == 2


@pytest.mark.xdist_group("distribution")
def test_the_wheel_is_complete(wheel: zipfile.ZipFile) -> None:
    inside = set(wheel.namelist())
    source = PACKAGE / "src"
    wanted = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*")
        if path.is_file() and path.suffix not in {".pyc", ".mo"} and "__pycache__" not in path.parts
    }

    assert wanted <= inside
    assert "mdt/locale/zh/LC_MESSAGES/mdt.mo" in inside
    assert {"mdt/py.typed", "mdt/__init__.pyi", "mdt/server/admin/create.html"} <= inside
    assert not [name for name in inside if "__pycache__" in name or not name.startswith(("mdt/", "touchstone_mdt-"))]


@pytest.mark.xdist_group("distribution")
def test_the_metadata_say_what_it_is(wheel: zipfile.ZipFile) -> None:
    (name,) = (one for one in wheel.namelist() if one.endswith("/METADATA"))
    metadata = wheel.read(name).decode()

    for line in ("License-Expression: MIT", "License-File: LICENSE", "Requires-Python: >=3.12", "Typing :: Typed"):
        assert line in metadata
    assert metadata.count("\nProvides-Extra: ") >= 5
    assert "# mdt: mock-driven testing" in metadata


@pytest.mark.xdist_group("distribution")
def test_the_source_distribution_has_what_a_build_needs_and_nothing_else(built: Path) -> None:
    (file,) = built.glob("*.tar.gz")
    with tarfile.open(file) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}

    assert {
        "pyproject.toml",
        "hatch_build.py",
        "LICENSE",
        "README.md",
        "src/mdt/__init__.py",
        "tests/conftest.py",
    } <= inside
    assert not [
        name for name in inside if re.search(r"(^|/)(\.cache|\.venv|\.hypothesis|__pycache__|bench)(/|$)", name)
    ]


@pytest.mark.xdist_group("distribution")
def test_the_types_are_seen_by_those_who_use_it(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path / "site")
    (tmp_path / "consumer.py").write_text(CONSUMER, encoding="utf-8")
    words = ("--strict", "--follow-imports=silent", "--no-incremental", "--python-version=3.12")

    done = python("mypy", *words, "consumer.py", cwd=tmp_path, MYPYPATH=str(tmp_path / "site"))

    said = [line for line in done.stdout.splitlines() if "error:" in line or "Revealed" in line]
    assert len(said) == len(SEEN), done.stdout
    assert all(wanted in line for wanted, line in zip(SEEN, said, strict=False)), done.stdout


def test_the_names_for_type_checkers_are_those_of_the_package() -> None:
    stub = (Path(mdt.__file__).parent / "__init__.pyi").read_text(encoding="utf-8")

    written = {(name, module) for module, name in re.findall(r"^from (\S+) import (\w+) as \2$", stub, re.MULTILINE)}
    assert written == set(mdt._PUBLIC.items())

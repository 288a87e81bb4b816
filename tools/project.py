"""The project as the tools see it: where it is, what it is called, which modules it has."""

import os
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from backend.core.settings import ROOT
from tools import manifest

LINE = re.compile(r'^    "(\w+)",.*\n', re.MULTILINE)
LIST = re.compile(r"^MODULES = \[\n(.*?)^\]", re.MULTILINE | re.DOTALL)
RECORD = "pyproject.toml"
DOCUMENT = "docs/openapi.json"
EXAMPLE = ".env.example"
SETTING = re.compile(r"^#([A-Z_]+)=", re.MULTILINE)
SECONDS = 60  # for a command of our own


@dataclass(frozen=True)
class Project:
    """A tree with its names; `Project.here()` is the one that this program is part of."""

    root: Path
    name: str
    package: str
    base: str = ""  # the template's commit that it took over last, where it has
    databases: tuple[str, ...] = ("mysql",)  # that it is to run on: mysql (with MariaDB), postgresql

    @classmethod
    def here(cls) -> "Project":
        return cls.at(ROOT)

    @classmethod
    def at(cls, root: Path) -> "Project":
        """The project in this folder, by its pyproject.toml."""
        try:
            said = tomllib.loads((root / RECORD).read_text(encoding="utf-8"))
            origin = said["tool"]["touchstone"]  # upstream's name
            return cls(root, said["project"]["name"], origin["package"], origin.get("base", ""), databases_of(origin))
        except (OSError, KeyError, ValueError) as error:
            raise click.ClickException(f"{RECORD} lacks what the tools read from it: {error!r}") from None

    @property
    def modules(self) -> Path:
        return self.root / self.package / "modules"

    @property
    def registry(self) -> str:
        """The file that lists the modules."""
        return f"{self.package}/modules/__init__.py"

    def module_names(self) -> list[str]:
        """The modules that the application registers."""
        return LINE.findall(self._listed().group(1))

    def with_module(self, name: str) -> str:
        """The registry's text with one more line, at its alphabetical place."""
        lines = self._listed().group(1).splitlines(keepends=True)
        place = next((i for i, line in enumerate(lines) if (m := LINE.match(line)) and m[1] > name), len(lines))
        return self._replaced([*lines[:place], f'    "{name}",\n', *lines[place:]])

    def without_module(self, name: str) -> str:
        """The registry's text without that module's line."""
        lines = self._listed().group(1).splitlines(keepends=True)
        return self._replaced([line for line in lines if not ((m := LINE.match(line)) and m[1] == name)])

    def _listed(self) -> re.Match[str]:
        found = LIST.search(self._registry_text())
        if found is None:
            raise click.ClickException(f"{self.registry} has no MODULES = [...] with one module a line.")
        return found

    def _registry_text(self) -> str:
        return (self.root / self.registry).read_text(encoding="utf-8")

    def _replaced(self, lines: list[str]) -> str:
        text, listed = self._registry_text(), self._listed()
        return text[: listed.start(1)] + "".join(lines) + text[listed.end(1) :]

    def manifest(self, name: str) -> manifest.Manifest:
        return manifest.read(self.modules / name)

    def folders(self, name: str) -> list[str]:
        """The folders that are a module's by their name."""
        return [folder.format(package=self.package, name=name) for folder in manifest.FOLDERS]

    def flask(self, *words: str) -> None:
        """Run a `flask` command of the tree as it is now, with test settings; raises with its last words if it fails."""
        self._run([sys.executable, "-m", "flask", "--app", "tools.cli_app:create_cli_app", *words])

    def tidy(self, paths: list[str]) -> bool:
        """Sort imports and format these Python files, if ruff is installed; False where it is not."""
        files = [path for path in paths if path.endswith(".py")]
        try:
            self._run([sys.executable, "-m", "ruff", "check", "--quiet", "--select", "I", "--fix", *files])
            self._run([sys.executable, "-m", "ruff", "format", "--quiet", *files])
        except click.ClickException as error:
            if "No module named ruff" in error.message:
                return False
            raise
        return True

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(
            command,
            cwd=self.root,
            env=_test_environment(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip().splitlines()[-12:]
            raise click.ClickException(f"`{' '.join(command[2:5])}` failed:\n" + "\n".join(said))


def databases_of(said: dict[str, Any]) -> tuple[str, ...]:
    """The databases that pyproject.toml names; raises `ValueError` for one that is not known."""
    named = tuple(said.get("databases", ["mysql"]))
    if not named or not {*named} <= {"mysql", "postgresql"}:
        raise ValueError(f"databases = {[*named]}; there are mysql and postgresql")
    return named


def _test_environment() -> dict[str, str]:
    """The process's environment without any setting, so that a broken .env does not matter."""
    ours = {*SETTING.findall((ROOT / EXAMPLE).read_text(encoding="utf-8")), "FLASK_APP"}
    return {name: value for name, value in os.environ.items() if name.upper() not in ours} | {"APP_ENV": "unit"}

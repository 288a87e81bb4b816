"""From a file to a Config, or to every problem that the file has."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

import yaml
from pydantic import ValidationError

from balancer.proxy.config.checks import checked, secret_paths
from balancer.proxy.config.environment import Environment
from balancer.proxy.config.explain import Finding, findings
from balancer.proxy.config.models import Config
from balancer.proxy.config.problems import ConfigError, Path, Problem, dotted
from balancer.proxy.config.yaml_lines import Document, TooMuchError

WORLD_READABLE = 0o004


def load(path: str | os.PathLike[str], env: Mapping[str, str] = os.environ) -> Config:
    """The configuration in this file; `${NAME}` is taken from `env`. Raises ConfigError with all problems at once."""
    name = os.fspath(path)
    filled = Environment(env)
    document = _document(name, filled)
    found = _Findings(document, filled)
    config = found.validate()
    data: dict[str, Any] = document.data or {}
    found.collect(checked(data))
    if _open_to_all(name):
        found.collect(_open_secrets(data, filled))
    if problems := found.problems():
        raise ConfigError(name, problems)
    assert config is not None  # noqa: S101 - without a problem there is one
    return config


def _document(name: str, filled: Environment) -> Document:
    """The file as a mapping. Raises ConfigError if it is anything else."""
    try:
        document = Document(FilePath(name).read_text("utf-8-sig"), filled.fill)
    except OSError as error:
        raise _unusable(name, 1, f"the file cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _unusable(name, 1, "the file is not UTF-8") from None
    except TooMuchError as error:
        raise _unusable(name, error.line, str(error)) from None
    except yaml.YAMLError as error:
        raise _unusable(name, *_yaml_problem(error)) from None
    if not isinstance(document.data, dict):
        raise _unusable(name, 1, "this holds no configuration", "It begins with `providers:` and `model_routes:`")
    return document


def _unusable(name: str, line: int, message: str, hint: str = "") -> ConfigError:
    return ConfigError(name, [Problem(line, "", message, hint)])


def _yaml_problem(error: yaml.YAMLError) -> tuple[int, str]:
    """Line and reason, without the snippet: it may hold a credential."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be parsed"
    return (mark.line + 1 if mark else 1), f"this is no YAML: {reason}"


def _open_to_all(name: str) -> bool:
    return os.name == "posix" and bool(FilePath(name).stat().st_mode & WORLD_READABLE)


def _open_secrets(data: dict[str, Any], filled: Environment) -> Iterator[Finding]:
    for path in secret_paths(data):
        if path not in filled.used:
            yield (
                path,
                "a credential stands in a file that everybody on this machine can read",
                ("Write ${NAME} and set that variable, or run `chmod 600` on the file"),
            )


class _Findings:
    """Collects what is wrong with a document; a value whose variable is missing has that one problem alone."""

    def __init__(self, document: Document, filled: Environment) -> None:
        self._document = document
        self._missing = filled.missing
        self._problems = list(document.problems)
        for path, variable in filled.missing.items():
            self._add(
                path, f"the environment variable {variable} is not set", f"Set it, or write ${{{variable}:-default}}"
            )

    def validate(self) -> Config | None:
        try:
            return Config.model_validate(self._document.data)
        except ValidationError as error:
            self.collect(findings(error.errors(include_input=False, include_url=False), self._document.lines))
            return None

    def collect(self, found: Iterator[Finding]) -> None:
        for path, message, hint in found:
            if path not in self._missing:
                self._add(path, message, hint)

    def problems(self) -> list[Problem]:
        return self._problems

    def _add(self, path: Path, message: str, hint: str) -> None:
        self._problems.append(Problem(self._document.line(path), dotted(path), message, hint))

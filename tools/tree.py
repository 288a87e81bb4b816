"""The project's own files: those that git tracks or would track; without git, all but by-products."""

import subprocess
from pathlib import Path

import click

BY_PRODUCTS = ("var", "venv", "node_modules", "htmlcov", "reports", "__pycache__")


def git(
    root: Path, *words: str, given: bytes | None = None, environment: dict[str, str] | None = None, seconds: int = 60
) -> bytes:
    """What a git command in `root` prints; raises `click.ClickException` with its own words if it fails."""
    try:
        done = subprocess.run(
            ["git", *words], cwd=root, input=given, env=environment, capture_output=True, timeout=seconds, check=False
        )
    except FileNotFoundError:
        raise click.ClickException("this needs git, which is not installed here.") from None
    if done.returncode != 0:
        raise click.ClickException(f"git {' '.join(words[:2])}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def is_repository(root: Path) -> bool:
    """Whether `root` is the top of a git repository; False as well where there is no git at all."""
    try:
        return Path(git(root, "rev-parse", "--show-toplevel").decode().strip()) == root.resolve()
    except click.ClickException:
        return False


def paths(root: Path) -> list[str]:
    """Every file of the project below `root`, except links."""
    if is_repository(root):
        listed = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").decode().split("\0")
    else:
        listed = [path.relative_to(root).as_posix() for path in root.rglob("*") if not _by_product(path, root)]
    return sorted(path for path in set(listed) if (root / path).is_file() and not (root / path).is_symlink())


def _by_product(path: Path, root: Path) -> bool:
    parts = path.relative_to(root).parts
    hidden = parts[0].startswith(".") and parts[0] not in (".ci", ".github") and len(parts) > 1
    return hidden or parts[0] == ".env" or any(part.startswith(BY_PRODUCTS) for part in parts)


def uncommitted(root: Path) -> list[str]:
    """The lines of `git status` in short form."""
    return git(root, "status", "--porcelain").decode().splitlines()

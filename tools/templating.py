"""Renders the templates beside this file into Python."""

from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"


def renderer(values: dict[str, object]) -> Callable[[str], str]:
    """What renders a template, named by its path, with these values."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Python, not HTML
    )
    return lambda template: environment.get_template(template).render(values)

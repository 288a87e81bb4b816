"""The commands `balancer` and `mdt llm`."""

import click


@click.group()
def main() -> None:
    """Balance LLM providers, and survive them."""


@click.group()
def llm() -> None:
    """Mock LLM providers that fail on purpose."""

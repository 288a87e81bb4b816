"""The command `mdt`: each command prints for people, and with --json one document for programs."""

from mdt.cli.app import main

__all__ = ["main"]

"""The command line of the fault laboratory: `faultlab run`, also as `mdt fault run` where mdt is installed beside it."""

from faultlab.cli.app import fault, main

__all__ = ["fault", "main"]

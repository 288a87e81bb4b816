"""What all unit tests of mdt share."""

from tests.unit.mdt.english import english

__all__ = ["english"]

"""`flask doctor`: one check a line of a table, each with what is wrong and the mend."""

from tools.doctor.command import doctor

__all__ = ["doctor"]

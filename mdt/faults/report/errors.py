"""Why a report cannot be read, in the language that is spoken."""

from mdt.errors import MdtError
from mdt.faults.report.texts import ERRORS
from mdt.language import speaker

said = speaker(ERRORS)


class ReportError(MdtError):
    """There is no report where one was looked for, or it is none that can be read."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(said(key, **values))

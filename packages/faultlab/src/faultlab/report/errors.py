"""Why a report cannot be read, in the language that is spoken."""

from faultlab.errors import FaultlabError
from faultlab.language import speaker
from faultlab.report.texts import ERRORS

said = speaker(ERRORS)


class ReportError(FaultlabError):
    """There is no report where one was looked for, or it is none that can be read."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(said(key, **values))

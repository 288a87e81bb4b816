"""Who is calling."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Principal:
    """The user on whose behalf the request runs. `subject` is the user's record as the loader found it."""

    user_id: int
    session_id: int
    permissions: frozenset[str]
    subject: Any = field(default=None, compare=False, repr=False)

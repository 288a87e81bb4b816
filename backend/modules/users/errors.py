"""What can go wrong with users."""

from backend.core.errors import ConflictError
from backend.core.texts import _


class OwnAccountError(ConflictError):
    """An administrator would lock themselves out."""

    msg = _("You cannot change the role or the state of your own account; ask another administrator.")

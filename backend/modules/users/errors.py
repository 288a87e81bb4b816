"""What can go wrong with users."""

from backend.core.errors import ConflictError


class OwnAccountError(ConflictError):
    """An administrator would lock themselves out."""

    msg = "You cannot change the role or the state of your own account; ask another administrator."

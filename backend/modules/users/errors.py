"""What can go wrong with users."""

from backend.core.errors import ConflictError
from backend.core.texts import _


class PhoneTakenError(ConflictError):
    """The number is another user's, and PHONE_CONFLICT says refuse."""

    code = "phone_taken"
    msg = _("This phone number belongs to another account; remove it there first.")


class OwnAccountError(ConflictError):
    """An administrator would lock themselves out."""

    msg = _("You cannot change the role or the state of your own account; ask another administrator.")

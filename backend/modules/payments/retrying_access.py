"""The access word of the payment route: like `user`, but it retries during an outage while it looks up the caller."""

from typing import override

from backend.core.security.access import Access
from backend.core.security.principal import Principal
from backend.modules.payments import commit_recovery


class RetryingAccess(Access):
    """Asks the database again, within the request's one budget, where `user` would answer 503."""

    @override
    def check(self) -> Principal | None:
        return commit_recovery.ride_out(super().check)


retrying_user = RetryingAccess("user")

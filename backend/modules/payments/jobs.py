"""The jobs of this module: messages to users."""

from backend.modules.payments import outbox

JOBS = outbox.kinds()

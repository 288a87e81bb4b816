"""The proof that a notification comes from the payment service: HMAC-SHA256 over its time and its raw body.

X-Payment-Timestamp: 1767323045                        seconds since 1970
X-Payment-Signature: hex(HMAC-SHA256(secret, b"1767323045." + body))
"""

import hashlib
import hmac
import re

import structlog
from flask import Request

from backend.core import clock
from backend.core.security.access import SignatureCheck
from backend.modules.payments import metrics
from backend.modules.payments.settings import PaymentSettings

log = structlog.get_logger(__name__)

SCHEME = "payment-notification"
TIMESTAMP, SIGNATURE = "X-Payment-Timestamp", "X-Payment-Signature"
SECONDS = re.compile(r"[0-9]{1,12}")


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature of a notification with this body, sent at this time."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def signature_check(settings: PaymentSettings) -> SignatureCheck:
    """The check for genuine, recent notifications of the payment service; always False without a secret.

    Earlier secrets count as well, so that ours and the payment service's need not change at the same moment.
    """
    secrets = settings.webhook_secrets

    def is_genuine(request: Request) -> bool:
        timestamp, sent = request.headers.get(TIMESTAMP, ""), request.headers.get(SIGNATURE, "")
        if not secrets or not SECONDS.fullmatch(timestamp):
            return False
        body = request.get_data()
        request.stream.read(1)  # a body without a length is cut at the limit in silence; reading on raises 413
        signed_with = [
            hmac.compare_digest(sign(one, timestamp, body).encode(), sent.lower().encode()) for one in secrets
        ]
        age = abs(clock.utcnow().timestamp() - int(timestamp))
        if not any(signed_with) or age > settings.payment_webhook_tolerance:
            return False
        if not signed_with[0]:
            metrics.PREVIOUS_SECRET.inc()
            log.info("payments.signed_with_previous_secret")
        return True

    return is_genuine

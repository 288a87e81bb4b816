"""The proof that a notification comes from the payment service: HMAC-SHA256 over its time and its raw body.

X-Payment-Timestamp: 1767323045                        seconds since 1970
X-Payment-Signature: hex(HMAC-SHA256(secret, b"1767323045." + body))
"""

import hashlib
import hmac
import re

from flask import Request

from backend.core import clock
from backend.core.security.access import SignatureCheck
from backend.modules.payments.settings import PaymentSettings

SCHEME = "payment-notification"
TIMESTAMP, SIGNATURE = "X-Payment-Timestamp", "X-Payment-Signature"
SECONDS = re.compile(r"[0-9]{1,12}")


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature of a notification with this body, sent at this time."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def signature_check(settings: PaymentSettings) -> SignatureCheck:
    """The check for genuine, recent notifications of the payment service; always False without a secret."""
    secret = settings.payment_webhook_secret.get_secret_value()

    def is_genuine(request: Request) -> bool:
        timestamp, sent = request.headers.get(TIMESTAMP, ""), request.headers.get(SIGNATURE, "")
        if not secret or not SECONDS.fullmatch(timestamp):
            return False
        body = request.get_data()
        request.stream.read(1)  # a body without a length is cut at the limit in silence; reading on raises 413
        genuine = hmac.compare_digest(sign(secret, timestamp, body).encode(), sent.lower().encode())
        age = abs(clock.utcnow().timestamp() - int(timestamp))
        return genuine and age <= settings.payment_webhook_tolerance

    return is_genuine

"""Names of the HTTP headers that several parts of the application share."""

REQUEST_ID = "X-Request-ID"
IDEMPOTENCY_KEY = "Idempotency-Key"
ERROR_CODE = "X-Error-Code"

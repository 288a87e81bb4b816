"""Names of the HTTP headers that several parts of the application share."""

REQUEST_ID = "X-Request-ID"
IDEMPOTENCY_KEY = "Idempotency-Key"
IDEMPOTENT_REPLAYED = "Idempotent-Replayed"
ERROR_CODE = "X-Error-Code"
RETRY_AFTER = "Retry-After"
RATE_LIMIT, RATE_REMAINING, RATE_RESET = "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"

FROM_CLIENTS = ("Authorization", "Content-Type", REQUEST_ID, IDEMPOTENCY_KEY)  # what a request of a browser may carry
FOR_CLIENTS = (REQUEST_ID, ERROR_CODE, IDEMPOTENT_REPLAYED, RETRY_AFTER, RATE_LIMIT, RATE_REMAINING, RATE_RESET)

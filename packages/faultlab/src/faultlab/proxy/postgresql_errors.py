"""Error messages as PostgreSQL sends them."""

ERRORS = {
    "08006": "connection failure",
    "23505": "duplicate key value violates unique constraint",
    "25006": "cannot execute the statement in a read-only transaction",
    "25P03": "terminating connection due to idle-in-transaction timeout",
    "28P01": "password authentication failed",
    "3D000": "database does not exist",
    "40001": "could not serialize access due to concurrent update",
    "40P01": "deadlock detected",
    "53100": "could not extend file: No space left on device",
    "53200": "out of memory",
    "53300": "sorry, too many clients already",
    "55P03": "canceling statement due to lock timeout",
    "57014": "canceling statement due to statement timeout",
    "57P01": "terminating connection due to administrator command",
    "57P02": "terminating connection because of crash of another server process",
    "57P03": "the database system is starting up",
    "57P05": "terminating connection due to idle-session timeout",
}
LAST = frozenset(
    {"08006", "25P03", "28P01", "3D000", "53300", "57P01", "57P02", "57P03", "57P05"}
)  # the connection ends


def message(code: str, severity: str) -> bytes:
    text = ERRORS.get(code, f"error {code}")
    fields = {b"S": severity, b"V": severity, b"C": code, b"M": text}
    body = b"".join(name + value.encode() + b"\0" for name, value in fields.items()) + b"\0"
    return b"E" + (4 + len(body)).to_bytes(4) + body

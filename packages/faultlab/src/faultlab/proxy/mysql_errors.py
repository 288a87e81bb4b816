"""Error packets as MySQL and MariaDB send them."""

ERRORS: dict[int, tuple[str, str]] = {
    1020: ("HY000", "Record has changed since last read in table"),
    1021: ("HY000", "Disk full; waiting for someone to free some space..."),
    1040: ("08004", "Too many connections"),
    1044: ("42000", "Access denied for user to database"),
    1045: ("28000", "Access denied for user"),
    1047: ("08S01", "WSREP has not yet prepared node for application use"),
    1049: ("42000", "Unknown database"),
    1053: ("08S01", "Server shutdown in progress"),
    1062: ("23000", "Duplicate entry for key"),
    1080: ("08S01", "Forcing close of thread"),
    1114: ("HY000", "The table is full"),
    1129: ("HY000", "Host is blocked because of many connection errors; unblock with 'mysqladmin flush-hosts'"),
    1130: ("HY000", "Host is not allowed to connect to this MySQL server"),
    1146: ("42S02", "Table doesn't exist"),
    1152: ("08S01", "Aborted connection"),
    1180: ("HY000", "Got error during COMMIT"),
    1203: ("42000", "User already has more than 'max_user_connections' active connections"),
    1205: ("HY000", "Lock wait timeout exceeded; try restarting transaction"),
    1213: ("40001", "Deadlock found when trying to get lock; try restarting transaction"),
    1226: ("42000", "User has exceeded the 'max_user_connections' resource"),
    1290: ("HY000", "The MySQL server is running with the --read-only option so it cannot execute this statement"),
    1317: ("70100", "Query execution was interrupted"),
    1792: ("25006", "Cannot execute statement in a READ ONLY transaction."),
    1836: ("HY000", "Running in read-only mode"),
    1927: ("70100", "Connection was killed"),
    1969: ("70100", "Query execution was interrupted (max_statement_time exceeded)"),
    3024: ("HY000", "Query execution was interrupted, maximum statement execution time exceeded"),
    3101: ("40000", "Plugin instructed the server to rollback the current transaction."),
    4031: ("HY000", "The client was disconnected by the server because of inactivity."),
}
LAST = frozenset({1040, 1053, 1080, 1129, 1130, 1152, 1927, 4031})  # the connection ends with them
ROLLS_BACK = frozenset({1020, 1180, 1213, 3101})  # the whole transaction, not the statement alone


def packet(code: int, number: int, *, bare: bool) -> bytes:
    """`bare`: before the handshake, where the form has no SQLSTATE yet."""
    state, text = ERRORS.get(code, ("HY000", f"Error {code}"))
    marked = b"" if bare else b"#" + state.encode()
    payload = b"\xff" + code.to_bytes(2, "little") + marked + text.encode()
    return len(payload).to_bytes(3, "little") + bytes([number % 256]) + payload

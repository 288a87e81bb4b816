"""What must hold of the payments in a database whatever has happened: looked at over a connection of its own."""

from tests.integration.support.sql import Sql

TABLES = ("payments", "payment_requests", "payment_events", "ledger_entries", "jobs", "webhook_events")
ACCOUNTS = "SELECT account, SUM(amount_fen) FROM ledger_entries WHERE payment_id = %s GROUP BY account"
LOST_MESSAGES = "SELECT COUNT(*) FROM jobs WHERE group_key NOT IN (SELECT CONCAT('payment-', id) FROM payments)"
NOTHING, ONE_OF_EACH = [0] * 6, [1, 1, 1, 2, 1, 0]  # how many of each: before a payment, and after it was opened


class Books:
    """`books.counts()`, `books.balance()`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def counts(self) -> list[int]:
        """How many rows each of the tables has."""
        return [int(self._sql.value(f"SELECT COUNT(*) FROM {table}")) for table in TABLES]

    def numbers(self) -> list[str]:
        """The orders that have a payment."""
        return [number for (number,) in self._sql.rows("SELECT order_number FROM payments")]

    def balance(self) -> None:
        """Nothing is half there: each payment has its request, its entries, its event and its message; the sum is zero."""
        payments = self._sql.rows("SELECT id, amount_fen, status FROM payments")
        for number, amount, status in payments:
            kept = self._money(number, "status <> 'refunded'")
            due = self._money(number, "status = 'refund_due'")
            wanted = {
                "receivable": amount if status == "pending" else 0,
                "sales": -amount if status in ("pending", "succeeded") else 0,
                "cash": kept,
                "refunds_payable": -due,
            }
            held = {account: int(fen) for account, fen in self._sql.rows(ACCOUNTS, number)}
            assert dict.fromkeys(wanted, 0) | held == wanted
            assert kept - due == (amount if status == "succeeded" else 0)
            assert self._of(number, "amount_fen", "payment_requests") == [(amount,)]
            events = self._of(number, "status", "payment_events")
            assert (status,) in events
            assert len(self._sql.rows("SELECT kind FROM jobs WHERE group_key = %s", f"payment-{number}")) == len(events)
        orphans = "SELECT COUNT(*) FROM {0} WHERE payment_id NOT IN (SELECT id FROM payments)"
        assert [self._sql.value(orphans.format(table)) for table in TABLES[1:] if table != "jobs"] == [0] * 4
        assert self._sql.value(LOST_MESSAGES) == 0
        assert int(self._sql.value("SELECT COALESCE(SUM(amount_fen), 0) FROM ledger_entries")) == 0

    def _money(self, payment: int, condition: str) -> int:
        query = f"SELECT COALESCE(SUM(amount_fen), 0) FROM payment_transactions WHERE payment_id = %s AND {condition}"
        return int(self._sql.rows(query, payment)[0][0])

    def _of(self, payment: int, columns: str, table: str) -> list[tuple]:
        return sorted(self._sql.rows(f"SELECT {columns} FROM {table} WHERE payment_id = %s", payment))

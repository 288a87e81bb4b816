"""Orders for the laboratory: faultlab's docs/adapters.md tells how this was written."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import count as numbers

from faultlab.adapter import Launch, Operation, Outgoing
from faultlab.report_model import DatabaseSnapshot, Stored
from mdt.server.runner import start_in_thread
from sqlalchemy import Connection, bindparam, text

from tests.faults.adapters import applications

STORED = text(
    "SELECT idempotency_key, COUNT(*), MIN(amount_fen), MIN(state) FROM orders WHERE idempotency_key IN :keys "
    "GROUP BY idempotency_key"
).bindparams(bindparam("keys", expanding=True))
PRICE = 2 * 49900  # fen, of two pieces of prod123 in mocks/shared/products.json
NUMBERS = numbers()


@cache
def services() -> str:
    """Address of a mock server that plays inventory, user service and notification as long as this process lives."""
    running = start_in_thread(applications.ROOT / "mocks", scenarios=["order-flow.happy"])
    return running.server.url


class Orders:
    """`POST /api/v1/orders` with an `Idempotency-Key`: without one, nobody promises that it happens once."""

    name = "orders"
    profiles = applications.PROFILES
    write = r"INSERT INTO orders\b"
    read = r"FROM orders\b"
    alive = "/health/live"
    healthy = "/health"
    retries = r'"orders\.(retry|commit_unknown|refused)"|"db\.(state|retry)"|"level":"error"'
    envelope = True
    patient = False
    transitions: Mapping[str, Sequence[str]] = {"": ["reserved"], "reserved": ["paid", "cancelled"]}

    def install(self, database_url: str) -> None:
        applications.migrate(database_url)

    def launch(self, database_url: str, port: int, settings: Mapping[str, str]) -> Launch:
        places = {"INVENTORY_URL": "inventory", "USER_SERVICE_URL": "user", "NOTIFICATION_URL": "notification"}
        addresses = {name: f"{services()}/{place}" for name, place in places.items()}
        return applications.launch(database_url, port, addresses | dict(settings))

    def prepare(self, service_url: str, sql: Connection, count: int) -> list[Operation]:
        user = applications.User(service_url, "buyer")
        return [Operation(f"order-{next(NUMBERS)}", PRICE, facts={"user": user}) for _ in range(count)]

    def request(self, operation: Operation, key: str | None) -> Outgoing:
        headers = operation.facts["user"].headers | {"Idempotency-Key": operation.id}
        body = {"product_id": "prod123", "quantity": 2, "note": ""}
        return Outgoing("POST", "/api/v1/orders", body, headers)

    def snapshot(self, sql: Connection, operations: Sequence[Operation]) -> DatabaseSnapshot:
        rows = sql.execute(STORED, {"keys": [operation.id for operation in operations] or [""]}).all()
        found = [
            Stored(operation=key, count=number, amount=amount, states=[state]) for key, number, amount, state in rows
        ]
        return DatabaseSnapshot(t=0, when="settled", operations=found)


ADAPTER = Orders()

"""The mock definitions of the server's tests."""

from pathlib import Path

INVENTORY = """\
service: inventory
title: 库存服务
url: http://inventory.internal
default: available
routes:
  POST /internal/inventory/check:
    match: {json: {productId: {type: string}, quantity: {type: integer, min: 1}}}
    available:  {json: {productId: "{{ req.json.productId }}", available: true, quantity: 100}}
    outOfStock: {json: {productId: "{{ req.json.productId }}", available: false, quantity: 0}}
    flaky:      {sequence: [serviceError, serviceError, available]}
    serviceError: {status: 503, json: {error: SERVICE_UNAVAILABLE}}
  GET /internal/ping:
    available: {text: pong}
    slow:      {extends: available, latency: 200ms}
    dribbled:  {text: "Hello world", dribble: {chunks: 4, over: 200ms}}
    streamed:  {sse: [{data: {n: 1}}, {data: two, event: b, delay: 50ms}]}
    large:     {text: "{{ 'x' * 500000 }}"}
    when:      {json: {now: "{{ now }}", session: "{{ session.id }}", call: "{{ call }}", dice: "{{ random.int(1, 1000000) }}"}}
    real:      {passthrough: "http://127.0.0.1:1"}
FAULTS
"""
KINDS = (
    "connection-reset",
    "empty",
    "garbage",
    "malformed-chunk",
    "truncated",
    "timeout",
    "tls-untrusted",
    "tls-expired",
    "tls-wrong-host",
)
FAULTS = "\n".join(f"    {kind}: {{json: {{pong: true}}, fault: {kind}}}" for kind in KINDS)
STOCK = """\
service: stock
url: http://stock.internal/api/v2
default: ok
routes:
  GET /items/{id}:
    ok:      {json: {id: "{{ path.id }}"}}
    expired: {json: {id: "{{ path.id }}"}, fault: tls-expired}
    onceExpired: {sequence: [expired, ok]}
  GET /internal/ping:
    ok: {text: pong of stock}
"""
USERS = """\
service: users
url: http://users.internal
default: ok
routes:
  GET /users/{id}:
    ok: {json: {user: "{{ path.id }}"}}
"""
COUNTER_YAML = """\
service: counter
title: Counter
url: http://counter.internal
default: virtual
routes:
  POST /add:
    broken: {status: 500, json: {error: broken}}
"""
COUNTER = """\
from datetime import datetime, timedelta
from pydantic import BaseModel
from mdt import VirtualService, get, post

class Total(BaseModel):
    total: int
    expires: datetime | None = None

class Counter(VirtualService):
    \"\"\"Counts, and forgets after 15 minutes of the session's time.\"\"\"
    class State(BaseModel):
        total: int = 0
        expires: datetime | None = None
    state: State

    @post("/add")
    def add(self) -> Total:
        self._forget()
        self.state.total += 1
        self.state.expires = self.clock.now() + timedelta(minutes=15)
        return Total(total=self.state.total, expires=self.state.expires)

    @get("/total")
    def total(self) -> Total:
        self._forget()
        return Total(total=self.state.total)

    def _forget(self) -> None:
        if self.state.expires and self.state.expires <= self.clock.now():
            self.state.total, self.state.expires = 0, None
"""
SCENARIOS = "[inventory.outOfStock, counter.virtual]\n"


def write(folder: Path) -> Path:
    """The folder, filled."""
    files = {
        "internal/inventory.yaml": INVENTORY.replace("FAULTS", FAULTS),
        "internal/stock.yaml": STOCK,
        "external/users.yaml": USERS,
        "internal/counter/service.yaml": COUNTER_YAML,
        "internal/counter/virtual.py": COUNTER,
        "scenarios/shop/empty.yaml": SCENARIOS,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder

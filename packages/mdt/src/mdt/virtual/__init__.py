"""Virtual services: a class with state and typed handlers answers instead of fixed texts.

    class Inventory(VirtualService):
        class State(BaseModel):
            products: dict[str, Product] = {}
        seed = "shared/products.json"

        @post("/internal/inventory/check")
        def check(self, body: CheckRequest) -> CheckReply: ...

Parameters named in the path come from there, a Pydantic model is the body, `Request` is the whole request, everything
else is a query parameter. Handlers are plain functions; one of a service runs at a time in each session.
"""

from mdt.virtual.handlers import VirtualError, VirtualReply, delete, get, patch, post, put
from mdt.virtual.service import VirtualService, VirtualState

__all__ = ["VirtualError", "VirtualReply", "VirtualService", "VirtualState", "delete", "get", "patch", "post", "put"]

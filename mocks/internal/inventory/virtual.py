"""The inventory with state: stock is held for 15 minutes of the session's time, then it is free again."""

from datetime import datetime, timedelta

from mdt import VirtualError, VirtualService, get, post
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

HOLD = timedelta(minutes=15)


class Product(BaseModel):
    id: str
    name: str
    price_fen: int
    stock: int = Field(ge=0)


class Hold(BaseModel):
    order: str
    product: str
    quantity: int
    expires: datetime


class Message(BaseModel):
    """What goes over the wire is in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Check(Message):
    product_id: str
    quantity: int = Field(ge=1)


class Availability(Message):
    product_id: str
    available: bool
    quantity: int


class Reserve(Check):
    order_id: str = Field(min_length=1)


class Reservation(Message):
    reservation_id: str
    expires_at: datetime


class Cancel(Message):
    reservation_id: str


class Cancelled(Cancel):
    cancelled: bool


class Inventory(VirtualService):
    """Stock, and who holds how much of it until when."""

    class State(BaseModel):
        products: dict[str, Product]
        holds: dict[str, Hold] = {}

    title = "库存服务"
    seed = "shared/products.json"
    state: State

    @post("/internal/inventory/check", errors={404: "No such product"})
    def check(self, body: Check) -> Availability:
        """Tells whether so many are free, and how many are."""
        free = self._free(self._product(body.product_id))
        return Availability(product_id=body.product_id, available=free >= body.quantity, quantity=free)

    @post("/internal/inventory/reserve", status=201, errors={404: "No such product", 409: "Not enough is free"})
    def reserve(self, body: Reserve) -> Reservation:
        """Holds stock for an order; the same order and product again is the same reservation."""
        product = self._product(body.product_id)
        for number, hold in self._valid_holds().items():
            if (hold.order, hold.product, hold.quantity) == (body.order_id, body.product_id, body.quantity):
                return Reservation(reservation_id=number, expires_at=hold.expires)
        if self._free(product) < body.quantity:
            raise VirtualError(409, "OUT_OF_STOCK", "库存不足")
        number, expires = f"res-{self.random.getrandbits(64):016x}", self.clock.now() + HOLD
        self.state.holds[number] = Hold(
            order=body.order_id, product=product.id, quantity=body.quantity, expires=expires
        )
        return Reservation(reservation_id=number, expires_at=expires)

    @post("/internal/inventory/cancel", errors={404: "No such reservation, or it has expired"})
    def cancel(self, body: Cancel) -> Cancelled:
        """Gives the held stock free."""
        if body.reservation_id not in self._valid_holds():
            raise VirtualError(404, "RESERVATION_NOT_FOUND", "没有这个预留")
        del self.state.holds[body.reservation_id]
        return Cancelled(reservation_id=body.reservation_id, cancelled=True)

    @get("/internal/inventory/products/{product_id}", errors={404: "No such product"})
    def product(self, product_id: str) -> Product:
        """A product; its stock is what is free now."""
        product = self._product(product_id)
        return product.model_copy(update={"stock": self._free(product)})

    def _product(self, number: str) -> Product:
        if number not in self.state.products:
            raise VirtualError(404, "PRODUCT_NOT_FOUND", "没有这个商品")
        return self.state.products[number]

    def _valid_holds(self) -> dict[str, Hold]:
        now = self.clock.now()
        return {number: hold for number, hold in self.state.holds.items() if hold.expires > now}

    def _free(self, product: Product) -> int:
        return product.stock - sum(hold.quantity for hold in self._valid_holds().values() if hold.product == product.id)

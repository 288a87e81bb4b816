"""What goes in and out of the order routes."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema

from backend.core.pagination import PageQuery
from backend.core.web.schema import LineOrEmpty, Whole, composed
from backend.modules.orders.states import Status

MOST = 999
ProductId = Annotated[str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
Quantity = Annotated[
    Whole, Field(ge=1, le=MOST), WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MOST, "examples": [2]})
]
Note = Annotated[LineOrEmpty, StringConstraints(max_length=200), AfterValidator(composed)]


class OrderIn(BaseModel):
    """A new order."""

    model_config = ConfigDict(extra="forbid")

    product_id: ProductId = Field(examples=["prod123"])
    quantity: Quantity
    note: Note = Field("", description="A note for the people who pack the order.", examples=["leave it at the door"])


class OrderOut(BaseModel):
    """An order, as its owner sees it."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(examples=[1])
    number: str = Field(
        description="Number of the order, also at the inventory and in payments.", examples=["202601029f86d081884c7d65"]
    )
    product_id: str = Field(examples=["prod123"])
    product_name: str = Field(description="Name of the product when it was ordered.", examples=["Green tea, 250 g"])
    quantity: int = Field(examples=[2])
    amount_fen: int = Field(description="Total in fen, at the price when it was ordered.", examples=[19_800])
    note: str = Field(examples=["leave it at the door"])
    status: Status = Field(examples=["reserved"])
    reserved_until: datetime = Field(
        description="A reserved order can be paid until then.", examples=["2026-01-02T03:19:05Z"]
    )
    notified: bool = Field(description="Whether the user was sent a notification.", examples=[True])
    created_at: datetime = Field(examples=["2026-01-02T03:04:05Z"])
    cancelled_at: datetime | None = Field(examples=[None])

    @classmethod
    def at_first(cls, order: Any) -> Self:
        """The answer to the request that placed the order, whatever has become of it since."""
        return cls.model_validate(order).model_copy(update={"status": "reserved", "cancelled_at": None})


Sort = Literal["id", "-id", "created_at", "-created_at", "amount_fen", "-amount_fen"]


class OrderQuery(PageQuery):
    """Filter and sorting of the caller's orders."""

    sort: Sort = Field("-id", description="Sort by this column; a leading - sorts in descending order.")
    status: Status | None = Field(None, description="Only orders in this state.")

"""What the health routes answer."""

from typing import Literal

from pydantic import BaseModel, Field


class Health(BaseModel):
    status: Literal["healthy", "unhealthy"] = Field(examples=["healthy"])
    database: Literal["up", "down", "unknown"] = Field(
        examples=["up"], description="State at the last probe; unknown before the first one."
    )


class Live(BaseModel):
    status: Literal["alive"] = Field("alive", examples=["alive"])

"""The base class of virtual services."""

import random
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from mdt.engine.clock import Clock
from mdt.virtual.openapi import document


class VirtualState(BaseModel):
    """What a service without a State of its own has: nothing."""

    model_config = ConfigDict(extra="forbid")


class VirtualService:
    """The base class. One instance is made for each call; what lasts is in `state`, one copy in each session."""

    State: ClassVar[type[BaseModel]] = VirtualState
    seed: ClassVar[
        str | tuple[str, ...]
    ] = ()  # "shared/products.json" fills the state's field `products`, or all of it
    service: ClassVar[str] = ""  # set when it is loaded: the name of the service file
    title: ClassVar[str] = ""
    version: ClassVar[str] = "1.0.0"  # of its OpenAPI document

    state: Any

    def __init__(self, state: BaseModel, clock: Clock, random: random.Random) -> None:
        self.state = state
        self.clock = clock
        self.random = random

    @classmethod
    def openapi(cls) -> dict[str, Any]:
        """Its OpenAPI 3.1 document."""
        return document(cls)

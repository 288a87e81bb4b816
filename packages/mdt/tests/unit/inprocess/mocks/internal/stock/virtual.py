"""A virtual service for the tests: five things to take."""

from pydantic import BaseModel

from mdt import VirtualService, post


class Taken(BaseModel):
    left: int


class Stock(VirtualService):
    class State(BaseModel):
        left: int = 5

    @post("/take")
    def take(self) -> Taken:
        self.state.left -= 1
        return Taken(left=self.state.left)

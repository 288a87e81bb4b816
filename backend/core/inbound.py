"""What others send us: the answers of partners, and their webhooks."""

from pydantic import BaseModel, ConfigDict


class Inbound(BaseModel):
    """Base of every such model. Members that it does not name are ignored: whoever sends them adds some without asking.

    Bodies of our own API refuse them with 422, because there they are mistakes.
    """

    model_config = ConfigDict(extra="ignore")

"""What goes in and out of the auth routes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from backend.core.web.schema import Text
from backend.modules.users.schemas import UserOut

TOKEN = "wZ3Yv0m7cRkq2H1nT8sXb5uJ4pLd9eGf6aQiVhKoMxE"  # noqa: S105 - an example for the documentation
Code = Annotated[Text, StringConstraints(min_length=1, max_length=256)]


class CodeBody(BaseModel):
    """The code of `wx.login`, or of a phone-number button; valid once, for five minutes."""

    model_config = ConfigDict(extra="forbid")

    code: Code = Field(examples=["0a3xYz000abcDE1"])


class RefreshBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    refresh_token: Annotated[Text, StringConstraints(min_length=1, max_length=128)] = Field(examples=[TOKEN])


class Tokens(BaseModel):
    """Send the access token with every request. When it has expired, exchange the refresh token, which works once."""

    access_token: str = Field(examples=["eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIiwidHlwIjoiYXQrand0In0.e30.c2ln"])
    refresh_token: str = Field(examples=[TOKEN])
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme, not a token
    expires_in: int = Field(description="Lifetime of the access token in seconds.", examples=[900])


class LoginOut(Tokens):
    user: UserOut


class SessionOut(BaseModel):
    """A device that is logged in."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(examples=[1])
    device: str = Field(description="User-Agent of the device that logged in.", examples=["MicroMessenger/8.0"])
    address: str = Field(examples=["203.0.113.7"])
    created_at: datetime = Field(examples=["2026-01-02T03:04:05Z"])
    last_used_at: datetime = Field(examples=["2026-01-02T03:04:05Z"])
    expires_at: datetime = Field(examples=["2026-02-01T03:04:05Z"])
    current: bool = Field(False, description="Whether this request belongs to it.", examples=[True])


class PhoneOut(BaseModel):
    phone: str = Field(
        description="Without the country code for numbers in China, with it for others.", examples=["13800138000"]
    )

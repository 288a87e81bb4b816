"""What goes in and out of the users routes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from backend.core.pagination import PageQuery
from backend.core.web.schema import Line, Search, WebUrl, trimmed, without_default
from backend.modules.users.roles import Role

Nickname = Annotated[Line, StringConstraints(max_length=64), AfterValidator(trimmed)]  # checked, then trimmed


class UserOut(BaseModel):
    """A user, as shown to themselves and to those with the permission users:read."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(examples=[1])
    nickname: str = Field(examples=["小明"])
    avatar_url: str = Field(examples=["https://example.com/avatar.png"])
    phone: str | None = Field(examples=["13800138000"])
    role: str = Field(examples=["member"])
    status: Literal["active", "disabled"] = Field(examples=["active"])
    created_at: datetime = Field(examples=["2026-01-02T03:04:05Z"])
    updated_at: datetime = Field(examples=["2026-01-02T03:04:05Z"])


class ProfilePatch(BaseModel):
    """Changes to one's own profile; fields that are left out stay as they are."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"nickname": "小明", "avatar_url": "https://example.com/avatar.png"}]},
    )

    nickname: Nickname = Field("", json_schema_extra=without_default)
    avatar_url: WebUrl = Field("", json_schema_extra=without_default)


class RoleChange(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"role": "support"}]})

    role: Role


Sort = Literal["id", "-id", "created_at", "-created_at", "nickname", "-nickname"]


class UserQuery(PageQuery):
    """Filters and sorting of users."""

    sort: Sort = Field("id", description="Sort by this column; a leading - sorts in descending order.")
    role: Role | None = Field(None, description="Only users of this role.")
    status: Literal["active", "disabled"] | None = Field(None, description="Only users in this state.")
    q: Search | None = Field(None, description="Only users whose nickname or phone contains this text.")

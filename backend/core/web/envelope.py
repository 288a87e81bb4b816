"""The one shape of every answer: `{"code": 1, "data": ..., "msg": "success"}`, or code 0 with the reason in msg."""

from typing import Any, Literal

import orjson
from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from backend.core.errors import AppError
from backend.core.headers import ERROR_CODE
from backend.core.texts import translated
from backend.core.web import language

JSON = "application/json"


class Success[T](BaseModel):
    """The envelope of an answer when all went well."""

    code: Literal[1] = 1
    data: T
    msg: Literal["success"] = "success"


class Failure(BaseModel):
    """The envelope of an error: `msg` says what went wrong, `data` may have details."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": 0, "data": {}, "msg": "Not found."}]})

    code: Literal[0] = 0
    data: dict[str, Any]
    msg: str


class Problem(BaseModel):
    """One field that is not valid."""

    loc: list[str | int] = Field(examples=[["body", "nickname"]])
    msg: str = Field(examples=["String should have at most 64 characters"])
    type: str = Field(examples=["string_too_long"])


class Problems(BaseModel):
    detail: list[Problem]


_NOT_VALID: Any = {
    "code": 0,
    "data": {
        "detail": [
            {
                "loc": ["body", "nickname"],
                "msg": "String should have at most 64 characters",
                "type": "string_too_long",
            }
        ]
    },
    "msg": "Some values are not valid; data.detail lists them.",
}


class InvalidInput(Failure):
    """The envelope of a 422: it lists every field that is not valid, without the values that were sent."""

    model_config = ConfigDict(json_schema_extra={"examples": [_NOT_VALID]})

    data: Problems  # type: ignore[assignment]


def success(data_json: bytes, status: int = 200) -> Response:
    """An answer around `data_json`, which is JSON already."""
    return Response(b'{"code":1,"data":' + data_json + b',"msg":"success"}', status, content_type=JSON)


def failure(error: AppError) -> Response:
    """An answer that says what went wrong, in the language that the client prefers."""
    spoken = language.chosen()
    body = {"code": 0, "data": translated(error.data, spoken), "msg": translated(error.msg, spoken)}
    headers = {ERROR_CODE: error.code, "Content-Language": spoken, **error.headers}
    return Response(orjson.dumps(body), error.status, headers, content_type=JSON)

"""Turns a typed controller function into a view: reads the body and the query, writes the envelope, ends the transaction.

The function's parameters say what it takes: `body` and `query` are pydantic models, `principal` is the caller, every
other one comes from the path. The return annotation is the schema of `data`; `Response` is passed on as it is.
"""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, get_type_hints

from flask import Flask, Response, request
from pydantic import BaseModel, TypeAdapter, ValidationError

from backend.core.db.sqlite import reading
from backend.core.db.transactions import check_no_step_is_open, release_connection, run_unit
from backend.core.errors import BadRequestError, InvalidInputError, UnsupportedMediaTypeError
from backend.core.numbers import rounded
from backend.core.security.principal import Principal
from backend.core.texts import _
from backend.core.web import envelope, rate_limit
from backend.core.web.json_input import check_json, check_text
from backend.core.web.route import Route

View = Callable[..., Response]


class Endpoint:
    """A route with the types of its controller function."""

    def __init__(self, route: Route, module: str) -> None:
        hints = get_type_hints(route.handler)
        self.route = route
        self.module = module
        self.handler_name = f"{module}.{route.handler.__name__}"
        self.name = f"{self.handler_name}_put" if route.copies_patch else self.handler_name
        self.body: type[BaseModel] | None = hints.get("body")
        self.query: type[BaseModel] | None = hints.get("query")
        self.wants_principal = "principal" in hints
        self.returns: Any = hints["return"]
        self._dump = None if self.returns is Response else TypeAdapter[Any](self.returns).dump_json

    @property
    def summary(self) -> str:
        return self.doc.splitlines()[0].rstrip(".")

    @property
    def doc(self) -> str:
        return inspect.getdoc(self.route.handler) or self.route.handler.__name__

    def view_for(self, app: Flask) -> View:
        """The view function that Flask calls."""
        route, wants_principal, perform = self.route, self.wants_principal, self._limited(app)
        check = route.access.check

        def look_up() -> Principal | None:
            return run_unit(check, commit=False, replay=True)

        find_caller = look_up if route.access.reads else check

        @wraps(route.handler)
        def view(**arguments: Any) -> Response:
            principal = find_caller()
            if wants_principal:
                arguments["principal"] = principal
            return perform(arguments)

        return view if route.writes else reading(view)

    def _limited(self, app: Flask) -> View:
        if self.route.rate is None:
            return self._perform
        return rate_limit.limited(app, self.route.rate, self.handler_name, self._perform)

    def _perform(self, arguments: dict[str, Any]) -> Response:
        if self.query:
            arguments["query"] = read_query(self.query)
        if self.body:
            arguments["body"] = read_body(self.body)
        if self.route.transaction == "steps":
            return self._answer_of_steps(arguments)
        return run_unit(lambda: self._answer(arguments), commit=self.route.writes, replay=self.route.replayable)

    def _answer_of_steps(self, arguments: dict[str, Any]) -> Response:
        """The handler owns its transactions; the one that looked up the caller ends before it begins."""
        release_connection()
        answer = self._answer(arguments)
        check_no_step_is_open()
        return answer

    def _answer(self, arguments: dict[str, Any]) -> Response:
        """Call the controller and build the whole answer, so that nothing is read after the commit."""
        result = self.route.handler(**arguments)
        if self._dump is None:
            return result  # type: ignore[no-any-return]
        return envelope.success(b"{}" if result is None else self._dump(result), self.route.status)


def read_body[B: BaseModel](model: type[B]) -> B:
    """The request's JSON body as `model`; raises 400, 413, 415 or 422."""
    if request.mimetype != envelope.JSON:
        raise UnsupportedMediaTypeError(_("Send the body with 'Content-Type: application/json'."))
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise UnsupportedMediaTypeError(_("Send the body in UTF-8."))
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedMediaTypeError(
            _("Send the body as it is, without Content-Encoding."), headers={"Accept-Encoding": "identity"}
        )
    raw = request.get_data(cache=False)
    request.stream.read(1)  # Werkzeug cuts a body without a length at the limit in silence; reading on raises 413
    check_json(raw)
    try:
        return model.model_validate_json(raw, context=rounded(raw))
    except ValidationError as error:
        if error.errors(include_url=False)[0]["type"] == "json_invalid":
            raise BadRequestError(_("The request body is not valid JSON in UTF-8.")) from None
        raise InvalidInputError(problems("body", error)) from None


def read_query[Q: BaseModel](model: type[Q]) -> Q:
    """The query string as `model`; a name given twice is a list, which a plain field refuses."""
    for value in request.args.values():
        check_text(value)
    arguments = {name: values if len(values) > 1 else values[0] for name, values in request.args.lists()}
    try:
        return model.model_validate(arguments)
    except ValidationError as error:
        raise InvalidInputError(problems("query", error)) from None


def problems(where: str, error: ValidationError) -> list[dict[str, Any]]:
    """The problems, one per field, without the values that were sent."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [{"loc": [where, *item["loc"]], "msg": item["msg"], "type": item["type"]} for item in found]

"""What others send us may have members that we do not know; what our own clients send may not."""

import orjson
import pytest
from pydantic import BaseModel

from backend.core.inbound import Inbound
from tests.framework import routes
from tests.framework.generated_requests import Caller
from tests.framework.tables import every

WITH_BODY = [endpoint for endpoint in routes.every() if endpoint.body]
WEBHOOKS = [endpoint for endpoint in WITH_BODY if endpoint.route.access.kind == "signature"]
OURS = [endpoint for endpoint in WITH_BODY if endpoint not in WEBHOOKS]


def models(kind):
    """The model, and those inside it."""
    found, new = set(), {kind}
    while new:
        found |= new
        inner = {part for model in new for field in model.model_fields.values() for part in _parts(field.annotation)}
        new = inner - found
    return found


def _parts(annotation):
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [part for inner in getattr(annotation, "__args__", ()) for part in _parts(inner)]


def descendants(kind):
    return {one for child in kind.__subclasses__() for one in (child, *descendants(child))}


def allowed(kinds, extra):
    assert {kind.__name__ for kind in kinds if kind.model_config.get("extra") != extra} == set()


def test_every_body_of_a_webhook_ignores_them_and_every_other_one_refuses_them():
    every(WEBHOOKS, lambda endpoint: allowed(models(endpoint.body), "ignore"))
    every(OURS, lambda endpoint: allowed(models(endpoint.body), "forbid"))
    every([e for e in routes.every() if e.query], lambda endpoint: allowed(models(endpoint.query), "forbid"))


def test_every_inbound_model_ignores_them_inside_as_well():
    every(descendants(Inbound), lambda kind: allowed(models(kind), "ignore"))


def test_webhook_with_new_members_is_taken_like_one_without(api):
    def same(endpoint):
        caller = Caller(api, endpoint)
        body = orjson.loads(caller.body())

        answers = [caller.send(orjson.dumps(sent)) for sent in (body, {**body, "new": {"zq7": [1]}, "__class__": 1.5})]

        assert [answer.status_code for answer in answers] == [endpoint.route.status] * 2

    every(WEBHOOKS, same)


@pytest.mark.parametrize("extra", ["forbid", "allow"])
def test_check_sees_a_model_that_is_otherwise(extra):
    class Inner(BaseModel, extra=extra):
        number: int

    class Outer(BaseModel, extra="ignore"):
        inner: list[Inner | None]

    with pytest.raises(AssertionError, match="Inner"):
        allowed(models(Outer), "ignore")

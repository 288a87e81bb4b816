"""The envelope: one shape for every answer, and schemas that say so."""

import pytest
from pydantic import ValidationError

from backend.core.errors import DuplicateError, NotFoundError, ServiceUnavailableError
from backend.core.web import envelope
from backend.core.web.envelope import Failure, InvalidInput, Success


class TestSuccess:
    def test_the_data_is_put_in_as_it_is(self):
        response = envelope.success(b'{"name":"\xe5\x90\x8d"}')

        assert response.get_json() == {"code": 1, "data": {"name": "名"}, "msg": "success"}
        assert (response.status_code, response.mimetype) == (200, "application/json")

    def test_the_status_may_be_another(self):
        assert envelope.success(b"{}", 201).status_code == 201

    def test_the_schema_describes_it(self):
        answer = envelope.success(b"[1,2]").get_json()

        assert Success[list[int]].model_validate(answer).data == [1, 2]


class TestFailure:
    @pytest.fixture(autouse=True)
    def during_a_request(self, app):
        with app.test_request_context():
            yield

    def test_it_says_what_went_wrong(self):
        response = envelope.failure(DuplicateError())

        assert response.get_json() == {"code": 0, "data": {}, "msg": "It exists already."}
        assert (response.status_code, response.mimetype) == (409, "application/json")
        assert response.headers["X-Error-Code"] == "duplicate"

    def test_it_may_carry_details_and_headers(self):
        response = envelope.failure(ServiceUnavailableError("Later.", data={"database": "down"}))

        assert response.get_json()["data"] == {"database": "down"}
        assert response.headers["Retry-After"] == "2"

    def test_the_schema_describes_it(self):
        answer = envelope.failure(NotFoundError("名")).get_json()

        assert Failure.model_validate(answer).msg == "名"

    @pytest.mark.parametrize(("status", "code"), [(Failure, 1), (Success[dict], 0)])
    def test_the_codes_cannot_be_mixed_up(self, status, code):
        with pytest.raises(ValidationError, match="code"):
            status.model_validate({"code": code, "data": {}, "msg": "success"})

    def test_invalid_input_lists_places(self):
        problem = {"loc": ["body", "items", 0], "msg": "Field required", "type": "missing"}

        answer = InvalidInput.model_validate({"code": 0, "data": {"detail": [problem]}, "msg": "x"})

        assert answer.data.detail[0].loc == ["body", "items", 0]

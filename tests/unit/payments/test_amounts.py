"""Amounts: read from the text, to the fen, or refused."""

import json
from decimal import Decimal

import jsonschema_rs
import pytest

from backend.modules.payments.amounts import MOST_FEN, Schema, to_fen, to_yuan
from backend.modules.payments.schemas import PaymentIn
from tests.framework.tables import table, words
from tests.unit.payments.conftest import NOTIFY, PAY
from tests.unit.payments.matrix import proof

GOOD = {
    "0.01": 1,
    "0.1": 10,
    "1": 100,
    "1.0": 100,
    "1.10": 110,
    "0.07": 7,
    "0.29": 29,
    "1.15": 115,
    "4.35": 435,
    "19999999.99": 1_999_999_999,
    "90071992547.41": 9_007_199_254_741,
    "10000000000000": MOST_FEN,
}
BAD = [
    '"1"',
    '"1.00"',
    *words("""
    0 0.0 -0.01 -1 0.001 0.009 1.005 0.10000000000000001 0.30000000000000004 10000000000000.01 1e14 1e-400 true false
    null [1] {} 1e2 1E2 1e-2 1.0e1 1.100 198.000 -0 -0.0 1e-99999999999999999999 1e99 9e307
"""),
    "197." + "9" * 30,
    "198." + "0" * 30 + "1",
    "9" * 4000,
    "0." + "0" * 4000 + "1",
]


def read(text):
    return PaymentIn.model_validate_json(f'{{"order_id": "a", "amount": {text}}}'.encode()).amount


@pytest.mark.parametrize(("text", "fen"), GOOD.items())
def test_is_read_to_the_fen(text, fen):
    assert read(text) == fen


@table("text", BAD)
def test_anything_else_is_refused(api, owner, text):
    response = api.post(PAY, data=f'{{"order_id": "a", "amount": {text}}}', content_type="application/json", by=owner)

    assert response.status_code == 422
    assert [problem["loc"] for problem in response.json["data"]["detail"]] == [["body", "amount"]]


@table("text", BAD)
def test_anything_else_is_refused_in_a_notification(api, text):
    raw = f'{{"event_id": "e", "transaction_id": "t", "order_id": "a", "status": "failed", "amount": {text}}}'.encode()
    response = api.post(NOTIFY, data=raw, content_type="application/json", headers=proof(raw))

    assert response.status_code == 422
    assert [problem["loc"] for problem in response.json["data"]["detail"]] == [["body", "amount"]]


@pytest.mark.parametrize("fen", [1, 7, 10, 29, 57, 115, 435, 1999, 10**9 + 1, 10**13 + 7, MOST_FEN])
def test_what_is_written_is_read_as_the_same(fen):
    written = json.dumps(to_yuan(fen))

    assert read(written) == fen
    assert -Decimal(written).normalize().as_tuple().exponent <= 2


def test_document_allows_what_is_allowed():
    schema = jsonschema_rs.validator_for(Schema)

    assert all(schema.is_valid(json.loads(text)) for text in GOOD)
    assert not any(schema.is_valid(json.loads(text)) for text in ("0", "-1", "0.001", "1e14", "true", '"1"'))


def test_float_is_no_amount():
    with pytest.raises(ValueError, match="a number"):
        to_fen(1.5)

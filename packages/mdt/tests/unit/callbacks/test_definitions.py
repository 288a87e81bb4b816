"""What stands in callbacks.yaml is checked at loading, with the line and the next step."""

from pathlib import Path

import jsonschema
import pytest

from mdt.definitions.callback_schema import json_schema
from mdt.definitions.source import Source, plain
from mdt.definitions.yaml_text import read_yaml
from tests.unit.callbacks.application import PAYMENT
from tests.unit.folders import loaded, told

HEAD = "callback: POST ${APP_URL}/hook\nsign: {scheme: stripe, secret: x}\n"
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def wrong(root: Path, text: str) -> str:
    files = {"external/pay/service.yaml": "url: http://pay.internal\n", "external/pay/callbacks.yaml": text}
    return "\n".join(told(root, files))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "ok: {json: {}}",
            "pay/callbacks.yaml:1: the callbacks have no address. Write callback: POST ${APP_URL}/webhook",
        ),
        ("callback: POST /hook\nok: {}", "'POST /hook' is no address of a callback"),
        ("callback: SEND http://x/\nok: {}", "'SEND http://x/' is no address of a callback"),
        (f"{HEAD}ok: {{jsn: 1}}", ":3: a callback has no key 'jsn'. Did you mean json?"),
        (f"{HEAD}ok: {{delay: 5s}}", "a callback has no key 'delay'. Did you mean after?"),
        (f"{HEAD}json: {{a: 1}}", "'json' is a key of a callback, not its name"),
        (f"{HEAD}ok: {{extends: okk}}\nother: {{}}", "`extends` names no callback: 'okk'"),
        (f"{HEAD}a: {{extends: b}}\nb: {{extends: a}}", "`extends` goes in a circle"),
        (f"{HEAD}a: {{json: 1}}\nb: {{sequence: [a, aa]}}", "there is no callback 'aa' here. Did you mean a?"),
        (f"{HEAD}a: {{json: 1}}\nb: {{sequence: [a, a]}}\nc: {{sequence: [a, b]}}", "'b' names others itself"),
        (f"{HEAD}a: {{sequence: [a]}}", "'sequence' is a list of two or more callbacks"),
        (f"{HEAD}a: {{tamper: signatur}}", "there is no tamper 'signatur'. Did you mean signature?"),
        (f"{HEAD}a: {{tamper: nonce}}", "stripe signs no nonce, so it cannot be forged"),
        (f"{HEAD}a: {{sign: none, tamper: body}}", "`tamper` needs `sign`"),
        (f"{HEAD}a: {{repeat: 0}}", "'repeat' is a number from 1 to 100"),
        (f"{HEAD}a: {{every: 5s}}", "`every` needs `repeat`"),
        (f"{HEAD}a: {{after: soon}}", "'soon' is no duration"),
        (f"{HEAD}a: {{json: 1, text: a}}", "a callback has one body, not json and text"),
        (
            f"{HEAD}a: {{json: 1}}\nb: {{sequence: [a, a], json: 2}}",
            "a callback that names others has no json of its own",
        ),
        (f"{HEAD}a: {{retry: wechat}}", "`retry` is wechatpay or alipay, or a list of durations"),
        (f"{HEAD}a: {{json: '{{{{ dat }}}}'}}", "names 'dat'. Did you mean data?"),
        (f"{HEAD}a: {{form: [1]}}", "`form` is a mapping"),
        (f"{HEAD}a: {{sign: {{scheme: strip, secret: x}}}}", "there is no scheme 'strip'. Did you mean stripe?"),
        (f"{HEAD}a: {{sign: {{scheme: stripe}}}}", "the scheme stripe needs secret or secret_env"),
        (f"{HEAD}a: {{sign: {{scheme: stripe, secret: x, header: y}}}}", "the scheme stripe has no key 'header'"),
        (f"{HEAD}a: {{sign: {{scheme: stripe, secret: {{file: ../../../x}}}}}}", "lies outside of"),
        (
            "callback: POST http://x/\nsign: {scheme: hmac-sha256, secret: x, encoding: b64}\na: {}",
            "`encoding` is hex or base64",
        ),
    ],
)
def test_mistakes_have_a_line_and_a_hint(tmp_path: Path, text: str, message: str) -> None:
    assert message in wrong(tmp_path, text)


def test_callbacks_in_the_service_file_and_beside_it(tmp_path: Path) -> None:
    single = {
        "external/pay.yaml": "url: http://pay.internal\ncallbacks: {callback: 'POST http://x/', ok: {text: hi}}\n"
    }
    both = {
        "external/pay/service.yaml": "callbacks: {callback: 'POST http://x/', ok: {}}\n",
        "external/pay/callbacks.yaml": "callback: POST http://x/\nok: {}\n",
    }

    assert list(loaded(tmp_path, single).callbacks) == ["pay.ok"]
    (tmp_path / "mocks/external/pay.yaml").unlink()
    assert "callbacks stand here and in callbacks.yaml. Keep one of them" in "\n".join(told(tmp_path, both))


def test_the_schema_takes_what_loading_takes() -> None:
    document = plain(read_yaml(PAYMENT["external/payment/callbacks.yaml"].encode(), Source("x")))

    assert list(VALIDATOR.iter_errors(document)) == []
    assert not VALIDATOR.is_valid({**document, "success": {"jsn": 1}})
    assert not VALIDATOR.is_valid({**document, "sign": {"scheme": "strip"}})

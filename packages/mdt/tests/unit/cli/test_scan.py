"""`mdt mock scan` finds secrets with file and line, and leaves alone what people write by hand."""

import pytest

from tests.unit.cli.support import document, run
from tests.unit.folders import write

RECORDING = "internal/shop/recordings/a.yaml"
LEAKS = {  # file, text, line, kind
    "vendor key": ("internal/shop.yaml", "a: 1\nb: sk-live0000aaaa1111bbbb2222\n", 2, "key"),
    "hand-written key": ("internal/shop.yaml", "password: Tr0ub4dor3xyz9\n", 1, "password"),
    "json": ("shared/a.json", '{"access_token": "9f8a7b6c5d4e3f2a1b0c"}', 1, "token"),
    "mail": ("shared/a.json", '[\n"bob@corp.cn"]', 2, "email"),
    "card": ("shared/a.json", '"4539 5787 6362 1486"', 1, "card"),
    "private key": ("internal/a.txt", "x\n-----BEGIN PRIVATE KEY-----\nMII\n", 2, "key"),
    "short value in a recording": (RECORDING, "request:\n  json:\n    password: abc\n", 3, "password"),
    "bearer in a recording": (RECORDING, "authorization: Bearer abc\n", 1, "token"),
    "cookie in a recording": (RECORDING, "x: 1\n  set-cookie: sid=abc; Path=/\n", 2, "token"),
    "base64 in a recording": (RECORDING, "  base64: /3NrLWxpdmUwMDAwYWFhYTExMTFiYmJiMjIyMg==\n", 1, "key"),
    "query in a recording": (RECORDING, "path: /a?b=1&access_token=abc\n", 1, "token"),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_is_found(tmp_path, name):
    file, text, line, kind = LEAKS[name]
    folder = write(tmp_path, {file: text})

    found = document("mock", "scan", "--mocks", folder, code=1)["leaks"]

    assert [(one["line"], one["kind"]) for one in found] == [(line, kind)]
    assert found[0]["file"].endswith(f"mocks/{file}")


CLEAN = """\
    password: secret
    token: test-token-0123456789
    openid: "{{ req.json.openid }}"
    api_key: ${SHOP_KEY:-abcdef0123456789}
    mail: bob@example.com
    admin: ops@shop.internal
    phone: "13800138000"
    mobile: 13900000000
    card: "4242424242424242"
    session_key: c2Vzc2lvbi1rZXktMTIzNDU2
    hash: d41d8cd98f00b204e9800998ecf8427e
    """
CLEAN_RECORDING = """\
    path: /u/redacted-phone-1?token=redacted-token-1
    headers:
      authorization: Bearer redacted-token-1
      set-cookie: sid=redacted-cookie-1; Path=/
    json: {password: redacted-password-1, phone: 10000000001, pin: 1001, email: null, token: [redacted-token-2]}
    """


def test_placeholders_templates_and_pseudonyms_are_no_secrets(tmp_path):
    folder = write(
        tmp_path,
        {"internal/shop.yaml": CLEAN, RECORDING: CLEAN_RECORDING, ".mdt/x.json": "sk-live0000aaaa1111bbbb2222"},
    )
    assert document("mock", "scan", "--mocks", folder) == {"files": 2, "leaks": []}


def test_settings_allow_values_and_contracts_are_looked_through(tmp_path):
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "a.yaml").write_text("example: bob@corp.cn\n")
    folder = write(tmp_path, {"mdt.yaml": "recording: {headers: []}\n"})
    assert run("mock", "scan", "--mocks", folder).exit_code == 1

    write(tmp_path, {"mdt.yaml": "recording: {allow: ['@corp\\.cn$']}\n"})
    assert run("mock", "scan", "--mocks", folder).exit_code == 0


def test_the_secret_itself_is_not_printed(tmp_path):
    folder = write(tmp_path, {"internal/shop.yaml": "b: sk-live0000aaaa1111bbbb2222\n"})
    said = run("mock", "scan", "--mocks", folder).output
    assert "shop.yaml:1: looks like a key: sk-l…" in said
    assert "bbbb" not in said


def test_a_missing_path_is_a_wrong_call(tmp_path):
    assert run("mock", "scan", tmp_path / "nothing").exit_code == 2

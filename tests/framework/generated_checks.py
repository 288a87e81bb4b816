"""What holds of every answer, whatever was asked: headers that protect, the envelope, nothing of the insides."""

import re

from werkzeug.test import TestResponse

import backend

MARKER = "zq7marker"  # sent where a value is refused; no answer repeats it
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}
WORDS = (  # each alternative of INSIDES has one of these in it
    *(
        "traceback",
        'file "',
        "site-packages",
        backend.__name__,
        "sqlalchemy",
        "pymysql",
        "sqlite",
        "werkzeug",
        "pydantic",
    ),
    *("jsonschema", "select", "insert", "update ", "from users", "0x", " object"),
)
INSIDES = re.compile(
    rf"Traceback|File \"|site-packages|{backend.__name__}[./]|sqlalchemy|pymysql|sqlite|werkzeug|pydantic|jsonschema|"
    r"\bSELECT\b|\bINSERT\b|\bUPDATE .* SET\b|\bFROM users\b|0x[0-9a-f]{6,}|<[a-z]+ object",
    re.IGNORECASE,
)


def assert_protected(response: TestResponse) -> None:
    """The security headers, the request id, and a policy for what a browser may load."""
    sent = {name: response.headers.get(name) for name in HEADERS}
    assert sent == HEADERS
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"]
    assert re.fullmatch(r"[A-Za-z0-9._-]{8,64}", response.headers["X-Request-ID"])
    assert "Server" not in response.headers
    assert "X-Powered-By" not in response.headers


def tells_insides(text: str) -> bool:
    """Whether INSIDES is in the text. Words are looked for first: in an answer of a megabyte the expression takes a second."""
    low = text.lower()
    return any(word in low for word in WORDS) and INSIDES.search(text) is not None


def assert_refused(response: TestResponse, *statuses: int) -> None:
    """One of `statuses`, in the envelope, with a reason that tells nothing of the insides and repeats nothing."""
    assert response.status_code in statuses, f"{response.status_code}: {response.text[:300]}"
    assert_protected(response)
    body = response.get_json()
    assert set(body) == {"code", "data", "msg"}
    assert body["code"] == 0
    assert isinstance(body["data"], dict)
    assert body["msg"].strip()
    assert not tells_insides(response.text), response.text[:500]
    repeated = MARKER in response.text  # apart, because pytest would explain a text of megabytes
    assert not repeated, response.text[:500]


def assert_sane(response: TestResponse) -> None:
    """Anything but a failure of the server; what is refused is refused well."""
    assert response.status_code < 500, response.text[:300]
    if response.status_code >= 400:
        assert_refused(response, response.status_code)
    else:
        assert_protected(response)

"""Access tokens: what was issued is accepted until it expires; whatever else calls itself a token is not."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from functools import cache, partial

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask

from backend.core import clock
from backend.core.errors import ExpiredTokenError, InvalidTokenError
from backend.core.security import tokens
from backend.core.security.tokens import Claims, TokenService
from backend.settings import Settings
from tests.framework.tables import table

SECRET = "Zb4qk1mWv8sTg7yNc0pLr5xHd2fJu9eA"
RETIRED = SECRET[::-1]
STRANGER = "a-stranger-has-a-long-key-as-well-0123"
NOW = 1_800_000_000
CLAIMS = {
    "iss": "touchstone",
    "aud": "touchstone-api",
    "sub": "7",
    "sid": "9",
    "jti": "0011223344556677",
    "iat": NOW,
    "exp": NOW + 900,
}
HEADER = {"alg": "HS256", "kid": "k2", "typ": "at+jwt"}


@pytest.fixture(autouse=True)
def stopped_clock(monkeypatch: pytest.MonkeyPatch):
    """`stopped_clock(60)`: a minute later, for us and for PyJWT."""

    class Clock(datetime):
        seconds = NOW

        @classmethod
        def now(cls, tz=None):
            return datetime.fromtimestamp(cls.seconds, tz)

    monkeypatch.setattr(clock, "datetime", Clock)
    monkeypatch.setattr("jwt.api_jwt.datetime", Clock)
    return lambda seconds: setattr(Clock, "seconds", NOW + seconds)


def service(**changed: object) -> TokenService:
    keys = {"jwt_secret": SECRET, "jwt_key_id": "k2", "jwt_previous_keys": {"k1": RETIRED}}
    return TokenService(Settings(**keys | changed))


def encode(part: object) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@cache
def public_key() -> bytes:
    """What everybody may know of an RSA key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def forge(
    header: dict | bytes | None = None, claims: object = CLAIMS, key: str | bytes = SECRET, digest: str = "sha256"
) -> str:
    """A token put together by hand, correctly signed with `key`."""
    signed = f"{encode(header or HEADER)}.{encode(claims)}"
    signature = hmac.digest(key.encode() if isinstance(key, str) else key, signed.encode(), digest)
    return f"{signed}.{encode(signature)}"


def claims(**changed: object) -> dict:
    return {name: value for name, value in {**CLAIMS, **changed}.items() if value is not None}


def tampered() -> str:
    header, _, signature = forge().split(".")
    return f"{header}.{encode(claims(sub='1'))}.{signature}"


FORGED: dict[str, Callable[[], str]] = {
    "alg none, no signature": lambda: f"{encode({**HEADER, 'alg': 'none'})}.{encode(CLAIMS)}.",
    "alg None in another spelling": lambda: f"{encode({**HEADER, 'alg': 'nOnE'})}.{encode(CLAIMS)}.",
    "alg none, signed all the same": partial(forge, {**HEADER, "alg": "none"}),
    "no alg": partial(forge, {"kid": "k2", "typ": "at+jwt"}),
    "alg as a list": partial(forge, {**HEADER, "alg": ["HS256"]}),
    "HS512 with the right key": partial(forge, {**HEADER, "alg": "HS512"}, digest="sha512"),
    "HS384 with the right key": partial(forge, {**HEADER, "alg": "HS384"}, digest="sha384"),
    "HS512 in the header, HS256 in fact": partial(forge, {**HEADER, "alg": "HS512"}),
    "RS256 header over an HMAC with a public key": lambda: forge({**HEADER, "alg": "RS256"}, key=public_key()),
    "HS256 with a public key as secret": lambda: forge(key=public_key()),
    "wrong key": partial(forge, key=STRANGER),
    "empty key": partial(forge, key=""),
    "key of another kid": partial(forge, key=RETIRED),
    "claims changed after signing": tampered,
    "empty signature": lambda: forge().rpartition(".")[0] + ".",
    "signature cut short": lambda: forge()[:-4],
    "signature of zeros": lambda: forge().rpartition(".")[0] + "." + encode(bytes(32)),
    "hex instead of base64 signature": lambda: (
        forge().rpartition(".")[0] + "." + hashlib.sha256(SECRET.encode()).hexdigest()
    ),
    "no kid": partial(forge, {"alg": "HS256", "typ": "at+jwt"}),
    "unknown kid": partial(forge, {**HEADER, "kid": "k9"}),
    "empty kid": partial(forge, {**HEADER, "kid": ""}),
    "kid is a path": partial(forge, {**HEADER, "kid": "../../../../dev/null"}, key=""),
    "kid is SQL": partial(forge, {**HEADER, "kid": "x' UNION SELECT 'key"}, key="key"),
    "kid is a number": partial(forge, {**HEADER, "kid": 2}),
    "kid is a list": partial(forge, {**HEADER, "kid": ["k2"]}),
    "kid is an object": partial(forge, {**HEADER, "kid": {}}),
    "kid is null": partial(forge, {**HEADER, "kid": None}),
    "jku names a stranger's keys": partial(forge, {**HEADER, "jku": "https://evil.example/keys"}, key=STRANGER),
    "x5u names a stranger's certificate": partial(forge, {**HEADER, "x5u": "https://evil.example/c"}, key=STRANGER),
    "jwk brings its own key": partial(
        forge, {**HEADER, "jwk": {"kty": "oct", "k": encode(STRANGER.encode())}}, key=STRANGER
    ),
    "crit": partial(forge, {**HEADER, "crit": ["exp"]}),
    "crit, unknown": partial(forge, {**HEADER, "crit": ["http://example.com/x"], "http://example.com/x": 1}),
    "crit, empty": partial(forge, {**HEADER, "crit": []}),
    "crit, one that PyJWT knows": partial(forge, {**HEADER, "b64": True, "crit": ["b64"]}),
    "unencoded payload": partial(forge, {**HEADER, "b64": False, "crit": ["b64"]}),
    "typ refresh": partial(forge, {**HEADER, "typ": "refresh"}),
    "typ JWT": partial(forge, {**HEADER, "typ": "JWT"}),
    "typ in capitals": partial(forge, {**HEADER, "typ": "AT+JWT"}),
    "no typ": partial(forge, {"alg": "HS256", "kid": "k2"}),
    **{f"without {name}": partial(forge, None, claims(**{name: None})) for name in CLAIMS},
    "exp as text": partial(forge, None, claims(exp=str(NOW + 900))),
    "exp as a float": partial(forge, None, claims(exp=NOW + 900.5)),
    "exp 1e308": partial(forge, None, claims(exp=1e308)),
    "exp Infinity": partial(forge, None, claims(exp=float("inf"))),
    "exp NaN": partial(forge, None, claims(exp=float("nan"))),
    "exp as a list": partial(forge, None, claims(exp=[NOW + 900])),
    "exp null": lambda: forge(claims={**CLAIMS, "exp": None}),
    "iat from the future": partial(forge, None, claims(iat=NOW + 60)),
    "iat as text": partial(forge, None, claims(iat=str(NOW))),
    "iat true": partial(forge, None, claims(iat=True)),
    "iat as a float": partial(forge, None, claims(iat=NOW - 0.5)),
    "nbf in the future": partial(forge, None, claims(nbf=NOW + 60)),
    "iss of somebody else": partial(forge, None, claims(iss="evil")),
    "iss as a list": partial(forge, None, claims(iss=["touchstone"])),
    "aud of somebody else": partial(forge, None, claims(aud="other-api")),
    "aud as an object": partial(forge, None, claims(aud={"touchstone-api": 1})),
    "sub as a number": partial(forge, None, claims(sub=7)),
    "sub negative": partial(forge, None, claims(sub="-7")),
    "sub with a sign": partial(forge, None, claims(sub="+7")),
    "sub with a space": partial(forge, None, claims(sub=" 7")),
    "sub a fraction": partial(forge, None, claims(sub="7.0")),
    "sub huge": partial(forge, None, claims(sub="9" * 19)),
    "sub in full-width digits": partial(forge, None, claims(sub="７")),
    "sub a superscript digit": partial(forge, None, claims(sub="²")),
    "sub empty": partial(forge, None, claims(sub="")),
    "sub SQL": partial(forge, None, claims(sub="7 OR 1=1")),
    "sid as a number": partial(forge, None, claims(sid=9)),
    "sid a word": partial(forge, None, claims(sid="nine")),
    "jti as a number": partial(forge, None, claims(jti=1)),
    "claims are a list": partial(forge, None, [CLAIMS]),
    "claims are not JSON": partial(forge, None, b"not json"),
    "claims are not UTF-8": partial(forge, None, b'{"a": "\xff"}'),
    "claims nested deep": partial(forge, None, b'{"a":' + b"[" * 1400 + b"]" * 1400 + b"}"),
    "header is a list": partial(forge, b'["HS256"]'),
    "header is not JSON": partial(forge, b"not json"),
    "header is not UTF-8": partial(forge, b'{"alg": "\xff"}'),
    "header nested deep": partial(forge, b'{"kid":' + b"[" * 1200 + b"]" * 1200 + b"}"),
    "oversized": lambda: forge(claims=claims(note="x" * 5000)),
    "two parts": lambda: forge().rpartition(".")[0],
    "four parts": lambda: forge() + ".x",
    "five parts, as encrypted tokens have": lambda: ".".join([*forge().split("."), "x", "x"]),
    "not base64": lambda: "§§§.§§§.§§§",
    "dots": lambda: "..",
    "empty": lambda: "",
    "a word": lambda: "null",
    "half a surrogate pair": lambda: "\ud800.e30.x",
}


@table("make", FORGED)
def test_a_forged_token_is_refused(make):
    token = make()

    with pytest.raises(InvalidTokenError) as caught:
        service().verify(token)

    assert type(caught.value) is InvalidTokenError
    assert caught.value.headers == {"WWW-Authenticate": 'Bearer error="invalid_token"'}


def test_the_forger_of_these_tests_could_make_a_good_one():
    assert service().verify(forge()) == Claims(7, 9)


@table("extra", [{"jku": "https://evil.example"}, {"x5u": "https://evil.example"}, {"jwk": {}}])
def test_headers_that_name_keys_are_not_read(extra):
    assert service().verify(forge({**HEADER, **extra})) == Claims(7, 9)


class TestLife:
    def test_an_issued_token_tells_who_it_is_for(self):
        tokens = service()

        assert tokens.verify(tokens.issue(user_id=10**18 - 1, session_id=3)) == Claims(10**18 - 1, 3)

    def test_an_issued_token_carries_exactly_what_is_required(self):
        token = service().issue(7, 9)

        payload = jwt.decode(token, options={"verify_signature": False})
        header = jwt.get_unverified_header(token)

        assert payload == {**CLAIMS, "jti": payload["jti"]}
        assert header == HEADER

    def test_two_tokens_are_never_the_same(self):
        assert service().issue(7, 9) != service().issue(7, 9)

    @table("lifetime, seconds", [(900, 0), (900, 899), (900, 909), (60, 69)])
    def test_it_lives_until_it_expires_and_the_leeway_is_over(self, stopped_clock, lifetime, seconds):
        stopped_clock(0)
        issuer = service(access_token_seconds=lifetime)
        token = issuer.issue(7, 9)

        stopped_clock(seconds)

        assert issuer.verify(token) == Claims(7, 9)

    @table("ahead, leeway", [(8, 10), (9, 10), (59, 60)])
    def test_the_clock_of_the_issuer_may_be_ahead(self, stopped_clock, ahead, leeway):
        stopped_clock(ahead)
        token = service().issue(7, 9)

        stopped_clock(0)

        assert service(jwt_leeway_seconds=leeway).verify(token) == Claims(7, 9)
        with pytest.raises(InvalidTokenError):
            service(jwt_leeway_seconds=ahead - 1).verify(token)

    @table("lifetime, seconds", [(900, 910), (900, 911), (900, 10**6), (60, 71)])
    def test_an_expired_token_is_told_apart(self, stopped_clock, lifetime, seconds):
        stopped_clock(0)
        issuer = service(access_token_seconds=lifetime)
        token = issuer.issue(7, 9)
        stopped_clock(seconds)

        with pytest.raises(ExpiredTokenError, match="refresh it"):
            issuer.verify(token)

    def test_a_clock_that_is_a_little_fast_does_no_harm(self):
        assert service().verify(forge(claims=claims(iat=NOW + 4))) == Claims(7, 9)


class TestKeyRing:
    def test_a_retired_key_still_verifies(self):
        before = service(jwt_secret=RETIRED, jwt_key_id="k1", jwt_previous_keys={})

        assert service().verify(before.issue(7, 9)) == Claims(7, 9)

    def test_new_tokens_are_signed_by_the_current_key(self):
        token = service().issue(7, 9)

        assert jwt.get_unverified_header(token)["kid"] == "k2"
        assert service(jwt_previous_keys={}).verify(token) == Claims(7, 9)

    @table(
        "issuer, verifier",
        {
            "a key that was taken out": (
                {"jwt_secret": RETIRED, "jwt_key_id": "k1", "jwt_previous_keys": {}},
                {"jwt_previous_keys": {}},
            ),
            "another issuer with the same key": ({"jwt_issuer": "staging"}, {}),
        },
    )
    def test_strangers_are_not_believed(self, issuer, verifier):
        token = service(**issuer).issue(7, 9)

        with pytest.raises(InvalidTokenError):
            service(**verifier).verify(token)


def test_the_running_application_issues_and_verifies(app: Flask):
    with app.app_context():
        assert tokens.verify(tokens.issue(7, 9)) == Claims(7, 9)

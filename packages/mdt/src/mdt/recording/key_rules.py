"""Which names hold secrets: keys of JSON, forms, queries, XML and cookies; and which headers a recording keeps."""

import re
from fnmatch import fnmatchcase
from functools import lru_cache

KEY_RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (  # of the key in lower case, letters and digits alone: "accesstoken" for access_token
        (
            "token",
            r"token$|(access|refresh|auth|id)tokens$|^jwt$|^bearer$|sessionid$|^sid$|sessionkey$|ticket$|^nonce$|noncestr$|^csrf|^xsrf",
        ),
        ("password", r"passw(or)?d|pwd$|passphrase|passcode|^pin$|otp$|verif(y|ication)code|smscode|captcha"),
        ("secret", r"secret|apikey|appkey|accesskey|privatekey|signature$|^sign$|paysign|credential|authorization"),
        ("openid", r"openid|unionid"),
        ("phone", r"phone|mobile|^tel$"),
        ("id-card", r"idcard|idnumber|identitycard|idno$|certno|^ssn$|passportno"),
        ("card", r"cardno|cardnumber|bankcard|bankaccount|accountno|^iban$|^cvv\d?$|^cvc\d?$|^pan$"),
        ("email", r"email|^mail$"),
        ("name", r"realname|truename|fullname"),
    )
)
SECRET_HEADERS: dict[str, str] = {
    "authorization": "token",
    "proxy-authorization": "token",
    "x-api-key": "key",
    "api-key": "key",
    "apikey": "key",
    "x-goog-api-key": "key",
    "x-auth-token": "token",
    "x-access-token": "token",
    "x-csrf-token": "token",
    "x-xsrf-token": "token",
    "x-amz-security-token": "token",
    "idempotency-key": "key",
    "x-signature": "secret",
    "wechatpay-signature": "secret",
    "webhook-signature": "secret",
    "stripe-signature": "secret",
}
COOKIES = ("cookie", "set-cookie")
KEPT_HEADERS = (
    *("accept", "accept-language", "accept-ranges", "allow", "cache-control", "content-disposition"),
    *("content-language", "content-location", "content-range", "content-type", "deprecation", "etag", "expires"),
    *("if-match", "if-modified-since", "if-none-match", "last-modified", "link", "location", "prefer", "range"),
    *(
        "ratelimit*",
        "retry-after",
        "soapaction",
        "sunset",
        "vary",
        "www-authenticate",
        "x-ratelimit-*",
        "x-total-count",
    ),
)
"""Headers whose values are recorded; secrets in them are still replaced. All others are left out."""


@lru_cache(4096)
def plain_key(key: str) -> str:
    """The key in lower case, letters and digits alone."""
    return re.sub(r"[\W_]", "", key.lower())


@lru_cache(4096)
def kind_of_key(key: str, own: tuple[tuple[str, str], ...] = ()) -> str | None:
    """The kind of secret under this key; None if it holds none. `own` are pairs of a key and its kind, which come first."""
    plain = plain_key(key)
    named = next((kind for name, kind in own if plain_key(name) == plain), None)
    return named or next((kind for kind, pattern in KEY_RULES if pattern.search(plain)), None)


def is_kept(header: str, own: tuple[str, ...] = ()) -> bool:
    """Whether a recording keeps this header; names may have a `*`."""
    return any(fnmatchcase(header.lower(), name.lower()) for name in (*KEPT_HEADERS, *own))
